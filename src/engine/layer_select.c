/* The highest layer that packets come from. */
#include "engine/layer_select.h"

struct layer *layer_select(struct track *track, uint64_t now_us)
{
    for (size_t i = track->layer_count; i > 0; i--)
        if (track_layer_alive(&track->layers[i - 1], now_us))
            return &track->layers[i - 1];
    return NULL;
}
