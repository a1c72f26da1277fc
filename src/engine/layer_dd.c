/* Decode targets by dependency descriptor (AV1 RTP specification, appendix A).
 *
 *   L3T3_KEY        key TU    delta, T0   T2       A viewer gets one decode target: the frames that
 *   S2  S2T2 target: S           S        D        are not NOT_PRESENT in it. To another one it
 *   S1               S           -        -        goes at a frame that is a SWITCH for that target
 *   S0               S           -        -        if all that this frame refers to was sent: then
 *                                                  "all subsequent frames associated with the
 * decode target will be decodable" (A.4). To fewer temporal layers it may go at any frame. Frame
 * numbers keep their holes: references count in them.
 *
 * A frame of the target's chain that never came ends it (layer_chain.h): the viewer gets the best
 * lower target whose chain is whole, if there is one, else nothing until a key frame. */
#include "engine/layer_filter.h"

#include <string.h>

#define FRAME_MASK 0xffffu
#define FAR_FDIFF  255u

static unsigned dti_of(const struct packet_frame *frame, unsigned target)
{
    return frame->dtis >> (2u * target) & 3u;
}

static bool fits(const struct dd_structure *structure, unsigned target, struct layer_limit wanted)
{
    return structure->target_spatial_id[target] <= wanted.spatial &&
           structure->target_temporal_id[target] <= wanted.temporal;
}

static unsigned rank(const struct dd_structure *structure, unsigned target)
{
    return structure->target_spatial_id[target] * DD_MAX_TEMPORAL +
           structure->target_temporal_id[target];
}

/* The best of what is wanted and active; if nothing of it is active, the least that is. */
static uint8_t choose(const struct dd_structure *structure, uint32_t active,
                      struct layer_limit wanted)
{
    int best = -1, least = -1;
    for (unsigned i = 0; i < structure->decode_target_count; i++) {
        if ((active & 1u << i) == 0)
            continue;
        if (least < 0 || rank(structure, i) < rank(structure, (unsigned)least))
            least = (int)i;
        if (fits(structure, i, wanted) &&
            (best < 0 || rank(structure, i) > rank(structure, (unsigned)best)))
            best = (int)i;
    }
    if (best < 0)
        best = least;
    return best < 0 ? 0 : (uint8_t)best;
}

static bool is_part(const struct dd_structure *structure, unsigned part, unsigned whole)
{
    return structure->target_spatial_id[part] == structure->target_spatial_id[whole] &&
           structure->target_temporal_id[part] <= structure->target_temporal_id[whole];
}

static bool references_sent(struct layer_filter *filter, const struct packet_frame *frame)
{
    for (size_t i = 0; i < frame->fdiff_count; i++) {
        const uint16_t number = (uint16_t)(frame->number - frame->fdiffs[i]);
        const struct layer_filter_frame *reference = layer_filter_find(filter, number);
        if (frame->fdiffs[i] == FAR_FDIFF || !reference || !reference->sent)
            return false;
    }
    return true;
}

static bool may_switch(struct layer_filter *filter, const struct packet_frame *frame,
                       const struct dd_structure *structure, unsigned target)
{
    if (is_part(structure, target, filter->target))
        return true;
    /* In the middle of a picture its lower half is out already, marked as the whole. */
    if (structure->target_spatial_id[target] > structure->target_spatial_id[filter->target] &&
        frame->spatial != 0)
        return false;
    return dti_of(frame, target) == DD_SWITCH && references_sent(filter, frame);
}

/* Whatever the new target's chain was before this frame, it is decodable from here on. */
static void go_to(struct layer_filter *filter, struct layer_filter_frame *known, uint8_t target,
                  const struct dd_structure *structure)
{
    const uint8_t chain = structure->protected_by[target];
    if (chain < PACKET_CHAINS && chain != structure->protected_by[filter->target]) {
        known->chain.fdiffs[chain] = 0;
        filter->broken &= (uint8_t) ~(1u << chain);
    }
    filter->target = target;
}

static void follow(struct layer_filter *filter, struct layer_filter_frame *known,
                   const struct packet_frame *frame, struct layer_limit wanted,
                   const struct dd_structure *structure)
{
    const uint8_t target = choose(structure, frame->active, wanted);
    const bool anew = frame->structure != filter->structure; /* they come with key frames */
    if (anew || may_switch(filter, frame, structure, target))
        go_to(filter, known, target, structure);
    filter->structure = frame->structure;
}

static bool is_unbroken(const struct layer_filter *filter, const struct dd_structure *structure,
                        unsigned target)
{
    const unsigned chain = structure->protected_by[target];
    return structure->chain_count == 0 || chain >= PACKET_CHAINS ||
           (filter->broken & 1u << chain) == 0;
}

/* The best target below the present one that is whole; -1: none. */
static int find_whole(const struct layer_filter *filter, const struct packet_frame *frame,
                      const struct dd_structure *structure)
{
    const struct layer_limit present = {structure->target_spatial_id[filter->target],
                                        structure->target_temporal_id[filter->target]};
    uint32_t whole = 0;
    for (unsigned i = 0; i < structure->decode_target_count; i++)
        if ((frame->active & 1u << i) != 0 && fits(structure, i, present) &&
            is_unbroken(filter, structure, i))
            whole |= 1u << i;
    return whole == 0 ? -1 : choose(structure, whole, present);
}

/* After it is known where the viewer stands: what there is of chains. */
static void follow_chains(struct layer_filter *filter, const struct packet_frame *frame,
                          const struct dd_structure *structure)
{
    const bool was_cut = filter->cut;
    filter->cut = false;
    if (!is_unbroken(filter, structure, filter->target)) {
        const int whole = find_whole(filter, frame, structure);
        filter->cut = whole < 0;
        if (whole >= 0 &&
            (dti_of(frame, (unsigned)whole) == DD_NOT_PRESENT || references_sent(filter, frame))) {
            filter->target = (uint8_t)whole;
            filter->mending = true;
        }
    }
    filter->mending = (filter->mending || was_cut) && !filter->cut;
    if (filter->mending && dti_of(frame, filter->target) == DD_SWITCH &&
        references_sent(filter, frame))
        filter->mending = false;
}

static bool is_decodable(struct layer_filter *filter, const struct packet_frame *frame,
                         const struct dd_structure *structure)
{
    if (!structure)
        return true;
    return is_unbroken(filter, structure, filter->target) &&
           (!filter->mending || references_sent(filter, frame));
}

static struct layer_filter_frame *take_new(struct layer_filter *filter,
                                           const struct packet_frame *frame,
                                           struct layer_limit wanted,
                                           const struct dd_structure *structure)
{
    struct layer_filter_frame *known = layer_filter_add(filter, frame->number, FRAME_MASK);
    memcpy(known->chain.fdiffs, frame->chain_fdiffs, sizeof known->chain.fdiffs);
    if (structure) {
        filter->broken = layer_chain_broken(filter, known, structure->chain_count);
        follow(filter, known, frame, wanted, structure);
        follow_chains(filter, frame, structure);
    }
    known->target = filter->target;
    known->judged = true;
    known->sent =
        dti_of(frame, known->target) != DD_NOT_PRESENT && is_decodable(filter, frame, structure);
    return known;
}

/* It was missed before. */
static struct layer_filter_frame *take_late(struct layer_filter *filter,
                                            const struct packet_frame *frame)
{
    struct layer_filter_frame *known = layer_filter_find(filter, frame->number);
    if (!known || known->judged)
        return known;
    memcpy(known->chain.fdiffs, frame->chain_fdiffs, sizeof known->chain.fdiffs);
    known->judged = true;
    known->sent = dti_of(frame, known->target) != DD_NOT_PRESENT;
    return known;
}

struct layer_judgement layer_dd_judge(struct layer_filter *filter, const struct packet *packet,
                                      struct layer_limit wanted,
                                      const struct layer_structures *structures)
{
    const struct packet_frame *frame = &packet->frame;
    const struct dd_structure *structure = layer_structures_find(structures, frame->structure);
    const bool was_cut = filter->cut;
    filter->now_ms = (uint16_t)(packet->arrival_us / 1000u);
    struct layer_filter_frame *known = layer_filter_is_newer(filter, frame->number, FRAME_MASK)
                                           ? take_new(filter, frame, wanted, structure)
                                           : take_late(filter, frame);
    if (!known)
        return (struct layer_judgement){.verdict = LAYER_GONE};
    layer_chain_note(known, packet);
    const bool top = structure && known->target < structure->decode_target_count &&
                     frame->spatial == structure->target_spatial_id[known->target];
    return (struct layer_judgement){
        .verdict = known->sent ? LAYER_SEND : LAYER_DROP,
        .marker = packet->marker || (frame->ends && top),
        .cut = filter->cut && !was_cut,
    };
}

/* Frames that lower targets live on between key frames are part of this target too. */
static bool goes_down_softly(const struct dd_structure *structure, unsigned from, unsigned to)
{
    for (unsigned i = 0; i < structure->template_count; i++) {
        const struct dd_template *template = &structure->templates[i];
        if (template->spatial_id == structure->target_spatial_id[to] &&
            template->temporal_id == 0 && template->fdiff_count > 0 &&
            template->dtis[from] != DD_NOT_PRESENT)
            return true;
    }
    return false;
}

bool layer_dd_needs_key(const struct layer_filter *filter, struct layer_limit wanted,
                        const struct layer_structures *structures)
{
    const struct dd_structure *structure = layer_structures_find(structures, filter->structure);
    if (!structure || structure->decode_target_count <= filter->target)
        return false;
    const uint32_t active = layer_structures_active(structures, filter->structure);
    const unsigned target = choose(structure, active, wanted);
    if (!is_unbroken(filter, structure, target))
        return true;
    const unsigned now = structure->target_spatial_id[filter->target];
    const unsigned then = structure->target_spatial_id[target];
    return then > now || (then < now && !goes_down_softly(structure, filter->target, target));
}
