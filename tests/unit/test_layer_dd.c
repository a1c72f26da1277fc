/* Decode targets by dependency descriptor, judged by what a decoder makes of them. */
#include "test.h"

#include "support/layer_model.h"

#define LAYERING PACKET_DD

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

/* The publisher says that the top layer is off: what is left of the wanted targets is sent. */
static void a_target_that_is_not_active_is_not_chosen(void **state)
{
    struct model_frame frames[MODEL_SPATIAL];

    (void)state;
    start(1, 3, true);
    model.wanted = (struct layer_limit){2, 2};
    assert_int_equal(send(true), 3);
    model.structures.active[1] = 0x3f;
    assert_true(layer_filter_needs_key(&model.filter, model.wanted, &model.structures));
    model_svc_picture(&svc, true, frames);
    for (unsigned s = 0; s < 2; s++) {
        frames[s].packet.frame.active = 0x3f;
        frames[s].last = s == 1;
        model_send(&model, &frames[s]);
    }
    assert_int_equal(model.sent_frames, 3 + 2);
    assert_false(layer_filter_needs_key(&model.filter, model.wanted, &model.structures));
    model_fini(&model);
}

static void without_its_structure_a_frame_waits(void **state)
{
    struct model_frame frames[MODEL_SPATIAL];

    (void)state;
    start(1, 1, false);
    assert_int_equal(send(true), 1);
    model_svc_picture(&svc, false, frames);
    frames[0].packet.frame.layering = PACKET_UNKNOWN;
    const struct layer_judgement judgement =
        layer_filter_judge(&model.filter, &frames[0].packet, model.wanted, &model.structures);
    assert_int_equal(judgement.verdict, LAYER_WAIT);
    model_fini(&model);
}

/* ---- chains ---------------------------------------------------------------------------------- */

static struct packet packet_of(const struct model_frame *frame)
{
    struct packet packet = frame->packet;
    packet.seq = model.seq++;
    packet.arrival_us = (frame->picture + 1u) * UINT64_C(33000);
    packet.frame.begins = packet.frame.ends = true;
    packet.marker = frame->last;
    return packet;
}

static bool come(const struct packet *packet)
{
    if (!model.filter.started)
        layer_filter_begin(&model.filter, packet);
    return layer_filter_judge(&model.filter, packet, model.wanted, &model.structures).verdict ==
           LAYER_SEND;
}

/* The next picture, without the frames of lost_mask. How many of its frames were sent; the first
 * lost one is kept. */
static struct packet lost_packet;
static bool left_out[MODEL_FRAMES]; /* frames that came and were not sent */

static void assert_hangs_on_nothing_left_out(const struct model_frame *frame)
{
    for (unsigned i = 0; i < MODEL_REFS; i++)
        if (frame->refs[i] != MODEL_NO_REF)
            assert_false(left_out[frame->refs[i]]);
}

static unsigned come_without(bool key, unsigned lost_mask)
{
    struct model_frame frames[MODEL_SPATIAL];
    unsigned sent = 0;
    model_svc_picture(&svc, key, frames);
    for (unsigned s = 0; s < svc.spatial_count; s++) {
        const struct packet packet = packet_of(&frames[s]);
        if ((lost_mask & 1u << s) != 0)
            lost_packet = packet;
        const uint32_t index = (svc.pictures - 1u) * svc.spatial_count + s;
        const bool came = (lost_mask & 1u << s) == 0;
        const bool went = came && come(&packet);
        left_out[index] = came && !went;
        if (went)
            assert_hangs_on_nothing_left_out(&frames[s]);
        sent += went;
    }
    return sent;
}

static bool needs_key(void)
{
    return layer_filter_needs_key(&model.filter, model.wanted, &model.structures);
}

#define PATIENCE_PICTURES 20u /* a bit more than LAYER_CHAIN_PATIENCE_MS of 33 ms each */

static void a_lost_base_frame_ends_what_cannot_be_decoded(void **state)
{
    (void)state;
    start(1, 1, false);
    model.wanted = (struct layer_limit){0, 2};
    assert_int_equal(come_without(true, 0), 1);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(come_without(false, 0), 1);
    (void)come_without(false, 1); /* a base frame */
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(come_without(false, 0), 1); /* it may be repaired */
        assert_false(needs_key());
    }
    for (unsigned i = 10; i < PATIENCE_PICTURES; i++)
        (void)come_without(false, 0);
    assert_true(needs_key());
    assert_true(layer_filter_is_cut(&model.filter));
    for (unsigned i = 0; i < 12; i++)
        assert_int_equal(come_without(false, 0), 0);
    assert_int_equal(come_without(true, 0), 1);
    assert_false(needs_key());
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(come_without(false, 0), 1);
    model_fini(&model);
}

static void a_lost_frame_outside_of_the_chain_is_nobodys_concern(void **state)
{
    (void)state;
    start(1, 1, false);
    model.wanted = (struct layer_limit){0, 2};
    assert_int_equal(come_without(true, 0), 1);
    (void)come_without(false, 1); /* of the highest temporal layer */
    for (unsigned i = 0; i < 200; i++) {
        assert_int_equal(come_without(false, 0), 1);
        assert_false(needs_key());
    }
    model_fini(&model);
}

static void a_repaired_chain_goes_on(void **state)
{
    (void)state;
    start(1, 1, false);
    model.wanted = (struct layer_limit){0, 2};
    assert_int_equal(come_without(true, 0), 1);
    for (unsigned i = 0; i < 3; i++)
        (void)come_without(false, 0);
    (void)come_without(false, 1);
    for (unsigned i = 0; i < 15; i++)
        (void)come_without(false, 0);
    lost_packet.arrival_us += 16 * UINT64_C(33000);
    assert_true(come(&lost_packet));
    for (unsigned i = 0; i < 200; i++) {
        assert_int_equal(come_without(false, 0), 1);
        assert_false(needs_key());
    }
    model_fini(&model);
}

/* Loses a base frame, and some after it; waits until nothing is sent any more; then it comes. How
 * many of the next 8 pictures are sent. */
static unsigned repair_too_late(unsigned lost_after)
{
    unsigned sent = 0;
    start(1, 1, false);
    model.wanted = (struct layer_limit){0, 2};
    assert_int_equal(come_without(true, 0), 1);
    for (unsigned i = 0; i < 3; i++)
        (void)come_without(false, 0);
    (void)come_without(false, 1);
    const struct packet late = lost_packet;
    for (unsigned i = 0; i < lost_after; i++)
        (void)come_without(false, 1);
    for (unsigned i = 0; i < 40 && !layer_filter_is_cut(&model.filter); i++)
        (void)come_without(false, 0);
    assert_true(layer_filter_is_cut(&model.filter));
    assert_true(come(&late));
    for (unsigned i = 0; i < 8; i++)
        sent += come_without(false, 0);
    return sent;
}

/* If no base frame was left out meanwhile, it goes on with what hangs on none that was. */
static void a_chain_that_is_repaired_too_late_may_mend(void **state)
{
    (void)state;
    assert_int_equal(repair_too_late(1), 8);
    assert_false(needs_key());
    model_fini(&model);
    assert_int_equal(repair_too_late(0), 0);
    assert_true(needs_key());
    model_fini(&model);
}

/* Where lower layers go along all the time there is something to fall back to. */
static void a_lost_upper_frame_takes_the_upper_layer_only(void **state)
{
    (void)state;
    start(1, 3, false);
    model.wanted = (struct layer_limit){2, 2};
    assert_int_equal(come_without(true, 0), 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(come_without(false, 0), 3);
    assert_int_equal(come_without(false, 4), 2); /* the top of a base picture */
    for (unsigned i = 0; i < PATIENCE_PICTURES; i++)
        (void)come_without(false, 0);
    assert_true(needs_key());
    assert_false(layer_filter_is_cut(&model.filter));
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(come_without(false, 0), 2);
    assert_int_equal(layer_filter_spatial(&model.filter, &model.structures), 1);
    assert_int_equal(come_without(true, 0), 3);
    assert_false(needs_key());
    assert_int_equal(come_without(false, 0), 3);
    model_fini(&model);
}

/* A frame of which a packet never came is as lost as a whole one. */
static void a_frame_with_a_hole_breaks_its_chain(void **state)
{
    struct model_frame frames[MODEL_SPATIAL];

    (void)state;
    start(1, 1, false);
    model.wanted = (struct layer_limit){0, 2};
    assert_int_equal(come_without(true, 0), 1);
    for (unsigned i = 0; i < 3; i++)
        (void)come_without(false, 0);
    model_svc_picture(&svc, false, frames);
    struct packet first = packet_of(&frames[0]);
    first.frame.ends = false;
    model.seq++; /* the one in the middle */
    struct packet third = packet_of(&frames[0]);
    third.frame.begins = false;
    assert_true(come(&first) && come(&third));
    for (unsigned i = 0; i < PATIENCE_PICTURES; i++)
        (void)come_without(false, 0);
    assert_true(layer_filter_is_cut(&model.filter));
    model_fini(&model);
}

/* No viewer is ever sent a frame that hangs on one that it was not sent, and that was known. */
static void random_losses_end_at_the_next_key_frame(void **state)
{
    unsigned sent = 0, cuts = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        start(seed, (uint8_t)(seed % 2 == 0 ? 3 : 1), seed % 3 == 0);
        model.wanted = (struct layer_limit){2, 2};
        bool key = true;
        for (unsigned i = 0; i < 3000; i++) {
            const unsigned lost = key || rng_u32(&model.rng) % 60 != 0
                                      ? 0
                                      : 1u << rng_u32(&model.rng) % svc.spatial_count;
            sent += come_without(key, lost);
            cuts += layer_filter_is_cut(&model.filter);
            key = needs_key() && rng_u32(&model.rng) % 10 == 0;
        }
        assert_int_equal(come_without(true, 0), svc.spatial_count);
        assert_false(needs_key());
        model_fini(&model);
    }
    assert_true(sent > 10000);
    assert_true(cuts > 100);
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
        cmocka_unit_test(a_target_that_is_not_active_is_not_chosen),
        cmocka_unit_test(without_its_structure_a_frame_waits),
        cmocka_unit_test(a_lost_base_frame_ends_what_cannot_be_decoded),
        cmocka_unit_test(a_lost_frame_outside_of_the_chain_is_nobodys_concern),
        cmocka_unit_test(a_repaired_chain_goes_on),
        cmocka_unit_test(a_chain_that_is_repaired_too_late_may_mend),
        cmocka_unit_test(a_lost_upper_frame_takes_the_upper_layer_only),
        cmocka_unit_test(a_frame_with_a_hole_breaks_its_chain),
        cmocka_unit_test(random_losses_end_at_the_next_key_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
