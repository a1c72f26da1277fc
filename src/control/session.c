/* Join, resume, leave. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "control/announce.h"
#include "control/drain.h"
#include "control/encode.h"
#include "control/lobby.h"
#include "control/request.h"
#include "control/rooms.h"
#include "control/server.h"
#include "control/sfu.h"
#include "control/signalling.h"
#include "control/socket.h"
#include "control/turn.h"
#include "control/workers.h"

#define CHAT_JOINED_BYTES (256u * 1024u) /* of history told at join, newest first kept */

/* ---- session secrets ------------------------------------------------------------------------- */

/* Workers keep a hash only: they parse hostile media, and a secret there would let whoever breaks
 * one take over its participants. */
static void renew_session(struct member *member, char text[static SECRET_TEXT_BYTES])
{
    secret_make(text);
    secret_hash(text, strlen(text), member->session_hash);
}

/* ---- ICE servers ----------------------------------------------------------------------------- */

static json_t *url_list(const struct server *server, const char *host)
{
    const struct config_list *patterns = &server->start->turn.urls;
    char name[SOCKET_HOST_BYTES];
    char url[512];
    json_t *urls = json_array();
    request_strip_port(host, name, sizeof name);
    for (size_t i = 0; i < patterns->count && json_array_size(urls) < 8; i++)
        if (turn_url(patterns->items[i], name, url, sizeof url) == 0 && strlen(url) <= 256)
            json_array_append_new(urls, json_string(url));
    return urls;
}

json_t *session_ice_servers(const struct server *server, const char *host, uint64_t participant)
{
    const struct control_turn *turn = &server->start->turn;
    struct turn_credentials credentials;
    json_t *list = json_array();
    if (turn->urls.count == 0)
        return list;
    json_t *entry = json_pack("{s:o}", "urls", url_list(server, host));
    if (turn->secret[0] != '\0' && turn_credentials(turn->secret, participant, server_unix_s(),
                                                    turn->credential_ttl_s, &credentials) == 0) {
        json_object_set_new(entry, "username", json_string(credentials.username));
        json_object_set_new(entry, "credential", json_string(credentials.credential));
    }
    json_array_append_new(list, entry);
    return list;
}

/* ---- joined ---------------------------------------------------------------------------------- */

struct history {
    json_t *list;
    size_t bytes;
};

static void add_to_history(void *context, const struct store_chat *chat)
{
    struct history *history = context;
    json_array_append_new(history->list, encode_chat_message(chat));
    history->bytes += strlen(chat->text);
    while (history->bytes > CHAT_JOINED_BYTES) {
        const json_t *text = json_object_get(json_array_get(history->list, 0), "text");
        history->bytes -= json_string_length(text);
        json_array_remove(history->list, 0);
    }
}

static json_t *chat_history(struct room *room)
{
    struct history history = {.list = json_array()};
    uint32_t wanted = room->server->config->rooms.chat_history;
    rooms_store_result(room->server,
                       store_chat_each(room->server->store, room->id, wanted < 200 ? wanted : 200,
                                       add_to_history, &history));
    return history.list;
}

/* before: the mode as it was before this join changed it; the change comes as `mode`. */
static void send_joined(struct member *member, uint32_t request, const char *session, bool resumed,
                        const struct mode *before)
{
    struct server *server = member->room->server;
    struct encode_joined joined = {
        .member = member,
        .request = request,
        .session = session,
        .resumed = resumed,
        .sfu = before->sfu,
        .switching = mode_is_switching(before),
        .epoch = before->epoch,
        .chat = chat_history(member->room),
        .ice_servers = session_ice_servers(server, member->socket->host, member->id),
        .resume_s = server->config->rooms.resume_s,
    };
    socket_send(member->socket, encode_joined(&joined));
}

/* ---- join ------------------------------------------------------------------------------------ */

static void refuse_token(struct socket *socket, uint32_t request, const char *why)
{
    socket_refuse(socket, request, CODE_BAD_TOKEN, why);
    socket_close(socket, SOCKET_BAD_TOKEN);
}

/* The room that the token is for, if there is a place in it. The lock is looked at here as well:
 * the token may be older than it. */
static struct room *enter_room(struct socket *socket, uint32_t request, const struct token *token,
                               bool admitted)
{
    struct server *server = socket->server;
    struct room *room = NULL;
    if (drain_refuses(server, token->room)) {
        socket_refuse(socket, request, CODE_UNAVAILABLE, "the server takes no new rooms now");
        return NULL;
    }
    int err = rooms_open(server, token->room, &room);
    if (err == STORE_NOT_FOUND) {
        socket_refuse(socket, request, CODE_ROOM_NOT_FOUND, "there is no such room");
        return NULL;
    }
    if (err != 0 || server->member_count >= SERVER_MAX_MEMBERS) {
        socket_refuse(socket, request, CODE_UNAVAILABLE, "the server cannot open the room now");
    } else if (room->count >= room->settings.capacity) {
        socket_refuse(socket, request, CODE_ROOM_FULL, "the room is full");
    } else if (room->locked && token->role != ROLE_HOST && !admitted) {
        socket_refuse(socket, request, CODE_ROOM_LOCKED, "a host has locked the room");
    } else {
        return room;
    }
    if (room != NULL)
        rooms_release(room);
    return NULL;
}

static struct member *add_member(struct room *room, const struct token *token, const char *name)
{
    uint64_t id =
        rooms_member(room, token->participant) == NULL ? token->participant : server_random_id();
    struct member *member = member_new(room, id);
    if (member == NULL)
        return NULL;
    snprintf(member->name, sizeof member->name, "%s", token->name[0] != '\0' ? token->name : name);
    member->role = token->role;
    member->named = token->name[0] != '\0';
    return member;
}

static void welcome(struct member *member, uint32_t request)
{
    struct room *room = member->room;
    struct mode before = room->mode;
    struct mode_news news = {0};
    char session[SECRET_TEXT_BYTES];
    renew_session(member, session);
    room->mode.viewers += member->role == ROLE_VIEWER;
    /* There is a place: capacity, at most MODE_MAX_MEMBERS, was looked at in enter_room. */
    if (mode_joined(&room->mode, member->id, server_now_ms(), &news) != 0)
        log_write(LOG_ERROR, "rooms", "event=mode_full");
    workers_open_room(room);
    workers_add_member(member);
    send_joined(member, request, session, false, &before);
    announce_joined(member);
    rooms_tell(room, &news);
    rooms_used(room);
}

void session_enter(struct socket *socket, uint32_t request, const struct token *token,
                   const char *name, bool admitted)
{
    struct room *room = enter_room(socket, request, token, admitted);
    if (room == NULL)
        return;
    struct member *member = add_member(room, token, name);
    if (member == NULL) {
        socket_refuse(socket, request, CODE_UNAVAILABLE, "out of memory");
        rooms_release(room);
        return;
    }
    member_bind(member, socket);
    COUNT_CONTROL(socket->server, joins);
    log_write(LOG_INFO, "rooms", "event=joined room=%016llx participant=%016llx",
              (unsigned long long)room->id, (unsigned long long)member->id);
    welcome(member, request);
}

/* Whether the room has a lobby in which this one has to wait. It cannot be known without the room's
 * settings: -1, then nobody gets past it. */
static int has_to_wait(struct server *server, const struct token *token)
{
    const struct room *live;
    struct store_room settings;
    if (!token_waits(token))
        return 0;
    int err = rooms_settings(server, token->room, &live, &settings);
    if (err != 0)
        return err == STORE_NOT_FOUND ? 0 : -1; /* session_enter says that there is none */
    return settings.lobby && (live == NULL || !live->locked);
}

void session_join(struct socket *socket, const struct message *message)
{
    struct token token;
    struct server *server = socket->server;
    int err = token_verify(server->token_key, message->join.token.bytes, server_unix_s(), &token);
    if (err != 0) {
        refuse_token(socket, message->id,
                     err == TOKEN_EXPIRED ? "the token has expired" : "not a token of this server");
        return;
    }
    int waits = has_to_wait(server, &token);
    if (waits < 0)
        socket_refuse(socket, message->id, CODE_UNAVAILABLE, "the room's settings cannot be read");
    else if (waits > 0)
        lobby_wait(socket, message, &token);
    else
        session_enter(socket, message->id, &token, message->join.name.bytes, false);
}

/* ---- resume ---------------------------------------------------------------------------------- */

static struct member *find_session(struct server *server, const struct token *token,
                                   const struct message *message)
{
    const struct text *session = &message->resume.session;
    struct room *room = rooms_find(server, token->room);
    struct member *member = room != NULL ? rooms_member(room, message->resume.participant) : NULL;
    if (member == NULL || !secret_matches(session->bytes, session->len, member->session_hash))
        return NULL;
    return member;
}

/* The old socket may look alive still: its network died without a word. */
static void replace_socket(struct member *member)
{
    struct socket *old = member->socket;
    if (old == NULL)
        return;
    signalling_unbind(old);
    socket_send(old, encode_closing("replaced"));
    socket_close(old, SOCKET_REPLACED);
}

static void send_missed(struct member *member)
{
    struct frame *frame;
    if (member->seats != NULL)
        member_send(member, frame_get(member->seats));
    if (member->publish != NULL)
        member_send(member, frame_get(member->publish));
    while ((frame = outbox_pop(&member->missed)) != NULL)
        member_send(member, frame);
}

void session_resume(struct socket *socket, const struct message *message)
{
    struct token token;
    struct server *server = socket->server;
    int err = token_verify(server->token_key, message->resume.token.bytes, server_unix_s(), &token);
    if (err != 0 && err != TOKEN_EXPIRED) {
        refuse_token(socket, message->id, "not a token of this server");
        return;
    }
    struct member *member = find_session(server, &token, message);
    if (member == NULL) {
        socket_refuse(socket, message->id, CODE_SESSION_EXPIRED, "join again");
        return;
    }
    struct mode before = member->room->mode;
    replace_socket(member);
    sfu_drop_offer(member);
    member_bind(member, socket);
    COUNT_CONTROL(server, resumes);
    struct mode_news news = mode_presence(&member->room->mode, member->id, true, server_now_ms());
    /* The secret stays: were it renewed and this reply lost, the client could never come back. */
    send_joined(member, message->id, message->resume.session.bytes, true, &before);
    send_missed(member);
    announce_changed(member);
    rooms_tell(member->room, &news);
}

/* ---- leave ----------------------------------------------------------------------------------- */

void session_leave(struct socket *socket, const struct message *message)
{
    struct member *member = socket->member;
    socket_send(socket, encode_ok(message->id));
    socket_close(socket, SOCKET_LEFT);
    signalling_unbind(socket);
    member_remove(member, "left");
}
