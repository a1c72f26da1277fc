#include "test.h"

#include "engine/bwe_trend.h"

/* So many groups 10 ms apart, each delayed by so much more than the one before it. */
static enum bwe_usage feed(struct bwe_trend *trend, int groups, int64_t more_us)
{
    static int64_t at_us;
    enum bwe_usage usage = trend->usage;
    for (int i = 0; i < groups; i++) {
        at_us += 10000 + more_us;
        usage = bwe_trend_add(trend, &(struct bwe_group_delta){10000, 10000 + more_us, at_us});
    }
    return usage;
}

static void a_steady_delay_is_normal(void **state)
{
    struct bwe_trend trend;

    (void)state;
    bwe_trend_init(&trend);
    assert_int_equal(feed(&trend, 300, 0), BWE_NORMAL);
    assert_true(trend.threshold_ms < 7); /* and the eye gets sharper */
}

static void a_rising_delay_is_overuse_soon(void **state)
{
    struct bwe_trend trend;

    (void)state;
    bwe_trend_init(&trend);
    assert_int_equal(feed(&trend, 50, 0), BWE_NORMAL);
    /* 10 % too much. */
    int groups = 0;
    while (groups < 40 && feed(&trend, 1, 1000) != BWE_OVERUSE)
        groups++;
    assert_in_range(groups, 2, 30);
}

static void a_falling_delay_is_underuse_and_ends(void **state)
{
    struct bwe_trend trend;

    (void)state;
    bwe_trend_init(&trend);
    assert_int_equal(feed(&trend, 60, 1000), BWE_OVERUSE);
    assert_int_equal(feed(&trend, 40, -2000), BWE_UNDERUSE);
    assert_int_equal(feed(&trend, 200, 0), BWE_NORMAL);
}

static void a_single_jump_is_not_overuse(void **state)
{
    struct bwe_trend trend;

    (void)state;
    bwe_trend_init(&trend);
    feed(&trend, 100, 0);
    feed(&trend, 1, 3000);
    for (int i = 0; i < 60; i++)
        assert_int_not_equal(feed(&trend, 1, 0), BWE_OVERUSE);
}

static void the_threshold_stays_in_bounds(void **state)
{
    struct bwe_trend trend;

    (void)state;
    bwe_trend_init(&trend);
    for (int i = 0; i < 2000; i++) {
        feed(&trend, 1, i % 50 < 25 ? 1500 : -1500);
        assert_true(trend.threshold_ms >= 6 && trend.threshold_ms <= 600);
    }
}

static void equal_times_divide_by_nothing(void **state)
{
    struct bwe_trend trend;

    (void)state;
    bwe_trend_init(&trend);
    for (int i = 0; i < 100; i++)
        bwe_trend_add(&trend, &(struct bwe_group_delta){10000, 0, 5});
    assert_true(trend.slope > -1000 && trend.slope < 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_delay_is_normal),
        cmocka_unit_test(a_rising_delay_is_overuse_soon),
        cmocka_unit_test(a_falling_delay_is_underuse_and_ends),
        cmocka_unit_test(a_single_jump_is_not_overuse),
        cmocka_unit_test(the_threshold_stays_in_bounds),
        cmocka_unit_test(equal_times_divide_by_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
