#include "test.h"

#include "engine/shared.h"

static void ntp_is_seconds_since_1900_in_fixed_point(void **state)
{
    static struct shared shared = {.ntp_offset_us = 10000000};

    (void)state;
    assert_true(shared_ntp(&shared, 0) == UINT64_C(10) << 32);
    assert_true(shared_ntp(&shared, 500000) == ((UINT64_C(10) << 32) | 0x80000000u));
    assert_true(shared_ntp(&shared, 1000000) == UINT64_C(11) << 32);
}

static void ticks_are_exact_and_wrap(void **state)
{
    (void)state;
    assert_int_equal(shared_ticks(1000000, 90000), 90000);
    assert_int_equal(shared_ticks(20000, 48000), 960);
    assert_int_equal(shared_ticks(11, 90000), 0);
    /* 2^32 ticks of 90 kHz are 47721.858… s */
    assert_int_equal(shared_ticks(UINT64_C(47722000000), 90000), 12704);
}

static void the_grid_is_at_or_after(void **state)
{
    (void)state;
    assert_true(shared_align(0) == 0);
    assert_true(shared_align(1) == SHARED_GRID_US);
    assert_true(shared_align(SHARED_GRID_US) == SHARED_GRID_US);
}

static void ssrcs_are_new(void **state)
{
    static struct shared shared;
    uint32_t taken[100];

    (void)state;
    rng_init(&shared.rng, 1, 1);
    for (size_t i = 0; i < TEST_COUNT(taken); i++) {
        taken[i] = shared_new_ssrc(&shared, taken, i);
        assert_int_not_equal(taken[i], 0);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(taken[i], taken[j]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ntp_is_seconds_since_1900_in_fixed_point),
        cmocka_unit_test(ticks_are_exact_and_wrap),
        cmocka_unit_test(the_grid_is_at_or_after),
        cmocka_unit_test(ssrcs_are_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
