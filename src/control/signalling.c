/* From a message to its handler. */
#include "control/signalling.h"

#include "control/encode.h"
#include "control/rights.h"
#include "control/rooms.h"
#include "control/socket.h"

static void dispatch(struct socket *socket, const struct message *message)
{
    switch (message->type) {
    case MESSAGE_JOIN:
    case MESSAGE_RESUME:
        socket_refuse(socket, message->id, CODE_ALREADY_JOINED, "this socket has joined already");
        return;
    case MESSAGE_LEAVE:
        session_leave(socket, message);
        return;
    case MESSAGE_OFFER:
        legs_offer(socket, message);
        return;
    case MESSAGE_DESCRIPTION:
        legs_description(socket, message);
        return;
    case MESSAGE_CANDIDATE:
        legs_candidate(socket, message);
        return;
    case MESSAGE_MODE_READY:
        legs_ready(socket, message);
        return;
    case MESSAGE_MODE_FAILED:
        legs_failed(socket, message);
        return;
    case MESSAGE_SOURCES_ENABLED:
        talk_sources(socket, message);
        return;
    case MESSAGE_RENAME:
        talk_rename(socket, message);
        return;
    case MESSAGE_VIEW:
        talk_view(socket, message);
        return;
    case MESSAGE_CHAT:
        talk_chat(socket, message);
        return;
    case MESSAGE_PARTICIPANTS:
        socket->together = true;
        socket_send(socket, encode_ok(message->id));
        return;
    case MESSAGE_PING:
        socket_send(socket, encode_pong(message->id));
        return;
    case MESSAGE_MUTE:
        host_mute(socket, message);
        return;
    case MESSAGE_REMOVE:
        host_remove(socket, message);
        return;
    case MESSAGE_LOCK:
        host_lock(socket, message);
        return;
    case MESSAGE_END:
        host_end(socket, message);
        return;
    case MESSAGE_ADMIT:
        host_admit(socket, message);
        return;
    case MESSAGE_TYPES:
        return;
    }
}

/* From who has joined: the one place where the rights table is asked. */
static void receive_from_member(struct socket *socket, const struct message *message)
{
    if (rights_allow(socket->member->role, message))
        dispatch(socket, message);
    else
        socket_refuse(socket, message->id, CODE_NOT_ALLOWED, "this role has no right to that");
}

/* Whoever waits may find out whether the connection stands, and nothing else. */
static void receive_from_lobby(struct socket *socket, const struct message *message)
{
    if (message->type == MESSAGE_PING)
        socket_send(socket, encode_pong(message->id));
    else
        socket_refuse(socket, message->id, CODE_NOT_JOINED, "wait until a host lets you in");
}

void signalling_receive(struct socket *socket, const struct message *message)
{
    if (socket->member != NULL)
        receive_from_member(socket, message);
    else if (socket->knock != NULL)
        receive_from_lobby(socket, message);
    else if (message->type == MESSAGE_JOIN)
        session_join(socket, message);
    else if (message->type == MESSAGE_RESUME)
        session_resume(socket, message);
    else
        socket_refuse(socket, message->id, CODE_NOT_JOINED, "join or resume first");
}

void signalling_unbind(struct socket *socket)
{
    socket->member->socket = NULL;
    socket->member = NULL;
}

void signalling_lost(struct socket *socket)
{
    struct member *member = socket->member;
    signalling_unbind(socket);
    if (socket->gone_away)
        member_remove(member, "left");
    else
        member_lost(member);
}
