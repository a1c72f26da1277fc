#include "test.h"

#include "engine/bwe_probe_plan.h"

#define NOW    10000000u
#define SECOND 1000000u
#define KBIT   1000u

static struct bwe_probe_plan plan;

static uint64_t rate_at(uint64_t now_us, uint64_t target_bps)
{
    const struct bwe_probe_view view = {
        .now_us = now_us, .target_bps = target_bps, .max_bps = 10000 * KBIT};
    return bwe_probe_plan_rate(&plan, &view);
}

static void end_at(uint64_t now_us, uint64_t target_bps, uint64_t measured_bps)
{
    const struct bwe_probe_view view = {
        .now_us = now_us, .target_bps = target_bps, .max_bps = 10000 * KBIT};
    bwe_probe_plan_result(&plan, &view, measured_bps);
}

/* A plan that has made its first probes. */
static int started(void **state)
{
    (void)state;
    bwe_probe_plan_init(&plan, NOW - 20 * SECOND, 300 * KBIT);
    plan.start_wanted = false;
    return 0;
}

static void starts_at_three_times_and_goes_on_to_six(void **state)
{
    (void)state;
    bwe_probe_plan_init(&plan, NOW, 300 * KBIT);
    assert_int_equal(rate_at(NOW, 300 * KBIT), 900 * KBIT);
    assert_int_equal(rate_at(NOW, 300 * KBIT), 0);
    end_at(NOW + 100000, 300 * KBIT, 900 * KBIT);
    assert_int_equal(rate_at(NOW + 100000, 900 * KBIT), 1800 * KBIT);
    end_at(NOW + 200000, 900 * KBIT, 1800 * KBIT);
    /* Nothing is wanted: far enough. */
    assert_int_equal(rate_at(NOW + 9 * SECOND, 1800 * KBIT), 0);
    assert_true(bwe_probe_plan_wake_at(&plan, 1800 * KBIT) == UINT64_MAX);
}

static void a_new_wish_is_probed_for_soon(void **state)
{
    (void)state;
    end_at(NOW, 500 * KBIT, 0); /* full */
    bwe_probe_plan_demand(&plan, NOW + SECOND, 2000 * KBIT, 600 * KBIT);
    assert_int_equal(rate_at(NOW + 2 * SECOND, 500 * KBIT), 0);
    plan.step_new = false;
    bwe_probe_plan_demand(&plan, NOW + 3 * SECOND, 2000 * KBIT, 700 * KBIT);
    assert_int_equal(rate_at(NOW + 3 * SECOND + 300000, 500 * KBIT), 750 * KBIT);
    assert_int_equal(plan.reason, BWE_PROBE_STEP);
}

/* Whatever the caller says meanwhile. */
static void a_wavering_demand_is_no_new_one(void **state)
{
    int probes = 0;

    (void)state;
    for (uint64_t i = 0; i < 1500; i++) { /* 15 s */
        bwe_probe_plan_demand(&plan, NOW + i * 10000, (1000 + i % 100) * KBIT,
                              (600 + i % 50) * KBIT);
        if (rate_at(NOW + i * 10000, 500 * KBIT) == 0)
            continue;
        probes++;
        end_at(NOW + i * 10000 + 100000, 500 * KBIT, 480 * KBIT);
    }
    assert_in_range(probes, 2, 4);
}

static void unmet_demand_is_probed_for_every_few_seconds(void **state)
{
    uint64_t now_us = NOW;
    uint64_t last_us = NOW;

    (void)state;
    bwe_probe_plan_demand(&plan, now_us, 2000 * KBIT, 2000 * KBIT);
    for (int probes = 0; probes < 20; now_us += 10000) {
        const uint64_t rate_bps = rate_at(now_us, 500 * KBIT);
        if (rate_bps == 0)
            continue;
        assert_int_equal(rate_bps, 750 * KBIT); /* others may be there */
        assert_true(now_us - last_us <= 6 * SECOND + 20000);
        last_us = now_us;
        probes++;
        end_at(now_us, 500 * KBIT, 0);
    }
}

static void not_beyond_what_is_wanted(void **state)
{
    (void)state;
    bwe_probe_plan_demand(&plan, NOW, 600 * KBIT, 600 * KBIT);
    assert_int_equal(rate_at(NOW + SECOND, 500 * KBIT), 720 * KBIT);
    end_at(NOW + 2 * SECOND, 500 * KBIT, 720 * KBIT);
    assert_int_equal(rate_at(NOW + 60 * SECOND, 720 * KBIT), 0);
}

static void a_full_link_ends_the_chain(void **state)
{
    (void)state;
    bwe_probe_plan_demand(&plan, NOW, 9000 * KBIT, 9000 * KBIT);
    assert_int_equal(rate_at(NOW + SECOND, 1000 * KBIT), 1500 * KBIT);
    end_at(NOW + SECOND, 1000 * KBIT, 1500 * KBIT); /* without a trace */
    assert_int_equal(rate_at(NOW + SECOND, 1500 * KBIT), 0);
    assert_int_equal(rate_at(NOW + SECOND + 300000, 1500 * KBIT), 3000 * KBIT);
    end_at(NOW + 2 * SECOND, 1500 * KBIT, 2400 * KBIT);
    assert_int_equal(rate_at(NOW + 2 * SECOND + 300000, 2400 * KBIT), 3600 * KBIT);
    end_at(NOW + 3 * SECOND, 2400 * KBIT, 2410 * KBIT);
    assert_int_equal(rate_at(NOW + 3 * SECOND + 300000, 2410 * KBIT), 0);
}

static void a_big_drop_is_looked_at_once(void **state)
{
    (void)state;
    bwe_probe_plan_dropped(&plan, NOW, 2000 * KBIT, 1600 * KBIT); /* not big */
    assert_int_equal(rate_at(NOW + 4 * SECOND, 1600 * KBIT), 0);
    bwe_probe_plan_demand(&plan, NOW, 3000 * KBIT, 3000 * KBIT);
    plan.step_new = false;
    bwe_probe_plan_dropped(&plan, NOW + 4 * SECOND, 2000 * KBIT, 1000 * KBIT);
    assert_int_equal(rate_at(NOW + 5 * SECOND, 1000 * KBIT), 0);
    assert_int_equal(rate_at(NOW + 6 * SECOND + 900000, 1000 * KBIT), 0);
    assert_int_equal(rate_at(NOW + 7 * SECOND, 1000 * KBIT), 1700 * KBIT);
    assert_int_equal(plan.reason, BWE_PROBE_RECOVER);
    end_at(NOW + 7 * SECOND, 1000 * KBIT, 0);
    bwe_probe_plan_dropped(&plan, NOW + 8 * SECOND, 2000 * KBIT, 900 * KBIT);
    assert_int_equal(plan.recover_bps, 0);
}

static void blocked_is_postponed_and_not_lost(void **state)
{
    struct bwe_probe_view view = {
        .now_us = NOW, .target_bps = 500 * KBIT, .max_bps = 10000 * KBIT, .blocked = true};

    (void)state;
    bwe_probe_plan_resume(&plan, NOW, 500 * KBIT);
    assert_int_equal(bwe_probe_plan_rate(&plan, &view), 0);
    assert_true(bwe_probe_plan_wake_at(&plan, 500 * KBIT) <= NOW);
    view.blocked = false;
    assert_int_equal(bwe_probe_plan_rate(&plan, &view), 1500 * KBIT);
}

static void what_could_not_be_sent_is_asked_for_again(void **state)
{
    (void)state;
    bwe_probe_plan_resume(&plan, NOW, 500 * KBIT);
    for (uint64_t i = 0; i < 10; i++) {
        assert_int_equal(rate_at(NOW + i * SECOND, 500 * KBIT), 1500 * KBIT);
        bwe_probe_plan_unsent(&plan, NOW + i * SECOND + 200000);
        assert_int_equal(rate_at(NOW + i * SECOND + 210000, 500 * KBIT), 0);
    }
}

static void with_loss_it_dares_less(void **state)
{
    const struct bwe_probe_view view = {
        .now_us = NOW + SECOND, .target_bps = 500 * KBIT, .max_bps = 10000 * KBIT, .lossy = true};

    (void)state;
    bwe_probe_plan_demand(&plan, NOW, 2000 * KBIT, 2000 * KBIT);
    assert_int_equal(bwe_probe_plan_rate(&plan, &view), 750 * KBIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_at_three_times_and_goes_on_to_six),
        cmocka_unit_test_setup(a_new_wish_is_probed_for_soon, started),
        cmocka_unit_test_setup(a_wavering_demand_is_no_new_one, started),
        cmocka_unit_test_setup(unmet_demand_is_probed_for_every_few_seconds, started),
        cmocka_unit_test_setup(not_beyond_what_is_wanted, started),
        cmocka_unit_test_setup(a_full_link_ends_the_chain, started),
        cmocka_unit_test_setup(a_big_drop_is_looked_at_once, started),
        cmocka_unit_test_setup(blocked_is_postponed_and_not_lost, started),
        cmocka_unit_test_setup(what_could_not_be_sent_is_asked_for_again, started),
        cmocka_unit_test_setup(with_loss_it_dares_less, started),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
