/* base/seq.h */
#include "base/seq.h"
#include "test.h"

static void newer_wraps(void **state)
{
    (void)state;
    assert_true(seq16_newer(1, 0));
    assert_true(seq16_newer(0, 0xffff));
    assert_false(seq16_newer(0xffff, 0));
    assert_false(seq16_newer(7, 7));
    assert_true(seq16_newer(0x7fff, 0));
    assert_false(seq16_newer(0x8000, 0));
    assert_false(seq16_newer(0, 0x8000));
    assert_true(seq32_newer(0, 0xffffffffu));
    assert_false(seq32_newer(0x80000000u, 0));
}

static void diff_is_signed(void **state)
{
    (void)state;
    assert_int_equal(seq16_diff(2, 0xfffe), 4);
    assert_int_equal(seq16_diff(0xfffe, 2), -4);
    assert_int_equal(seq16_diff(0x8000, 0), -32768);
    assert_int_equal(seq32_diff(0, 1), -1);
    assert_int_equal(seq32_diff(0x80000000u, 0), INT32_MIN);
}

static void unwraps_over_laps_and_backwards(void **state)
{
    struct seq16_unwrapper u = {0};
    uint64_t first = seq16_unwrap(&u, 0xfffe);

    (void)state;
    assert_true(seq16_unwrap(&u, 1) == first + 3);
    assert_true(seq16_unwrap(&u, 0xffff) == first + 1);
    assert_true(u.highest == first + 3);
    for (uint64_t i = 1; i <= 300000; i += 1000)
        assert_true(seq16_unwrap(&u, (uint16_t)(first + 3 + i)) == first + 3 + i);
}

static void packet_before_the_first_one_does_not_underflow(void **state)
{
    struct seq16_unwrapper u = {0};
    struct seq32_unwrapper v = {0};
    uint64_t first = seq16_unwrap(&u, 0);
    uint64_t first32 = seq32_unwrap(&v, 5);

    (void)state;
    assert_true(seq16_unwrap(&u, 0xffff) == first - 1);
    assert_true(first - 1 < first);
    assert_true(seq32_unwrap(&v, 0xfffffffbu) == first32 - 10);
}

static void unwraps_timestamps(void **state)
{
    struct seq32_unwrapper u = {0};
    uint64_t first = seq32_unwrap(&u, 0xfffffff0u);

    (void)state;
    assert_true(seq32_unwrap(&u, 0x10) == first + 0x20);
    assert_true(seq32_unwrap(&u, 0xfffffff8u) == first + 8);
    assert_true(seq32_unwrap(&u, 0x20) == first + 0x30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newer_wraps),
        cmocka_unit_test(diff_is_signed),
        cmocka_unit_test(unwraps_over_laps_and_backwards),
        cmocka_unit_test(packet_before_the_first_one_does_not_underflow),
        cmocka_unit_test(unwraps_timestamps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
