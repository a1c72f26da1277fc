#include "test.h"

#include "base/histogram.h"

static void small_values_are_exact(void **state)
{
    struct histogram histogram = {0};

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        histogram_add(&histogram, i % 50);
    assert_int_equal(histogram_at(&histogram, 500), 24);
    assert_int_equal(histogram_at(&histogram, 1000), 49);
    assert_int_equal(histogram.max, 49);
    assert_int_equal(histogram.count, 100);
}

static void large_values_are_right_to_a_sixtieth(void **state)
{
    static const unsigned permilles[] = {1, 100, 500, 900, 990, 999, 1000};
    struct histogram histogram = {0};

    (void)state;
    for (uint64_t i = 1; i <= 100000; i++)
        histogram_add(&histogram, i * 37);
    for (size_t i = 0; i < sizeof permilles / sizeof permilles[0]; i++) {
        uint64_t exact = permilles[i] * 100u * 37u;
        uint64_t found = histogram_at(&histogram, permilles[i]);

        assert_in_range(found, exact, exact + exact / 60);
    }
    assert_int_equal(histogram_at(&histogram, 1000), 3700000);
}

static void nothing_and_too_much_are_safe(void **state)
{
    struct histogram histogram = {0};

    (void)state;
    assert_int_equal(histogram_at(&histogram, 500), 0);
    histogram_add(&histogram, UINT64_MAX);
    assert_int_equal(histogram.max, UINT64_MAX);
    assert_true(histogram_at(&histogram, 1000) >= UINT64_C(1) << 35);
}

static void two_make_one(void **state)
{
    struct histogram a = {0}, b = {0};

    (void)state;
    for (unsigned i = 0; i < 30; i++) {
        histogram_add(&a, 10);
        histogram_add(&b, 20);
    }
    histogram_add(&b, 50);
    histogram_merge(&a, &b);
    assert_int_equal(a.count, 61);
    assert_int_equal(histogram_at(&a, 490), 10);
    assert_int_equal(histogram_at(&a, 900), 20);
    assert_int_equal(histogram_at(&a, 1000), 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_values_are_exact),
        cmocka_unit_test(large_values_are_right_to_a_sixtieth),
        cmocka_unit_test(nothing_and_too_much_are_safe),
        cmocka_unit_test(two_make_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
