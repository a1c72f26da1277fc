/* What a publisher says that its layers are to take (video layers allocation, wire/vla.h): for the
 * first second of a layer, in which its rate cannot be measured yet. */
#ifndef PARLEY_ENGINE_TRACK_TARGETS_H
#define PARLEY_ENGINE_TRACK_TARGETS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "engine/limits.h"

#define TRACK_TARGETS_TEMPORAL 4u

/* Zeroed: nothing was said. */
struct track_targets {
    uint32_t kbps[LIMIT_LAYERS][TRACK_TARGETS_TEMPORAL]; /* cumulative, as encoded; 0: not said */
};

/* A packet brought this. simulcast: the rows are streams, else the spatial layers of one. What
 * cannot be read changes nothing. */
void track_targets_note(struct track_targets *targets, struct span value, bool simulcast);
/* On the wire, headers included. 0: not said, or not sent. */
uint32_t track_targets_bps(const struct track_targets *targets, unsigned row, unsigned temporal);

#endif
