/* control/password.c */
#include "control/password.h"

#include <string.h>

#include "test.h"

static const uint8_t salt[PASSWORD_SALT_BYTES] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                  8, 9, 10, 11, 12, 13, 14, 15};
static const char text[] = "correct horse \xc3\xbc";

/* By another implementation: Python's hashlib.scrypt(text, salt=bytes(range(16)), n=8192, r=8,
 * p=1, dklen=32). */
static void test_it_is_scrypt(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        0xe6, 0xbd, 0x35, 0xa3, 0x91, 0x68, 0x4a, 0xa8, 0xd2, 0x68, 0xc3,
        0x9e, 0x99, 0xeb, 0xf3, 0x8c, 0xe2, 0x4c, 0xb9, 0x3b, 0x26, 0x53,
        0x94, 0x97, 0xfd, 0x58, 0xf9, 0xaf, 0x13, 0x0b, 0xd2, 0xf3,
    };
    uint8_t kept[PASSWORD_KEPT_BYTES];
    assert_int_equal(password_keep(text, strlen(text), salt, kept), 0);
    assert_int_not_equal(kept[0], 0);
    assert_memory_equal(kept + 1, salt, sizeof salt);
    assert_memory_equal(kept + 1 + sizeof salt, expected, sizeof expected);
    assert_true(password_matches(text, strlen(text), kept));
}

static void test_another_password_or_salt(void **state)
{
    (void)state;
    uint8_t kept[PASSWORD_KEPT_BYTES];
    assert_int_equal(password_keep(text, strlen(text), salt, kept), 0);
    assert_false(password_matches("correct horse", 13, kept));
    assert_false(password_matches(text, strlen(text) - 1, kept));
    assert_false(password_matches("", 0, kept));
    kept[1] ^= 1;
    assert_false(password_matches(text, strlen(text), kept));
}

static void test_ways_that_are_not_known(void **state)
{
    (void)state;
    uint8_t kept[PASSWORD_KEPT_BYTES] = {0};
    assert_false(password_matches("", 0, kept)); /* none is kept: nothing fits */
    assert_int_equal(password_keep(text, strlen(text), salt, kept), 0);
    kept[0]++;
    assert_false(password_matches(text, strlen(text), kept));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_scrypt),
        cmocka_unit_test(test_another_password_or_salt),
        cmocka_unit_test(test_ways_that_are_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
