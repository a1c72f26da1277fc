#include "test.h"

#include "engine/loss_control.h"

#define SECOND UINT64_C(1000000)

static struct loss_control control;
static uint64_t now_us;

static void set_up(void)
{
    now_us = 7 * SECOND;
    loss_control_init(&control, now_us);
}

static void report_for(unsigned seconds, uint8_t fraction_lost)
{
    for (unsigned i = 0; i < seconds; i++) {
        now_us += SECOND;
        loss_control_report(&control, now_us, fraction_lost);
    }
}

static uint64_t target(void)
{
    return loss_control_target_bps(&control, now_us);
}

static void it_starts_at_what_most_links_take_and_stays(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(target(), LOSS_CONTROL_MAX_BPS);
    report_for(100, 0);
    assert_int_equal(target(), LOSS_CONTROL_MAX_BPS);
}

static void some_loss_changes_nothing(void **state)
{
    (void)state;
    set_up();
    report_for(100, 13); /* 5 % */
    assert_int_equal(target(), LOSS_CONTROL_MAX_BPS);
    assert_int_equal(control.loss_permille, 50);
}

static void much_loss_lowers_it(void **state)
{
    (void)state;
    set_up();
    report_for(1, 128); /* 50 %: to three quarters */
    assert_int_equal(target(), LOSS_CONTROL_MAX_BPS / 4 * 3);
    report_for(5, 128);
    assert_in_range(target(), 440000, 450000);
}

static void all_lost_is_not_the_end(void **state)
{
    (void)state;
    set_up();
    report_for(1000, 255);
    assert_int_equal(target(), LOSS_CONTROL_MIN_BPS);
    report_for(40, 0);
    assert_int_equal(target(), LOSS_CONTROL_MAX_BPS);
}

static void a_flood_of_reports_is_one_step_a_second(void **state)
{
    (void)state;
    set_up();
    for (unsigned i = 0; i < 100000; i++)
        loss_control_report(&control, now_us + i, 255);
    assert_int_equal(target(), LOSS_CONTROL_MAX_BPS);
    report_for(1, 255);
    assert_in_range(target(), LOSS_CONTROL_MAX_BPS / 2, LOSS_CONTROL_MAX_BPS / 2 + 10000);
}

static void blocks_of_one_second_are_averaged(void **state)
{
    (void)state;
    set_up();
    for (unsigned i = 0; i < 15; i++)
        loss_control_report(&control, now_us + i, 0);
    loss_control_report(&control, now_us + SECOND, 255);
    assert_int_equal(control.loss_permille, 62);
    assert_int_equal(target(), LOSS_CONTROL_MAX_BPS);
}

static void the_peer_may_cap_it_for_a_while_but_not_to_nothing(void **state)
{
    (void)state;
    set_up();
    loss_control_cap(&control, now_us, 700000);
    assert_int_equal(target(), 700000);
    loss_control_cap(&control, now_us, 0);
    assert_int_equal(target(), LOSS_CONTROL_MIN_BPS);
    loss_control_cap(&control, now_us, UINT64_MAX);
    assert_int_equal(target(), LOSS_CONTROL_MAX_BPS);
    loss_control_cap(&control, now_us, 700000);
    now_us += 5 * SECOND;
    assert_int_equal(target(), LOSS_CONTROL_MAX_BPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_starts_at_what_most_links_take_and_stays),
        cmocka_unit_test(some_loss_changes_nothing),
        cmocka_unit_test(much_loss_lowers_it),
        cmocka_unit_test(all_lost_is_not_the_end),
        cmocka_unit_test(a_flood_of_reports_is_one_step_a_second),
        cmocka_unit_test(blocks_of_one_second_are_averaged),
        cmocka_unit_test(the_peer_may_cap_it_for_a_while_but_not_to_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
