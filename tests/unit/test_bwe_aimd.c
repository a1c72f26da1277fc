#include "test.h"

#include "engine/bwe_aimd.h"

#define SECOND 1000000u

static struct bwe_aimd start(uint64_t rate_bps)
{
    struct bwe_aimd aimd;
    bwe_aimd_init(&aimd, SECOND, rate_bps, 50000, 10000000);
    return aimd;
}

/* What arrives is what a full link delivers. */
static void feed(struct bwe_aimd *aimd, uint64_t now_us, enum bwe_usage usage, uint64_t acked_bps,
                 uint64_t queue_us)
{
    const struct bwe_aimd_input input = {.now_us = now_us,
                                         .usage = usage,
                                         .acked_bps = acked_bps,
                                         .full_bps = queue_us > 0 ? acked_bps : 0,
                                         .rtt_us = 50000,
                                         .queue_us = queue_us};
    bwe_aimd_update(aimd, &input);
}

static void grows_by_eight_percent_a_second(void **state)
{
    struct bwe_aimd aimd = start(1000000);

    (void)state;
    for (uint64_t i = 0; i <= 10; i++)
        feed(&aimd, SECOND + i * 100000, BWE_NORMAL, aimd.rate_bps, 0);
    assert_in_range(aimd.rate_bps, 1070000, 1090000);
}

static void not_beyond_what_is_proven(void **state)
{
    struct bwe_aimd aimd = start(1000000);

    (void)state;
    for (uint64_t i = 0; i <= 1000; i++)
        feed(&aimd, SECOND + i * 100000, BWE_NORMAL, 1000000, 0);
    assert_in_range(aimd.rate_bps, 1050000, 1060000);
    /* Nor down to it. */
    feed(&aimd, SECOND * 200u, BWE_NORMAL, 300000, 0);
    assert_in_range(aimd.rate_bps, 1050000, 1060000);
}

static void falls_by_the_length_of_the_queue(void **state)
{
    static const struct {
        uint64_t queue_us, least_bps, most_bps;
    } cases[] = {{30000, 915000, 925000}, {100000, 845000, 855000}, {300000, 695000, 705000}};

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct bwe_aimd aimd = start(1500000);
        feed(&aimd, SECOND * 10u, BWE_OVERUSE, 1000000, cases[i].queue_us);
        assert_in_range(aimd.rate_bps, cases[i].least_bps, cases[i].most_bps);
        assert_int_equal(aimd.before_drop_bps, 1500000);
        assert_true(bwe_aimd_converged(&aimd));
    }
}

static void never_falls_by_growing(void **state)
{
    struct bwe_aimd aimd = start(500000);

    (void)state;
    feed(&aimd, SECOND * 10u, BWE_OVERUSE, 2000000, 30000);
    assert_int_equal(aimd.rate_bps, 500000);
}

static void waits_a_round_trip_between_falls(void **state)
{
    struct bwe_aimd aimd = start(1000000);

    (void)state;
    feed(&aimd, SECOND * 10u, BWE_OVERUSE, 900000, 30000);
    const uint64_t once_bps = aimd.rate_bps;
    feed(&aimd, SECOND * 10u + 20000, BWE_OVERUSE, 600000, 30000);
    assert_int_equal(aimd.rate_bps, once_bps);
    feed(&aimd, SECOND * 10u + 60000, BWE_OVERUSE, 600000, 30000);
    assert_true(aimd.rate_bps < once_bps);
}

static void small_steps_near_the_full_link(void **state)
{
    struct bwe_aimd aimd = start(1000000);

    (void)state;
    feed(&aimd, SECOND * 10u, BWE_OVERUSE, 1000000, 30000);
    const uint64_t fallen_bps = aimd.rate_bps;
    for (uint64_t i = 1; i <= 11; i++)
        feed(&aimd, SECOND * 10u + i * 100000, BWE_NORMAL, aimd.rate_bps, 0);
    /* A frame of 33 kbit in 4 packets each 300 ms: 28 kbit/s a second. */
    assert_in_range(aimd.rate_bps - fallen_bps, 20000, 35000);
    /* Far above it the link must have changed. */
    feed(&aimd, SECOND * 12u, BWE_NORMAL, 2000000, 0);
    assert_false(bwe_aimd_converged(&aimd));
}

static struct bwe_aimd_input narrowed(uint64_t now_us)
{
    return (struct bwe_aimd_input){.now_us = now_us,
                                   .usage = BWE_NORMAL,
                                   .acked_bps = 2000000, /* lags */
                                   .full_bps = 500000,
                                   .rtt_us = 50000,
                                   .queue_us = 50000,
                                   .waited_us = 80000};
}

static void a_link_that_became_narrow_needs_no_trend(void **state)
{
    struct bwe_aimd aimd = start(2000000);
    struct bwe_aimd_input input = narrowed(SECOND * 10u);

    (void)state;
    input.waited_us = 30000;
    bwe_aimd_update(&aimd, &input);
    assert_true(aimd.rate_bps >= 2000000);
    input.waited_us = 80000;
    bwe_aimd_update(&aimd, &input);
    assert_in_range(aimd.rate_bps, 450000, 470000);
    /* And again it is the same, however often it is said. */
    for (unsigned i = 1; i < 10; i++) {
        input.now_us += 100000;
        bwe_aimd_update(&aimd, &input);
    }
    assert_in_range(aimd.rate_bps, 450000, 500000);
}

static void knows_its_rate_without_the_queue(void **state)
{
    struct bwe_aimd aimd = start(2000000);
    struct bwe_aimd_input input = narrowed(SECOND * 10u);

    (void)state;
    assert_int_equal(bwe_aimd_settled_bps(&aimd, input.now_us), 2000000);
    input.queue_us = 200000;
    input.waited_us = 250000;
    bwe_aimd_update(&aimd, &input);
    assert_in_range(aimd.rate_bps, 345000, 355000);
    assert_in_range(bwe_aimd_settled_bps(&aimd, input.now_us), 420000, 430000);
    /* A queue that is still there after that is another's. */
    assert_int_equal(bwe_aimd_settled_bps(&aimd, input.now_us + 4u * SECOND), aimd.rate_bps);
}

static void a_queue_too_young_to_measure_is_waited_for(void **state)
{
    struct bwe_aimd aimd = start(1000000);
    struct bwe_aimd_input input = narrowed(SECOND * 10u);

    (void)state;
    input.usage = BWE_OVERUSE;
    input.full_bps = 0;
    bwe_aimd_update(&aimd, &input);
    assert_int_equal(aimd.rate_bps, 1000000);
    input.queue_us = 200000;
    bwe_aimd_update(&aimd, &input);
    assert_int_equal(aimd.rate_bps, 850000);
}

static void a_jump_is_believed_slowly(void **state)
{
    struct bwe_aimd aimd = start(2000000);
    struct bwe_aimd_input input = narrowed(SECOND * 10u);

    (void)state;
    input.jumped = true;
    bwe_aimd_update(&aimd, &input);
    assert_int_equal(aimd.rate_bps, 1700000);
    input.now_us += 200000;
    input.acked_bps = 800000;
    bwe_aimd_update(&aimd, &input);
    assert_int_equal(aimd.rate_bps, 680000);
}

static void who_catches_up_gets_everything_back(void **state)
{
    struct bwe_aimd aimd = start(2000000);
    struct bwe_aimd_input input = narrowed(SECOND * 10u);

    (void)state;
    bwe_aimd_update(&aimd, &input);
    assert_true(aimd.rate_bps < 500000);
    input.now_us += 300000;
    input.queue_us = 10000;
    input.waited_us = 10000;
    input.full_bps = 0;
    input.past_bps = 700000;
    bwe_aimd_update(&aimd, &input);
    assert_true(aimd.rate_bps < 700000);
    input.now_us += 100000;
    input.past_bps = 1600000; /* of the 2 Mbit/s that came before */
    bwe_aimd_update(&aimd, &input);
    assert_int_equal(aimd.rate_bps, 2000000);
}

static void beside_a_rival_only_loss_counts(void **state)
{
    struct bwe_aimd aimd = start(1000000);
    struct bwe_aimd_input input = narrowed(SECOND * 10u);

    (void)state;
    input.usage = BWE_OVERUSE;
    bwe_aimd_update(&aimd, &input);
    assert_true(aimd.rate_bps < 500000);
    bwe_aimd_resist(&aimd, input.now_us + SECOND);
    assert_int_equal(aimd.rate_bps, 500000);
    input.rival = true;
    input.usage = BWE_NORMAL;
    for (unsigned i = 0; i < 22; i++) {
        input.now_us += 100000;
        bwe_aimd_update(&aimd, &input);
    }
    assert_in_range(aimd.rate_bps, 750000, 850000);
    const uint64_t grown_bps = aimd.rate_bps;
    input.usage = BWE_OVERUSE; /* a loss */
    bwe_aimd_update(&aimd, &input);
    assert_in_range(aimd.rate_bps, grown_bps / 10 * 8 - 10, grown_bps / 10 * 8 + 10);
}

static void what_was_given_up_long_ago_is_not_taken_back(void **state)
{
    struct bwe_aimd aimd = start(1000000);
    struct bwe_aimd_input input = narrowed(SECOND * 10u);

    (void)state;
    input.usage = BWE_OVERUSE;
    bwe_aimd_update(&aimd, &input);
    const uint64_t fallen_bps = aimd.rate_bps;
    bwe_aimd_resist(&aimd, SECOND * 30u);
    assert_int_equal(aimd.rate_bps, fallen_bps);
}

static void what_an_idle_application_sends_is_no_measure(void **state)
{
    struct bwe_aimd aimd = start(1000000);
    struct bwe_aimd_input input = {.now_us = SECOND * 10u,
                                   .usage = BWE_OVERUSE,
                                   .acked_bps = 100000,
                                   .full_bps = 100000,
                                   .full_us = 500000,
                                   .rtt_us = 50000,
                                   .queue_us = 300000,
                                   .limited = true};

    (void)state;
    bwe_aimd_update(&aimd, &input);
    assert_int_equal(aimd.rate_bps, 850000);
    input.now_us += 150000;
    bwe_aimd_update(&aimd, &input);
    assert_int_equal(aimd.rate_bps, 850000);
    input.now_us += 50000;
    bwe_aimd_update(&aimd, &input);
    assert_int_equal(aimd.rate_bps, 722500);
    /* Less than it sent until now comes through, and not for a moment only: the link is narrower.
     */
    input.acked_bps = 300000;
    input.full_us = 300000;
    input.now_us += 200000;
    bwe_aimd_update(&aimd, &input);
    assert_true(aimd.rate_bps > 600000);
    input.full_us = 500000;
    input.now_us += 200000;
    bwe_aimd_update(&aimd, &input);
    assert_int_equal(aimd.rate_bps, 255000); /* and not below what was acknowledged lately */
}

static void stays_within_its_bounds(void **state)
{
    struct bwe_aimd aimd = start(100000);

    (void)state;
    for (uint64_t i = 0; i < 20; i++)
        feed(&aimd, SECOND * (2u + i), BWE_OVERUSE, 1000, 300000);
    assert_int_equal(aimd.rate_bps, 50000);
    bwe_aimd_set(&aimd, SECOND * 30u, 99000000);
    assert_int_equal(aimd.rate_bps, 10000000);
    feed(&aimd, SECOND * 40u, BWE_OVERUSE, 0, 30000); /* nothing known */
    assert_in_range(aimd.rate_bps, 5000000, 5000000);
}

/* Full at 1 Mbit/s: whoever shares the link goes towards the level. */
static uint64_t after_full(uint64_t level_bps)
{
    struct bwe_aimd aimd = start(1500000);
    const struct bwe_aimd_input input = {.now_us = SECOND * 10u,
                                         .usage = BWE_OVERUSE,
                                         .acked_bps = 1000000,
                                         .full_bps = 1000000,
                                         .rtt_us = 50000,
                                         .queue_us = 100000,
                                         .level_bps = level_bps};
    bwe_aimd_update(&aimd, &input);
    return aimd.rate_bps;
}

static void who_has_more_than_the_level_gives_up_more(void **state)
{
    (void)state;
    assert_in_range(after_full(0), 845000, 855000);
    assert_in_range(after_full(1000000), 845000, 855000);
    assert_in_range(after_full(500000), 632000, 642000);
    assert_in_range(after_full(1200000), 930000, 940000);
    /* But it never keeps more than the link gives. */
    assert_in_range(after_full(5000000), 995000, 1000000);
}

static void growth_ends_where_a_probe_found_the_end(void **state)
{
    struct bwe_aimd aimd = start(1000000);

    (void)state;
    bwe_aimd_set_ceiling(&aimd, SECOND, 1100000);
    for (uint64_t i = 0; i <= 90; i++)
        feed(&aimd, SECOND + i * 100000, BWE_NORMAL, 2000000, 0);
    assert_in_range(aimd.rate_bps, 1090000, 1100000);
    /* That was long ago. */
    for (uint64_t i = 101; i <= 140; i++)
        feed(&aimd, SECOND + i * 100000, BWE_NORMAL, 2000000, 0);
    assert_true(aimd.rate_bps > 1200000);
}

static void what_a_probe_left_behind_goes_by_itself(void **state)
{
    struct bwe_aimd aimd = start(1500000);
    const struct bwe_aimd_input input = {.now_us = SECOND * 10u,
                                         .usage = BWE_OVERUSE,
                                         .acked_bps = 1000000,
                                         .full_bps = 1000000,
                                         .rtt_us = 50000,
                                         .queue_us = 150000,
                                         .probing = true};

    (void)state;
    bwe_aimd_update(&aimd, &input);
    assert_in_range(aimd.rate_bps, 915000, 925000);
}

static void a_queue_that_jumped_is_no_reason_to_fall_blindly(void **state)
{
    struct bwe_aimd aimd = start(2000000);
    struct bwe_aimd_input input = {.now_us = SECOND * 10u,
                                   .usage = BWE_OVERUSE,
                                   .acked_bps = 1000000,
                                   .rtt_us = 50000,
                                   .queue_us = 200000,
                                   .jumped = true,
                                   .limited = true};

    (void)state;
    bwe_aimd_update(&aimd, &input);
    assert_int_equal(aimd.rate_bps, 2000000);
    input.jumped = false;
    bwe_aimd_update(&aimd, &input);
    assert_int_equal(aimd.rate_bps, 1700000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_by_eight_percent_a_second),
        cmocka_unit_test(not_beyond_what_is_proven),
        cmocka_unit_test(falls_by_the_length_of_the_queue),
        cmocka_unit_test(who_has_more_than_the_level_gives_up_more),
        cmocka_unit_test(never_falls_by_growing),
        cmocka_unit_test(waits_a_round_trip_between_falls),
        cmocka_unit_test(small_steps_near_the_full_link),
        cmocka_unit_test(a_link_that_became_narrow_needs_no_trend),
        cmocka_unit_test(knows_its_rate_without_the_queue),
        cmocka_unit_test(a_queue_too_young_to_measure_is_waited_for),
        cmocka_unit_test(a_jump_is_believed_slowly),
        cmocka_unit_test(who_catches_up_gets_everything_back),
        cmocka_unit_test(beside_a_rival_only_loss_counts),
        cmocka_unit_test(what_was_given_up_long_ago_is_not_taken_back),
        cmocka_unit_test(what_an_idle_application_sends_is_no_measure),
        cmocka_unit_test(stays_within_its_bounds),
        cmocka_unit_test(growth_ends_where_a_probe_found_the_end),
        cmocka_unit_test(what_a_probe_left_behind_goes_by_itself),
        cmocka_unit_test(a_queue_that_jumped_is_no_reason_to_fall_blindly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
