/* What outlives the process: rooms, their settings and chat. Live state (who is in, where) is not
 * here: the media workers are its registry. SQLite is one implementation (store_sqlite.c); another
 * one must pass tests/unit/test_store.c too.
 *
 * Calls are short and made from the event loop; a store that is busy longer than STORE_BUSY_MS
 * gives STORE_UNAVAILABLE, and store_reason says why. Running calls never need the store. */
#ifndef PARLEY_CONTROL_STORE_H
#define PARLEY_CONTROL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/password.h"
#include "control/secret.h"

#define STORE_BUSY_MS      100
#define STORE_NAME_BYTES   512u /* 120 code points of UTF-8 and the NUL */
#define STORE_WHO_BYTES    260u /* 64 code points */
#define STORE_REASON_BYTES 256u

enum store_error {
    STORE_NOT_FOUND = -1,
    STORE_EXISTS = -2,
    STORE_FULL = -3,        /* limits.rooms */
    STORE_UNAVAILABLE = -4, /* locked, read-only, disk full, broken */
};

struct store_room {
    uint64_t id;
    char name[STORE_NAME_BYTES];
    uint32_t mode; /* enum mode_policy */
    uint32_t capacity;
    uint64_t created_s; /* Unix time, as the others */
    uint64_t expires_s; /* 0: only when nobody uses it */
    uint64_t used_s;    /* last entered or left */
    bool lobby;         /* hosts let people in one by one */
    bool guarded;       /* has a password; read only: store_room_add looks at the guard */
};

/* What is asked of those who want in. Apart from struct store_room: that is told to the media
 * workers, who have no use for this. */
struct store_guard {
    uint8_t host_key[SECRET_HASH_BYTES];   /* secret_hash; zeros fit no key */
    uint8_t password[PASSWORD_KEPT_BYTES]; /* password_keep; [0] is 0: there is none */
};

struct store_chat {
    uint64_t id; /* per room, grows */
    uint64_t participant;
    char name[STORE_WHO_BYTES];
    const char *text; /* borrowed for the call */
    uint64_t sent_ms; /* Unix time in milliseconds */
};

struct store;

/* 0, or -1 with one line in reason that says what is wrong with path and what to do. */
int store_open(const char *path, struct store **out, char reason[static STORE_REASON_BYTES])
    __attribute__((warn_unused_result));
/* Accepts NULL. */
void store_close(struct store *store);
/* Why the last call gave STORE_UNAVAILABLE; borrowed until the next call. */
const char *store_reason(const struct store *store);

/* Housekeeping that may wait for the disk; idle: nobody would notice. Call it now and then. */
void store_tidy(struct store *store, bool idle);

/* max_rooms: STORE_FULL when there are as many already. */
int store_room_add(struct store *store, const struct store_room *room,
                   const struct store_guard *guard, uint32_t max_rooms)
    __attribute__((warn_unused_result));
int store_room_get(struct store *store, uint64_t id, struct store_room *out)
    __attribute__((warn_unused_result));
int store_room_guard(struct store *store, uint64_t id, struct store_guard *out)
    __attribute__((warn_unused_result));
int store_room_used(struct store *store, uint64_t id, uint64_t now_s)
    __attribute__((warn_unused_result));
/* With its chat. No such room is no error. */
int store_room_remove(struct store *store, uint64_t id) __attribute__((warn_unused_result));
/* One room whose time is over, or that nobody has used since unused_before_s; ids are walked in
 * order, after: the one before (0 at first). STORE_NOT_FOUND: no more. */
int store_room_expired(struct store *store, uint64_t now_s, uint64_t unused_before_s,
                       uint64_t after, uint64_t *id) __attribute__((warn_unused_result));

/* Adds a message and forgets all but the newest keep of its room. */
int store_chat_add(struct store *store, uint64_t room, const struct store_chat *chat, uint32_t keep)
    __attribute__((warn_unused_result));
typedef void store_chat_fn(void *context, const struct store_chat *chat);
/* The newest limit messages, oldest first. */
int store_chat_each(struct store *store, uint64_t room, uint32_t limit, store_chat_fn *each,
                    void *context) __attribute__((warn_unused_result));
/* The highest id given so far; 0: none. */
int store_chat_last_id(struct store *store, uint64_t room, uint64_t *id)
    __attribute__((warn_unused_result));

#endif
