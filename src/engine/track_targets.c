/* Rates as announced. */
#include "engine/track_targets.h"

#include "wire/vla.h"

/* No camera or screen takes more; whoever says so would keep its own picture from being shown. */
#define MOST_KBPS 20000u

/* RTP, SRTP, UDP and IP headers (TRACK_RATE_OVERHEAD_BYTES) beside packets of some 1100 bytes. */
#define WIRE_BPS_PER_KBPS 1060u

static void take(struct track_targets *targets, const struct vla_layer *layer, unsigned row)
{
    uint32_t kbps = 0;
    for (unsigned t = 0; t < TRACK_TARGETS_TEMPORAL; t++) {
        /* Layers above the highest add nothing. */
        if (t < layer->temporal_count)
            kbps = layer->kbps[t];
        /* Spatial layers within a simulcast stream go as one: the last is the whole. */
        targets->kbps[row][t] = kbps < MOST_KBPS ? kbps : MOST_KBPS;
    }
}

void track_targets_note(struct track_targets *targets, struct span value, bool simulcast)
{
    struct vla vla;
    if (vla_parse(value, &vla) != 0)
        return;
    *targets = (struct track_targets){0};
    for (size_t i = 0; i < vla.count; i++) {
        const struct vla_layer *layer = &vla.layers[i];
        const unsigned row = simulcast ? layer->stream : layer->spatial;
        if (row < LIMIT_LAYERS)
            take(targets, layer, row);
    }
}

uint32_t track_targets_bps(const struct track_targets *targets, unsigned row, unsigned temporal)
{
    if (row >= LIMIT_LAYERS || temporal >= TRACK_TARGETS_TEMPORAL)
        return 0;
    return targets->kbps[row][temporal] * WIRE_BPS_PER_KBPS;
}
