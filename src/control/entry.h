/* The door of a room: who may come in, and as what. What was shown here is bound into the join
 * token; nobody downstream sees a password or a host key. */
#ifndef PARLEY_CONTROL_ENTRY_H
#define PARLEY_CONTROL_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "control/message.h"
#include "control/problem.h"
#include "control/rights.h"
#include "control/secret.h"
#include "control/store.h"

/* Hashing a password takes tens of milliseconds of the one thread on which everybody's signalling
 * waits. So besides each address's limits.passwords_per_minute there is one for all together, in
 * time and not in tries, since a busy machine takes longer for each: a fifth of every second,
 * whoever asks, and what was saved up before, so that fifty may come at the full hour. */
#define ENTRY_HASHING_MS_PER_S 200.0
#define ENTRY_HASHING_MS_SAVED 2000.0

struct http_request;

/* Borrowed from the request's body. */
struct entry_wish {
    struct text host_key; /* bytes NULL: none, as the next */
    struct text password;
    struct text pass;
    enum role role; /* without a host key and without a pass */
};

/* What the door gave. */
struct entry_grant {
    enum role role;
    char name[STORE_WHO_BYTES]; /* "": as they like */
    uint64_t until_s;           /* Unix time at which a pass expires; UINT64_MAX: none was shown */
};

struct entry_answer {
    enum problem problem;   /* PROBLEMS: fine */
    uint32_t retry_after_s; /* 0: none */
};

/* Whether the door opens, and in *out for whom. The host key opens it without the password, and
 * when it is locked; a pass without the password, and when it is locked if it is a host's. */
struct entry_answer entry_check(struct http_request *request, const struct store_room *settings,
                                bool locked, const struct entry_wish *wish,
                                struct entry_grant *out);

/* A new room's. password: bytes NULL: none. host_key: for who makes the room, and nobody else. */
struct entry_answer entry_new_guard(struct http_request *request, const struct text *password,
                                    struct store_guard *out,
                                    char host_key[static SECRET_TEXT_BYTES]);

#endif
