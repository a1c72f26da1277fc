/* Live rooms. */
#include "control/rooms.h"

#include <stdlib.h>

#include "base/log.h"
#include "control/announce.h"
#include "control/encode.h"
#include "control/lobby.h"
#include "control/server.h"
#include "control/sfu.h"
#include "control/signalling.h"
#include "control/socket.h"
#include "control/workers.h"

/* ---- life ------------------------------------------------------------------------------------ */

struct room *rooms_find(struct server *server, uint64_t id)
{
    return map_get_pointer(&server->rooms, id);
}

struct room *rooms_revive(struct server *server, const struct store_room *settings)
{
    const struct config_rooms *config = &server->config->rooms;
    struct mode_times times = {
        .p2p_timeout_ms = config->p2p_timeout_s * 1000u,
        .switch_timeout_ms = config->switch_timeout_s * 1000u,
        .return_ms = config->p2p_return_s * 1000u,
    };
    struct room *room = calloc(1, sizeof *room);
    if (room == NULL || map_put_pointer(&server->rooms, settings->id, room) != 0) {
        free(room);
        return NULL;
    }
    room->server = server;
    room->id = settings->id;
    room->settings = *settings;
    room->worker = ROOM_NO_WORKER;
    list_init(&room->members);
    mode_init(&room->mode, (enum mode_policy)settings->mode, &times);
    return room;
}

int rooms_open(struct server *server, uint64_t id, struct room **out)
{
    struct store_room settings;
    *out = rooms_find(server, id);
    if (*out != NULL)
        return 0;
    int err = store_room_get(server->store, id, &settings);
    if (err != 0) {
        if (err != STORE_NOT_FOUND)
            rooms_store_result(server, err);
        return err;
    }
    if (settings.expires_s != 0 && settings.expires_s <= server_unix_s())
        return STORE_NOT_FOUND;
    *out = rooms_revive(server, &settings);
    if (*out == NULL)
        return STORE_FULL;
    rooms_store_result(server, store_chat_last_id(server->store, id, &(*out)->last_chat_id));
    return 0;
}

int rooms_settings(struct server *server, uint64_t id, const struct room **live,
                   struct store_room *out)
{
    *live = rooms_find(server, id);
    if (*live != NULL) {
        *out = (*live)->settings;
        return 0;
    }
    int err = store_room_get(server->store, id, out);
    bool over = err == 0 && out->expires_s != 0 && out->expires_s <= server_unix_s();
    return over ? STORE_NOT_FOUND : err;
}

void rooms_release(struct room *room)
{
    if (room->count > 0)
        return;
    rooms_used(room);
    workers_close_room(room);
    map_remove(&room->server->rooms, room->id);
    sfu_forget_all_scores(room);
    json_decref(room->left);
    free(room);
}

void rooms_close(struct room *room)
{
    struct server *server = room->server;
    uint64_t id = room->id;
    rooms_send(room, NULL, encode_closing("room-closed"));
    while (rooms_find(server, id) == room) {
        struct member *member = LIST_ELEMENT(list_first(&room->members), struct member, in_room);
        if (member->socket != NULL) {
            socket_close(member->socket, SOCKET_ROOM_CLOSED);
            signalling_unbind(member->socket);
        }
        member_remove(member, "removed"); /* the last one frees the room */
    }
}

size_t rooms_live_count(const struct server *server)
{
    return server->rooms.count;
}

/* ---- store ----------------------------------------------------------------------------------- */

void rooms_store_result(struct server *server, int err)
{
    static struct log_limit limit;
    if (err == 0)
        return;
    COUNT_CONTROL(server, store_errors);
    log_write_limited(&limit, server_now_ms() * 1000u, LOG_WARN, "store",
                      "event=store_failed error=%d reason=\"%s\"", err,
                      store_reason(server->store));
}

void rooms_used(struct room *room)
{
    uint64_t now_s = server_unix_s();
    room->settings.used_s = now_s;
    rooms_store_result(room->server, store_room_used(room->server->store, room->id, now_s));
}

void rooms_expire(struct server *server)
{
    uint64_t now_s = server_unix_s();
    uint64_t unused_s = (uint64_t)server->config->rooms.expiry_h * 3600u;
    uint64_t before_s = now_s > unused_s ? now_s - unused_s : 0;
    uint64_t id = 0;
    int err;
    while ((err = store_room_expired(server->store, now_s, before_s, id, &id)) == 0) {
        struct room *room = rooms_find(server, id);
        bool over =
            room == NULL || (room->settings.expires_s != 0 && room->settings.expires_s <= now_s);
        if (!over)
            continue;
        if (room != NULL)
            rooms_close(room);
        lobby_clear(server, id);
        rooms_store_result(server, store_room_remove(server->store, id));
        COUNT_CONTROL(server, rooms_expired);
    }
    if (err != STORE_NOT_FOUND)
        rooms_store_result(server, err);
}

/* ---- members --------------------------------------------------------------------------------- */

struct member *rooms_member(const struct room *room, uint64_t id)
{
    LIST_EACH(&room->members, node)
    {
        struct member *member = LIST_ELEMENT(node, struct member, in_room);
        if (member->id == id)
            return member;
    }
    return NULL;
}

void rooms_send(struct room *room, const struct member *except, struct frame *frame)
{
    LIST_EACH(&room->members, node)
    {
        struct member *member = LIST_ELEMENT(node, struct member, in_room);
        if (member != except)
            member_send(member, frame_get(frame));
    }
    frame_put(frame);
}

void rooms_tell(struct room *room, const struct mode_news *news)
{
    if (news->changed) {
        COUNT_CONTROL(room->server, mode_changes);
        log_write(LOG_INFO, "mode", "event=mode room=%016llx mode=%s epoch=%u",
                  (unsigned long long)room->id, room->mode.sfu ? "sfu" : "p2p", room->mode.epoch);
        rooms_send(room, NULL, encode_mode(&room->mode, news->reason));
    }
    if (news->done)
        rooms_send(room, NULL, encode_mode_done(&room->mode));
    if (news->sfu_legs_over)
        workers_close_legs(room);
    if (news->changed || news->done)
        workers_note_room(room);
}

/* ---- time ------------------------------------------------------------------------------------ */

/* The first member whose time to resume is over. */
static struct member *find_timed_out(struct room *room, uint64_t now_ms)
{
    LIST_EACH(&room->members, node)
    {
        struct member *member = LIST_ELEMENT(node, struct member, in_room);
        if (member->socket == NULL && now_ms >= member->resume_until_ms)
            return member;
    }
    return NULL;
}

/* true: the room is still there. */
static bool remove_timed_out(struct room *room, uint64_t now_ms)
{
    struct server *server = room->server;
    uint64_t id = room->id;
    struct member *member;
    while ((member = find_timed_out(room, now_ms)) != NULL) {
        member_remove(member, "timeout");
        if (rooms_find(server, id) != room)
            return false;
    }
    return true;
}

void rooms_tick(struct server *server, uint64_t now_ms)
{
    uint32_t cursor = 0;
    uint64_t key, value;
    while (map_next(&server->rooms, &cursor, &key, &value)) {
        struct room *room = (struct room *)(uintptr_t)value;
        if (!remove_timed_out(room, now_ms)) {
            cursor = 0; /* the map changed: start over */
            continue;
        }
        struct mode_news news = mode_tick(&room->mode, now_ms);
        rooms_tell(room, &news);
        sfu_tick(room, now_ms);
        announce_tick(room, now_ms);
    }
}
