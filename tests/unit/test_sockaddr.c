/* worker/sockaddr.c */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "test.h"
#include "worker/sockaddr.h"

static struct net_address address_of(const char *ip, uint16_t port)
{
    struct net_address address = {.port = port};
    assert_int_equal(net_ip_parse(ip, strlen(ip), &address), 0);
    return address;
}

static void addresses_come_back(void **state)
{
    static const struct {
        const char *ip;
        int family;
    } cases[] = {{"192.0.2.1", AF_INET}, {"192.0.2.1", AF_INET6}, {"2001:db8::1", AF_INET6}};
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct net_address in = address_of(cases[i].ip, 7900), out;
        struct sockaddr_storage storage;
        memset(&storage, 0, sizeof storage);
        assert_true(sockaddr_from_net(&in, cases[i].family, &storage) > 0);
        assert_int_equal(storage.ss_family, cases[i].family);
        memset(&out, 0xff, sizeof out);
        sockaddr_to_net(&storage, &out);
        assert_true(net_address_equal(&in, &out));
        assert_memory_equal(&in, &out, sizeof in);
    }
}

static void what_a_socket_cannot_reach_is_refused(void **state)
{
    struct net_address v6 = address_of("2001:db8::1", 1), out;
    struct sockaddr_storage storage;
    (void)state;
    assert_int_equal(sockaddr_from_net(&v6, AF_INET, &storage), 0);
    memset(&storage, 0, sizeof storage);
    storage.ss_family = AF_UNIX;
    sockaddr_to_net(&storage, &out);
    assert_int_equal(out.family, NET_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_come_back),
        cmocka_unit_test(what_a_socket_cannot_reach_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
