/* What a room's log holds beside decisions: who is there, what comes from whom, who looks at whom
 * and how everybody's link is. Without it the decisions can be read, but the call cannot be played
 * again (docs/explain.md). Written when it changes, and rates and links only when they moved much.
 */
#ifndef PARLEY_ENGINE_CHRONICLE_H
#define PARLEY_ENGINE_CHRONICLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "engine/shared.h"

struct leg;
struct media_room;
struct participant;

/* What was last written of a track; zeroed: nothing. */
struct chronicle_track {
    bool written;
    uint8_t encodings, codec;
    bool unmuted;
    uint32_t kbps[LIMIT_LAYERS];
    uint64_t kbps_us[LIMIT_LAYERS]; /* when; 0: never */
    uint64_t came_us[LIMIT_LAYERS]; /* since when it comes; 0: it does not */
};

/* Of a leg; the same. */
struct chronicle_leg {
    bool seats_written, link_written;
    uint8_t seats;
    bool red;
    uint16_t rtt_ms, down_loss_permille, up_loss_permille;
};

void chronicle_join(const struct participant *participant, const struct shared *shared);
void chronicle_leave(const struct participant *participant, const struct shared *shared);
/* An offer was taken: how many seats there are now. */
void chronicle_seats(struct leg *leg, const struct shared *shared);
/* What comes from it, and how much of it; may be called at any time. */
void chronicle_sources(struct leg *leg, const struct shared *shared);
/* This source does not come any more. */
void chronicle_source_gone(const struct leg *leg, uint8_t source, const struct shared *shared);
/* The views that take the place of the participant's present ones; of those, the first ones up to
 * its seats: what it looks at comes first. */
void chronicle_views(const struct participant *participant, const struct engine_view *views,
                     size_t count, const struct shared *shared);
/* By what the last look at its quality found. */
void chronicle_link(struct leg *leg, const struct shared *shared);

#endif
