/* wire/bits.h */
#include "wire/bits.h"
#include "test.h"

static const uint8_t bytes[] = {0xa5, 0x0f, 0xff, 0x00, 0x81};

static void reads_most_significant_first(void **state)
{
    struct bits b = bits_of((struct span){bytes, sizeof bytes});

    (void)state;
    assert_true(bits_flag(&b));
    assert_int_equal(bits_get(&b, 3), 2);
    assert_int_equal(bits_get(&b, 0), 0);
    assert_int_equal(bits_get(&b, 12), 0x50f);
    assert_int_equal(bits_get(&b, 24), 0xff0081);
    assert_false(b.failed);
    assert_false(bits_flag(&b));
    assert_true(b.failed);
}

static void reads_32_bits_at_once(void **state)
{
    struct bits b = bits_of((struct span){bytes, sizeof bytes});

    (void)state;
    assert_true(bits_get(&b, 32) == 0xa50fff00u);
}

static void failure_sticks(void **state)
{
    struct bits b = bits_of((struct span){bytes, 1});

    (void)state;
    assert_int_equal(bits_get(&b, 9), 0);
    assert_true(b.failed);
    assert_int_equal(bits_get(&b, 1), 0);
}

/* AV1 specification 4.10.7 gives for n = 5: 00 01 10 110 111. */
static void non_symmetric_numbers(void **state)
{
    static const uint8_t codes[] = {0x1b, 0x70}; /* 00 01 10 110 111 0000 */
    struct bits b = bits_of((struct span){codes, sizeof codes});

    (void)state;
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(bits_ns(&b, 5), i);
    b = bits_of((struct span){codes, sizeof codes});
    assert_int_equal(bits_ns(&b, 1), 0);
    assert_int_equal(b.at, 0);
    assert_int_equal(bits_ns(&b, 0), 0);
    assert_int_equal(bits_ns(&b, 4), 0);
    assert_int_equal(b.at, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_most_significant_first),
        cmocka_unit_test(reads_32_bits_at_once),
        cmocka_unit_test(failure_sticks),
        cmocka_unit_test(non_symmetric_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
