/* What control told this worker about rooms and participants, and what the engine last said about
 * each: enough for a new control process to pick up where the former one died. Notes are control's
 * own bytes; nobody here reads them. */
#ifndef PARLEY_WORKER_REGISTRY_H
#define PARLEY_WORKER_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct registry;

struct registry_bytes {
    uint8_t *bytes;         /* owned by the registry */
    size_t len;
};

struct registry_room {
    uint64_t id;
    struct registry_bytes note;
};

struct registry_participant {
    uint64_t id;
    uint64_t room;
    struct registry_bytes note;
    struct registry_bytes seats;    /* payload of the last IPC_SEATS */
    bool has_leg;
    uint16_t leg_state;             /* enum engine_leg_state, once has_leg */
    uint8_t enabled;                /* bit per source */
};

/* NULL: out of memory. seed: for the hash tables. */
struct registry *registry_new(uint32_t max_rooms, uint32_t max_participants, uint64_t seed);
void registry_free(struct registry *registry);      /* accepts NULL */

/* Adds, or replaces the note. 0, or -1: full, note too long (IPC_MAX_NOTE_BYTES) or no memory. */
int registry_put_room(struct registry *registry, uint64_t id, const uint8_t *note, size_t len)
    __attribute__((warn_unused_result));
int registry_put_participant(struct registry *registry, uint64_t id, uint64_t room,
                             const uint8_t *note, size_t len) __attribute__((warn_unused_result));
/* And everyone in it. */
void registry_remove_room(struct registry *registry, uint64_t id);
void registry_remove_participant(struct registry *registry, uint64_t id);

/* NULL: unknown. Good until the next put or remove. */
struct registry_participant *registry_participant(struct registry *registry, uint64_t id);
/* Replaces the bytes (empty: forgets them). Out of memory: they are empty. */
void registry_set_seats(struct registry_participant *participant, const uint8_t *seats,
                        size_t len);

/* Walk all; index from 0 until the limits given at the start; NULL: nobody there. */
const struct registry_room *registry_room_at(const struct registry *registry, uint32_t index);
const struct registry_participant *registry_participant_at(const struct registry *registry,
                                                           uint32_t index);
uint32_t registry_room_limit(const struct registry *registry);
uint32_t registry_participant_limit(const struct registry *registry);

#endif
