/* Who waits before a room. */
#include "control/lobby.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "control/encode.h"
#include "control/rooms.h"
#include "control/server.h"
#include "control/signalling.h"
#include "control/socket.h"

static void tell_hosts(struct server *server, uint64_t id, struct frame *frame)
{
    struct room *room = rooms_find(server, id);
    if (room != NULL) {
        LIST_EACH(&room->members, node)
        {
            struct member *member = LIST_ELEMENT(node, struct member, in_room);
            if (member->role == ROLE_HOST)
                member_send(member, frame_get(frame));
        }
    }
    frame_put(frame);
}

static size_t count_waiting(const struct server *server, uint64_t room)
{
    size_t count = 0;
    LIST_EACH(&server->sockets, node)
    {
        const struct socket *socket = LIST_ELEMENT(node, struct socket, in_server);
        count += socket->knock != NULL && socket->knock->token.room == room;
    }
    return count;
}

static struct socket *find_waiting(const struct server *server, uint64_t room, uint64_t participant)
{
    LIST_EACH(&server->sockets, node)
    {
        struct socket *socket = LIST_ELEMENT(node, struct socket, in_server);
        if (socket->knock != NULL && socket->closing == 0 && socket->knock->token.room == room &&
            socket->knock->token.participant == participant)
            return socket;
    }
    return NULL;
}

void lobby_wait(struct socket *socket, const struct message *message, const struct token *token)
{
    struct server *server = socket->server;
    struct knock *knock = NULL;
    /* Hosts name who waits by the token's participant: the second use of a token finds it taken. */
    if (count_waiting(server, token->room) < LOBBY_MAX &&
        find_waiting(server, token->room, token->participant) == NULL)
        knock = calloc(1, sizeof *knock);
    if (knock == NULL) {
        socket_refuse(socket, message->id, CODE_ROOM_FULL, "too many are waiting already");
        return;
    }
    knock->token = *token;
    knock->request = message->id;
    snprintf(knock->name, sizeof knock->name, "%s", message->join.name.bytes);
    socket->knock = knock;
    lws_set_timer_usecs(socket->wsi, (lws_usec_t)server->config->rooms.lobby_s * LWS_USEC_PER_SEC);
    log_write(LOG_INFO, "rooms", "event=waits room=%016llx", (unsigned long long)token->room);
    socket_send(socket, encode_waiting());
    tell_hosts(server, token->room, encode_knock(knock));
}

void lobby_forget(struct socket *socket)
{
    struct knock *knock = socket->knock;
    if (knock == NULL)
        return;
    socket->knock = NULL;
    tell_hosts(socket->server, knock->token.room, encode_knock_over(knock->token.participant));
    free(knock);
}

static void refuse(struct socket *socket, enum message_code code, const char *text)
{
    if (socket->knock == NULL)
        return;
    socket_refuse(socket, socket->knock->request, code, text);
    lobby_forget(socket);
    lws_set_timer_usecs(socket->wsi, SOCKET_JOIN_S * LWS_USEC_PER_SEC); /* for another try */
}

void lobby_give_up(struct socket *socket)
{
    refuse(socket, CODE_NOT_ADMITTED, "nobody has answered");
}

void lobby_clear(struct server *server, uint64_t room)
{
    LIST_EACH(&server->sockets, node)
    {
        struct socket *socket = LIST_ELEMENT(node, struct socket, in_server);
        if (socket->knock != NULL && socket->knock->token.room == room)
            refuse(socket, CODE_ROOM_NOT_FOUND, "the room is gone");
    }
}

static void let_in(struct socket *socket)
{
    struct knock knock = *socket->knock;
    lobby_forget(socket);
    session_enter(socket, knock.request, &knock.token, knock.name, true);
}

void host_admit(struct socket *socket, const struct message *message)
{
    struct room *room = socket->member->room;
    struct socket *theirs = find_waiting(socket->server, room->id, message->admit.participant);
    if (theirs == NULL) {
        socket_refuse(socket, message->id, CODE_NO_SUCH_PARTICIPANT, "nobody of this id waits");
        return;
    }
    socket_send(socket, encode_ok(message->id));
    if (message->admit.admitted)
        let_in(theirs);
    else
        refuse(theirs, CODE_NOT_ADMITTED, "a host has not let you in");
}

json_t *lobby_json(const struct room *room)
{
    json_t *list = json_array();
    LIST_EACH(&room->server->sockets, node)
    {
        const struct socket *socket = LIST_ELEMENT(node, struct socket, in_server);
        if (socket->knock != NULL && socket->knock->token.room == room->id)
            json_array_append_new(list, encode_knock_json(socket->knock));
    }
    return list;
}
