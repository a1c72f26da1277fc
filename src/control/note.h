/* The notes that workers keep for control: what a new control needs to take a room and its members
 * up again. JSON, at most IPC_MAX_NOTE_BYTES. They come back from a worker, so they are checked. */
#ifndef PARLEY_CONTROL_NOTE_H
#define PARLEY_CONTROL_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/rooms.h"

/* A string for free(), or NULL: out of memory. */
char *note_of_room(const struct room *room);
char *note_of_member(const struct member *member);

struct note_room {
    struct store_room settings;
    bool locked;
    bool sfu, paired, waiting;
    uint32_t epoch;
    uint64_t next_order;
    uint64_t last_chat_id;
};
struct note_member {
    uint64_t order;
    char name[STORE_WHO_BYTES];
    uint8_t enabled;
    uint8_t decodes;
    enum role role;
    bool named;
    uint8_t session_hash[SECRET_HASH_BYTES];
};
/* 0, or -1: not a note of ours. */
int note_read_room(uint64_t id, const char *text, size_t len, struct note_room *out)
    __attribute__((warn_unused_result));
int note_read_member(const char *text, size_t len, struct note_member *out)
    __attribute__((warn_unused_result));

#endif
