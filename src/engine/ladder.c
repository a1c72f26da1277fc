/* Steps out of what a track's layers are and take. */
#include "engine/ladder.h"

#include <stdbool.h>

/* A picture may be stretched by a quarter to each side before the next layer is worth its bits. */
#define STRETCH_NUM 25u
#define STRETCH_DEN 16u

/* Until a layer was measured: bits per pixel and second of simulcast as browsers send it. */
#define NOMINAL_BITS_PER_PIXEL 2u

static uint32_t pixels_of(const struct track_layers *layers, unsigned spatial)
{
    static const uint32_t usual[LIMIT_LAYERS] = {320u * 180u, 640u * 360u, 1280u * 720u};
    uint32_t pixels = 0;
    for (unsigned t = 0; t < TRACK_TEMPORAL_LAYERS && pixels == 0; t++)
        pixels = (uint32_t)layers->at[spatial][t].width * layers->at[spatial][t].height;
    if (pixels != 0)
        return pixels;
    return usual[spatial];
}

uint8_t ladder_useful_spatial(const struct track_layers *layers, uint32_t pixels)
{
    uint8_t spatial = 0;
    while (spatial + 1u < layers->spatial_count &&
           (uint64_t)pixels_of(layers, spatial) * STRETCH_NUM / STRETCH_DEN < pixels)
        spatial++;
    return spatial;
}

static uint32_t rate_of(const struct track_layers *layers, unsigned spatial, unsigned temporal)
{
    const uint32_t bps = layers->at[spatial][temporal].bps;
    if (bps != 0)
        return bps;
    /* Half of the bits are in the lowest temporal layer, and the rest is shared. */
    const uint32_t whole = pixels_of(layers, spatial) * NOMINAL_BITS_PER_PIXEL;
    return whole / 2u + whole / 2u * (temporal + 1u) / layers->temporal_count;
}

static bool spatial_alive(const struct track_layers *layers, unsigned spatial)
{
    for (unsigned t = 0; t < layers->temporal_count; t++)
        if (layers->at[spatial][t].alive)
            return true;
    return false;
}

static void add_spatial(struct ladder *ladder, const struct track_layers *layers, unsigned spatial,
                        struct ladder_lowest lowest)
{
    if (!spatial_alive(layers, spatial))
        return;
    const unsigned wanted = spatial > 0 ? lowest.above : lowest.base;
    for (unsigned t = layers->temporal_count > 2 ? wanted : 0; t < layers->temporal_count; t++) {
        const struct ladder_step step = {rate_of(layers, spatial, t), (int8_t)spatial, (int8_t)t};
        const bool dearer = ladder->count == 0 || step.bps > ladder->steps[ladder->count - 1u].bps;
        /* Better for no more: instead of what is below. The first one stays the first. */
        while (!dearer && ladder->count > 0 && step.bps <= ladder->steps[ladder->count - 1u].bps)
            ladder->count--;
        ladder->steps[ladder->count++] = step;
    }
}

void ladder_build(struct ladder *ladder, const struct track_layers *layers, uint32_t pixels,
                  struct ladder_lowest lowest)
{
    ladder->count = 0;
    ladder->level = 0;
    if (layers->spatial_count == 0)
        return;
    const unsigned top = ladder_useful_spatial(layers, pixels);
    for (unsigned s = 0; s <= top; s++)
        add_spatial(ladder, layers, s, lowest);
    /* All that is alive is larger than the tile. */
    for (unsigned s = top + 1u; s < layers->spatial_count && ladder->count == 0; s++)
        add_spatial(ladder, layers, s, lowest);
}

uint64_t ladder_cost_at(const struct ladder *ladder, unsigned level)
{
    return level == 0 ? 0 : ladder->steps[level - 1u].bps;
}

int ladder_spatial_at(const struct ladder *ladder, unsigned level)
{
    return level == 0 ? -1 : ladder->steps[level - 1u].spatial;
}

uint8_t ladder_level_of(const struct ladder *ladder, struct stream_target target)
{
    uint8_t level = 0;
    if (target.spatial < 0)
        return 0;
    while (level < ladder->count) {
        const struct ladder_step *step = &ladder->steps[level];
        if (step->spatial > target.spatial ||
            (step->spatial == target.spatial && step->temporal > target.temporal))
            break;
        level++;
    }
    /* What it had is gone: the lowest that is left stands for it. */
    return level == 0 && ladder->count > 0 ? 1 : level;
}
