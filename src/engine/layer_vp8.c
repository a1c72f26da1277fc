/* Temporal layers of VP8 (RFC 7741 4.2).
 *
 *   TID   0   2   1   2   0   2   1   2      A frame refers to frames of its own and of lower
 *   Y         y   y           .   .   .      layers; where Y is set, to the last one of layer 0
 *                                            only: there one may begin with that layer.
 *   kept  0       1       0       1          Viewer of two layers: what is left out leaves no
 *   id    7       8       9       10         hole in the picture ids.
 *
 * TL0PICIDX counts the frames of layer 0, and those are never left out. */
#include "engine/layer_filter.h"

#define PICTURE_MASK 0x7fffu

/* Up one layer at a time: Y of layer 2 says nothing about layer 1, to which later frames of layer 2
 * will refer. A key frame resets all. */
static void follow(struct layer_filter *filter, const struct packet *packet,
                   struct layer_limit wanted)
{
    const struct packet_frame *frame = &packet->frame;
    uint8_t *temporal = &filter->limit.temporal;
    if (!filter->started || packet->keyframe || wanted.temporal < *temporal)
        *temporal = wanted.temporal;
    else if (wanted.temporal > *temporal && frame->sync && frame->temporal == *temporal + 1u)
        *temporal = frame->temporal;
}

/* Frames of layer 0 number themselves: if none is missing, a viewer of nothing else misses nothing.
 * For all others only the frame itself could tell. */
static bool gap_is_dropped(const struct layer_filter *filter, const struct packet *packet)
{
    if (!filter->started || filter->limit.temporal > 0)
        return false;
    const uint8_t expected = (uint8_t)(filter->tl0 + (packet->frame.temporal == 0 ? 1u : 0u));
    return packet->picture.tl0 == expected;
}

static void drop_gap(struct layer_filter *filter, uint16_t number)
{
    const uint16_t skipped = (uint16_t)(number - filter->newest - 1u) & PICTURE_MASK;
    for (uint16_t back = skipped < LAYER_FILTER_FRAMES ? skipped : LAYER_FILTER_FRAMES - 1u;
         back > 0; back--) {
        struct layer_filter_frame *frame =
            layer_filter_add(filter, (uint16_t)(number - back) & PICTURE_MASK, PICTURE_MASK);
        frame->judged = true;
    }
    filter->shift = (uint16_t)(filter->shift + skipped) & PICTURE_MASK;
    filter->newest = (uint16_t)(number - 1u) & PICTURE_MASK;
}

static struct layer_judgement judge_new(struct layer_filter *filter, const struct packet *packet,
                                        struct layer_limit wanted)
{
    const struct packet_frame *frame = &packet->frame;
    const bool gap_dropped = gap_is_dropped(filter, packet);
    if (gap_dropped)
        drop_gap(filter, frame->number);
    /* Before the limit changes: skipped frames are judged by the old one. */
    struct layer_filter_frame *added = layer_filter_add(filter, frame->number, PICTURE_MASK);
    follow(filter, packet, wanted);
    filter->tl0 = packet->picture.tl0;
    added->judged = true;
    added->sent = frame->temporal <= filter->limit.temporal;
    if (!added->sent)
        filter->shift = (uint16_t)(filter->shift + 1u) & PICTURE_MASK;
    return (struct layer_judgement){
        .verdict = added->sent ? LAYER_SEND : LAYER_DROP,
        .marker = packet->marker,
        .gap_dropped = gap_dropped,
        .shift = added->shift,
    };
}

struct layer_judgement layer_vp8_judge(struct layer_filter *filter, const struct packet *packet,
                                       struct layer_limit wanted)
{
    const struct packet_frame *frame = &packet->frame;
    if (!filter->started)
        filter->limit = wanted;
    if (layer_filter_is_newer(filter, frame->number, PICTURE_MASK))
        return judge_new(filter, packet, wanted);
    struct layer_filter_frame *known = layer_filter_find(filter, frame->number);
    if (!known)
        return (struct layer_judgement){.verdict = LAYER_GONE};
    if (!known->judged) {
        known->judged = true;
        known->sent = frame->temporal <= known->limit.temporal;
    }
    return (struct layer_judgement){
        .verdict = known->sent ? LAYER_SEND : LAYER_DROP,
        .marker = packet->marker,
        .shift = known->shift,
    };
}
