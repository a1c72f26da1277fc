#include "test.h"

#include "client/client_delays.h"

static void arrival_and_reading_are_told_apart(void **state)
{
    struct client_delays delays = {.read_us = 1000900};

    (void)state;
    client_delays_add(&delays, 1000400, 1000000);
    assert_int_equal(delays.arrived_us.max, 400);
    assert_int_equal(delays.read_at_us.max, 900);
    delays.read_us = 0;
    client_delays_add(&delays, 1000500, 1000000);
    assert_int_equal(delays.arrived_us.max, 500);
    assert_int_equal(delays.read_at_us.count, 2);
}

static void the_clock_may_wrap_and_stand_a_little_behind(void **state)
{
    struct client_delays delays = {0};
    uint64_t wrap_us = UINT64_C(1) << 32;

    (void)state;
    client_delays_add(&delays, wrap_us + 50, (uint32_t)(wrap_us - 100));
    assert_int_equal(delays.arrived_us.max, 150);
    client_delays_add(&delays, 1000, 1003);
    assert_int_equal(delays.arrived_us.sum, 150);
    assert_int_equal(delays.arrived_us.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrival_and_reading_are_told_apart),
        cmocka_unit_test(the_clock_may_wrap_and_stand_a_little_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
