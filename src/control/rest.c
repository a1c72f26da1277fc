/* create-room, join-room, healthz. */
#include "control/rest.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/drain.h"
#include "control/encode.h"
#include "control/entry.h"
#include "control/http.h"
#include "control/message.h"
#include "control/overload.h"
#include "control/people.h"
#include "control/problem.h"
#include "control/proquint.h"
#include "control/request.h"
#include "control/rooms.h"
#include "control/server.h"
#include "control/signalling.h"
#include "control/workers.h"

#define ROOM_NAME_CHARS 120
#define HOST_KEY_CHARS  64
#define MAX_EXPIRY_S    (366 * 24 * 3600)

/* Takes over body. */
static int respond_text(struct http_request *request, unsigned status, char *body)
{
    if (body == NULL)
        return problem_respond(request, PROBLEM_INTERNAL, "out of memory", 0);
    struct http_response response = {
        .status = status, .content_type = "application/json", .body = body, .len = strlen(body)};
    int result = http_respond(request, &response);
    free(body);
    return result;
}

static int respond_json(struct http_request *request, unsigned status, json_t *json)
{
    char *body = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return respond_text(request, status, body);
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

/* What a body asks for; texts are borrowed from it, bytes NULL: not there. */
struct asked {
    struct store_room settings; /* create-room */
    struct text password;
    struct entry_wish wish; /* join-room */
    size_t most_people;     /* likewise, of the query: so many are listed */
};

/* Reads one member of the body into *out; false: not what the schema allows. */
typedef bool read_member(const json_t *value, struct asked *out);

struct body_member {
    const char *name;
    read_member *read;
    const char *wrong; /* what to say then */
};

/* NULL: fine; else what is wrong. unknown: to be said where there are others, or no object. */
static const char *read_members(const json_t *body, const struct body_member *members, size_t count,
                                const char *unknown, struct asked *out)
{
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(body, members[i].name);
        if (value != NULL && !members[i].read(value, out))
            return members[i].wrong;
        known += value != NULL;
    }
    return body != NULL && json_object_size(body) == known ? NULL : unknown;
}

static bool read_line(const json_t *value, size_t max_chars, struct text *out)
{
    out->bytes = json_string_value(value);
    out->len = json_string_length(value);
    return out->bytes != NULL && message_is_line(out->bytes, out->len, max_chars);
}

/* ---- create-room ----------------------------------------------------------------------------- */

static bool read_name(const json_t *value, struct asked *out)
{
    if (!json_is_string(value))
        return false;
    const char *name = json_string_value(value);
    snprintf(out->settings.name, sizeof out->settings.name, "%s", name);
    return name[0] == '\0' || message_is_line(name, strlen(name), ROOM_NAME_CHARS);
}

static bool read_mode(const json_t *value, struct asked *out)
{
    static const char *const modes[] = {"auto", "p2p", "sfu"};
    for (uint32_t i = 0; json_is_string(value) && i < 3; i++) {
        if (strcmp(json_string_value(value), modes[i]) == 0) {
            out->settings.mode = i;
            return true;
        }
    }
    return false;
}

static bool read_capacity(const json_t *value, struct asked *out)
{
    json_int_t capacity = json_integer_value(value);
    out->settings.capacity = (uint32_t)capacity;
    return json_is_integer(value) && capacity >= 1 && capacity <= MODE_MAX_MEMBERS;
}

static bool read_expiry(const json_t *value, struct asked *out)
{
    json_int_t expires_in_s = json_integer_value(value);
    out->settings.expires_s = out->settings.created_s + (uint64_t)expires_in_s;
    return json_is_integer(value) && expires_in_s >= 60 && expires_in_s <= MAX_EXPIRY_S;
}

static bool read_lobby(const json_t *value, struct asked *out)
{
    out->settings.lobby = json_is_true(value);
    return json_is_boolean(value);
}

static bool read_new_password(const json_t *value, struct asked *out)
{
    const struct text *password = &out->password;
    return read_line(value, PASSWORD_MAX_CHARS, &out->password) &&
           !message_is_line(password->bytes, password->len, PASSWORD_MIN_CHARS - 1);
}

static const struct body_member settings_members[] = {
    {"name", read_name, "name: up to 120 characters without control characters"},
    {"mode", read_mode, "mode: auto, p2p or sfu"},
    {"capacity", read_capacity, "capacity: an integer from 1 to 4096"},
    {"expires_in_s", read_expiry, "expires_in_s: an integer from 60 to 31622400"},
    {"lobby", read_lobby, "lobby: true or false"},
    {"password", read_new_password, "password: 8 to 128 characters without control characters"},
};

static int respond_created(struct http_request *request, const struct store_room *room,
                           const char *host_key)
{
    char base[REQUEST_URL_BYTES];
    char url[REQUEST_URL_BYTES + 32];
    char id[PROQUINT_TEXT_BYTES];
    request_base_url(request->server, request->wsi, false, base);
    snprintf(url, sizeof url, "%s/r/%s", base, proquint_format(room->id, id));
    json_t *json = encode_room(room, false);
    json_object_set_new(json, "url", json_string(url));
    json_object_set_new(json, "host_key", json_string(host_key));
    return respond_json(request, 201, json);
}

static int store_new_room(struct http_request *request, struct store_room *room,
                          const struct store_guard *guard, const char *host_key)
{
    struct server *server = request->server;
    int err;
    do {
        room->id = server_random_id();
        err = store_room_add(server->store, room, guard, server->config->limits.rooms);
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
    return respond_created(request, room, host_key);
}

/* body: a JSON object, or NULL: it was none. */
static int create_room(struct http_request *request, const json_t *body)
{
    const struct config_rooms *defaults = &request->server->config->rooms;
    struct asked room = {.settings = {.mode = defaults->mode,
                                      .capacity = defaults->capacity,
                                      .created_s = server_unix_s(),
                                      .used_s = server_unix_s()}};
    struct store_guard guard;
    char host_key[SECRET_TEXT_BYTES];
    const char *wrong =
        body == NULL
            ? "the body must be a JSON object"
            : read_members(
                  body, settings_members, sizeof settings_members / sizeof settings_members[0],
                  "only name, mode, capacity, expires_in_s, lobby and password are known", &room);
    if (wrong != NULL)
        return problem_respond(request, PROBLEM_BAD_REQUEST, wrong, 0);
    if (room.settings.mode == MODE_POLICY_P2P && room.settings.capacity > 2)
        room.settings.capacity = 2;
    struct entry_answer made = entry_new_guard(request, &room.password, &guard, host_key);
    if (made.problem != PROBLEMS)
        return problem_respond(request, made.problem, NULL, made.retry_after_s);
    return store_new_room(request, &room.settings, &guard, host_key);
}

int rest_create_room(struct http_request *request)
{
    uint32_t wait_s = request_take(request->server, request->wsi, LIMITS_ROOMS);
    if (wait_s != 0)
        return problem_respond(request, PROBLEM_TOO_MANY_REQUESTS, NULL, wait_s);
    if (request->server->draining)
        return problem_respond(request, PROBLEM_DRAINING, NULL, DRAIN_RETRY_S);
    if (overload_refuses(request->server, NULL))
        return problem_respond(request, PROBLEM_OVERLOADED, NULL, OVERLOAD_RETRY_S);
    json_t *body = read_body(request);
    int result = create_room(request, body);
    json_decref(body);
    return result;
}

/* ---- join-room ------------------------------------------------------------------------------- */

static bool read_joiner(const json_t *value, struct asked *out)
{
    struct text name; /* for this request alone: `join` says it again */
    (void)out;
    return read_line(value, MESSAGE_NAME_CHARS, &name);
}

static bool read_host_key(const json_t *value, struct asked *out)
{
    return read_line(value, HOST_KEY_CHARS, &out->wish.host_key);
}

static bool read_password(const json_t *value, struct asked *out)
{
    return read_line(value, PASSWORD_MAX_CHARS, &out->wish.password);
}

static bool read_pass(const json_t *value, struct asked *out)
{
    return read_line(value, MESSAGE_TOKEN_CHARS, &out->wish.pass);
}

/* Nobody becomes a host by asking. */
static bool read_role(const json_t *value, struct asked *out)
{
    return rights_parse_role(json_string_value(value), &out->wish.role) == 0 &&
           out->wish.role != ROLE_HOST;
}

/* An argument and no member of the body, which a server of before would refuse. */
static bool read_most_people(const struct http_request *request, struct asked *out)
{
    uint64_t most = PEOPLE_ALL;
    bool fine = request_number(request->wsi, "participants=", 0, MODE_MAX_MEMBERS, &most);
    out->most_people = most;
    return fine;
}

static const struct body_member wish_members[] = {
    {"name", read_joiner, "name: 1 to 64 characters"},
    {"host_key", read_host_key, "host_key: what create-room gave"},
    {"password", read_password, "password: 1 to 128 characters"},
    {"pass", read_pass, "pass: what a backend that knows the API key gave"},
    {"role", read_role, "role: participant or viewer"},
};

/* Takes over json. Who waits in the lobby is not told who is behind it. */
static char *with_people(json_t *json, const struct asked *asked, const struct room *seen)
{
    const struct people_wanted wanted = {.room = seen, .most = asked->most_people};
    if (asked->most_people != PEOPLE_ALL)
        json_object_set_new(json, "participant_count",
                            json_integer(seen != NULL ? (json_int_t)seen->count : 0));
    return people_dump(json, &wanted);
}

static int respond_joined(struct http_request *request, const struct store_room *settings,
                          const struct room *live, const struct asked *asked,
                          const struct entry_grant *grant)
{
    struct server *server = request->server;
    struct token token = {.room = settings->id,
                          .participant = server_random_id(),
                          .role = grant->role,
                          .expires_s = server_unix_s() + TOKEN_LIFE_S};
    char host[REQUEST_HOST_BYTES];
    char base[REQUEST_URL_BYTES];
    char url[REQUEST_URL_BYTES + 8];
    if (token.expires_s > grant->until_s)
        token.expires_s = grant->until_s;
    snprintf(token.name, sizeof token.name, "%s", grant->name);
    char *text = token_sign(server->token_key, &token);
    if (text == NULL)
        return problem_respond(request, PROBLEM_INTERNAL, "the token could not be made", 0);
    request_host(server, request->wsi, host);
    request_base_url(server, request->wsi, true, base);
    snprintf(url, sizeof url, "%s/ws", base);
    json_t *room = encode_room(settings, live != NULL && live->locked);
    const struct room *seen = settings->lobby && token_waits(&token) ? NULL : live;
    json_t *json = json_pack("{s:s,s:s,s:s,s:o,s:o}", "ws_url", url, "token", text, "role",
                             rights_role_name(grant->role), "ice_servers",
                             session_ice_servers(server, host, token.participant), "room", room);
    if (grant->name[0] != '\0')
        json_object_set_new(json, "name", json_string(grant->name));
    free(text);
    return respond_text(request, 200, with_people(json, asked, seen));
}

static int join_room(struct http_request *request, uint64_t id, const struct asked *asked)
{
    struct server *server = request->server;
    struct store_room settings;
    const struct room *live;
    struct entry_grant grant;
    int err = rooms_settings(server, id, &live, &settings);
    if (err == STORE_NOT_FOUND)
        return problem_respond(request, PROBLEM_ROOM_NOT_FOUND, NULL, 0);
    if (err != 0) {
        rooms_store_result(server, err);
        return problem_respond(request, PROBLEM_STORE_UNAVAILABLE, store_reason(server->store), 5);
    }
    if (drain_refuses(server, id))
        return problem_respond(request, PROBLEM_DRAINING, "nobody is in the room", DRAIN_RETRY_S);
    if (overload_refuses(server, live))
        return problem_respond(request, PROBLEM_OVERLOADED, NULL, OVERLOAD_RETRY_S);
    if (live != NULL && live->count >= live->settings.capacity)
        return problem_respond(request, PROBLEM_ROOM_FULL, NULL, 0);
    bool locked = live != NULL && live->locked;
    struct entry_answer answer = entry_check(request, &settings, locked, &asked->wish, &grant);
    if (answer.problem != PROBLEMS)
        return problem_respond(request, answer.problem, NULL, answer.retry_after_s);
    return respond_joined(request, &settings, live, asked, &grant);
}

int rest_join_room(struct http_request *request, const char *room_id)
{
    uint64_t id = 0;
    uint32_t wait_s = request_take(request->server, request->wsi, LIMITS_JOINS);
    if (wait_s != 0)
        return problem_respond(request, PROBLEM_TOO_MANY_REQUESTS, NULL, wait_s);
    if (proquint_parse(room_id, strlen(room_id), &id) != 0)
        return problem_respond(request, PROBLEM_BAD_ROOM_ID, "four words of five letters", 0);
    struct asked asked = {.wish = {.role = ROLE_PARTICIPANT}, .most_people = PEOPLE_ALL};
    json_t *body = read_body(request);
    const char *wrong =
        read_members(body, wish_members, sizeof wish_members / sizeof wish_members[0],
                     "the body may hold name, host_key, password, pass and role", &asked);
    if (wrong == NULL && !read_most_people(request, &asked))
        wrong = "participants: an integer from 0 to 4096";
    int result = wrong == NULL ? join_room(request, id, &asked)
                               : problem_respond(request, PROBLEM_BAD_REQUEST, wrong, 0);
    json_decref(body);
    return result;
}

/* ---- healthz --------------------------------------------------------------------------------- */

int rest_healthz(struct http_request *request)
{
    struct workers *workers = request->server->workers;
    struct store_room room;
    size_t wanted = 0, connected = 0;
    for (size_t i = 0; i < workers_count(workers); i++) {
        const struct workers_load load = workers_load(workers, i);
        wanted += workers_used(workers, i) && !load.leaving;
        connected += load.connected && !load.leaving;
    }
    /* Id 0 is nobody's: this asks whether the store answers at all. */
    bool store = store_room_get(request->server->store, 0, &room) == STORE_NOT_FOUND;
    bool healthy = store && connected == wanted;
    return respond_json(request, healthy ? 200 : 503,
                        json_pack("{s:s,s:b,s:I,s:I,s:b}", "status", healthy ? "ok" : "degraded",
                                  "store", store, "workers", (json_int_t)wanted,
                                  "workers_connected", (json_int_t)connected, "draining",
                                  request->server->draining));
}
