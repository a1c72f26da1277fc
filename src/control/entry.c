/* Passes, host keys, locks and passwords. */
#include "control/entry.h"

#include <stdio.h>
#include <string.h>

#include "control/http.h"
#include "control/pass.h"
#include "control/request.h"
#include "control/rooms.h"
#include "control/server.h"

#define STORE_RETRY_S 5u

static struct entry_answer answer(enum problem problem, uint32_t retry_after_s)
{
    return (struct entry_answer){.problem = problem, .retry_after_s = retry_after_s};
}

/* 0: hash one password, and pay for it; else the seconds to wait. */
static uint32_t take_turn(struct http_request *request)
{
    struct server *server = request->server;
    uint32_t wait_s = request_take(server, request->wsi, LIMITS_PASSWORDS);
    if (wait_s != 0 || bucket_take(&server->hashing, ENTRY_HASHING_MS_PER_S, ENTRY_HASHING_MS_SAVED,
                                   server_now_ms()))
        return wait_s;
    return 1u + (uint32_t)((1.0 - server->hashing.tokens) / ENTRY_HASHING_MS_PER_S);
}

static void pay(struct server *server, uint64_t started_ms)
{
    server->hashing.tokens -= (double)(server_now_ms() - started_ms);
}

static struct entry_answer check_password(struct http_request *request,
                                          const struct store_guard *guard,
                                          const struct text *password)
{
    uint32_t wait_s = take_turn(request);
    if (wait_s != 0)
        return answer(PROBLEM_TOO_MANY_REQUESTS, wait_s);
    uint64_t started_ms = server_now_ms();
    bool fits = password_matches(password->bytes, password->len, guard->password);
    pay(request->server, started_ms);
    return answer(fits ? PROBLEMS : PROBLEM_WRONG_PASSWORD, 0);
}

static struct entry_answer load_guard(struct server *server, uint64_t id, struct store_guard *out)
{
    int err = store_room_guard(server->store, id, out);
    if (err == STORE_NOT_FOUND)
        return answer(PROBLEM_ROOM_NOT_FOUND, 0);
    rooms_store_result(server, err);
    return err != 0 ? answer(PROBLEM_STORE_UNAVAILABLE, STORE_RETRY_S) : answer(PROBLEMS, 0);
}

static struct entry_answer check_host_key(struct http_request *request,
                                          const struct store_room *settings,
                                          const struct text *host_key, struct entry_grant *out)
{
    struct store_guard guard;
    struct entry_answer loaded = load_guard(request->server, settings->id, &guard);
    if (loaded.problem != PROBLEMS)
        return loaded;
    out->role = ROLE_HOST;
    return answer(secret_matches(host_key->bytes, host_key->len, guard.host_key)
                      ? PROBLEMS
                      : PROBLEM_WRONG_HOST_KEY,
                  0);
}

static struct entry_answer check_pass(const struct http_request *request,
                                      const struct store_room *settings, bool locked,
                                      const struct text *text, struct entry_grant *out)
{
    struct pass pass;
    if (pass_verify(request->server->config->http.api_key, text->bytes, server_unix_s(), &pass) !=
            0 ||
        pass.room != settings->id)
        return answer(PROBLEM_WRONG_PASS, 0);
    out->role = pass.role;
    out->until_s = pass.expires_s;
    snprintf(out->name, sizeof out->name, "%s", pass.name);
    return answer(locked && pass.role != ROLE_HOST ? PROBLEM_ROOM_LOCKED : PROBLEMS, 0);
}

struct entry_answer entry_check(struct http_request *request, const struct store_room *settings,
                                bool locked, const struct entry_wish *wish, struct entry_grant *out)
{
    struct store_guard guard;
    *out = (struct entry_grant){.role = wish->role, .until_s = UINT64_MAX};
    if (wish->pass.bytes != NULL)
        return check_pass(request, settings, locked, &wish->pass, out);
    if (wish->host_key.bytes != NULL)
        return check_host_key(request, settings, &wish->host_key, out);
    if (locked)
        return answer(PROBLEM_ROOM_LOCKED, 0);
    if (!settings->guarded)
        return answer(PROBLEMS, 0);
    if (wish->password.bytes == NULL)
        return answer(PROBLEM_PASSWORD_REQUIRED, 0);
    struct entry_answer loaded = load_guard(request->server, settings->id, &guard);
    return loaded.problem != PROBLEMS ? loaded : check_password(request, &guard, &wish->password);
}

struct entry_answer entry_new_guard(struct http_request *request, const struct text *password,
                                    struct store_guard *out,
                                    char host_key[static SECRET_TEXT_BYTES])
{
    uint8_t salt[PASSWORD_SALT_BYTES];
    memset(out, 0, sizeof *out);
    secret_make(host_key);
    secret_hash(host_key, strlen(host_key), out->host_key);
    if (password->bytes == NULL)
        return answer(PROBLEMS, 0);
    uint32_t wait_s = take_turn(request);
    if (wait_s != 0)
        return answer(PROBLEM_TOO_MANY_REQUESTS, wait_s);
    server_random(salt, sizeof salt);
    uint64_t started_ms = server_now_ms();
    int err = password_keep(password->bytes, password->len, salt, out->password);
    pay(request->server, started_ms);
    return answer(err == 0 ? PROBLEMS : PROBLEM_INTERNAL, 0);
}
