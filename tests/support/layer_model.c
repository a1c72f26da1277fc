#include "support/layer_model.h"

#include <stdlib.h>
#include <string.h>

#include "unit/test.h"

#define PIECES_MAX 3u

void model_init(struct model *model, uint64_t seed)
{
    memset(model, 0, sizeof *model);
    rng_init(&model->rng, seed, 0);
    model->outcomes = calloc(MODEL_FRAMES, sizeof model->outcomes[0]);
    assert_non_null(model->outcomes);
    model->seq = 70000;
    model->next_sequence = 65000;
}

void model_fini(struct model *model)
{
    layer_structures_fini(&model->structures);
    free(model->outcomes);
}

static bool is_decoded(const struct model *model, uint32_t frame)
{
    const struct model_outcome *outcome = &model->outcomes[frame];
    return outcome->sent > 0 && outcome->sent == outcome->pieces;
}

static void assert_decodable(const struct model *model, uint32_t frame)
{
    const struct model_outcome *outcome = &model->outcomes[frame];
    if (outcome->sent == 0)
        return;
    assert_int_equal(outcome->sent, outcome->pieces);
    for (unsigned i = 0; i < MODEL_REFS; i++)
        if (outcome->refs[i] != MODEL_NO_REF)
            assert_true(is_decoded(model, outcome->refs[i]));
}

static struct packet piece_of(const struct model_frame *frame, uint32_t seq, unsigned piece,
                              unsigned pieces)
{
    struct packet packet = frame->packet;
    packet.seq = seq;
    packet.timestamp = frame->picture * 3000u;
    packet.arrival_us = (frame->picture + 1u) * UINT64_C(33000);
    packet.frame.begins = piece == 0;
    packet.frame.ends = piece + 1 == pieces;
    packet.keyframe = frame->packet.keyframe && piece == 0;
    packet.marker = packet.frame.ends && frame->last;
    return packet;
}

static void check_picture_id(struct model *model, const struct packet *packet, uint16_t shift)
{
    const uint16_t id = (uint16_t)(packet->picture.id - shift) & 0x7fffu;
    if (model->any && model->compact && id != model->picture_id)
        assert_int_equal((id - model->picture_id) & 0x7fff, 1);
    model->picture_id = id;
}

static void check_sent(struct model *model, const struct model_frame *frame,
                       const struct packet *packet, const struct layer_judgement *judgement)
{
    if (model->any && frame->picture != model->picture)
        assert_true(model->marked);
    if (model->any && frame->picture == model->picture)
        assert_false(model->marked);
    check_picture_id(model, packet, judgement->shift);
    model->any = true;
    model->picture = frame->picture;
    model->marked = judgement->marker;
}

void model_send(struct model *model, const struct model_frame *frame)
{
    const unsigned pieces = 1 + rng_u32(&model->rng) % PIECES_MAX;
    struct model_outcome *outcome = &model->outcomes[model->frame_count];
    assert_true(model->frame_count < MODEL_FRAMES);
    memcpy(outcome->refs, frame->refs, sizeof outcome->refs);
    outcome->pieces = (uint8_t)pieces;
    for (unsigned i = 0; i < pieces; i++) {
        const struct packet packet = piece_of(frame, model->seq++, i, pieces);
        if (!model->filter.started && i == 0) {
            layer_filter_begin(&model->filter, &packet);
            seat_numbers_begin(&model->numbers, packet.seq);
        }
        const struct layer_judgement judgement =
            layer_filter_judge(&model->filter, &packet, model->wanted, &model->structures);
        const uint16_t expected = model->next_sequence;
        uint16_t sequence = 0;
        if (!seat_numbers_next(&model->numbers, &packet, &judgement, &model->next_sequence,
                               &sequence))
            continue;
        assert_int_equal(sequence, expected);
        check_sent(model, frame, &packet, &judgement);
        outcome->sent++;
    }
    assert_decodable(model, model->frame_count);
    model->sent_frames += outcome->sent > 0;
    model->frame_count++;
}

bool model_was_sent(const struct model *model, uint32_t frame)
{
    return model->outcomes[frame].sent > 0;
}

/* ---- SVC ------------------------------------------------------------------------------------ */

static const uint8_t svc_temporal[4] = {0, 2, 1, 2};
static const uint8_t svc_reference[4] = {0, 0, 0, 1}; /* temporal layer of what it refers to */

/* ScalabilityStructureFullSvc and …KeySvc of libwebrtc: what a frame is to a target. */
static unsigned dti_of(const struct model_svc *svc, unsigned s, unsigned t, unsigned spatial,
                       unsigned temporal, bool key)
{
    if (key)
        return spatial < s ? DD_NOT_PRESENT : DD_SWITCH;
    if (spatial < s || temporal < t || (svc->key_mode && spatial != s))
        return DD_NOT_PRESENT;
    if (spatial > s)
        return DD_REQUIRED;
    return temporal == t && t > 0 ? DD_DISCARDABLE : DD_SWITCH;
}

static uint32_t dtis_of(const struct model_svc *svc, unsigned s, unsigned t, bool key)
{
    uint32_t dtis = 0;
    for (unsigned target = 0; target < svc->spatial_count * 3u; target++)
        dtis |= (uint32_t)dti_of(svc, s, t, target / 3, target % 3, key) << (2 * target);
    return dtis;
}

static void fill_structure(const struct model_svc *svc, struct dd_structure *structure)
{
    structure->decode_target_count = (uint8_t)(svc->spatial_count * 3u);
    structure->template_count = svc->spatial_count;
    structure->spatial_count = svc->spatial_count;
    structure->chain_count = svc->spatial_count;
    for (unsigned target = 0; target < structure->decode_target_count; target++) {
        structure->target_spatial_id[target] = (uint8_t)(target / 3);
        structure->target_temporal_id[target] = (uint8_t)(target % 3);
        structure->protected_by[target] = (uint8_t)(target / 3);
    }
    for (uint8_t s = 0; s < svc->spatial_count; s++) {
        struct dd_template *template = &structure->templates[s];
        *template = (struct dd_template){.spatial_id = s, .fdiff_count = 1};
        for (unsigned target = 0; target < structure->decode_target_count; target++)
            template->dtis[target] = (uint8_t)dti_of(svc, s, 0, target / 3, target % 3, false);
    }
}

void model_svc_start(struct model_svc *svc, struct model *model)
{
    svc->model = model;
    struct layer_structures *structures = &model->structures;
    structures->at = calloc(LAYER_STRUCTURES, sizeof structures->at[0]);
    assert_non_null(structures->at);
    svc->structure = 1;
    structures->newest = 1;
    structures->active[1] = 0xffff;
    fill_structure(svc, &structures->at[1]);
}

static void add_reference(struct model_frame *frame, uint32_t index, uint32_t reference)
{
    struct packet_frame *packet = &frame->packet.frame;
    for (unsigned i = 0; i < MODEL_REFS; i++) {
        if (frame->refs[i] != MODEL_NO_REF)
            continue;
        frame->refs[i] = reference;
        packet->fdiffs[packet->fdiff_count++] = (uint8_t)(index - reference);
        return;
    }
}

/* Chain c: the base frames that layer c lives on (PartOfChain of libwebrtc's structures). */
static void add_to_chains(struct model_svc *svc, struct packet_frame *frame, uint32_t index,
                          bool key)
{
    for (unsigned c = 0; c < svc->spatial_count && c < MODEL_SPATIAL; c++) {
        const bool below = frame->spatial < c && (key || !svc->key_mode);
        frame->chain_fdiffs[c] = key && frame->spatial == 0 ? 0 : (uint8_t)(index - svc->chains[c]);
        if (frame->temporal == 0 && (frame->spatial == c || below))
            svc->chains[c] = index;
    }
}

static struct model_frame svc_frame(struct model_svc *svc, uint8_t s, bool key, uint32_t index)
{
    const unsigned phase = svc->count % 4;
    const uint8_t t = svc_temporal[phase];
    struct model_frame frame = {.picture = svc->pictures,
                                .last = s + 1u == svc->spatial_count,
                                .refs = {MODEL_NO_REF, MODEL_NO_REF, MODEL_NO_REF, MODEL_NO_REF}};
    const bool vp9 = svc->layering == PACKET_VP9;
    const uint16_t id = (uint16_t)(vp9 ? (32000 + svc->pictures) & 0x7fff : 65000 + index);
    frame.packet.keyframe = key && s == 0;
    frame.packet.picture = (struct packet_picture){.id = id, .id_bits = vp9 ? 15 : 0};
    frame.packet.frame = (struct packet_frame){
        .layering = svc->layering,
        .spatial = s,
        .temporal = t,
        .sync = phase != 3,
        .alone = frame.last || (svc->key_mode && !key),
        .number = id,
        .structure = svc->structure,
        .active = 0xffff,
        .dtis = dtis_of(svc, s, t, key),
    };
    if (!key)
        add_reference(&frame, index, svc->last[s][svc_reference[phase]]);
    if (s > 0 && (key || !svc->key_mode))
        add_reference(&frame, index, index - 1);
    for (unsigned i = 0; i < 3; i++)
        if (key || i == t)
            svc->last[s][i] = index;
    add_to_chains(svc, &frame.packet.frame, index, key);
    return frame;
}

void model_svc_picture(struct model_svc *svc, bool key, struct model_frame out[MODEL_SPATIAL])
{
    const uint32_t index = svc->pictures * svc->spatial_count;
    if (key)
        svc->count = (svc->count + 3u) / 4u * 4u;
    for (uint8_t s = 0; s < svc->spatial_count; s++)
        out[s] = svc_frame(svc, s, key, index + s);
    svc->count++;
    svc->pictures++;
}

/* ---- out of order --------------------------------------------------------------------------- */

struct delivery {
    uint32_t at; /* place in the order of arrival */
    uint32_t frame;
    struct layer_limit wanted;
    struct packet packet;
};

struct model_late {
    struct model *model;
    struct delivery *list;
    size_t count;
    uint8_t *used; /* by our sequence number */
};

struct model_late *model_late_new(struct model *model)
{
    struct model_late *late = calloc(1, sizeof *late);
    assert_non_null(late);
    late->model = model;
    late->list = calloc((size_t)MODEL_FRAMES * PIECES_MAX, sizeof late->list[0]);
    late->used = calloc(65536, 1);
    assert_true(late->list && late->used);
    return late;
}

void model_late_add(struct model_late *late, const struct model_frame *frame,
                    struct layer_limit wanted)
{
    struct model *model = late->model;
    const unsigned pieces = 1 + rng_u32(&model->rng) % PIECES_MAX;
    struct model_outcome *outcome = &model->outcomes[model->frame_count];
    memcpy(outcome->refs, frame->refs, sizeof outcome->refs);
    outcome->pieces = (uint8_t)pieces;
    for (unsigned i = 0; i < pieces; i++) {
        /* The first packet starts the stream. */
        const bool slow = late->count > 0 && rng_u32(&model->rng) % 30 == 0;
        const uint32_t delay = slow ? 1 + rng_u32(&model->rng) % 20 : 0;
        late->list[late->count] = (struct delivery){
            .at = (uint32_t)late->count * 2 + delay * 2 + slow,
            .frame = model->frame_count,
            .packet = piece_of(frame, model->seq++, i, pieces),
            .wanted = wanted,
        };
        late->count++;
    }
    model->frame_count++;
}

static int compare(const void *a, const void *b)
{
    const uint32_t left = ((const struct delivery *)a)->at;
    const uint32_t right = ((const struct delivery *)b)->at;
    return (left > right) - (left < right);
}

static void use(struct model_late *late, uint16_t sequence)
{
    assert_int_equal(late->used[sequence], 0);
    late->used[sequence] = 1;
}

static void deliver(struct model_late *late, const struct delivery *delivery)
{
    struct model *model = late->model;
    const struct layer_judgement judgement =
        layer_filter_judge(&model->filter, &delivery->packet, delivery->wanted, &model->structures);
    uint16_t sequence = 0;
    if (seat_numbers_is_newer(&model->numbers, &delivery->packet)) {
        if (!seat_numbers_next(&model->numbers, &delivery->packet, &judgement,
                               &model->next_sequence, &sequence))
            return;
    } else if (!seat_numbers_late(&model->numbers, delivery->packet.seq, &sequence)) {
        assert_int_equal(judgement.verdict, LAYER_DROP);
        return;
    }
    use(late, sequence);
    if (judgement.verdict == LAYER_SEND)
        model->outcomes[delivery->frame].sent++;
}

void model_late_finish(struct model_late *late)
{
    struct model *model = late->model;
    const uint16_t first = model->next_sequence;
    qsort(late->list, late->count, sizeof late->list[0], compare);
    layer_filter_begin(&model->filter, &late->list[0].packet);
    seat_numbers_begin(&model->numbers, late->list[0].packet.seq);
    for (size_t i = 0; i < late->count; i++)
        deliver(late, &late->list[i]);
    for (uint16_t sequence = first; sequence != model->next_sequence; sequence++)
        assert_int_equal(late->used[sequence], 1);
    for (uint32_t i = 0; i < model->frame_count; i++) {
        assert_decodable(model, i);
        model->sent_frames += model->outcomes[i].sent > 0;
    }
    free(late->list);
    free(late->used);
    free(late);
}
