#include "test.h"

#include "engine/bwe_path.h"

static void the_queue_is_what_is_above_the_smallest_delay(void **state)
{
    struct bwe_path path = {0};
    uint64_t now_us = 1000000;

    (void)state;
    assert_int_equal(bwe_path_queue_us(&path), 0);
    for (int i = 0; i < 100; i++, now_us += 20000) {
        assert_false(bwe_path_jumped(&path, now_us, (int64_t)now_us - 500000));
        bwe_path_add(&path, now_us, now_us, (int64_t)now_us - 500000);
    }
    assert_int_equal(bwe_path_queue_us(&path), 0);
    for (int i = 0; i < 50; i++, now_us += 20000)
        bwe_path_add(&path, now_us, now_us, (int64_t)now_us - 400000);
    assert_in_range(bwe_path_queue_us(&path), 95000, 100000);
}

static void a_longer_way_is_learnt_in_half_a_minute(void **state)
{
    struct bwe_path path = {0};
    uint64_t now_us = 1000000;

    (void)state;
    assert_false(bwe_path_jumped(&path, now_us, 0));
    bwe_path_add(&path, now_us, now_us, (int64_t)now_us + 10000);
    for (int i = 0; i < 35 * 50; i++, now_us += 20000)
        bwe_path_add(&path, now_us, now_us, (int64_t)now_us + 60000);
    assert_true(bwe_path_queue_us(&path) < 100);
}

static void a_jump_of_the_clock_starts_anew(void **state)
{
    struct bwe_path path = {0};

    (void)state;
    assert_false(bwe_path_jumped(&path, 1000000, 5000000));
    bwe_path_add(&path, 1000000, 1000000, 5000000);
    assert_true(bwe_path_jumped(&path, 1020000, 90000000));
    assert_int_equal(bwe_path_queue_us(&path), 0);
    /* From the next on the new time counts. */
    assert_false(bwe_path_jumped(&path, 1040000, 90020000));
}

static void the_round_trip_is_smoothed_and_bounded(void **state)
{
    struct bwe_path path = {0};

    (void)state;
    assert_int_equal(bwe_path_rtt_us(&path), 100000);
    bwe_path_answered(&path, 1080000, 1000000);
    assert_int_equal(bwe_path_rtt_us(&path), 80000);
    bwe_path_answered(&path, 1240000, 1080000);
    assert_int_equal(bwe_path_rtt_us(&path), 90000);
    for (int i = 0; i < 100; i++)
        bwe_path_answered(&path, 99000000, 1000000);
    assert_in_range(bwe_path_rtt_us(&path), 1900000, 2000000);
    bwe_path_answered(&path, 1000000, 2000000); /* answered before it was sent: at once */
    assert_true(bwe_path_rtt_us(&path) < 1900000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_queue_is_what_is_above_the_smallest_delay),
        cmocka_unit_test(a_longer_way_is_learnt_in_half_a_minute),
        cmocka_unit_test(a_jump_of_the_clock_starts_anew),
        cmocka_unit_test(the_round_trip_is_smoothed_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
