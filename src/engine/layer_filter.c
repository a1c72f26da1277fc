/* What the codecs have in common: the memory of frames. */
#include "engine/layer_filter.h"

#include <string.h>

void layer_filter_begin(struct layer_filter *filter, const struct packet *packet)
{
    memset(filter, 0, sizeof *filter);
    filter->layering = packet->frame.layering;
}

bool layer_filter_is_newer(const struct layer_filter *filter, uint16_t number, uint16_t mask)
{
    const uint16_t ahead = (uint16_t)(number - filter->newest) & mask;
    return !filter->started || (ahead != 0 && ahead <= mask / 2u);
}

static struct layer_filter_frame *slot_of(struct layer_filter *filter, uint16_t number)
{
    return &filter->frames[number % LAYER_FILTER_FRAMES];
}

struct layer_filter_frame *layer_filter_find(struct layer_filter *filter, uint16_t number)
{
    struct layer_filter_frame *frame = slot_of(filter, number);
    return frame->used && frame->number == number ? frame : NULL;
}

static struct layer_filter_frame *put(struct layer_filter *filter, uint16_t number)
{
    struct layer_filter_frame *frame = slot_of(filter, number);
    *frame = (struct layer_filter_frame){
        .used = true,
        .target = filter->target,
        .limit = filter->limit,
        .number = number,
        .shift = filter->shift,
        .chain.since_ms = filter->now_ms,
    };
    return frame;
}

struct layer_filter_frame *layer_filter_add(struct layer_filter *filter, uint16_t number,
                                            uint16_t mask)
{
    uint16_t skipped = 0;
    if (filter->started)
        skipped = (uint16_t)((uint16_t)(number - filter->newest - 1u) & mask);
    if (skipped >= LAYER_FILTER_FRAMES)
        skipped = LAYER_FILTER_FRAMES - 1u;
    for (uint16_t back = skipped; back > 0; back--)
        put(filter, (uint16_t)((uint16_t)(number - back) & mask));
    filter->started = true;
    filter->newest = number;
    return put(filter, number);
}

struct layer_judgement layer_filter_judge(struct layer_filter *filter, const struct packet *packet,
                                          struct layer_limit wanted,
                                          const struct layer_structures *structures)
{
    const struct packet_frame *frame = &packet->frame;
    if (packet->keyframe && frame->layering != filter->layering) {
        const uint16_t shift = filter->shift;
        layer_filter_begin(filter, packet);
        filter->shift = shift;
    }
    if (frame->layering == PACKET_UNKNOWN && filter->layering == PACKET_DD)
        return (struct layer_judgement){.verdict = LAYER_WAIT};
    /* The stream says less, or otherwise, than at its key frame: it goes through as it is. */
    if (frame->layering != filter->layering)
        return (struct layer_judgement){
            .verdict = LAYER_SEND, .marker = packet->marker, .shift = filter->shift};
    switch (frame->layering) {
    case PACKET_VP8:
        return layer_vp8_judge(filter, packet, wanted);
    case PACKET_VP9:
        return layer_vp9_judge(filter, packet, wanted);
    case PACKET_DD:
        return layer_dd_judge(filter, packet, wanted, structures);
    default:
        return (struct layer_judgement){
            .verdict = LAYER_SEND, .marker = packet->marker, .shift = filter->shift};
    }
}

int layer_filter_spatial(const struct layer_filter *filter,
                         const struct layer_structures *structures)
{
    if (filter->layering == PACKET_VP9)
        return filter->limit.spatial;
    if (filter->layering != PACKET_DD)
        return 0;
    const struct dd_structure *structure = layer_structures_find(structures, filter->structure);
    return structure && filter->target < structure->decode_target_count
               ? structure->target_spatial_id[filter->target]
               : 0;
}

bool layer_filter_is_cut(const struct layer_filter *filter)
{
    return filter->layering == PACKET_DD && filter->cut;
}

bool layer_filter_needs_key(const struct layer_filter *filter, struct layer_limit wanted,
                            const struct layer_structures *structures)
{
    switch (filter->layering) {
    case PACKET_VP9:
        return wanted.spatial > filter->limit.spatial ||
               (wanted.spatial < filter->limit.spatial && filter->thinned);
    case PACKET_DD:
        return layer_dd_needs_key(filter, wanted, structures);
    default:
        return false;
    }
}
