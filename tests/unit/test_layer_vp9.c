/* Spatial and temporal layers of VP9 by payload descriptor, judged by what a decoder makes of them.
 */
#include "test.h"

#include "support/layer_model.h"

#define LAYERING PACKET_VP9

static struct model model;
static struct model_svc svc;

static void start(uint64_t seed, uint8_t spatial_count, bool key_mode)
{
    model_init(&model, seed);
    svc = (struct model_svc){
        .layering = LAYERING, .spatial_count = spatial_count, .key_mode = key_mode};
    model_svc_start(&svc, &model);
}

/* How many of its frames were sent. */
static unsigned send(bool key)
{
    struct model_frame frames[MODEL_SPATIAL];
    const uint32_t before = model.sent_frames;
    model_svc_picture(&svc, key, frames);
    for (unsigned s = 0; s < svc.spatial_count; s++)
        model_send(&model, &frames[s]);
    return model.sent_frames - before;
}

static unsigned send_many(unsigned count)
{
    unsigned sent = 0;
    for (unsigned i = 0; i < count; i++)
        sent += send(false);
    return sent;
}

static void switch_at_random(uint8_t spatial_count, bool key_mode)
{
    unsigned switches = 0;
    start(7, spatial_count, key_mode);
    for (unsigned i = 0; i < 10000; i++) {
        if (rng_u32(&model.rng) % 5 == 0) {
            const struct layer_limit wanted = {(uint8_t)(rng_u32(&model.rng) % spatial_count),
                                               (uint8_t)(rng_u32(&model.rng) % 3)};
            switches +=
                wanted.spatial != model.wanted.spatial || wanted.temporal != model.wanted.temporal;
            model.wanted = wanted;
        }
        const bool needs = layer_filter_needs_key(&model.filter, model.wanted, &model.structures);
        send(i == 0 || (needs && rng_u32(&model.rng) % 5 == 0));
    }
    assert_true(switches > 1000);
    assert_true(model.sent_frames > 2500);
    model_fini(&model);
}

static void a_thousand_switches_l1t3(void **state)
{
    (void)state;
    switch_at_random(1, false);
}

static void a_thousand_switches_l3t3(void **state)
{
    (void)state;
    switch_at_random(3, false);
}

static void a_thousand_switches_l3t3_key(void **state)
{
    (void)state;
    switch_at_random(3, true);
}

static void late_packets_find_their_place(void **state)
{
    struct model_frame frames[MODEL_SPATIAL];
    struct layer_limit wanted = {2, 2};

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        start(seed, 3, seed % 2 == 0);
        struct model_late *late = model_late_new(&model);
        for (unsigned i = 0; i < 2000; i++) {
            const bool key = i % 100 == 0;
            if (rng_u32(&model.rng) % 30 == 0)
                wanted.temporal = (uint8_t)(rng_u32(&model.rng) % 3);
            model_svc_picture(&svc, key, frames);
            for (unsigned s = 0; s < svc.spatial_count; s++)
                model_late_add(late, &frames[s], wanted);
        }
        model_late_finish(late);
        assert_true(model.sent_frames > 500);
        model_fini(&model);
    }
}

static void l3t3_goes_down_softly_and_up_on_a_key_frame(void **state)
{
    (void)state;
    start(1, 3, false);
    model.wanted = (struct layer_limit){2, 2};
    assert_int_equal(send(true), 3);
    assert_int_equal(send_many(3), 9);
    model.wanted.spatial = 0;
    assert_false(layer_filter_needs_key(&model.filter, model.wanted, &model.structures));
    assert_int_equal(send_many(4), 4);
    model.wanted.spatial = 1;
    assert_true(layer_filter_needs_key(&model.filter, model.wanted, &model.structures));
    assert_int_equal(send_many(4), 4);
    assert_int_equal(send(true), 2);
    assert_false(layer_filter_needs_key(&model.filter, model.wanted, &model.structures));
    assert_int_equal(send_many(3), 6);
    model_fini(&model);
}

static void l3t3_key_needs_a_key_frame_both_ways(void **state)
{
    (void)state;
    start(1, 3, true);
    model.wanted = (struct layer_limit){2, 2};
    assert_int_equal(send(true), 3);
    assert_int_equal(send_many(3), 3); /* the top layer alone */
    model.wanted.spatial = 0;
    assert_true(layer_filter_needs_key(&model.filter, model.wanted, &model.structures));
    assert_int_equal(send_many(4), 4);
    assert_int_equal(send(true), 1);
    assert_false(layer_filter_needs_key(&model.filter, model.wanted, &model.structures));
    model_fini(&model);
}

static struct layer_judgement judge(struct layer_filter *filter, uint16_t picture, uint8_t spatial,
                                    uint8_t wanted)
{
    const bool key = picture % 10 == 1;
    const struct packet packet = {.keyframe = key && spatial == 0,
                                  .frame = {.layering = PACKET_VP9,
                                            .begins = true,
                                            .ends = true,
                                            .alone = !key,
                                            .spatial = spatial,
                                            .number = picture}};
    return layer_vp9_judge(filter, &packet, (struct layer_limit){.spatial = wanted});
}

/* The lower layer's frame of the second picture is late; nothing was left out when the viewer went
 * down, and nothing must be afterwards. */
static void late_frames_are_sent_to_who_went_down_meanwhile(void **state)
{
    struct layer_filter filter = {.layering = PACKET_VP9};

    (void)state;
    assert_int_equal(judge(&filter, 1, 0, 1).verdict, LAYER_SEND);
    assert_int_equal(judge(&filter, 1, 1, 1).verdict, LAYER_SEND);
    assert_int_equal(judge(&filter, 2, 1, 1).verdict, LAYER_SEND);
    assert_int_equal(judge(&filter, 3, 0, 0).verdict, LAYER_SEND);
    assert_int_equal(judge(&filter, 2, 0, 0).verdict, LAYER_SEND);
    assert_int_equal(judge(&filter, 4, 0, 0).verdict, LAYER_SEND);
    assert_int_equal(judge(&filter, 4, 1, 0).verdict, LAYER_DROP);
    /* At a key frame it is of no use. */
    assert_int_equal(judge(&filter, 11, 0, 1).verdict, LAYER_SEND);
    assert_int_equal(judge(&filter, 12, 1, 1).verdict, LAYER_SEND);
    assert_int_equal(judge(&filter, 21, 0, 0).verdict, LAYER_SEND);
    assert_int_equal(judge(&filter, 12, 0, 0).verdict, LAYER_DROP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_switches_l1t3),
        cmocka_unit_test(a_thousand_switches_l3t3),
        cmocka_unit_test(a_thousand_switches_l3t3_key),
        cmocka_unit_test(late_packets_find_their_place),
        cmocka_unit_test(l3t3_goes_down_softly_and_up_on_a_key_frame),
        cmocka_unit_test(l3t3_key_needs_a_key_frame_both_ways),
        cmocka_unit_test(late_frames_are_sent_to_who_went_down_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
