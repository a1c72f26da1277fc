/* What one video can be given, and what each of that costs: its layers as steps, cheapest first.
 * Pure. */
#ifndef PARLEY_ENGINE_LADDER_H
#define PARLEY_ENGINE_LADDER_H

#include <stdint.h>

#include "engine/limits.h"
#include "engine/seat_stream.h"
#include "engine/track.h"

#define LADDER_STEPS (LIMIT_LAYERS * TRACK_TEMPORAL_LAYERS)

struct ladder_step {
    uint32_t bps;
    int8_t spatial, temporal;
};

/* Level 0 is nothing, level k is step k - 1. */
struct ladder {
    uint8_t count;
    uint8_t level;
    struct ladder_step steps[LADDER_STEPS];
};

/* The first temporal layer that is a step: of the lowest spatial layer, and of those above. Sources
 * with less than three temporal layers begin with the lowest. */
struct ladder_lowest {
    uint8_t base, above;
};

/* For a tile of so many pixels, and no more layers than it has use for. At level 0. */
void ladder_build(struct ladder *ladder, const struct track_layers *layers, uint32_t pixels,
                  struct ladder_lowest lowest);
uint64_t ladder_cost_at(const struct ladder *ladder, unsigned level);
/* -1: nothing. */
int ladder_spatial_at(const struct ladder *ladder, unsigned level);
/* The highest level that is no more than the target; 1 if the ladder begins above it. */
uint8_t ladder_level_of(const struct ladder *ladder, struct stream_target target);

/* The highest spatial layer for which a tile of so many pixels has use. */
uint8_t ladder_useful_spatial(const struct track_layers *layers, uint32_t pixels);

#endif
