/* Walks a chain back to what is known to be whole. */
#include "engine/layer_chain.h"

#include "engine/layer_filter.h"

enum link { WHOLE, MISSING, BROKEN };

void layer_chain_note(struct layer_filter_frame *frame, const struct packet *packet)
{
    struct layer_chain_frame *chain = &frame->chain;
    chain->came++;
    if (packet->frame.begins) {
        chain->begun = true;
        chain->first = (uint16_t)packet->seq;
    }
    if (packet->frame.ends) {
        chain->ended = true;
        chain->last = (uint16_t)packet->seq;
    }
}

static bool is_complete(const struct layer_chain_frame *chain)
{
    return chain->begun && chain->ended &&
           chain->came == (uint16_t)(chain->last - chain->first + 1u);
}

static enum link look_at(const struct layer_filter *filter, const struct layer_filter_frame *frame)
{
    if (frame->judged && !frame->sent)
        return BROKEN;
    if (frame->judged && is_complete(&frame->chain))
        return WHOLE;
    const uint16_t waited_ms = (uint16_t)(filter->now_ms - frame->chain.since_ms);
    return waited_ms > LAYER_CHAIN_PATIENCE_MS ? BROKEN : MISSING;
}

/* Frames that are remembered no more were judged when they were. */
static struct layer_filter_frame *before(struct layer_filter *filter,
                                         const struct layer_filter_frame *frame, unsigned chain)
{
    const uint8_t fdiff = frame->chain.fdiffs[chain];
    return fdiff == 0 ? NULL : layer_filter_find(filter, (uint16_t)(frame->number - fdiff));
}

static bool is_broken(struct layer_filter *filter, const struct layer_filter_frame *frame,
                      unsigned chain)
{
    const uint8_t bit = (uint8_t)(1u << chain);
    struct layer_filter_frame *newest = before(filter, frame, chain);
    struct layer_filter_frame *walk = newest;
    while (walk && (walk->chain.intact & bit) == 0) {
        const enum link link = look_at(filter, walk);
        if (link != WHOLE)
            return link == BROKEN;
        walk = before(filter, walk, chain);
    }
    if (newest)
        newest->chain.intact |= bit;
    return false;
}

uint8_t layer_chain_broken(struct layer_filter *filter, const struct layer_filter_frame *frame,
                           unsigned count)
{
    uint8_t broken = 0;
    for (unsigned chain = 0; chain < count && chain < PACKET_CHAINS; chain++)
        if (is_broken(filter, frame, chain))
            broken |= (uint8_t)(1u << chain);
    return broken;
}
