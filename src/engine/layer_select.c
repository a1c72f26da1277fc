/* Packets must come from a layer for it to be of use. */
#include "engine/layer_select.h"

struct layer *layer_select(struct track *track, int8_t spatial, uint64_t now_us)
{
    const size_t wanted = spatial < 0 ? 0 : (size_t)spatial + 1u;
    const size_t count = track->layer_count;
    for (size_t i = wanted < count ? wanted : count; i > 0; i--)
        if (track_layer_alive(&track->layers[i - 1], now_us))
            return &track->layers[i - 1];
    for (size_t i = wanted; i < count; i++)
        if (track_layer_alive(&track->layers[i], now_us))
            return &track->layers[i];
    return NULL;
}
