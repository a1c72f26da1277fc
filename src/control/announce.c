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
static bool is_due(struct room *room, uint64_t now_ms)
{
    const uint64_t wait_ms = room->count < WAIT_MAX_MS ? room->count : WAIT_MAX_MS;
    if (!room->unsent || now_ms < room->told_ms + wait_ms)
        return false;
    room->told_ms = now_ms;
    return true;
}

void announce_flush(struct room *room, uint64_t now_ms)
{
    if (!is_due(room, now_ms))
        return;
    struct frame *together = encode_changes(room);
    LIST_EACH(&room->members, node)
    {
        struct socket *socket = LIST_ELEMENT(node, struct member, in_room)->socket;
        if (socket == NULL)
            continue;
        if (socket->together)
            socket_send_soon(socket, frame_get(together));
        socket_flush(socket);
    }
    frame_put(together);
    forget(room);
}
