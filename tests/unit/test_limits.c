/* control/limits.c */
#include "control/limits.h"

#include <string.h>

#include "test.h"

static const struct limits_rate rates[LIMITS_KINDS] = {[LIMITS_ROOMS] = {6}, [LIMITS_JOINS] = {60}};

static struct net_address parse(const char *text)
{
    struct net_address address = {0};
    assert_int_equal(net_ip_parse(text, strlen(text), &address), 0);
    return address;
}

static void test_a_burst_then_one_per_interval(void **state)
{
    (void)state;
    struct limits *limits = limits_new(4, rates, 2, 1);
    struct net_address a = parse("192.0.2.1");
    for (int i = 0; i < 6; i++)
        assert_int_equal(limits_take(limits, LIMITS_ROOMS, &a, 1000), 0);
    assert_int_equal(limits_take(limits, LIMITS_ROOMS, &a, 1000), 11); /* 6 a minute: one in 10 s */
    assert_int_equal(limits_take(limits, LIMITS_JOINS, &a, 1000), 0);  /* a bucket of its own */
    assert_int_not_equal(limits_take(limits, LIMITS_ROOMS, &a, 10000), 0);
    assert_int_equal(limits_take(limits, LIMITS_ROOMS, &a, 11100), 0);
    assert_int_not_equal(limits_take(limits, LIMITS_ROOMS, &a, 11100), 0);
    limits_free(limits);
}

static void drain(struct limits *limits, const char *text)
{
    struct net_address address = parse(text);
    while (limits_take(limits, LIMITS_ROOMS, &address, 1000) == 0)
        continue;
}

static bool is_drained(struct limits *limits, const char *text)
{
    struct net_address address = parse(text);
    return limits_take(limits, LIMITS_ROOMS, &address, 1000) != 0;
}

static void test_a_household_is_one_address(void **state)
{
    (void)state;
    struct limits *limits = limits_new(8, rates, 2, 1);
    drain(limits, "2001:db8:1:2::1");
    assert_true(is_drained(limits, "2001:db8:1:2:ffff::9"));
    assert_false(is_drained(limits, "2001:db8:1:3::1"));
    drain(limits, "192.0.2.1");
    assert_false(is_drained(limits, "192.0.2.2"));
    limits_free(limits);
}

static void test_the_oldest_is_forgotten(void **state)
{
    (void)state;
    struct limits *limits = limits_new(2, rates, 2, 1);
    drain(limits, "192.0.2.1");
    drain(limits, "192.0.2.2");
    assert_true(is_drained(limits, "192.0.2.1")); /* now .2 is the oldest */
    drain(limits, "192.0.2.3");
    assert_true(is_drained(limits, "192.0.2.1"));
    assert_false(is_drained(limits, "192.0.2.2"));
    limits_free(limits);
}

static void test_sockets_are_counted_and_keep_their_entry(void **state)
{
    (void)state;
    struct limits *limits = limits_new(1, rates, 2, 1);
    struct net_address a = parse("192.0.2.1");
    struct net_address b = parse("192.0.2.2");
    assert_true(limits_socket_opened(limits, &a));
    assert_true(limits_socket_opened(limits, &a));
    assert_false(limits_socket_opened(limits, &a));
    assert_false(limits_socket_opened(limits, &b)); /* no entry to spare */
    assert_int_not_equal(limits_take(limits, LIMITS_JOINS, &b, 1000), 0);
    limits_socket_closed(limits, &a);
    limits_socket_closed(limits, &a);
    limits_socket_closed(limits, &a); /* one too many does no harm */
    assert_true(limits_socket_opened(limits, &b));
    limits_free(limits);
}

static void test_one_bucket(void **state)
{
    (void)state;
    struct bucket bucket;
    bucket_init(&bucket, 2, 1000);
    assert_true(bucket_take(&bucket, 10, 2, 1000));
    assert_true(bucket_take(&bucket, 10, 2, 1000));
    assert_false(bucket_take(&bucket, 10, 2, 1050));
    assert_true(bucket_take(&bucket, 10, 2, 1101));
    assert_true(bucket_take(&bucket, 10, 2, 9000)); /* refilled to the burst, no further */
    assert_true(bucket_take(&bucket, 10, 2, 9000));
    assert_false(bucket_take(&bucket, 10, 2, 9000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_burst_then_one_per_interval),
        cmocka_unit_test(test_a_household_is_one_address),
        cmocka_unit_test(test_the_oldest_is_forgotten),
        cmocka_unit_test(test_sockets_are_counted_and_keep_their_entry),
        cmocka_unit_test(test_one_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
