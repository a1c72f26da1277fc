/* base/net.h */
#include <string.h>

#include "base/net.h"
#include "test.h"

static struct net_address ip(const char *text)
{
    struct net_address address = {0};

    assert_int_equal(net_ip_parse(text, strlen(text), &address), 0);
    return address;
}

static void parses_and_formats(void **state)
{
    static const struct {
        const char *text, *formatted;
        uint8_t family;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1", NET_IPV4},         {"2001:db8::1", "2001:db8::1", NET_IPV6},
        {"2001:DB8:0:0::1", "2001:db8::1", NET_IPV6}, {"::ffff:10.1.2.3", "10.1.2.3", NET_IPV4},
        {"::ffff:a01:203", "10.1.2.3", NET_IPV4},     {"::", "::", NET_IPV6},
    };
    char text[NET_IP_TEXT_BYTES];

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct net_address address = ip(cases[i].text);

        assert_int_equal(address.family, cases[i].family);
        assert_string_equal(net_ip_format(&address, text), cases[i].formatted);
    }
}

static void refuses_what_is_no_address_and_leaves_out_alone(void **state)
{
    static const char *const bad[] = {
        "",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.4 ",
        " 1.2.3.4",
        "[::1]",
        "fe80::1%eth0",
        "1.2.3.4:5",
        "01.2.3.4",
        "host.local",
        "2001:db8:::1",
        "12345::",
        "0x7f.0.0.1",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd",
    };
    struct net_address before, address;

    (void)state;
    memset(&before, 0x5a, sizeof before);
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        address = before;
        assert_int_equal(net_ip_parse(bad[i], strlen(bad[i]), &address), -1);
        assert_memory_equal(&address, &before, sizeof before);
    }
    assert_int_equal(net_ip_parse("1.2.3.4\0x", 9, &address), -1);
}

static void parsing_keeps_the_port_and_zeroes_the_tail(void **state)
{
    struct net_address address = {.port = 99};

    (void)state;
    memset(address.ip, 0xff, sizeof address.ip);
    assert_int_equal(net_ip_parse("1.2.3.4xyz", 7, &address), 0);
    assert_int_equal(address.port, 99);
    assert_memory_equal(address.ip, "\1\2\3\4\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

/* Both sides of each range's border. */
static const struct {
    const char *text;
    bool special;
} special_cases[] = {
    {"0.255.255.255", true},
    {"1.0.0.0", false},
    {"9.255.255.255", false},
    {"10.0.0.0", true},
    {"11.0.0.0", false},
    {"100.63.255.255", false},
    {"100.64.0.0", true},
    {"100.127.255.255", true},
    {"100.128.0.0", false},
    {"126.255.255.255", false},
    {"127.0.0.1", true},
    {"169.253.255.255", false},
    {"169.254.1.1", true},
    {"169.255.0.0", false},
    {"172.15.255.255", false},
    {"172.16.0.0", true},
    {"172.31.255.255", true},
    {"172.32.0.0", false},
    {"192.0.0.9", true},
    {"192.0.1.0", false},
    {"192.0.2.255", true},
    {"192.31.196.1", true},
    {"192.31.197.0", false},
    {"192.52.193.1", true},
    {"192.88.99.1", true},
    {"192.167.255.255", false},
    {"192.168.0.0", true},
    {"192.169.0.0", false},
    {"192.175.48.1", true},
    {"198.17.255.255", false},
    {"198.18.0.0", true},
    {"198.19.255.255", true},
    {"198.20.0.0", false},
    {"198.51.100.1", true},
    {"203.0.113.1", true},
    {"203.0.114.0", false},
    {"223.255.255.255", false},
    {"224.0.0.1", true},
    {"239.255.255.255", true},
    {"240.0.0.1", true},
    {"255.255.255.255", true},
    {"8.8.8.8", false},
    {"::", true},
    {"::1", true},
    {"::8.8.8.8", true},
    {"::ffff:8.8.8.8", false},
    {"::ffff:10.0.0.1", true},
    {"64:ff9b::8.8.8.8", false},
    {"64:ff9b::10.0.0.1", true},
    {"64:ff9b:1::8.8.8.8", true},
    {"64:ff9b:2::1", false},
    {"100::1", true},
    {"100:0:0:1::1", true},
    {"100:0:0:2::", false},
    /* Teredo: server, and client 8.8.8.8 or 10.0.0.1 inverted */
    {"2001:0:808:808::f7f7:f7f7", false},
    {"2001:0:808:808::f5ff:fffe", true},
    {"2001:0:a00:1::f7f7:f7f7", true},
    {"2001:2::1", true},
    {"2001:10::1", true},
    {"2001:1ff:ffff::", true},
    {"2001:200::1", false},
    {"2001:db8::1", true},
    {"2001:db9::1", false},
    {"2002:808:808::1", false},
    {"2002:7f00:1::1", true},
    {"2002:c0a8:1::", true},
    {"2003::1", false},
    {"2620:4f:8000::1", true},
    {"2620:4f:8001::1", false},
    {"3fff:fff::1", true},
    {"3fff:1000::1", false},
    {"5f00::1", true},
    {"fbff::1", false},
    {"fc00::1", true},
    {"fdff::1", true},
    {"fe7f::1", false},
    {"fe80::1", true},
    {"febf::1", true},
    {"fec0::1", true},
    {"feff::1", true},
    {"ff02::1", true},
    {"2a00:1450:4001::200e", false},
};

static void special_ranges_have_exact_borders(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(special_cases); i++) {
        struct net_address address = ip(special_cases[i].text);

        if (net_ip_is_special(&address) != special_cases[i].special)
            fail_msg("%s", special_cases[i].text);
    }
}

static void mapped_address_that_was_not_normalised_is_judged_as_ipv4(void **state)
{
    struct net_address address = {.family = NET_IPV6,
                                  .ip = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1}};
    struct net_address none = {0};

    (void)state;
    assert_true(net_ip_is_special(&address));
    address.ip[12] = 8;
    assert_false(net_ip_is_special(&address));
    assert_true(net_ip_is_special(&none));
}

static void paths_compare_without_the_local_address(void **state)
{
    struct net_path a = {.remote = ip("192.0.2.1"), .local = ip("192.0.2.2")};
    struct net_path b = a;

    (void)state;
    a.remote.port = b.remote.port = 5000;
    b.local = ip("192.0.2.3");
    assert_true(net_path_equal(&a, &b));
    assert_true(net_path_hash(&a, 1) == net_path_hash(&b, 1));
    assert_true(net_path_hash(&a, 1) != net_path_hash(&a, 2));
    b.remote.port++;
    assert_false(net_path_equal(&a, &b));
    assert_true(net_path_hash(&a, 1) != net_path_hash(&b, 1));
    b = a;
    b.connection = 4;
    assert_false(net_path_equal(&a, &b));
    b = a;
    b.proto = NET_TCP;
    assert_false(net_path_equal(&a, &b));
    b = a;
    b.remote.ip[15] = 1;
    assert_false(net_address_equal(&a.remote, &b.remote));
}

static void formats_no_address(void **state)
{
    struct net_address none = {0};
    char text[NET_IP_TEXT_BYTES];

    (void)state;
    assert_string_equal(net_ip_format(&none, text), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_and_formats),
        cmocka_unit_test(refuses_what_is_no_address_and_leaves_out_alone),
        cmocka_unit_test(parsing_keeps_the_port_and_zeroes_the_tail),
        cmocka_unit_test(special_ranges_have_exact_borders),
        cmocka_unit_test(mapped_address_that_was_not_normalised_is_judged_as_ipv4),
        cmocka_unit_test(paths_compare_without_the_local_address),
        cmocka_unit_test(formats_no_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
