/* control/turn.c */
#include "control/turn.h"

#include <string.h>

#include "test.h"

/* Computed with: printf %s 1700003600:00000000000000ab | openssl dgst -sha1 -hmac north -binary |
 * base64 */
#define EXPECTED_CREDENTIAL "g51kCUalFQ+9eFcceYA/BQqMaTs="

static void test_credentials_are_what_coturn_computes(void **state)
{
    (void)state;
    struct turn_credentials credentials;
    assert_int_equal(turn_credentials("north", 0xab, 1700000000, 3600, &credentials), 0);
    assert_string_equal(credentials.username, "1700003600:00000000000000ab");
    assert_string_equal(credentials.credential, EXPECTED_CREDENTIAL);
}

static void test_an_hour_at_most(void **state)
{
    (void)state;
    struct turn_credentials credentials;
    assert_int_equal(turn_credentials("north", 1, 1700000000, 86400, &credentials), 0);
    assert_memory_equal(credentials.username, "1700003600:", 11);
    assert_int_equal(turn_credentials("north", 1, 1700000000, 60, &credentials), 0);
    assert_memory_equal(credentials.username, "1700000060:", 11);
}

static void test_urls_take_the_host(void **state)
{
    (void)state;
    char url[64];
    assert_int_equal(turn_url("turn:{host}:3478?transport=udp", "[2001:db8::1]", url, sizeof url),
                     0);
    assert_string_equal(url, "turn:[2001:db8::1]:3478?transport=udp");
    assert_int_equal(turn_url("stun:stun.example.org", "x", url, sizeof url), 0);
    assert_string_equal(url, "stun:stun.example.org");
    assert_int_equal(turn_url("turn:{host}:3478", "meet.example.org", url, 20), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_credentials_are_what_coturn_computes),
        cmocka_unit_test(test_an_hour_at_most),
        cmocka_unit_test(test_urls_take_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
