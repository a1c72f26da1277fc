/* create-room, join-room, healthz. */
#include "control/rest.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/encode.h"
#include "control/http.h"
#include "control/message.h"
#include "control/problem.h"
#include "control/proquint.h"
#include "control/request.h"
#include "control/rooms.h"
#include "control/server.h"
#include "control/signalling.h"
#include "control/workers.h"

#define ROOM_NAME_CHARS 120
#define MAX_EXPIRY_S    (366 * 24 * 3600)

static int respond_json(struct http_request *request, unsigned status, json_t *json)
{
    char *body = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (body == NULL)
        return problem_respond(request, PROBLEM_INTERNAL, "out of memory", 0);
    struct http_response response = {
        .status = status, .content_type = "application/json", .body = body, .len = strlen(body)};
    int result = http_respond(request, &response);
    free(body);
    return result;
}

/* An empty body counts as {}. NULL: not a JSON object. */
static json_t *read_body(const struct http_request *request)
{
    if (request->body_len == 0)
        return json_object();
    json_t *json = json_loadb(request->body, request->body_len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(json))
        return json;
    json_decref(json);
    return NULL;
}

/* ---- create-room ----------------------------------------------------------------------------- */

/* Each reads one member into *room; false: not what the schema allows. */
static bool read_name(const json_t *value, struct store_room *room)
{
    if (!json_is_string(value))
        return false;
    const char *name = json_string_value(value);
    snprintf(room->name, sizeof room->name, "%s", name);
    return name[0] == '\0' || message_is_line(name, strlen(name), ROOM_NAME_CHARS);
}

static bool read_mode(const json_t *value, struct store_room *room)
{
    static const char *const modes[] = {"auto", "p2p", "sfu"};
    for (uint32_t i = 0; json_is_string(value) && i < 3; i++) {
        if (strcmp(json_string_value(value), modes[i]) == 0) {
            room->mode = i;
            return true;
        }
    }
    return false;
}

static bool read_capacity(const json_t *value, struct store_room *room)
{
    json_int_t capacity = json_integer_value(value);
    room->capacity = (uint32_t)capacity;
    return json_is_integer(value) && capacity >= 1 && capacity <= MODE_MAX_MEMBERS;
}

static bool read_expiry(const json_t *value, struct store_room *room)
{
    json_int_t expires_in_s = json_integer_value(value);
    room->expires_s = room->created_s + (uint64_t)expires_in_s;
    return json_is_integer(value) && expires_in_s >= 60 && expires_in_s <= MAX_EXPIRY_S;
}

/* NULL: fine; else what is wrong. */
static const char *read_settings(json_t *body, struct store_room *room)
{
    static const struct {
        const char *name;
        bool (*read)(const json_t *value, struct store_room *room);
        const char *wrong;
    } fields[] = {
        {"name", read_name, "name: up to 120 characters without control characters"},
        {"mode", read_mode, "mode: auto, p2p or sfu"},
        {"capacity", read_capacity, "capacity: an integer from 1 to 4096"},
        {"expires_in_s", read_expiry, "expires_in_s: an integer from 60 to 31622400"},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const json_t *value = json_object_get(body, fields[i].name);
        if (value != NULL && !fields[i].read(value, room))
            return fields[i].wrong;
        json_object_del(body, fields[i].name);
    }
    return json_object_size(body) == 0 ? NULL
                                       : "only name, mode, capacity and expires_in_s are known";
}

static int respond_created(struct http_request *request, const struct store_room *room)
{
    char base[REQUEST_URL_BYTES];
    char url[REQUEST_URL_BYTES + 32];
    char id[PROQUINT_TEXT_BYTES];
    request_base_url(request->server, request->wsi, false, base);
    snprintf(url, sizeof url, "%s/r/%s", base, proquint_format(room->id, id));
    json_t *json = encode_room(room);
    json_object_set_new(json, "url", json_string(url));
    return respond_json(request, 201, json);
}

static int store_new_room(struct http_request *request, struct store_room *room)
{
    static const struct store_guard nobody_asks;
    struct server *server = request->server;
    int err;
    do {
        room->id = server_random_id();
        err = store_room_add(server->store, room, &nobody_asks, server->config->limits.rooms);
    } while (err == STORE_EXISTS);
    if (err == STORE_FULL)
        return problem_respond(request, PROBLEM_TOO_MANY_ROOMS, "limits.rooms is reached", 60);
    if (err != 0) {
        char detail[STORE_REASON_BYTES + 64];
        rooms_store_result(server, err);
        snprintf(detail, sizeof detail, "the room store cannot be written: %s",
                 store_reason(server->store));
        return problem_respond(request, PROBLEM_STORE_UNAVAILABLE, detail, 5);
    }
    COUNT_CONTROL(server, rooms_created);
    log_write(LOG_INFO, "rooms", "event=created room=%016llx", (unsigned long long)room->id);
    return respond_created(request, room);
}

int rest_create_room(struct http_request *request)
{
    const struct config_rooms *defaults = &request->server->config->rooms;
    uint32_t wait_s = request_take(request->server, request->wsi, LIMITS_ROOMS);
    if (wait_s != 0)
        return problem_respond(request, PROBLEM_TOO_MANY_REQUESTS, NULL, wait_s);
    json_t *body = read_body(request);
    if (body == NULL)
        return problem_respond(request, PROBLEM_BAD_REQUEST, "the body must be a JSON object", 0);
    struct store_room room = {.mode = defaults->mode,
                              .capacity = defaults->capacity,
                              .created_s = server_unix_s(),
                              .used_s = server_unix_s()};
    const char *wrong = read_settings(body, &room);
    json_decref(body);
    if (wrong != NULL)
        return problem_respond(request, PROBLEM_BAD_REQUEST, wrong, 0);
    if (room.mode == MODE_POLICY_P2P && room.capacity > 2)
        room.capacity = 2;
    return store_new_room(request, &room);
}

/* ---- join-room ------------------------------------------------------------------------------- */

static bool is_join_body(struct http_request *request)
{
    json_t *body = read_body(request);
    const json_t *name = json_object_get(body, "name");
    size_t known = name != NULL;
    bool fine = body != NULL && json_object_size(body) == known &&
                (name == NULL || (json_is_string(name) &&
                                  message_is_line(json_string_value(name), json_string_length(name),
                                                  MESSAGE_NAME_CHARS)));
    json_decref(body);
    return fine;
}

static int respond_joined(struct http_request *request, const struct store_room *settings,
                          const struct room *live)
{
    struct server *server = request->server;
    struct token token = {.room = settings->id,
                          .participant = server_random_id(),
                          .rights = TOKEN_ALL_RIGHTS,
                          .expires_s = server_unix_s() + TOKEN_LIFE_S};
    char host[REQUEST_HOST_BYTES];
    char base[REQUEST_URL_BYTES];
    char url[REQUEST_URL_BYTES + 8];
    char *text = token_sign(server->token_key, &token);
    if (text == NULL)
        return problem_respond(request, PROBLEM_INTERNAL, "the token could not be made", 0);
    request_host(server, request->wsi, host);
    request_base_url(server, request->wsi, true, base);
    snprintf(url, sizeof url, "%s/ws", base);
    json_t *json =
        json_pack("{s:s,s:s,s:o,s:o,s:o}", "ws_url", url, "token", text, "ice_servers",
                  session_ice_servers(server, host, token.participant), "room",
                  encode_room(settings), "participants", encode_participants(live, NULL));
    free(text);
    return respond_json(request, 200, json);
}

int rest_join_room(struct http_request *request, const char *room_id)
{
    struct server *server = request->server;
    struct store_room settings;
    const struct room *live;
    uint64_t id = 0;
    uint32_t wait_s = request_take(server, request->wsi, LIMITS_JOINS);
    if (wait_s != 0)
        return problem_respond(request, PROBLEM_TOO_MANY_REQUESTS, NULL, wait_s);
    if (proquint_parse(room_id, strlen(room_id), &id) != 0)
        return problem_respond(request, PROBLEM_BAD_ROOM_ID, "four words of five letters", 0);
    if (!is_join_body(request))
        return problem_respond(request, PROBLEM_BAD_REQUEST,
                               "the body may hold name: 1 to 64 characters", 0);
    int err = rooms_settings(server, id, &live, &settings);
    if (err == STORE_NOT_FOUND)
        return problem_respond(request, PROBLEM_ROOM_NOT_FOUND, NULL, 0);
    if (err != 0) {
        rooms_store_result(server, err);
        return problem_respond(request, PROBLEM_STORE_UNAVAILABLE, store_reason(server->store), 5);
    }
    if (live != NULL && live->count >= live->settings.capacity)
        return problem_respond(request, PROBLEM_ROOM_FULL, NULL, 0);
    return respond_joined(request, &settings, live);
}

/* ---- healthz --------------------------------------------------------------------------------- */

int rest_healthz(struct http_request *request)
{
    struct workers *workers = request->server->workers;
    struct store_room room;
    size_t connected = 0;
    for (size_t i = 0; i < workers_count(workers); i++)
        connected += workers_load(workers, i).connected;
    /* Id 0 is nobody's: this asks whether the store answers at all. */
    bool store = store_room_get(request->server->store, 0, &room) == STORE_NOT_FOUND;
    bool healthy = store && connected == workers_count(workers);
    return respond_json(request, healthy ? 200 : 503,
                        json_pack("{s:s,s:b,s:I,s:I}", "status", healthy ? "ok" : "degraded",
                                  "store", store, "workers", (json_int_t)workers_count(workers),
                                  "workers_connected", (json_int_t)connected));
}
