/* The microphones of a room: who is the dominant speaker (speaker.h), and in a large room, whose
 * sound is forwarded (loudest.h). Decided as packets come in, so that the first syllable of whoever
 * begins to talk is not lost: the track's ring still has it. */
#ifndef PARLEY_ENGINE_VOICES_H
#define PARLEY_ENGINE_VOICES_H

#include <stdbool.h>

#include "engine/participant.h"
#include "engine/shared.h"
#include "engine/track.h"

/* A packet of its microphone came and said how loud it is (speaker_hear() was called); the packet
 * itself is not in the track yet. */
void voices_heard(struct participant *participant, struct shared *shared);

/* Is this sound to be forwarded? Screens are always heard, and so is a microphone that never says
 * how loud it is. */
bool voices_pass(const struct track *track);

/* Who has a microphone may have changed. */
void voices_review(struct media_room *room, struct shared *shared);
/* Who got a seat because it is heard: what it said just before goes there, too. */
void voices_catch_up(struct media_room *room, struct shared *shared);
/* When last one of the chosen few was loud; 0: not one of them, or long ago. */
uint64_t voices_loud_us(const struct participant *participant, uint64_t now_us);
/* The participant leaves. */
void voices_forget(struct participant *participant);

/* One round of the contest: levels to report, silence to notice. */
void voices_round(struct media_room *room, struct shared *shared);

#endif
