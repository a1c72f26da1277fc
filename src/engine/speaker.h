/* Who is loud: levels from the audio-level extension (RFC 6464), smoothed, and the dominant
 * speaker of a room, with enough inertia that a cough does not move the picture. */
#ifndef PARLEY_ENGINE_SPEAKER_H
#define PARLEY_ENGINE_SPEAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "engine/limits.h"

/* How often a room is looked at, and reports at most. */
#define SPEAKER_INTERVAL_US 250000u

#define SPEAKER_SILENT_DBOV 127u

/* One microphone. Start with speaker_init(). */
struct speaker {
    uint32_t level_q8; /* dBov below full scale, 8 fraction bits */
    uint64_t heard_us; /* the last level came */
    uint64_t loud_us;  /* when last it was as loud as speech; 0: never */
    bool loud;         /* in the present round */
    bool speaking;     /* lately, pauses between words included */
};
void speaker_init(struct speaker *speaker);
/* One packet said so: 0 loud .. 127 silent. */
void speaker_hear(struct speaker *speaker, uint64_t now_us, uint8_t level_dbov);

/* A room's contest. Zeroed: nobody spoke yet. */
struct speaker_contest {
    uint64_t dominant; /* participant; stays while nobody else speaks */
    uint64_t challenger;
    uint8_t rounds;    /* how often in a row the challenger was ahead */
    uint64_t round_us; /* the last look */
    bool listening;    /* something was heard since */
    uint8_t reported_count;
    uint64_t reported_dominant;
    struct engine_speaker reported[LIMIT_ROOM_PARTICIPANTS];
};

struct speaker_entrant {
    uint64_t participant;
    struct speaker *speaker;
};

/* One round. Entrants: all microphones of the room, in any stable order, at most
 * LIMIT_ROOM_PARTICIPANTS. True: contest->reported changed and should be told. */
bool speaker_round(struct speaker_contest *contest, uint64_t now_us,
                   const struct speaker_entrant *entrants, size_t count);

#endif
