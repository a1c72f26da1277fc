/* What control told this worker about rooms and participants, and what the engine last said about
 * each: enough for a new control process to pick up where the former one died. Notes are control's
 * own bytes; nobody here reads them. */
#ifndef PARLEY_WORKER_ROSTER_H
#define PARLEY_WORKER_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct roster;

struct roster_bytes {
    uint8_t *bytes; /* owned by the roster */
    size_t len;
};

struct roster_room {
    uint64_t id;
    struct roster_bytes note;
};

struct roster_participant {
    uint64_t id;
    uint64_t room;
    struct roster_bytes note;
    struct roster_bytes seats;   /* payload of the last IPC_SEATS */
    struct roster_bytes publish; /* and IPC_PUBLISH */
    bool has_leg;
    uint16_t leg_state; /* enum engine_leg_state, once has_leg */
    uint8_t enabled;    /* bit per source */
};

/* NULL: out of memory. seed: for the hash tables. */
struct roster *roster_new(uint32_t max_rooms, uint32_t max_participants, uint64_t seed);
void roster_free(struct roster *roster); /* accepts NULL */

/* Adds, or replaces the note. 0, or -1: full, note too long (IPC_MAX_NOTE_BYTES) or no memory. */
int roster_put_room(struct roster *roster, uint64_t id, const uint8_t *note, size_t len)
    __attribute__((warn_unused_result));
int roster_put_participant(struct roster *roster, uint64_t id, uint64_t room, const uint8_t *note,
                           size_t len) __attribute__((warn_unused_result));
/* And everyone in it. */
void roster_remove_room(struct roster *roster, uint64_t id);
void roster_remove_participant(struct roster *roster, uint64_t id);

/* NULL: unknown. Good until the next put or remove. */
struct roster_participant *roster_participant(struct roster *roster, uint64_t id);
/* Replaces the bytes (empty: forgets them). Out of memory: they are empty. */
void roster_keep(struct roster_bytes *kept, const uint8_t *bytes, size_t len);

/* Walk all; index from 0 until the limits given at the start; NULL: nobody there. */
const struct roster_room *roster_room_at(const struct roster *roster, uint32_t index);
const struct roster_participant *roster_participant_at(const struct roster *roster, uint32_t index);
uint32_t roster_room_limit(const struct roster *roster);
uint32_t roster_participant_limit(const struct roster *roster);

#endif
