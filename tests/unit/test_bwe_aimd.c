#include "test.h"

#include "engine/bwe_aimd.h"

#define SECOND 1000000u

static struct bwe_aimd start(uint64_t rate_bps)
{
    struct bwe_aimd aimd;
    bwe_aimd_init(&aimd, SECOND, rate_bps, 50000, 10000000);
    return aimd;
}

static void feed(struct bwe_aimd *aimd, uint64_t now_us, enum bwe_usage usage, uint64_t acked_bps,
                 uint64_t queue_us)
{
    const struct bwe_aimd_input input = {.now_us = now_us,
                                         .usage = usage,
                                         .acked_bps = acked_bps,
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

static void a_probe_is_not_undone_by_what_lags(void **state)
{
    struct bwe_aimd aimd = start(500000);

    (void)state;
    bwe_aimd_set(&aimd, SECOND * 10u, 2000000);
    assert_int_equal(aimd.rate_bps, 2000000);
    feed(&aimd, SECOND * 10u + 300000, BWE_OVERUSE, 500000, 30000);
    assert_int_equal(aimd.rate_bps, 1700000);
    feed(&aimd, SECOND * 12u, BWE_OVERUSE, 500000, 30000);
    assert_in_range(aimd.rate_bps, 400000, 1000000);
}

static void what_an_idle_application_sends_is_no_measure(void **state)
{
    struct bwe_aimd aimd = start(1000000);
    struct bwe_aimd_input input = {.now_us = SECOND * 10u,
                                   .usage = BWE_OVERUSE,
                                   .acked_bps = 100000,
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_by_eight_percent_a_second),
        cmocka_unit_test(not_beyond_what_is_proven),
        cmocka_unit_test(falls_by_the_length_of_the_queue),
        cmocka_unit_test(never_falls_by_growing),
        cmocka_unit_test(waits_a_round_trip_between_falls),
        cmocka_unit_test(small_steps_near_the_full_link),
        cmocka_unit_test(a_probe_is_not_undone_by_what_lags),
        cmocka_unit_test(what_an_idle_application_sends_is_no_measure),
        cmocka_unit_test(stays_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
