/* Keeping control's rooms and the workers' equal. */
#include "control/registry.h"

#include "base/log.h"
#include "control/encode.h"
#include "control/explain.h"
#include "control/note.h"
#include "control/rooms.h"
#include "control/server.h"
#include "control/sfu.h"
#include "control/workers.h"

/* Walks the live rooms; rooms may not come or go in the body. */
#define EACH_ROOM(server, room)                                                                    \
    uint32_t cursor = 0;                                                                           \
    uint64_t key, value;                                                                           \
    struct room *room;                                                                             \
    while (map_next(&(server)->rooms, &cursor, &key, &value) &&                                    \
           (room = (struct room *)(uintptr_t)value) != NULL)

uint32_t registry_rooms(const struct server *server, uint32_t worker)
{
    uint32_t rooms = 0;
    EACH_ROOM(server, room)
    {
        rooms += workers_has_part(room, worker);
    }
    return rooms;
}

static void forget_registration(struct room *room, uint32_t worker)
{
    if (room->worker == worker)
        room->registered = false;
    LIST_EACH(&room->members, node)
    {
        struct member *member = LIST_ELEMENT(node, struct member, in_room);
        if (member->worker != worker)
            continue;
        workers_mark_member(member, false);
        sfu_drop_offer(member);
    }
    workers_part_gone(room, worker);
}

void registry_worker_gone(struct server *server, uint32_t worker)
{
    EACH_ROOM(server, room)
    {
        if (workers_has_part(room, worker))
            forget_registration(room, worker);
    }
}

/* ---- snapshots ------------------------------------------------------------------------------- */

static void take_room(struct server *server, uint32_t worker, const struct ipc_message *message)
{
    struct note_room note;
    struct room *room = rooms_find(server, message->room);
    if (room != NULL) {
        if (workers_part_found(room, worker))
            room->registered = room->registered || room->worker == worker;
        else
            workers_refuse_room(server, worker, room->id);
        return;
    }
    if (note_read_room(message->room, (const char *)message->payload, message->payload_len,
                       &note) != 0) {
        COUNT_CONTROL(server, ipc_malformed);
        return;
    }
    room = rooms_revive(server, &note.settings);
    if (room == NULL)
        return;
    room->worker = worker;
    room->registered = workers_part_found(room, worker);
    room->locked = note.locked;
    room->next_order = note.next_order;
    room->last_chat_id = note.last_chat_id;
    mode_restore(&room->mode, note.sfu, note.paired, note.waiting, note.epoch);
}

#define SNAPSHOT_HAS_LEG 1u

static void revive_member(struct room *room, uint32_t worker, const struct ipc_message *message)
{
    struct note_member note;
    if (note_read_member((const char *)message->payload, message->payload_len, &note) != 0) {
        COUNT_CONTROL(room->server, ipc_malformed);
        return;
    }
    struct member *member = member_revive(room, message->participant, &note);
    if (member == NULL)
        return;
    member->worker = worker;
    workers_mark_member(member, true);
    member->has_leg = (message->flags & SNAPSHOT_HAS_LEG) != 0;
}

static void take_participant(struct server *server, uint32_t worker,
                             const struct ipc_message *message)
{
    struct room *room = rooms_find(server, message->room);
    if (room == NULL || !workers_has_part(room, worker) || message->participant == 0) {
        COUNT_CONTROL(server, ipc_dropped);
        return;
    }
    struct member *member = rooms_member(room, message->participant);
    if (member == NULL)
        revive_member(room, worker, message);
    else if (member->worker == worker)
        workers_mark_member(member, true);
    else
        COUNT_CONTROL(server, ipc_dropped);
}

/* Known before, and not to the worker that is there now. */
static bool is_lost(const struct member *member, uint32_t worker)
{
    return !member->registered && (member->worker == worker || member->worker == ROOM_NO_WORKER);
}

static bool has_lost(const struct room *room, uint32_t worker)
{
    LIST_EACH(&room->members, node)
    if (is_lost(LIST_ELEMENT(node, struct member, in_room), worker))
        return true;
    return false;
}

/* The worker lost its peer connections, but not its clients: those in its part of the room. */
static void register_again(struct room *room, uint32_t worker)
{
    bool had_legs = room->mode.sfu;
    workers_open_room(room);
    LIST_EACH(&room->members, node)
    had_legs |= LIST_ELEMENT(node, struct member, in_room)->has_leg;
    LIST_EACH(&room->members, other)
    {
        struct member *member = LIST_ELEMENT(other, struct member, in_room);
        if (!is_lost(member, worker))
            continue;
        sfu_forget_leg(member);
        workers_add_member(member);
        sfu_repeat_view(member);
        if (had_legs)
            member_send_kept(member, encode_media_restart(room->mode.epoch));
    }
}

/* What is left of a room that lost one of its workers for good. */
static bool move_away(struct room *room, uint32_t worker)
{
    bool concerned = room->worker == worker;
    if (concerned)
        room->worker = workers_first_part(room);
    LIST_EACH(&room->members, node)
    {
        struct member *member = LIST_ELEMENT(node, struct member, in_room);
        if (member->worker != worker)
            continue;
        member->worker = ROOM_NO_WORKER;
        concerned = true;
    }
    return concerned;
}

void registry_worker_replaced(struct server *server, uint32_t worker)
{
    EACH_ROOM(server, room)
    {
        if (!move_away(room, worker))
            continue;
        register_again(room, ROOM_NO_WORKER);
        log_write(LOG_WARN, "workers", "event=room_moved room=%016llx from=%u to=%u",
                  (unsigned long long)room->id, worker, room->worker);
    }
}

/* Rooms of a snapshot whose members all could not be read have nobody in them. */
static void release_empty(struct server *server)
{
    uint32_t cursor = 0;
    uint64_t key, value;
    while (map_next(&server->rooms, &cursor, &key, &value)) {
        struct room *room = (struct room *)(uintptr_t)value;
        if (room->count == 0) {
            rooms_release(room);
            cursor = 0; /* the map changed: start over */
        }
    }
}

void registry_snapshot_end(struct server *server, uint32_t worker, bool last)
{
    if (last)
        release_empty(server);
    EACH_ROOM(server, room)
    {
        if (room->worker == ROOM_NO_WORKER || (room->worker == worker && !room->registered) ||
            has_lost(room, worker))
            register_again(room, worker);
    }
    log_write(LOG_INFO, "workers", "event=snapshot worker=%u rooms=%zu", worker,
              rooms_live_count(server));
}

/* ---- messages -------------------------------------------------------------------------------- */

static void to_member(struct member *member, const struct ipc_message *message)
{
    switch (message->type) {
    case IPC_ANSWER:
        sfu_on_answer(member, message);
        break;
    case IPC_REFUSED:
        sfu_on_refused(member, message);
        break;
    case IPC_SEATS:
        sfu_on_seats(member, message);
        break;
    case IPC_PUBLISH:
        sfu_on_publish(member, message);
        break;
    case IPC_LEG_STATE:
        log_write(LOG_DEBUG, "sfu", "event=leg_state state=%u", message->flags);
        break;
    default:
        COUNT_CONTROL(member->room->server, ipc_malformed);
        break;
    }
}

static void to_room(struct server *server, uint32_t worker, const struct ipc_message *message)
{
    struct room *room = rooms_find(server, message->room);
    if (room == NULL || !workers_has_part(room, worker)) {
        COUNT_CONTROL(server, ipc_dropped);
        return;
    }
    /* All parts hear the same. */
    if (message->type == IPC_SPEAKERS) {
        if (room->worker == worker)
            sfu_on_speakers(room, message);
        return;
    }
    if (message->type == IPC_QUALITY) {
        sfu_on_quality(room, worker, message);
        return;
    }
    struct member *member = rooms_member(room, message->participant);
    if (member != NULL && member->worker == worker)
        to_member(member, message);
    else
        COUNT_CONTROL(server, ipc_dropped);
}

void registry_receive(struct server *server, uint32_t worker, const struct ipc_message *message)
{
    switch (message->type) {
    case IPC_SNAPSHOT_ROOM:
        take_room(server, worker, message);
        break;
    case IPC_SNAPSHOT_PARTICIPANT:
        take_participant(server, worker, message);
        break;
    case IPC_TIMELINE:
        explain_answer(server, message);
        break;
    default:
        to_room(server, worker, message);
        break;
    }
}
