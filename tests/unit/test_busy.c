#include "control/busy.h"

#include "test.h"

static void it_follows_within_seconds(void **state)
{
    struct busy busy = {0};

    (void)state;
    busy_note(&busy, 5000000, 1000);
    assert_int_equal(busy.permille, 0);
    busy_note(&busy, 6000000, 2000);
    assert_int_equal(busy.permille, 500);
    busy_note(&busy, 7000000, 3000);
    busy_note(&busy, 8000000, 4000);
    assert_in_range(busy.permille, 850, 900);
    for (uint64_t i = 5; i < 15; i++)
        busy_note(&busy, 8000000, i * 1000);
    assert_int_equal(busy.permille, 0);
}

static void looks_that_follow_each_other_at_once_change_nothing(void **state)
{
    struct busy busy = {0};

    (void)state;
    busy_note(&busy, 0, 1000);
    busy_note(&busy, 400000, 1400);
    busy_note(&busy, 800000, 1800);
    assert_int_equal(busy.permille, 500);
    assert_int_equal(busy.at_ms, 1800);
}

static void a_new_process_begins_anew(void **state)
{
    struct busy busy = {.cpu_us = 9000000, .at_ms = 1000, .permille = 900};

    (void)state;
    busy_note(&busy, 100000, 2000);
    assert_int_equal(busy.permille, 0);
    assert_int_equal(busy.cpu_us, 100000);
}

static void more_than_one_processor_is_one(void **state)
{
    struct busy busy = {0};

    (void)state;
    busy_note(&busy, 0, 1000);
    busy_note(&busy, 3000000, 2000);
    assert_int_equal(busy.permille, BUSY_WHOLE / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_follows_within_seconds),
        cmocka_unit_test(looks_that_follow_each_other_at_once_change_nothing),
        cmocka_unit_test(a_new_process_begins_anew),
        cmocka_unit_test(more_than_one_processor_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
