#include "test.h"

#include "engine/reception.h"

static uint32_t number(struct reception *reception, uint16_t sequence, enum reception_order want)
{
    uint32_t extended = 0;
    assert_int_equal(reception_number(reception, sequence, &extended), want);
    return extended;
}

static void numbers_go_on_across_a_wrap(void **state)
{
    struct reception reception = {0};

    (void)state;
    const uint32_t first = number(&reception, 65534, RECEPTION_NEWEST);
    assert_int_equal(number(&reception, 65535, RECEPTION_NEWEST), first + 1);
    assert_int_equal(number(&reception, 0, RECEPTION_NEWEST), first + 2);
    assert_int_equal(number(&reception, 3, RECEPTION_NEWEST), first + 5);
    assert_int_equal(number(&reception, 65535, RECEPTION_LATE), first + 1);
    assert_int_equal(number(&reception, 1, RECEPTION_LATE), first + 3);
}

static void what_came_before_the_first_is_late_not_lost(void **state)
{
    struct reception reception = {0};

    (void)state;
    const uint32_t first = number(&reception, 0, RECEPTION_NEWEST);
    assert_int_equal(number(&reception, 65535, RECEPTION_LATE), first - 1);
}

static void one_stray_is_dropped_two_in_a_row_are_a_restart(void **state)
{
    struct reception reception = {0};

    (void)state;
    const uint32_t first = number(&reception, 30000, RECEPTION_NEWEST);
    (void)number(&reception, 10, RECEPTION_STRAY);
    assert_int_equal(number(&reception, 30001, RECEPTION_NEWEST), first + 1);
    (void)number(&reception, 11, RECEPTION_STRAY);
    const uint32_t again = number(&reception, 12, RECEPTION_RESTARTED);
    assert_true(again > first + 1);
    assert_int_equal(again & 0xffffu, 12);
    assert_int_equal(number(&reception, 13, RECEPTION_NEWEST), again + 1);
}

/* RFC 3550 A.3: fraction is of the interval, the sum is of all. */
static void losses_are_counted(void **state)
{
    struct reception reception = {0};

    (void)state;
    for (uint16_t i = 0; i < 100; i++)
        if (i % 4 != 1)
            (void)number(&reception, i, RECEPTION_NEWEST);
    struct reception_report report = reception_take_report(&reception);
    assert_int_equal(report.cumulative_lost, 25);
    assert_in_range(report.fraction_lost, 62, 64);
    assert_int_equal(report.highest & 0xffffu, 99);
    for (uint16_t i = 100; i < 200; i++)
        (void)number(&reception, i, RECEPTION_NEWEST);
    report = reception_take_report(&reception);
    assert_int_equal(report.fraction_lost, 0);
    assert_int_equal(report.cumulative_lost, 25);
    report = reception_take_report(&reception);
    assert_int_equal(report.fraction_lost, 0);
}

static void duplicates_can_make_the_sum_negative(void **state)
{
    struct reception reception = {0};

    (void)state;
    (void)number(&reception, 5, RECEPTION_NEWEST);
    (void)number(&reception, 5, RECEPTION_LATE);
    (void)number(&reception, 5, RECEPTION_LATE);
    assert_int_equal(reception_take_report(&reception).cumulative_lost, -2);
}

/* RFC 3550 A.8: J += (|D| - J) / 16. */
static void jitter_follows_the_difference_of_transits(void **state)
{
    struct reception reception = {0};
    uint32_t arrival = 5000;

    (void)state;
    for (uint32_t i = 0; i < 500; i++) {
        reception_jitter(&reception, arrival + (i % 2) * 160, i * 960);
        arrival += 960;
    }
    assert_in_range(reception_take_report(&reception).jitter, 150, 165);
    for (uint32_t i = 500; i < 1000; i++) {
        reception_jitter(&reception, arrival, i * 960);
        arrival += 960;
    }
    assert_in_range(reception_take_report(&reception).jitter, 0, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_go_on_across_a_wrap),
        cmocka_unit_test(what_came_before_the_first_is_late_not_lost),
        cmocka_unit_test(one_stray_is_dropped_two_in_a_row_are_a_restart),
        cmocka_unit_test(losses_are_counted),
        cmocka_unit_test(duplicates_can_make_the_sum_negative),
        cmocka_unit_test(jitter_follows_the_difference_of_transits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
