#include "test.h"

#include "engine/bwe_full.h"

/* Packets of 1250 bytes every so many us, each of which waited so long. */
static void feed(struct bwe_full *full, int64_t *at_us, int packets, int64_t every_us,
                 int64_t queue_us)
{
    for (int i = 0; i < packets; i++, *at_us += every_us)
        bwe_full_add(full, *at_us, 1250, queue_us);
}

static void without_a_queue_nothing_is_full(void **state)
{
    struct bwe_full full = {0};
    int64_t at_us = -700000; /* any origin */

    (void)state;
    feed(&full, &at_us, 100, 10000, 5000);
    assert_int_equal(bwe_full_bps(&full), 0);
}

static void measures_from_the_first_that_waited(void **state)
{
    struct bwe_full full = {0};
    int64_t at_us = -50000;

    (void)state;
    feed(&full, &at_us, 100, 1000, 0); /* 10 Mbit/s, until then */
    feed(&full, &at_us, 20, 10000, 40000);
    assert_in_range(bwe_full_bps(&full), 990000, 1010000);
}

static void a_long_queue_is_measured_sooner(void **state)
{
    struct bwe_full full = {0};
    int64_t at_us = 0;

    (void)state;
    feed(&full, &at_us, 8, 10000, 40000);
    assert_int_equal(bwe_full_bps(&full), 0); /* 70 ms */
    feed(&full, &at_us, 1, 10000, 120000);
    assert_in_range(bwe_full_bps(&full), 990000, 1010000);
}

static void a_long_queue_is_measured_since_it_was_short(void **state)
{
    struct bwe_full full = {0};
    int64_t at_us = 0;

    (void)state;
    /* 2.5 Mbit/s, with what a probe left in line; then the link gets narrow. */
    feed(&full, &at_us, 125, 4000, 40000);
    assert_in_range(bwe_full_bps(&full), 2450000, 2550000);
    feed(&full, &at_us, 1, 20000, 60000);
    feed(&full, &at_us, 1, 20000, 80000);
    feed(&full, &at_us, 3, 20000, 120000);
    assert_in_range(bwe_full_bps(&full), 400000, 600000);
}

static void follows_the_last_half_second(void **state)
{
    struct bwe_full full = {0};
    int64_t at_us = 0;

    (void)state;
    feed(&full, &at_us, 200, 5000, 50000);
    assert_in_range(bwe_full_bps(&full), 1900000, 2100000);
    feed(&full, &at_us, 30, 20000, 50000);
    assert_in_range(bwe_full_bps(&full), 450000, 550000);
}

static void who_catches_up_is_no_narrow_link(void **state)
{
    struct bwe_full full = {0};
    int64_t at_us = 0;

    (void)state;
    feed(&full, &at_us, 10, 10000, 0);
    at_us += 400000; /* stood still */
    for (int64_t i = 0; i < 38; i++, at_us += 200)
        bwe_full_add(&full, at_us, 1250, 400000 - i * 10000);
    assert_int_equal(bwe_full_bps(&full), 0);
    assert_true(bwe_full_jumped(&full));
    /* And stands still again before it has all. */
    at_us += 200000;
    bwe_full_add(&full, at_us, 1250, 220000);
    assert_int_equal(bwe_full_bps(&full), 0);
    at_us += 250000;
    for (int64_t i = 0; i < 43; i++, at_us += 200)
        bwe_full_add(&full, at_us, 1250, 450000 - i * 10000);
    /* After that the whole of it: 81 packets in 0.47 s. */
    assert_in_range(bwe_full_bps(&full), 1500000, 1900000);
    assert_int_equal(bwe_full_take_past_bps(&full), 0);
    bwe_full_add(&full, at_us, 1250, 0);
    assert_in_range(bwe_full_take_past_bps(&full), 1500000, 1900000);
    assert_int_equal(bwe_full_take_past_bps(&full), 0);
}

static void an_even_link_has_no_bursts(void **state)
{
    struct bwe_full full = {0};
    int64_t at_us = 0;

    (void)state;
    feed(&full, &at_us, 20, 20000, 100000);
    assert_in_range(bwe_full_bps(&full), 490000, 520000);
    feed(&full, &at_us, 100, 4000, 100000);
    assert_in_range(bwe_full_bps(&full), 2400000, 2600000);
    assert_in_range(bwe_full_us(&full), 790000, 800000);
    assert_false(bwe_full_jumped(&full));
}

static void an_end_and_a_hole_begin_anew(void **state)
{
    struct bwe_full full = {0};
    int64_t at_us = 0;

    (void)state;
    feed(&full, &at_us, 40, 10000, 50000);
    bwe_full_add(&full, at_us, 1250, 0);
    assert_int_equal(bwe_full_bps(&full), 0);
    feed(&full, &at_us, 40, 10000, 50000);
    at_us += 5000000;
    feed(&full, &at_us, 1, 10000, 50000);
    assert_in_range(bwe_full_bps(&full), 1, 60000);
    const uint64_t before_bps = bwe_full_bps(&full);
    bwe_full_add(&full, at_us - 1000000, 1250, 50000); /* overtaken: does not count */
    assert_int_equal(bwe_full_bps(&full), before_bps);
}

static void what_a_burst_of_loss_took_is_a_hole(void **state)
{
    struct bwe_full full = {0};
    int64_t at_us = 0;

    (void)state;
    feed(&full, &at_us, 100, 3000, 50000);
    const uint64_t before_bps = bwe_full_bps(&full);
    bwe_full_lost(&full);
    at_us += 150000;
    feed(&full, &at_us, 3, 3000, 50000);
    /* The next one hits a queue that is hardly known. */
    bwe_full_lost(&full);
    at_us += 100000;
    feed(&full, &at_us, 100, 3000, 50000);
    assert_in_range(bwe_full_bps(&full), before_bps / 100 * 95, before_bps / 100 * 105);
}

static void a_narrow_link_that_drops_has_no_holes(void **state)
{
    struct bwe_full full = {0};
    int64_t at_us = 0;

    (void)state;
    for (int i = 0; i < 60; i++) {
        bwe_full_lost(&full);
        feed(&full, &at_us, 1, 100000, 250000);
    }
    assert_in_range(bwe_full_bps(&full), 90000, 120000); /* of 512 ms */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_queue_nothing_is_full),
        cmocka_unit_test(measures_from_the_first_that_waited),
        cmocka_unit_test(a_long_queue_is_measured_sooner),
        cmocka_unit_test(a_long_queue_is_measured_since_it_was_short),
        cmocka_unit_test(follows_the_last_half_second),
        cmocka_unit_test(who_catches_up_is_no_narrow_link),
        cmocka_unit_test(an_even_link_has_no_bursts),
        cmocka_unit_test(an_end_and_a_hole_begin_anew),
        cmocka_unit_test(what_a_burst_of_loss_took_is_a_hole),
        cmocka_unit_test(a_narrow_link_that_drops_has_no_holes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
