/* What the parts of the control process share: one value, made in control.c, passed to all. One
 * thread; every pointer in it is valid from start to stop. */
#ifndef PARLEY_CONTROL_SERVER_H
#define PARLEY_CONTROL_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/counters.h"
#include "base/list.h"
#include "base/map.h"
#include "control/busy.h"
#include "control/control.h"
#include "control/limits.h"
#include "control/message.h"
#include "control/store.h"
#include "control/token.h"

#define SERVER_MAX_ROOMS   1024u /* live at the same time; workers hold no more each */
#define SERVER_MAX_MEMBERS 4096u

struct lws_context;
struct lws_vhost;
struct workers;

struct server {
    /* borrowed */
    const struct control_start *start;
    const struct config *config;
    /* owned */
    struct lws_context *lws;
    struct lws_vhost *plain; /* vhosts live as long as lws */
    struct lws_vhost *secure;
    void *ssl_ctx; /* of secure (SSL_CTX); libwebsockets owns it */
    struct store *store;
    struct limits *limits;
    struct workers *workers;
    struct map rooms; /* id → struct room: those with members */
    struct list sockets;
    struct list callers;   /* HTTP connections: callers.c */
    struct list questions; /* requests that wait for a worker: explain.c */
    /* state */
    uint8_t token_key[TOKEN_KEY_BYTES];
    uint64_t map_seed;
    uint32_t socket_count, most_sockets; /* limits.sockets, or what descriptors allow */
    uint32_t caller_count, most_callers;
    uint32_t member_count;
    struct busy busy;      /* control's own process */
    struct bucket hashing; /* milliseconds for passwords, of everybody together: entry.c */
    uint64_t started_ms;
    bool stopping;
    bool draining; /* drain.h */
    uint64_t counters[CONTROL_COUNTERS];
    uint64_t refused[MESSAGE_CODE_COUNT];
};

#define COUNT_CONTROL(server, name) ((server)->counters[CONTROL_COUNTER_##name]++)

/* Monotonic, for timers; never 0. */
uint64_t server_now_ms(void);
/* Unix time. */
uint64_t server_unix_ms(void);
uint64_t server_unix_s(void);
/* From the kernel's generator; asserts that there is one. */
void server_random(void *out, size_t len);
/* Not 0. */
uint64_t server_random_id(void);
/* RFC 3339 in UTC, with milliseconds if there are any: "2026-01-31T12:00:00Z". */
#define SERVER_TIME_BYTES 32u
const char *server_format_time(uint64_t unix_ms, char out[static SERVER_TIME_BYTES]);

#endif
