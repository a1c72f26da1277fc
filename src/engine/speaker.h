/* Who is loud, and who is the dominant speaker of a room, after Volfin and Cohen ("Dominant speaker
 * identification for multipoint videoconferencing", 2013): for each microphone how likely speech is
 * now, over the last 100 ms and over the last second; somebody takes over who is ahead in all
 * three. So a cough moves nothing, and neither does "mhm" while somebody speaks.
 *
 *   time      ──────────────────────────────────────▶ now
 *   slots     1 0 0 0 1 1 1 1 1 1 1 0 1 1 1 1 1 1 1 1   20 ms each: louder than speech has to be?
 *   medium                                   └───────┘  how many of 5
 *   long      … ────┘└───────┘└───────┘└─────┘└─────┘   how many of 10 such, with nearly all of 5
 *
 * Levels come from the audio-level extension (RFC 6464): no sound is decoded. */
#ifndef PARLEY_ENGINE_SPEAKER_H
#define PARLEY_ENGINE_SPEAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "engine/limits.h"

/* How often a room is looked at, and levels are reported at most. */
#define SPEAKER_INTERVAL_US 250000u

#define SPEAKER_SILENT_DBOV 127u
#define SPEAKER_SLOT_US     20000u

/* One microphone. Start with speaker_init(). */
struct speaker {
    uint32_t level_q8;    /* dBov below full scale, 8 fraction bits, smoothed */
    uint32_t floor_q8;    /* of the room's noise, the same scale */
    uint64_t heard_us;    /* the last level came; 0: none ever */
    uint64_t loud_us;     /* when last it was as loud as speech; 0: never */
    uint64_t slot;        /* number of the newest slot */
    uint64_t slots;       /* bit 0: the newest; 1: loud */
    uint8_t bands;        /* of the newest slot: 0 (as quiet as the room) .. 13 */
    bool speaking;        /* lately, pauses between words included; as of the last round */
    bool chosen;          /* of the loudest that are forwarded, see loudest.h */
    uint32_t unheard_seq; /* while it is not: nobody heard its packets from here on */
};
void speaker_init(struct speaker *speaker);
/* One packet said so: 0 loud .. 127 silent. */
void speaker_hear(struct speaker *speaker, uint64_t now_us, uint8_t level_dbov);
/* How many of the last `count` slots (at most 60) were loud. */
unsigned speaker_loud_slots(const struct speaker *speaker, uint64_t now_us, unsigned count);

struct speaker_entrant {
    uint64_t participant;
    struct speaker *speaker;
};

/* A room's contest. Zeroed: nobody spoke yet. */
struct speaker_contest {
    uint64_t dominant; /* participant; stays while nobody else speaks */
    uint64_t since_us; /* that it is */
    uint64_t round_us; /* the last look */
    bool listening;    /* something was heard since */
    uint8_t reported_count;
    uint64_t reported_dominant;
    struct engine_speaker reported[LIMIT_ROOM_PUBLISHERS];
};

/* Was just heard: is it the dominant speaker now? holder: the microphone of the present one, NULL
 * if there is none (any more). True: contest->dominant changed. */
bool speaker_challenge(struct speaker_contest *contest, uint64_t now_us,
                       const struct speaker_entrant *challenger, const struct speaker *holder);

/* One round. Entrants: all microphones of the room, in any stable order, at most
 * LIMIT_ROOM_PUBLISHERS. True: contest->reported changed and should be told. */
bool speaker_round(struct speaker_contest *contest, uint64_t now_us,
                   const struct speaker_entrant *entrants, size_t count);

#endif
