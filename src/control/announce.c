/* Announcements, one by one or together. */
#include "control/announce.h"

#include "control/encode.h"
#include "control/people.h"
#include "control/rooms.h"
#include "control/socket.h"

#define SMALL_ROOM  64u
#define WAIT_MAX_MS 1000u

/* True: it was sent. Otherwise it is to be told together with others, too. */
static bool tell(struct room *room, const struct member *except, struct frame *frame)
{
    if (room->count <= SMALL_ROOM && !room->unsent) {
        rooms_send(room, except, frame);
        return true;
    }
    LIST_EACH(&room->members, node)
    {
        struct member *member = LIST_ELEMENT(node, struct member, in_room);
        if (member != except && member->socket != NULL && !member->socket->together)
            socket_send_soon(member->socket, frame_get(frame));
    }
    frame_put(frame);
    room->unsent = true;
    return false;
}

void announce_joined(struct member *member)
{
    member->changed = !tell(member->room, member, encode_participant_joined(member));
}

void announce_changed(struct member *member)
{
    if (!tell(member->room, member, encode_participant_updated(member)))
        member->changed = true;
}

void announce_left(struct member *member, const char *reason)
{
    struct room *room = member->room;
    if (tell(room, NULL, encode_participant_left(member->id, reason)))
        return;
    if (room->left == NULL)
        room->left = json_array();
    json_array_append_new(room->left, encode_leaver(member->id, reason));
}

static void forget(struct room *room)
{
    json_decref(room->left);
    room->left = NULL;
    room->unsent = false;
    LIST_EACH(&room->members, node) LIST_ELEMENT(node, struct member, in_room)->changed = false;
}

/* A millisecond for each who is told: a thousand messages a second, however many come. */
static uint64_t wait_ms(const struct room *room)
{
    return room->count < WAIT_MAX_MS ? room->count : WAIT_MAX_MS;
}

static bool is_due(struct room *room, uint64_t now_ms)
{
    if (!room->unsent || now_ms < room->told_ms + wait_ms(room))
        return false;
    room->told_ms = now_ms;
    return true;
}

/* Whose turn it is at this tick: as many each time, and everybody within the wait. A thousand in
 * one go would make whoever asks for something wait meanwhile. */
static void flush_some(struct room *room)
{
    const uint64_t turns = 1 + wait_ms(room) / ANNOUNCE_TICK_MS;
    const uint64_t turn = room->turn++ % turns;
    LIST_EACH(&room->members, node)
    {
        const struct member *member = LIST_ELEMENT(node, struct member, in_room);
        if (member->socket != NULL && member->order % turns == turn)
            socket_flush(member->socket);
    }
}

void announce_tick(struct room *room, uint64_t now_ms)
{
    if (is_due(room, now_ms)) {
        struct frame *together = encode_changes(room);
        LIST_EACH(&room->members, node)
        {
            struct socket *socket = LIST_ELEMENT(node, struct member, in_room)->socket;
            if (socket != NULL && socket->together)
                socket_send_soon(socket, frame_get(together));
        }
        frame_put(together);
        forget(room);
    }
    flush_some(room);
}
