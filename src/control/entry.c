/* Host keys, locks and passwords. */
#include "control/entry.h"

#include <string.h>

#include "control/http.h"
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

struct entry_answer entry_check(struct http_request *request, const struct store_room *settings,
                                bool locked, const struct entry_wish *wish, enum role *role)
{
    struct store_guard guard;
    const bool has_key = wish->host_key.bytes != NULL;
    *role = has_key ? ROLE_HOST : wish->role;
    if (!has_key && locked)
        return answer(PROBLEM_ROOM_LOCKED, 0);
    if (!has_key && !settings->guarded)
        return answer(PROBLEMS, 0);
    if (!has_key && wish->password.bytes == NULL)
        return answer(PROBLEM_PASSWORD_REQUIRED, 0);
    struct entry_answer loaded = load_guard(request->server, settings->id, &guard);
    if (loaded.problem != PROBLEMS)
        return loaded;
    if (!has_key)
        return check_password(request, &guard, &wish->password);
    return answer(secret_matches(wish->host_key.bytes, wish->host_key.len, guard.host_key)
                      ? PROBLEMS
                      : PROBLEM_WRONG_HOST_KEY,
                  0);
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
