/* What is said besides media: names, mute state, chat, and whom a layout shows. */
#include <stdio.h>

#include "control/encode.h"
#include "control/rooms.h"
#include "control/server.h"
#include "control/sfu.h"
#include "control/signalling.h"
#include "control/socket.h"

void talk_sources(struct socket *socket, const struct message *message)
{
    struct member *member = socket->member;
    socket_send(socket, encode_ok(message->id));
    const uint8_t decodes =
        message->sources.decodes != 0 ? message->sources.decodes : member->decodes;
    if (member->enabled == message->sources.enabled && member->decodes == decodes)
        return;
    member->enabled = message->sources.enabled;
    member->decodes = decodes;
    member_changed(member);
}

void talk_rename(struct socket *socket, const struct message *message)
{
    struct member *member = socket->member;
    if (member->named) {
        socket_refuse(socket, message->id, CODE_NOT_ALLOWED, "the name came with the pass");
        return;
    }
    snprintf(member->name, sizeof member->name, "%s", message->rename.name.bytes);
    socket_send(socket, encode_ok(message->id));
    member_changed(member);
}

void talk_view(struct socket *socket, const struct message *message)
{
    sfu_view(socket->member, message);
    socket_send(socket, encode_ok(message->id));
}

void talk_chat(struct socket *socket, const struct message *message)
{
    struct member *member = socket->member;
    struct room *room = member->room;
    struct server *server = socket->server;
    struct store_chat chat = {
        .id = ++room->last_chat_id,
        .participant = member->id,
        .text = message->chat.text.bytes,
        .sent_ms = server_unix_ms(),
    };
    snprintf(chat.name, sizeof chat.name, "%s", member->name);
    /* A store that fails costs the history, not the conversation. */
    rooms_store_result(
        server, store_chat_add(server->store, room->id, &chat, server->config->rooms.chat_history));
    COUNT_CONTROL(server, chat_messages);
    socket_send(socket, encode_chat_ok(message->id, chat.id));
    rooms_send(room, NULL, encode_chat(&chat));
}
