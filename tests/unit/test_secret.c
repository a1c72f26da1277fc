/* control/secret.c */
#include "control/secret.h"

#include <string.h>

#include "test.h"

static void test_a_secret_fits_its_hash_alone(void **state)
{
    (void)state;
    char text[SECRET_TEXT_BYTES];
    char other[SECRET_TEXT_BYTES];
    uint8_t hash[SECRET_HASH_BYTES];
    secret_make(text);
    secret_make(other);
    assert_int_equal(strlen(text), SECRET_TEXT_BYTES - 1);
    assert_string_not_equal(text, other);
    secret_hash(text, strlen(text), hash);
    assert_true(secret_matches(text, strlen(text), hash));
    assert_false(secret_matches(other, strlen(other), hash));
    assert_false(secret_matches(text, strlen(text) - 1, hash));
    assert_false(secret_matches("", 0, hash));
}

/* A room of before host keys has zeros in the place of the hash. */
static void test_nothing_fits_zeros(void **state)
{
    (void)state;
    static const uint8_t zeros[SECRET_HASH_BYTES];
    assert_false(secret_matches("", 0, zeros));
    assert_false(secret_matches("0", 1, zeros));
}

/* FIPS 180-4's "abc". */
static void test_it_is_sha_256(void **state)
{
    (void)state;
    static const uint8_t expected[SECRET_HASH_BYTES] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
        0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
        0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
    };
    assert_true(secret_matches("abc", 3, expected));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_secret_fits_its_hash_alone),
        cmocka_unit_test(test_nothing_fits_zeros),
        cmocka_unit_test(test_it_is_sha_256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
