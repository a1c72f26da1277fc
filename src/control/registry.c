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

void registry_load(const struct server *server, uint32_t worker, uint32_t *rooms,
                   uint32_t *participants)
{
    *rooms = 0;
    *participants = 0;
    EACH_ROOM(server, room)
    {
        if (room->worker == worker) {
            *rooms += 1;
            *participants += (uint32_t)room->count;
        }
    }
}

static void forget_registration(struct room *room)
{
    room->registered = false;
    LIST_EACH(&room->members, node)
    {
        struct member *member = LIST_ELEMENT(node, struct member, in_room);
        member->registered = false;
        sfu_drop_offer(member);
    }
}

void registry_worker_gone(struct server *server, uint32_t worker)
{
    EACH_ROOM(server, room)
    {
        if (room->worker == worker)
            forget_registration(room);
    }
}

/* ---- snapshots ------------------------------------------------------------------------------- */

static void take_room(struct server *server, uint32_t worker, const struct ipc_message *message)
{
    struct note_room note;
    struct room *room = rooms_find(server, message->room);
    if (room != NULL) {
        room->registered = room->worker == worker;
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
    room->registered = true;
    room->locked = note.locked;
    room->next_order = note.next_order;
    room->last_chat_id = note.last_chat_id;
    mode_restore(&room->mode, note.sfu, note.paired, note.waiting, note.epoch);
}

#define SNAPSHOT_HAS_LEG 1u

static void revive_member(struct room *room, const struct ipc_message *message)
{
    struct note_member note;
    if (note_read_member((const char *)message->payload, message->payload_len, &note) != 0) {
        COUNT_CONTROL(room->server, ipc_malformed);
        return;
    }
    struct member *member = member_revive(room, message->participant, &note);
    if (member == NULL)
        return;
    member->registered = true;
    member->has_leg = (message->flags & SNAPSHOT_HAS_LEG) != 0;
}

static void take_participant(struct server *server, uint32_t worker,
                             const struct ipc_message *message)
{
    struct room *room = rooms_find(server, message->room);
    if (room == NULL || room->worker != worker || message->participant == 0) {
        COUNT_CONTROL(server, ipc_dropped);
        return;
    }
    struct member *member = rooms_member(room, message->participant);
    if (member != NULL)
        member->registered = true;
    else
        revive_member(room, message);
}

/* The worker lost its peer connections, but not its clients. */
static void register_again(struct room *room)
{
    bool had_legs = false;
    workers_open_room(room);
    LIST_EACH(&room->members, node)
    {
        struct member *member = LIST_ELEMENT(node, struct member, in_room);
        had_legs |= member->has_leg;
        sfu_forget_leg(member);
        workers_add_member(member);
        sfu_repeat_view(member);
    }
    if (had_legs || room->mode.sfu)
        rooms_send(room, NULL, encode_media_restart(room->mode.epoch));
}

/* Rooms of a snapshot whose members all could not be read have nobody in them. */
static void release_empty(struct server *server, uint32_t worker)
{
    uint32_t cursor = 0;
    uint64_t key, value;
    while (map_next(&server->rooms, &cursor, &key, &value)) {
        struct room *room = (struct room *)(uintptr_t)value;
        if (room->worker == worker && room->count == 0) {
            rooms_release(room);
            cursor = 0; /* the map changed: start over */
        }
    }
}

void registry_snapshot_end(struct server *server, uint32_t worker)
{
    release_empty(server, worker);
    EACH_ROOM(server, room)
    {
        if (room->worker == ROOM_NO_WORKER || (room->worker == worker && !room->registered))
            register_again(room);
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
    if (room == NULL || room->worker != worker) {
        COUNT_CONTROL(server, ipc_dropped);
        return;
    }
    if (message->type == IPC_SPEAKERS) {
        sfu_on_speakers(room, message);
        return;
    }
    if (message->type == IPC_QUALITY) {
        sfu_on_quality(room, message);
        return;
    }
    struct member *member = rooms_member(room, message->participant);
    if (member != NULL)
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
