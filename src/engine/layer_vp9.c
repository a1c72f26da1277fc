/* Spatial and temporal layers of VP9 by its payload descriptor (RFC 9628 4.2).
 *
 *   picture      1 (key)  2        3             Each picture has a frame per spatial layer (SID).
 *   SID 2        ┌ x      x        x             Up: only at a key frame. Down: at any picture, if
 *   SID 1        ├ x      x  Z     x  Z          the lower layers went through all the time; with
 *   SID 0        └ x      x  Z     x  Z          L3T3_KEY they do not (Z: no higher layer needs
 *                                                the frame), and it takes a key frame as well.
 * Picture ids keep their holes: they count in the structure of references (P_DIFF, or the group of
 * frames), from which receivers see what a frame needs. */
#include "engine/layer_filter.h"

#define PICTURE_MASK 0x7fffu

/* U: "any subsequent picture with temporal-layer index values higher than [TID] will not depend on
 * any picture before the current picture [...] with temporal-layer index values higher than". */
static void follow(struct layer_filter *filter, const struct packet *packet,
                   struct layer_limit wanted)
{
    const struct packet_frame *frame = &packet->frame;
    struct layer_limit *limit = &filter->limit;
    if (packet->keyframe) {
        *limit = wanted;
        filter->key = packet->frame.number;
        filter->thinned = false;
        return;
    }
    if (wanted.spatial < limit->spatial && !filter->thinned)
        limit->spatial = wanted.spatial;
    if (wanted.temporal < limit->temporal || (frame->sync && frame->temporal <= limit->temporal))
        limit->temporal = wanted.temporal;
}

/* It is late, and since then the viewer went down without a key frame: what it gets now refers to
 * this. */
static bool is_needed(const struct layer_filter *filter, const struct packet_frame *frame,
                      const struct layer_filter_frame *picture)
{
    const uint16_t after_key = (uint16_t)(frame->number - filter->key) & PICTURE_MASK;
    return filter->limit.spatial < picture->limit.spatial &&
           frame->spatial <= filter->limit.spatial && after_key <= PICTURE_MASK / 2u;
}

static bool is_wanted(const struct packet_frame *frame, struct layer_limit limit)
{
    return frame->temporal <= limit.temporal && frame->spatial <= limit.spatial;
}

struct layer_judgement layer_vp9_judge(struct layer_filter *filter, const struct packet *packet,
                                       struct layer_limit wanted)
{
    const struct packet_frame *frame = &packet->frame;
    struct layer_filter_frame *picture;
    if (!filter->started)
        filter->limit = wanted;
    if (layer_filter_is_newer(filter, frame->number, PICTURE_MASK)) {
        picture = layer_filter_add(filter, frame->number, PICTURE_MASK);
        follow(filter, packet, wanted);
        picture->limit = filter->limit;
        picture->key = packet->keyframe;
    } else {
        picture = layer_filter_find(filter, frame->number);
    }
    if (!picture)
        return (struct layer_judgement){.verdict = LAYER_GONE};
    if (!is_wanted(frame, picture->limit))
        return (struct layer_judgement){.verdict = LAYER_DROP};
    const bool top = frame->spatial == picture->limit.spatial;
    /* In a key picture everything goes: the layer above may not come at all. */
    if (frame->alone && !top && !picture->key && !is_needed(filter, frame, picture)) {
        filter->thinned = true;
        return (struct layer_judgement){.verdict = LAYER_DROP};
    }
    return (struct layer_judgement){
        .verdict = LAYER_SEND,
        .marker = packet->marker || (frame->ends && top),
    };
}
