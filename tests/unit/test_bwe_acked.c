#include "test.h"

#include "engine/bwe_acked.h"

/* A packet of 1000 bytes every so many us. */
static void feed(struct bwe_acked *acked, int64_t *at_us, int packets, int64_t every_us)
{
    for (int i = 0; i < packets; i++, *at_us += every_us)
        bwe_acked_add(acked, *at_us, 1000, false);
}

static void measures_a_steady_rate(void **state)
{
    struct bwe_acked acked = {0};
    int64_t at_us = -700000; /* any origin */

    (void)state;
    feed(&acked, &at_us, 40, 10000);
    assert_int_equal(bwe_acked_bps(&acked), 0); /* 400 ms: too early */
    feed(&acked, &at_us, 60, 10000);
    assert_in_range(bwe_acked_bps(&acked), 790000, 810000);
}

static void follows_a_change_within_a_second(void **state)
{
    struct bwe_acked acked = {0};
    int64_t at_us = 0;

    (void)state;
    feed(&acked, &at_us, 300, 4000);
    assert_in_range(bwe_acked_bps(&acked), 1950000, 2050000);
    feed(&acked, &at_us, 60, 20000);
    assert_in_range(bwe_acked_bps(&acked), 380000, 600000);
}

static void a_hole_is_no_rate(void **state)
{
    struct bwe_acked acked = {0};
    int64_t at_us = 0;

    (void)state;
    feed(&acked, &at_us, 200, 10000);
    at_us += 20000000;
    feed(&acked, &at_us, 5, 10000);
    assert_in_range(bwe_acked_bps(&acked), 780000, 820000);
    bwe_acked_restart(&acked);
    at_us -= 10000000;
    feed(&acked, &at_us, 50, 10000);
    assert_in_range(bwe_acked_bps(&acked), 780000, 820000);
}

static void never_below_the_floor(void **state)
{
    struct bwe_acked acked = {0};
    int64_t at_us = 0;

    (void)state;
    feed(&acked, &at_us, 20, 900000);
    assert_int_equal(bwe_acked_bps(&acked), 40000);
}

static void an_idle_application_is_believed_less(void **state)
{
    struct bwe_acked normal = {0};
    struct bwe_acked limited = {0};
    int64_t at_us = 0;

    (void)state;
    feed(&normal, &at_us, 300, 4000);
    limited = normal;
    for (int i = 0; i < 20; i++, at_us += 20000) {
        bwe_acked_add(&normal, at_us, 1000, false);
        bwe_acked_add(&limited, at_us, 1000, true);
    }
    assert_true(bwe_acked_bps(&limited) > bwe_acked_bps(&normal));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_a_steady_rate),
        cmocka_unit_test(follows_a_change_within_a_second),
        cmocka_unit_test(a_hole_is_no_rate),
        cmocka_unit_test(never_below_the_floor),
        cmocka_unit_test(an_idle_application_is_believed_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
