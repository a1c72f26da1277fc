/* What hosts do to others: mute, remove, lock, end. rights.c has let only hosts come here. */
#include "base/log.h"
#include "control/encode.h"
#include "control/lobby.h"
#include "control/rooms.h"
#include "control/server.h"
#include "control/signalling.h"
#include "control/socket.h"
#include "control/workers.h"

/* NULL: refused. */
static struct member *find_target(struct socket *socket, const struct message *message, uint64_t id)
{
    struct member *target = rooms_member(socket->member->room, id);
    if (target == NULL)
        socket_refuse(socket, message->id, CODE_NO_SUCH_PARTICIPANT, "nobody has this id here");
    return target;
}

/* The worker stops forwarding at once; the participant's page stops sending, and may unmute again:
 * a host ends a noise, and takes nobody's word away. */
void host_mute(struct socket *socket, const struct message *message)
{
    struct member *target = find_target(socket, message, message->mute.participant);
    if (target == NULL)
        return;
    const uint8_t bit = (uint8_t)(1u << message->mute.source);
    socket_send(socket, encode_ok(message->id));
    if ((target->enabled & bit) == 0)
        return;
    target->enabled = (uint8_t)(target->enabled & ~bit);
    member_send_kept(target, encode_muted(message->mute.source, socket->member->id));
    member_changed(target);
}

void host_remove(struct socket *socket, const struct message *message)
{
    struct member *target = find_target(socket, message, message->remove.participant);
    if (target == NULL)
        return;
    if (target == socket->member) {
        socket_refuse(socket, message->id, CODE_NO_SUCH_PARTICIPANT, "oneself can leave");
        return;
    }
    struct socket *theirs = target->socket;
    socket_send(socket, encode_ok(message->id));
    if (theirs != NULL) {
        signalling_unbind(theirs);
        socket_send(theirs, encode_closing("removed"));
        socket_close(theirs, SOCKET_REMOVED);
    }
    member_remove(target, "removed");
}

/* Holds while somebody is in the room: one that nobody is in would be shut for ever. */
void host_lock(struct socket *socket, const struct message *message)
{
    struct room *room = socket->member->room;
    socket_send(socket, encode_ok(message->id));
    if (room->locked == message->lock.locked)
        return;
    room->locked = message->lock.locked;
    workers_note_room(room);
    rooms_send(room, NULL, encode_room_updated(room));
}

/* As if the room's time were over: nobody goes on by the same link. */
void host_end(struct socket *socket, const struct message *message)
{
    struct server *server = socket->server;
    struct room *room = socket->member->room;
    uint64_t id = room->id;
    log_write(LOG_INFO, "rooms", "event=ended room=%016llx", (unsigned long long)id);
    socket_send(socket, encode_ok(message->id));
    lobby_clear(server, id);
    rooms_close(room);
    rooms_store_result(server, store_room_remove(server->store, id));
}
