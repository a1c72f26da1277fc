#include "test.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "cli/doctor_turn_message.h"
#include "wire/stun.h"

static const uint8_t transaction[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static struct doctor_turn_request allocation(const char *realm, const char *nonce)
{
    return (struct doctor_turn_request){.method = DOCTOR_TURN_ALLOCATE,
                                        .transaction = transaction,
                                        .username = "1:a",
                                        .credential = "secret",
                                        .realm = realm,
                                        .nonce = nonce};
}

static void the_first_allocation_asks_without_a_password(void **state)
{
    uint8_t bytes[512];
    struct writer writer = writer_of(bytes, sizeof bytes);
    struct stun_message message;
    const struct doctor_turn_request request = allocation("", "");
    (void)state;
    assert_int_equal(doctor_turn_write(&writer, &request), 0);
    assert_int_equal(stun_parse(bytes, writer_len(&writer), &message), 0);
    assert_int_equal(message.method, DOCTOR_TURN_ALLOCATE);
    assert_int_equal(message.class, STUN_REQUEST);
    assert_memory_equal(message.transaction, transaction, sizeof transaction);
    assert_int_equal(message.username.len, 0);
    assert_int_equal(message.integrity_at, 0);
    /* REQUESTED-TRANSPORT: UDP, which only TURN knows */
    assert_int_equal(message.unknown_count, 1);
    assert_int_equal(message.unknown[0], 0x0019);
    assert_int_equal(bytes[24], 17);
}

static void the_second_one_is_sealed_with_the_long_term_key(void **state)
{
    uint8_t bytes[512], key[16];
    struct writer writer = writer_of(bytes, sizeof bytes);
    struct stun_message message;
    static const char text[] = "1:a:realm:secret";
    const struct doctor_turn_request request = allocation("realm", "nonce");
    (void)state;
    assert_int_equal(doctor_turn_write(&writer, &request), 0);
    assert_int_equal(stun_parse(bytes, writer_len(&writer), &message), 0);
    assert_memory_equal(message.username.bytes, "1:a", 3);
    assert_memory_equal(message.realm.bytes, "realm", 5);
    assert_memory_equal(message.nonce.bytes, "nonce", 5);
    assert_int_equal(EVP_Digest(text, sizeof text - 1, key, NULL, EVP_md5(), NULL), 1);
    assert_true(stun_integrity_ok(&message, (struct span){key, sizeof key}));
    key[0] ^= 1;
    assert_false(stun_integrity_ok(&message, (struct span){key, sizeof key}));
}

static void a_request_that_does_not_fit_is_refused(void **state)
{
    uint8_t bytes[64];
    const struct doctor_turn_request request = allocation("realm", "nonce");
    (void)state;
    for (size_t size = 0; size < sizeof bytes; size++) {
        struct writer writer = writer_of(bytes, size);
        assert_int_equal(doctor_turn_write(&writer, &request), -1);
    }
}

/* RFC 5769 2.2, 2.3: the XOR-MAPPED-ADDRESSes of its sample responses, as XOR-RELAYED-ADDRESSes. */
static void relayed_addresses_are_read(void **state)
{
    static const uint8_t v4[] = {0x01, 0x03, 0x00, 0x0c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7,
                                 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae, 0x00, 0x16,
                                 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43};
    static const uint8_t v6[] = {0x01, 0x03, 0x00, 0x18, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7,
                                 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae, 0x00, 0x16,
                                 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5,
                                 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9};
    struct net_address address;
    char text[NET_IP_TEXT_BYTES];

    (void)state;
    assert_true(doctor_turn_relayed((struct span){v4, sizeof v4}, &address));
    assert_string_equal(net_ip_format(&address, text), "192.0.2.1");
    assert_int_equal(address.port, 32853);
    assert_true(doctor_turn_relayed((struct span){v6, sizeof v6}, &address));
    assert_string_equal(net_ip_format(&address, text), "2001:db8:1234:5678:11:2233:4455:6677");
    for (size_t len = 0; len < sizeof v4; len++)
        assert_false(doctor_turn_relayed((struct span){v4, len}, &address));
}

static void urls_are_taken_apart(void **state)
{
    static const struct {
        const char *text, *host;
        unsigned port;
        bool relays, tcp, tls;
    } cases[] = {
        {"stun:a.example:3478", "a.example", 3478, false, false, false},
        {"turn:192.0.2.1:1?transport=udp", "192.0.2.1", 1, true, false, false},
        {"turn:a.example?transport=tcp", "a.example", 3478, true, true, false},
        {"turns:[2001:db8::1]:443?transport=tcp", "2001:db8::1", 443, true, true, true},
        {"turns:[2001:db8::1]", "2001:db8::1", 5349, true, true, true},
    };
    static const char *const wrong[] = {"",         "http://a",     "turn:",  "turn::1",
                                        "turn:a:0", "turn:a:70000", "turn:[]"};
    struct doctor_turn_url url;

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        assert_int_equal(doctor_turn_parse_url(cases[i].text, &url), 0);
        assert_string_equal(url.host, cases[i].host);
        assert_int_equal(url.port, cases[i].port);
        assert_int_equal(url.relays, cases[i].relays);
        assert_int_equal(url.tcp, cases[i].tcp);
        assert_int_equal(url.tls, cases[i].tls);
    }
    for (size_t i = 0; i < TEST_COUNT(wrong); i++)
        assert_int_equal(doctor_turn_parse_url(wrong[i], &url), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_allocation_asks_without_a_password),
        cmocka_unit_test(the_second_one_is_sealed_with_the_long_term_key),
        cmocka_unit_test(a_request_that_does_not_fit_is_refused),
        cmocka_unit_test(relayed_addresses_are_read),
        cmocka_unit_test(urls_are_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
