/* Which microphones of a large room are forwarded: the loudest N. With N or fewer in the room all
 * are, and nothing is chosen. Else whoever gets loud comes in at once, in the place of whoever has
 * been silent longest; while all N talk, only by being louder than the quietest of them. */
#ifndef PARLEY_ENGINE_LOUDEST_H
#define PARLEY_ENGINE_LOUDEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/limits.h"
#include "engine/speaker.h"

/* So much of what it said before is sent along when a microphone comes in: the first syllable. */
#define LOUDEST_REPLAY_US 150000u

/* Zeroed: nothing is chosen. A member has speaker->chosen set. */
struct loudest {
    bool choosing; /* there are more microphones than may be forwarded */
    uint8_t count;
    struct speaker *members[LIMIT_LOUDEST]; /* borrowed: of the room's participants */
};

/* The room's microphones are these now. Begins to choose, or ends. Members that are not among them
 * are dropped; what is still free goes to those who were loud last. limit: 1..LIMIT_LOUDEST. */
void loudest_review(struct loudest *loudest, unsigned limit, const struct speaker_entrant *entrants,
                    size_t count);
/* It ends now, or is another one: no member any more. */
void loudest_forget(struct loudest *loudest, struct speaker *speaker);

/* Was just heard, and is not chosen: does it come in? *out: who goes for it, NULL if nobody.
 * dominant: NULL, or who is not to go. */
bool loudest_admit(struct loudest *loudest, unsigned limit, uint64_t now_us,
                   struct speaker *challenger, const struct speaker *dominant,
                   struct speaker **out);

#endif
