/* Channels to the media workers. */
#include "control/workers.h"

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "control/busy.h"
#include "control/note.h"
#include "control/overload.h"
#include "control/registry.h"
#include "control/rooms.h"
#include "control/server.h"
#include "control/sfu.h"
#include "control/watch.h"

#define SETTLE_MS 1000u
#define TRIAL_MS  3000u /* a new worker that is there for so long is taken to work */

struct worker {
    struct watch watch;
    struct workers *workers;
    uint32_t index;              /* its slot (control.h) */
    uint32_t generation;         /* 0: nobody is there */
    struct ipc_channel *channel; /* NULL: not connected */
    bool dismissed;              /* told to end */
    bool snapshot_due;
    bool counters_due;
    uint32_t connects;
    uint64_t connected_ms;
    uint32_t participants; /* registered there */
    struct ipc_counters counters;
    struct busy busy;
};

struct workers {
    struct server *server;
    struct watch supervisor;
    uint64_t started_ms;
    uint32_t positions;
    size_t count; /* slots: two for each position */
    struct worker workers[];
};

static bool is_leaving(const struct worker *worker);

/* ---- sending --------------------------------------------------------------------------------- */

/* Nobody comes into the slot again who could take its rooms up: they go to other workers. */
static void vacate(struct worker *worker, uint32_t generation)
{
    registry_worker_replaced(worker->workers->server, worker->index);
    worker->generation = generation;
    worker->dismissed = false;
    worker->connects = 0;
    worker->counters = (struct ipc_counters){.count = 0};
    worker->busy = (struct busy){.permille = 0};
}

static void disconnect(struct worker *worker)
{
    if (worker->channel == NULL)
        return;
    log_write(worker->dismissed ? LOG_INFO : LOG_WARN, "workers", "event=worker_gone worker=%u",
              worker->index);
    watch_close(&worker->watch);
    ipc_channel_free(worker->channel);
    worker->channel = NULL;
    worker->snapshot_due = false;
    worker->counters_due = false;
    registry_worker_gone(worker->workers->server, worker->index);
    if (is_leaving(worker))
        vacate(worker, 0);
}

static int send_to(struct worker *worker, const struct ipc_message *message)
{
    if (worker->channel == NULL)
        return -1;
    if (ipc_send(worker->channel, message) != 0) {
        /* Stuck or gone; the readable side will see the end, or the supervisor a hang. */
        log_write(LOG_ERROR, "workers", "event=ipc_stuck worker=%u", worker->index);
        return -1;
    }
    if (ipc_wants_write(worker->channel))
        watch_want_write(&worker->watch);
    return 0;
}

static int send_to_index(const struct room *room, uint32_t index, const struct ipc_message *message)
{
    struct workers *workers = room->server->workers;
    return index < workers->count ? send_to(&workers->workers[index], message) : -1;
}

int workers_send(const struct room *room, const struct ipc_message *message)
{
    return send_to_index(room, room->worker, message);
}

int workers_send_member(const struct member *member, const struct ipc_message *message)
{
    return send_to_index(member->room, member->worker, message);
}

/* With a note as its payload, which is freed. */
static int send_note(struct room *room, uint32_t index, struct ipc_message message, char *note)
{
    int err = -1;
    if (note != NULL && strlen(note) <= IPC_MAX_NOTE_BYTES) {
        message.payload = (const uint8_t *)note;
        message.payload_len = strlen(note);
        err = send_to_index(room, index, &message);
    }
    free(note);
    return err;
}

/* ---- slots and generations ------------------------------------------------------------------- */

uint32_t workers_position(const struct server *server, uint32_t worker)
{
    return worker % server->workers->positions;
}

/* In the other slot of its position. */
static const struct worker *twin_of(const struct worker *worker)
{
    const struct workers *workers = worker->workers;
    return &workers->workers[(worker->index + workers->positions) % (uint32_t)workers->count];
}

/* There is a newer one beside it. */
static bool is_leaving(const struct worker *worker)
{
    return worker->generation != 0 && worker->generation < twin_of(worker)->generation;
}

/* The worker of the room's generation; ROOM_NO_WORKER: there is none any more. */
static uint32_t slot_of(const struct room *room, uint32_t position)
{
    const struct workers *workers = room->server->workers;
    for (uint32_t i = position; i < workers->count; i += workers->positions)
        if (workers->workers[i].generation == room->generation)
            return i;
    return ROOM_NO_WORKER;
}

/* ---- parts of rooms -------------------------------------------------------------------------- */

#define BIT(position) (UINT64_C(1) << (position))
_Static_assert(ROOM_PARTS_MAX <= 16,
               "the message that tells workers of each other has so many bits");

/* Walks the workers that hold parts of a room. */
#define EACH_PART(room, index)                                                                     \
    uint32_t index = 0;                                                                            \
    for (uint64_t parts_left = (room)->parts;                                                      \
         parts_left != 0 &&                                                                        \
         ((index = slot_of(room, (uint32_t)__builtin_ctzll(parts_left))), true);                   \
         parts_left &= parts_left - 1)

static uint64_t bit_of(const struct room *room, uint32_t worker)
{
    return BIT(workers_position(room->server, worker));
}

bool workers_has_part(const struct room *room, uint32_t worker)
{
    const struct workers *workers = room->server->workers;
    return worker < workers->count && (room->parts & bit_of(room, worker)) != 0 &&
           workers->workers[worker].generation == room->generation;
}

uint32_t workers_first_part(const struct room *room)
{
    EACH_PART(room, index)
    {
        return index;
    }
    return ROOM_NO_WORKER;
}

/* Whenever a part comes or goes. */
static void tell_parts(const struct room *room)
{
    EACH_PART(room, index)
    {
        const struct ipc_message message = {.type = IPC_ROOM_PARTS,
                                            .flags = (uint16_t)(room->parts & ~bit_of(room, index)),
                                            .room = room->id};
        if (send_to_index(room, index, &message) != 0)
            log_write(LOG_DEBUG, "workers", "event=parts_not_sent worker=%u", index);
    }
}

static int note_part(struct room *room, uint32_t index)
{
    /* Opening a room that is open replaces its note. */
    struct ipc_message message = {.type = IPC_ROOM_OPEN, .room = room->id};
    return send_note(room, index, message, note_of_room(room));
}

/* Of the generation that holds the room, or the room is nowhere yet. */
static bool may_hold(const struct room *room, uint32_t worker)
{
    const struct workers *workers = room->server->workers;
    return worker < workers->count && workers->workers[worker].generation != 0 &&
           (room->parts == 0 || workers->workers[worker].generation == room->generation);
}

static int open_part(struct room *room, uint32_t index)
{
    if (workers_has_part(room, index))
        return 0;
    if (!may_hold(room, index) || note_part(room, index) != 0)
        return -1;
    return workers_part_found(room, index) ? 0 : -1;
}

bool workers_part_found(struct room *room, uint32_t worker)
{
    const bool shared = room->parts != 0;
    if (!may_hold(room, worker))
        return false;
    room->generation = room->server->workers->workers[worker].generation;
    room->parts |= bit_of(room, worker);
    if (shared)
        tell_parts(room);
    return true;
}

void workers_part_gone(struct room *room, uint32_t worker)
{
    if (!workers_has_part(room, worker))
        return;
    room->parts &= ~bit_of(room, worker);
    sfu_forget_scores(room, workers_position(room->server, worker));
    tell_parts(room);
}

void workers_refuse_room(struct server *server, uint32_t worker, uint64_t room)
{
    const struct ipc_message message = {.type = IPC_ROOM_CLOSE, .room = room};
    log_write(LOG_WARN, "workers", "event=room_held_twice worker=%u room=%016llx", worker,
              (unsigned long long)room);
    if (send_to(&server->workers->workers[worker], &message) != 0)
        log_write(LOG_DEBUG, "workers", "event=close_not_sent worker=%u", worker);
}

static size_t count_in_part(const struct room *room, uint32_t worker)
{
    size_t count = 0;
    LIST_EACH(&room->members, node)
    count += LIST_ELEMENT(node, struct member, in_room)->worker == worker;
    return count;
}

static bool is_overloaded(const struct workers *workers, uint32_t index)
{
    return index < workers->count &&
           overload_of(workers->server, workers->workers[index].busy.permille);
}

/* Whoever has time before those who have none, of these whoever has fewest people and rooms. */
static uint32_t weight_of(const struct workers *workers, const struct worker *worker)
{
    const uint32_t weight = worker->participants + registry_rooms(workers->server, worker->index);
    return weight + (is_overloaded(workers, worker->index) ? UINT32_MAX / 2 : 0);
}

/* The connected worker of a generation with the least weight, among those of the first positions;
 * ROOM_NO_WORKER: none is connected. Generation 0: whoever is not leaving. */
static uint32_t place(const struct workers *workers, size_t among, uint32_t generation)
{
    uint32_t best = ROOM_NO_WORKER;
    uint32_t least = UINT32_MAX;
    for (size_t i = 0; i < workers->count; i++) {
        const struct worker *worker = &workers->workers[i];
        const bool fits = generation == 0 ? !is_leaving(worker) : worker->generation == generation;
        if (worker->channel == NULL || worker->dismissed || !fits ||
            i % workers->positions >= among)
            continue;
        const uint32_t weight = weight_of(workers, worker);
        if (weight < least) {
            least = weight;
            best = worker->index;
        }
    }
    return best;
}

/* With an old worker rather than with none: those of the new release may not work. */
static uint32_t place_room(const struct workers *workers)
{
    uint32_t best = place(workers, SIZE_MAX, 0);
    for (size_t i = 0; best == ROOM_NO_WORKER && i < workers->count; i++)
        best = place(workers, SIZE_MAX, workers->workers[i].generation);
    return best;
}

static uint32_t place_member(const struct room *room)
{
    const uint32_t part = room->server->config->media.room_part;
    if (room->worker == ROOM_NO_WORKER ||
        workers_position(room->server, room->worker) >= ROOM_PARTS_MAX || part == 0 ||
        (count_in_part(room, room->worker) < part &&
         !is_overloaded(room->server->workers, room->worker)))
        return room->worker;
    const uint32_t least = place(room->server->workers, ROOM_PARTS_MAX, room->generation);
    return least == ROOM_NO_WORKER ? room->worker : least;
}

bool workers_overloaded(const struct server *server, const struct room *room)
{
    const bool placed = room != NULL && room->worker != ROOM_NO_WORKER;
    return is_overloaded(server->workers,
                         placed ? place_member(room) : place_room(server->workers));
}

/* ---- registration ---------------------------------------------------------------------------- */

void workers_open_room(struct room *room)
{
    if (room->worker == ROOM_NO_WORKER)
        room->worker = place_room(room->server->workers);
    if (workers_has_part(room, room->worker))
        workers_note_room(room);
    else
        room->registered = open_part(room, room->worker) == 0;
}

void workers_note_room(struct room *room)
{
    EACH_PART(room, index)
    {
        const bool taken = note_part(room, index) == 0;
        if (index == room->worker)
            room->registered = taken;
    }
}

void workers_close_room(struct room *room)
{
    struct ipc_message message = {.type = IPC_ROOM_CLOSE, .room = room->id};
    EACH_PART(room, index)
    {
        if (send_to_index(room, index, &message) != 0)
            log_write(LOG_DEBUG, "workers", "event=close_not_sent worker=%u", index);
    }
    room->parts = 0;
    room->registered = false;
}

void workers_mark_member(struct member *member, bool registered)
{
    struct workers *workers = member->room->server->workers;
    if (member->registered == registered || member->worker >= workers->count)
        return;
    member->registered = registered;
    if (registered)
        workers->workers[member->worker].participants++;
    else
        workers->workers[member->worker].participants--;
}

static void send_enabled(struct member *member)
{
    struct ipc_message message = {.type = IPC_SOURCES_ENABLED,
                                  .flags = member->enabled,
                                  .room = member->room->id,
                                  .participant = member->id};
    if (workers_send_member(member, &message) != 0)
        workers_mark_member(member, false);
}

static void send_member(struct member *member, uint8_t type)
{
    struct ipc_message message = {
        .type = type, .room = member->room->id, .participant = member->id};
    workers_mark_member(
        member, send_note(member->room, member->worker, message, note_of_member(member)) == 0);
    if (member->registered)
        send_enabled(member);
}

void workers_add_member(struct member *member)
{
    if (member->worker == ROOM_NO_WORKER)
        member->worker = place_member(member->room);
    if (open_part(member->room, member->worker) == 0)
        send_member(member, IPC_PARTICIPANT_ADD);
    else
        workers_mark_member(member, false);
}

void workers_note_member(struct member *member)
{
    if (member->registered)
        send_member(member, IPC_PARTICIPANT_NOTE);
}

void workers_remove_member(struct member *member)
{
    struct ipc_message message = {
        .type = IPC_PARTICIPANT_REMOVE, .room = member->room->id, .participant = member->id};
    if (member->registered && workers_send_member(member, &message) != 0)
        log_write(LOG_DEBUG, "workers", "event=remove_not_sent");
    workers_mark_member(member, false);
}

void workers_close_legs(struct room *room)
{
    LIST_EACH(&room->members, node)
    {
        struct member *member = LIST_ELEMENT(node, struct member, in_room);
        struct ipc_message message = {
            .type = IPC_LEG_CLOSE, .room = room->id, .participant = member->id};
        if (member->has_leg && workers_send_member(member, &message) == 0)
            member->has_leg = false;
    }
}

/* ---- receiving ------------------------------------------------------------------------------- */

/* They have no names: from another release there may be more of them, or fewer. */
static void take_counters(struct worker *worker, const struct ipc_message *message)
{
    if (ipc_decode_counters(message->payload, message->payload_len, &worker->counters) != 0)
        return;
    worker->counters_due = false;
    if (worker->counters.count != ENGINE_COUNTERS + WORKER_COUNTERS)
        worker->counters.count = 0;
    else
        busy_note(&worker->busy, worker->counters.values[ENGINE_COUNTERS + WORKER_COUNTER_cpu_us],
                  server_now_ms());
}

static bool any_snapshot_due(const struct workers *workers)
{
    for (size_t i = 0; i < workers->count; i++)
        if (workers->workers[i].snapshot_due)
            return true;
    return false;
}

static void take_message(struct worker *worker, const struct ipc_message *message)
{
    struct server *server = worker->workers->server;
    switch (message->type) {
    case IPC_HELLO:
        log_write(LOG_INFO, "workers", "event=worker_hello worker=%u pid=%u", worker->index,
                  message->request);
        break;
    case IPC_COUNTERS:
        take_counters(worker, message);
        break;
    case IPC_SNAPSHOT_END:
        worker->snapshot_due = false;
        registry_snapshot_end(server, worker->index, !any_snapshot_due(worker->workers));
        break;
    case IPC_SNAPSHOT_ROOM:
    case IPC_SNAPSHOT_PARTICIPANT:
        /* Unasked it would be a claim to rooms, and to what other workers hand over of them. */
        if (worker->snapshot_due)
            registry_receive(server, worker->index, message);
        else
            COUNT_CONTROL(server, ipc_dropped);
        break;
    default:
        registry_receive(server, worker->index, message);
        break;
    }
}

static void on_readable(struct watch *watch)
{
    struct worker *worker = watch->context;
    struct ipc_message message;
    int got = 0;
    while (worker->channel != NULL && (got = ipc_receive(worker->channel, &message)) > 0)
        take_message(worker, &message);
    if (got < 0 || watch->wsi == NULL)
        disconnect(worker);
}

static void on_writable(struct watch *watch)
{
    struct worker *worker = watch->context;
    if (worker->channel == NULL)
        return;
    if (ipc_flush(worker->channel) != 0)
        disconnect(worker);
    else if (ipc_wants_write(worker->channel))
        watch_want_write(watch);
}

/* ---- connecting ------------------------------------------------------------------------------ */

/* Takes over fd: a new worker's, or a living one's after control was replaced; the snapshot tells
 * which of the two. */
static void connect_worker(struct worker *worker, uint32_t generation, int fd)
{
    disconnect(worker);
    if (worker->generation != generation)
        vacate(worker, generation);
    worker->channel = ipc_channel_new(fd);
    if (worker->channel == NULL) {
        close(fd);
        return;
    }
    if (watch_open(&worker->watch, ipc_channel_fd(worker->channel)) != 0) {
        disconnect(worker);
        return;
    }
    worker->connected_ms = server_now_ms();
    if (worker->connects++ > 0)
        COUNT_CONTROL(worker->workers->server, worker_restarts);
    struct ipc_message ask = {.type = IPC_SNAPSHOT_REQUEST};
    worker->snapshot_due = send_to(worker, &ask) == 0;
}

static void on_gift(struct watch *watch)
{
    struct workers *workers = watch->context;
    struct ipc_gift gift;
    int got = 0;
    if (watch->wsi != NULL)
        while ((got = ipc_gift_receive(workers->server->start->supervisor_fd, &gift)) > 0) {
            if (gift.worker < workers->count)
                connect_worker(&workers->workers[gift.worker], gift.generation, gift.fd);
            else
                close(gift.fd);
        }
    if (got >= 0 && watch->wsi != NULL)
        return;
    /* Without its supervisor a control is of no use: the next one needs the ports. */
    log_write(LOG_ERROR, "control", "event=supervisor_gone");
    watch_close(watch);
    workers->server->stopping = true;
    lws_cancel_service(workers->server->lws);
}

struct workers *workers_new(struct server *server)
{
    const struct control_start *start = server->start;
    const size_t slots = 2 * start->worker_count;
    struct workers *workers = calloc(1, sizeof *workers + slots * sizeof workers->workers[0]);
    if (workers == NULL)
        return NULL;
    workers->server = server;
    workers->positions = (uint32_t)start->worker_count;
    workers->count = slots;
    workers->started_ms = server_now_ms();
    server->workers = workers; /* messages may come from the first connect on */
    for (size_t i = 0; i < workers->count; i++) {
        struct worker *worker = &workers->workers[i];
        worker->workers = workers;
        worker->index = (uint32_t)i;
        worker->watch = (struct watch){
            .readable = on_readable, .writable = on_writable, .server = server, .context = worker};
        worker->generation = start->worker_generations[i];
    }
    for (size_t i = 0; i < workers->count; i++)
        if (workers->workers[i].generation != 0 && start->worker_fds[i] >= 0)
            connect_worker(&workers->workers[i], start->worker_generations[i],
                           start->worker_fds[i]);
    workers->supervisor = (struct watch){.readable = on_gift, .server = server, .context = workers};
    if (start->supervisor_fd >= 0 && watch_open(&workers->supervisor, start->supervisor_fd) != 0) {
        server->workers = NULL;
        workers_unwatch(workers);
        workers_free(workers);
        return NULL;
    }
    return workers;
}

void workers_unwatch(struct workers *workers)
{
    watch_close(&workers->supervisor);
    for (size_t i = 0; i < workers->count; i++)
        watch_close(&workers->workers[i].watch);
}

void workers_free(struct workers *workers)
{
    if (workers == NULL)
        return;
    for (size_t i = 0; i < workers->count; i++)
        ipc_channel_free(workers->workers[i].channel);
    free(workers);
}

bool workers_settled(const struct workers *workers, uint64_t now_ms)
{
    if (now_ms - workers->started_ms >= SETTLE_MS)
        return true;
    for (size_t i = 0; i < workers->count; i++) {
        const struct worker *worker = &workers->workers[i];
        if (worker->generation != 0 && (worker->channel == NULL || worker->snapshot_due))
            return false;
    }
    return true;
}

/* Whether the new one at its side does: until then it is better than nothing. */
static bool has_successor(const struct worker *worker, uint64_t now_ms)
{
    const struct worker *twin = twin_of(worker);
    return is_leaving(worker) && twin->channel != NULL && !twin->snapshot_due &&
           now_ms - twin->connected_ms >= TRIAL_MS;
}

void workers_tick(struct workers *workers, uint64_t now_ms)
{
    static const struct ipc_message end = {.type = IPC_SHUTDOWN};
    for (size_t i = 0; i < workers->count; i++) {
        struct worker *worker = &workers->workers[i];
        if (!has_successor(worker, now_ms) || worker->channel == NULL || worker->snapshot_due ||
            worker->dismissed || registry_rooms(workers->server, worker->index) > 0)
            continue;
        worker->dismissed = send_to(worker, &end) == 0;
        log_write(LOG_INFO, "workers", "event=worker_dismissed worker=%u", worker->index);
    }
}

/* ---- load and counters ----------------------------------------------------------------------- */

size_t workers_count(const struct workers *workers)
{
    return workers->count;
}

bool workers_used(const struct workers *workers, size_t index)
{
    return workers->workers[index].generation != 0;
}

struct workers_load workers_load(const struct workers *workers, size_t index)
{
    const struct worker *worker = &workers->workers[index];
    struct workers_load load = {
        .leaving = is_leaving(worker),
        .connected = worker->channel != NULL,
        .restarts = worker->connects > 0 ? worker->connects - 1 : 0,
        .busy_permille = worker->busy.permille,
        .counters = &worker->counters,
    };
    load.rooms = registry_rooms(workers->server, worker->index);
    load.participants = worker->participants;
    return load;
}

void workers_ask_counters(struct workers *workers)
{
    struct ipc_message ask = {.type = IPC_COUNTERS_REQUEST};
    for (size_t i = 0; i < workers->count; i++)
        workers->workers[i].counters_due = send_to(&workers->workers[i], &ask) == 0;
}

size_t workers_counters_due(const struct workers *workers)
{
    size_t due = 0;
    for (size_t i = 0; i < workers->count; i++)
        due += workers->workers[i].counters_due;
    return due;
}

void workers_set_log_level(struct workers *workers, unsigned level)
{
    struct ipc_message message = {.type = IPC_LOG_LEVEL, .flags = (uint16_t)level};
    for (size_t i = 0; i < workers->count; i++)
        if (workers->workers[i].generation != 0 && send_to(&workers->workers[i], &message) != 0)
            log_write(LOG_WARN, "workers", "event=log_level_not_sent worker=%zu", i);
}
