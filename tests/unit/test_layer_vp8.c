/* Temporal layers of VP8, judged by what a decoder makes of them. */
#include "test.h"

#include "support/layer_model.h"

/* libvpx's pattern of three layers: which frame refers to which, and where Y is set. */
struct pattern {
    uint8_t temporal;
    bool sync;
    uint8_t refs; /* bit per temporal layer: to its last frame */
};
static const struct pattern patterns[8] = {
    {0, false, 1}, {2, true, 1},  {1, true, 1},  {2, false, 7},
    {0, false, 1}, {2, false, 7}, {1, false, 3}, {2, false, 7},
};

struct source {
    struct model model;
    uint32_t count;
    uint32_t last[3]; /* frame of each layer */
    uint8_t tl0;
};

static void start(struct source *source, uint64_t seed)
{
    *source = (struct source){0};
    model_init(&source->model, seed);
    source->model.compact = true;
}

static struct model_frame next_frame(struct source *source, bool key)
{
    if (key)
        source->count = (source->count + 7u) / 8u * 8u;
    const struct pattern *pattern = &patterns[source->count % 8];
    const uint32_t index = source->model.frame_count;
    const uint16_t id = (uint16_t)(32000 + index) & 0x7fffu;
    if (pattern->temporal == 0)
        source->tl0++;
    struct model_frame frame = {.picture = index, .last = true};
    frame.packet.keyframe = key;
    frame.packet.picture = (struct packet_picture){
        .descriptor_len = 6, .id = id, .id_bits = 15, .tl0 = source->tl0, .tl0_at = 4};
    frame.packet.frame = (struct packet_frame){
        .layering = PACKET_VP8, .temporal = pattern->temporal, .sync = pattern->sync, .number = id};
    for (unsigned i = 0; i < MODEL_REFS; i++)
        frame.refs[i] =
            !key && i < 3 && (pattern->refs & 1u << i) != 0 ? source->last[i] : MODEL_NO_REF;
    for (unsigned i = 0; i < 3; i++)
        if (key || i == pattern->temporal)
            source->last[i] = index;
    source->count++;
    return frame;
}

static void send(struct source *source, bool key)
{
    const struct model_frame frame = next_frame(source, key);
    model_send(&source->model, &frame);
}

static void two_thousand_switches_leave_nothing_undecodable(void **state)
{
    struct source source;
    unsigned switches = 0;

    (void)state;
    start(&source, 1);
    source.model.wanted.temporal = 2;
    for (unsigned i = 0; i < 30000; i++) {
        if (rng_u32(&source.model.rng) % 10 == 0) {
            const uint8_t wanted = (uint8_t)(rng_u32(&source.model.rng) % 3);
            switches += wanted != source.model.wanted.temporal;
            source.model.wanted.temporal = wanted;
        }
        send(&source, i == 0 || rng_u32(&source.model.rng) % 300 == 0);
    }
    assert_true(switches > 1500);
    assert_in_range(source.model.sent_frames, 10000, 20000);
    model_fini(&source.model);
}

static void one_goes_up_at_sync_frames_and_down_at_once(void **state)
{
    struct source source;

    (void)state;
    start(&source, 2);
    send(&source, true);
    for (unsigned i = 1; i < 8; i++)
        send(&source, false);
    assert_int_equal(source.model.sent_frames, 2); /* layer 0 only */
    source.model.wanted.temporal = 2;
    for (unsigned i = 0; i < 16; i++)
        send(&source, false);
    /* Of the first period: T0, T1 (Y), T0, T1; T2 only from the next one's Y on. */
    assert_int_equal(source.model.sent_frames, 2 + 4 + 8);
    source.model.wanted.temporal = 0;
    for (unsigned i = 0; i < 8; i++)
        send(&source, false);
    assert_int_equal(source.model.sent_frames, 2 + 4 + 8 + 2);
    /* A key frame opens all layers. */
    source.model.wanted.temporal = 2;
    send(&source, true);
    for (unsigned i = 1; i < 8; i++)
        send(&source, false);
    assert_int_equal(source.model.sent_frames, 2 + 4 + 8 + 2 + 8);
    model_fini(&source.model);
}

static void late_packets_find_their_place(void **state)
{
    struct source source;
    struct layer_limit wanted = {.temporal = 2};

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        start(&source, seed);
        struct model_late *late = model_late_new(&source.model);
        for (unsigned i = 0; i < 4000; i++) {
            if (rng_u32(&source.model.rng) % 30 == 0)
                wanted.temporal = (uint8_t)(rng_u32(&source.model.rng) % 3);
            const struct model_frame frame = next_frame(&source, i == 0);
            model_late_add(late, &frame, wanted);
        }
        model_late_finish(late);
        assert_in_range(source.model.sent_frames, 1000, 4000);
        model_fini(&source.model);
    }
}

/* Nothing but layer 0 is wanted, and a frame of another one gets lost: nobody need know. */
static void a_lost_frame_of_a_dropped_layer_leaves_no_hole(void **state)
{
    struct source source;

    (void)state;
    start(&source, 3);
    send(&source, true);
    for (unsigned i = 1; i < 100; i++) {
        const struct model_frame frame = next_frame(&source, false);
        if (frame.packet.frame.temporal > 0 && rng_u32(&source.model.rng) % 3 == 0) {
            source.model.seq += 2;
            source.model.frame_count++;
            continue;
        }
        model_send(&source.model, &frame); /* asserts that numbers and ids go on */
    }
    assert_int_equal(source.model.sent_frames, 25);
    model_fini(&source.model);
}

/* A repair that comes when all that is remembered is newer: it must not count as left out, which
 * would be to say that nothing is missing. */
static void what_nobody_remembers_is_as_if_it_had_not_come(void **state)
{
    const struct layer_limit wanted = {.temporal = 2};
    struct layer_filter filter;
    struct source source;

    (void)state;
    start(&source, 4);
    struct model_frame frame = next_frame(&source, true);
    const uint16_t first = frame.packet.frame.number, newest = (uint16_t)(first + 100u);
    layer_filter_begin(&filter, &frame.packet);
    assert_int_equal(layer_vp8_judge(&filter, &frame.packet, wanted).verdict, LAYER_SEND);
    frame.packet.keyframe = false;
    frame.packet.frame.number = newest;
    assert_int_equal(layer_vp8_judge(&filter, &frame.packet, wanted).verdict, LAYER_SEND);
    frame.packet.frame.number = (uint16_t)(newest - LAYER_FILTER_FRAMES + 1u);
    assert_int_equal(layer_vp8_judge(&filter, &frame.packet, wanted).verdict, LAYER_SEND);
    frame.packet.frame.number--;
    assert_int_equal(layer_vp8_judge(&filter, &frame.packet, wanted).verdict, LAYER_GONE);
    model_fini(&source.model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_thousand_switches_leave_nothing_undecodable),
        cmocka_unit_test(one_goes_up_at_sync_frames_and_down_at_once),
        cmocka_unit_test(late_packets_find_their_place),
        cmocka_unit_test(a_lost_frame_of_a_dropped_layer_leaves_no_hole),
        cmocka_unit_test(what_nobody_remembers_is_as_if_it_had_not_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
