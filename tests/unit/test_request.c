/* control/request.c: its pure parts; the rest is in tests/control. */
#include "control/request.h"

#include <string.h>

#include "test.h"

static bool in_network(const char *text, const char *network)
{
    struct net_address address = {0};
    assert_int_equal(net_ip_parse(text, strlen(text), &address), 0);
    return request_in_network(&address, network);
}

static void test_networks(void **state)
{
    (void)state;
    assert_true(in_network("10.1.2.3", "10.0.0.0/8"));
    assert_false(in_network("11.1.2.3", "10.0.0.0/8"));
    assert_true(in_network("192.0.2.129", "192.0.2.128/25"));
    assert_false(in_network("192.0.2.127", "192.0.2.128/25"));
    assert_true(in_network("192.0.2.1", "192.0.2.1"));
    assert_false(in_network("192.0.2.2", "192.0.2.1"));
    assert_true(in_network("192.0.2.2", "0.0.0.0/0"));
    assert_true(in_network("2001:db8::1", "2001:db8::/32"));
    assert_false(in_network("2001:db9::1", "2001:db8::/32"));
    assert_false(in_network("2001:db8::1", "0.0.0.0/0"));
    assert_false(in_network("192.0.2.1", "rubbish/8"));
}

static void test_ports_are_taken_off(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"meet.example.org:8443", "meet.example.org"},
        {"meet.example.org", "meet.example.org"},
        {"[2001:db8::1]:8443", "[2001:db8::1]"},
        {"[2001:db8::1]", "[2001:db8::1]"},
        {"127.0.0.1:80", "127.0.0.1"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        char host[64];
        request_strip_port(cases[i][0], host, sizeof host);
        assert_string_equal(host, cases[i][1]);
    }
}

static void test_what_is_a_host(void **state)
{
    (void)state;
    static const char *const bad[] = {"",         "a/b", "a b",    "a\"b",
                                      "<script>", "a@b", "a\r\nb", "a%00"};
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        assert_false(request_is_host(bad[i], strlen(bad[i])));
    assert_true(request_is_host("meet.example.org:8443", 21));
    assert_true(request_is_host("[2001:db8::1]:8443", 18));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_ports_are_taken_off),
        cmocka_unit_test(test_what_is_a_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
