/* wire/stun.h, with the vectors of RFC 5769 */
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "vectors/rfc5769.h"
#include "wire/stun.h"
#include "wire/wire.h"
#include "test.h"

static const uint8_t transaction[STUN_TRANSACTION_BYTES] = "0123456789ab";

static struct span text(const char *string)
{
    return (struct span){(const uint8_t *)string, strlen(string)};
}

static void assert_span(struct span span, const char *expected)
{
    assert_int_equal(span.len, strlen(expected));
    assert_memory_equal(span.bytes, expected, span.len);
}

static struct net_address ip(const char *string, uint16_t port)
{
    struct net_address address = {.port = port};

    assert_int_equal(net_ip_parse(string, strlen(string), &address), 0);
    return address;
}

/* ---- RFC 5769 ------------------------------------------------------------------------------- */

static void rfc5769_2_1_request(void **state)
{
    struct stun_message m;
    struct span receiver, sender;

    (void)state;
    assert_int_equal(stun_parse(rfc5769_request, sizeof rfc5769_request, &m), 0);
    assert_int_equal(m.class, STUN_REQUEST);
    assert_int_equal(m.method, STUN_BINDING);
    assert_memory_equal(m.transaction, rfc5769_request + 8, STUN_TRANSACTION_BYTES);
    assert_true(m.has_priority && m.priority == 0x6e0001ff);
    assert_int_equal(m.role, STUN_CONTROLLED);
    assert_true(m.tie_breaker == 0x932ff9b151263b36u);
    assert_span(m.username, "evtj:h6vY");
    assert_true(stun_username_split(&m, &receiver, &sender));
    assert_span(receiver, "evtj");
    assert_span(sender, "h6vY");
    assert_true(m.has_fingerprint);
    assert_int_equal(m.unknown_count, 0);
    assert_true(stun_integrity_ok(&m, text(RFC5769_PASSWORD)));
    assert_false(stun_integrity_ok(&m, text("VOkJxbRl1RmTxUk/WvJxBu")));
    assert_false(stun_integrity_ok(&m, text("")));
}

static void rfc5769_2_2_and_2_3_responses(void **state)
{
    struct stun_message m;
    struct net_address ipv4 = ip("192.0.2.1", 32853);
    struct net_address ipv6 = ip("2001:db8:1234:5678:11:2233:4455:6677", 32853);

    (void)state;
    assert_int_equal(stun_parse(rfc5769_response_ipv4, sizeof rfc5769_response_ipv4, &m), 0);
    assert_int_equal(m.class, STUN_SUCCESS);
    assert_true(net_address_equal(&m.mapped, &ipv4));
    assert_true(m.has_fingerprint && stun_integrity_ok(&m, text(RFC5769_PASSWORD)));

    assert_int_equal(stun_parse(rfc5769_response_ipv6, sizeof rfc5769_response_ipv6, &m), 0);
    assert_true(net_address_equal(&m.mapped, &ipv6));
    assert_true(m.has_fingerprint && stun_integrity_ok(&m, text(RFC5769_PASSWORD)));
}

static void rfc5769_2_4_long_term_request(void **state)
{
    static const char secret[] =
        RFC5769_LONG_TERM_NAME ":" RFC5769_LONG_TERM_REALM ":" RFC5769_LONG_TERM_PASSWORD;
    uint8_t key[EVP_MAX_MD_SIZE];
    struct stun_message m;

    (void)state;
    assert_int_equal(EVP_Digest(secret, strlen(secret), key, NULL, EVP_md5(), NULL), 1);
    assert_int_equal(stun_parse(rfc5769_long_term, sizeof rfc5769_long_term, &m), 0);
    assert_span(m.username, RFC5769_LONG_TERM_NAME);
    assert_span(m.realm, RFC5769_LONG_TERM_REALM);
    assert_span(m.nonce, RFC5769_LONG_TERM_NONCE);
    assert_false(m.has_fingerprint);
    assert_true(stun_integrity_ok(&m, (struct span){key, 16}));
}

/* ---- what we write, we read ----------------------------------------------------------------- */

static void check_round_trip(void **state)
{
    const struct stun_check check = {.transaction = transaction,
                                     .username = text("abcd:efghi"),
                                     .priority = 12345,
                                     .use_candidate = true,
                                     .role = STUN_CONTROLLING,
                                     .tie_breaker = 0x0102030405060708u};
    uint8_t out[200];
    struct writer w = writer_of(out, sizeof out);
    struct stun_message m;

    (void)state;
    assert_int_equal(stun_write_check(&w, &check, text("secret")), 0);
    assert_int_equal(stun_parse(out, writer_len(&w), &m), 0);
    assert_int_equal(m.class, STUN_REQUEST);
    assert_span(m.username, "abcd:efghi");
    assert_true(m.has_priority && m.priority == 12345 && m.use_candidate);
    assert_int_equal(m.role, STUN_CONTROLLING);
    assert_true(m.tie_breaker == check.tie_breaker);
    assert_true(m.has_fingerprint && stun_integrity_ok(&m, text("secret")));
    assert_memory_equal(m.transaction, transaction, sizeof transaction);
}

static void success_round_trip(void **state)
{
    const struct net_address addresses[] = {ip("198.51.100.7", 65535), ip("2001:db8::7", 1)};

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(addresses); i++) {
        uint8_t out[200] = {0xee};
        struct writer w = writer_of(out, sizeof out);
        struct stun_message m;

        /* Not at the buffer's start, as in an arena. */
        writer_u8(&w, 0xee);
        assert_int_equal(stun_write_success(&w, transaction, &addresses[i], text("pw")), 0);
        assert_int_equal(stun_parse(out + 1, writer_len(&w) - 1, &m), 0);
        assert_int_equal(m.class, STUN_SUCCESS);
        assert_true(net_address_equal(&m.mapped, &addresses[i]));
        assert_true(m.has_fingerprint && stun_integrity_ok(&m, text("pw")));
    }
}

/* Passwords may be 256 bytes long (RFC 8839 5.4), which is over HMAC's block of 64. */
static void integrity_agrees_with_openssl_for_any_key_length(void **state)
{
    struct net_address address = ip("192.0.2.9", 9);
    uint8_t key[256], out[100], copy[100], expected[20];

    (void)state;
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(i * 7 + 1);
    for (size_t len = 1; len <= sizeof key; len++) {
        struct writer w = writer_of(out, sizeof out);
        struct stun_message m;

        assert_int_equal(stun_write_success(&w, transaction, &address, (struct span){key, len}), 0);
        assert_int_equal(stun_parse(out, writer_len(&w), &m), 0);
        memcpy(copy, out, m.integrity_at);
        bytes_put_u16(copy + 2, (uint16_t)(m.integrity_at + 24 - 20));
        assert_non_null(HMAC(EVP_sha1(), key, (int)len, copy, m.integrity_at, expected, NULL));
        assert_memory_equal(out + m.integrity_at + 4, expected, sizeof expected);
        assert_true(stun_integrity_ok(&m, (struct span){key, len}));
        assert_false(stun_integrity_ok(&m, (struct span){key, len - 1}));
    }
}

static void failure_names_unknown_attributes(void **state)
{
    /* A request with the comprehension-required 0x7001 and the optional 0xc001. */
    static const uint8_t request[] = {0x00, 0x01, 0x00, 0x08, 0x21, 0x12, 0xa4, 0x42, 1,  2,
                                      3,    4,    5,    6,    7,    8,    9,    10,   11, 12,
                                      0x70, 0x01, 0x00, 0x00, 0xc0, 0x01, 0x00, 0x00};
    static const uint8_t listed[] = {0x00, 0x0a, 0x00, 0x02, 0x70, 0x01, 0x00, 0x00};
    struct stun_message in, m;
    uint8_t out[100];
    struct writer w = writer_of(out, sizeof out);

    (void)state;
    assert_int_equal(stun_parse(request, sizeof request, &in), 0);
    assert_int_equal(in.unknown_count, 1);
    assert_int_equal(in.unknown[0], 0x7001);
    assert_int_equal(stun_write_failure(&w, &in, STUN_ERROR_UNKNOWN_ATTRIBUTE, (struct span){0}),
                     0);
    assert_int_equal(stun_parse(out, writer_len(&w), &m), 0);
    assert_int_equal(m.class, STUN_FAILURE);
    assert_int_equal(m.error_code, 420);
    assert_int_equal(m.integrity_at, 0);
    assert_true(m.has_fingerprint);
    assert_memory_equal(out + 28, listed, sizeof listed);

    w = writer_of(out, sizeof out);
    assert_int_equal(stun_write_failure(&w, &in, STUN_ERROR_ROLE_CONFLICT, text("k")), 0);
    assert_int_equal(stun_parse(out, writer_len(&w), &m), 0);
    assert_int_equal(m.error_code, 487);
    assert_true(stun_integrity_ok(&m, text("k")));
}

static void writing_stops_at_the_buffers_end(void **state)
{
    struct net_address address = ip("192.0.2.9", 9);
    uint8_t out[80];

    (void)state;
    for (size_t capacity = 0; capacity < 64; capacity++) {
        struct writer w = writer_of(out, capacity);

        assert_int_equal(stun_write_success(&w, transaction, &address, text("pw")), WIRE_NO_ROOM);
    }
}

/* ---- what strangers send -------------------------------------------------------------------- */

static void each_flipped_bit_is_noticed(void **state)
{
    uint8_t bytes[sizeof rfc5769_request];
    struct stun_message m;

    (void)state;
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        memcpy(bytes, rfc5769_request, sizeof bytes);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        /* Refused, or the fingerprint's own type was hit and the integrity covers the rest; a
         * flip in the integrity attribute's type leaves none. */
        if (stun_parse(bytes, sizeof bytes, &m) == 0)
            assert_true(!m.has_fingerprint || !stun_integrity_ok(&m, text(RFC5769_PASSWORD)));
    }
}

static void every_cut_is_refused(void **state)
{
    struct stun_message m;

    (void)state;
    for (size_t len = 0; len < sizeof rfc5769_request; len++)
        assert_true(stun_parse(rfc5769_request, len, &m) < 0);
}

static void attributes_after_integrity_are_ignored(void **state)
{
    uint8_t out[200];
    struct writer w = writer_of(out, sizeof out);
    struct stun_message m;

    (void)state;
    /* The vector without its fingerprint, then an unauthenticated USE-CANDIDATE. */
    writer_bytes(&w, rfc5769_request, sizeof rfc5769_request - 8);
    writer_u32(&w, 0x00250000);
    writer_patch_u16(&w, 2, (uint16_t)(w.at - 20));
    assert_int_equal(stun_parse(out, w.at, &m), 0);
    assert_false(m.use_candidate);
    assert_true(stun_integrity_ok(&m, text(RFC5769_PASSWORD)));
}

static void second_integrity_is_ignored(void **state)
{
    uint8_t out[200];
    struct writer w = writer_of(out, sizeof out);
    struct stun_message m;

    (void)state;
    writer_bytes(&w, rfc5769_request, sizeof rfc5769_request - 8);
    writer_u32(&w, 0x00080004); /* of a size that would be refused in the first one */
    writer_u32(&w, 0);
    writer_patch_u16(&w, 2, (uint16_t)(w.at - 20));
    assert_int_equal(stun_parse(out, w.at, &m), 0);
    assert_true(stun_integrity_ok(&m, text(RFC5769_PASSWORD)));
}

static void first_of_duplicates_counts(void **state)
{
    static const uint8_t bytes[] = {0x00, 0x01, 0x00, 0x10, 0x21, 0x12, 0xa4, 0x42, 1,   2, 3, 4,
                                    5,    6,    7,    8,    9,    10,   11,   12,   0,   6, 0, 1,
                                    'a',  0,    0,    0,    0,    6,    0,    1,    'b', 0, 0, 0};
    struct stun_message m;

    (void)state;
    assert_int_equal(stun_parse(bytes, sizeof bytes, &m), 0);
    assert_span(m.username, "a");
}

static int parse_attribute_of(uint16_t type, const void *value, uint16_t len,
                              struct stun_message *m)
{
    static uint8_t out[1600];
    struct writer w = writer_of(out, sizeof out);

    writer_u16(&w, 0x0001);
    writer_u16(&w, 0);
    writer_u32(&w, 0x2112a442);
    writer_bytes(&w, transaction, sizeof transaction);
    writer_u16(&w, type);
    writer_u16(&w, len);
    writer_bytes(&w, value, len);
    writer_zeros(&w, (4u - len % 4u) % 4u);
    writer_patch_u16(&w, 2, (uint16_t)(w.at - 20));
    return stun_parse(out, w.at, m);
}

static void bad_values_are_refused(void **state)
{
    static const uint8_t zeros[1600];
    static const struct {
        const char *what;
        uint16_t type, len;
    } cases[] = {
        {"empty USERNAME", 0x0006, 0},
        {"long USERNAME", 0x0006, 509},
        {"long REALM", 0x0014, 764},
        {"long NONCE", 0x0015, 764},
        {"address family 0", 0x0020, 8},
        {"short address", 0x0020, 3},
        {"error class 0", 0x0009, 4},
        {"short ERROR-CODE", 0x0009, 2},
        {"short PRIORITY", 0x0024, 3},
        {"long PRIORITY", 0x0024, 8},
        {"short ICE-CONTROLLED", 0x8029, 4},
        {"long ICE-CONTROLLING", 0x802a, 12},
        {"short MESSAGE-INTEGRITY", 0x0008, 16},
        {"empty FINGERPRINT", 0x8028, 0},
        {"long FINGERPRINT", 0x8028, 8},
    };
    struct stun_message m;

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        if (parse_attribute_of(cases[i].type, zeros, cases[i].len, &m) != WIRE_MALFORMED)
            fail_msg("%s", cases[i].what);
    }
    assert_int_equal(parse_attribute_of(0x8028, zeros, 4, &m), WIRE_CHECKSUM);
    assert_int_equal(parse_attribute_of(0x8022, zeros, 1480, &m), WIRE_OVERSIZE);
    assert_int_equal(parse_attribute_of(0x0009, "\0\0\4\127", 4, &m), 0);
    assert_int_equal(m.error_code, 487);
}

static void headers_of_other_protocols_are_refused(void **state)
{
    uint8_t bytes[20] = {0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42};
    struct stun_message m;

    (void)state;
    assert_int_equal(stun_parse(bytes, 20, &m), 0);
    bytes[4] = 0x22;
    assert_int_equal(stun_parse(bytes, 20, &m), WIRE_MALFORMED);
    bytes[4] = 0x21;
    bytes[0] = 0x80;
    assert_int_equal(stun_parse(bytes, 20, &m), WIRE_MALFORMED);
    bytes[0] = 0;
    bytes[3] = 3;
    assert_int_equal(stun_parse(bytes, 20, &m), WIRE_MALFORMED);
    bytes[3] = 4;
    assert_int_equal(stun_parse(bytes, 20, &m), WIRE_TRUNCATED);
}

static void methods_and_classes_are_unmixed(void **state)
{
    /* An Allocate (3) error response is 0x0113, a Data (7) indication 0x0017. */
    uint8_t bytes[20] = {0x01, 0x13, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42};
    struct stun_message m;

    (void)state;
    assert_int_equal(stun_parse(bytes, 20, &m), 0);
    assert_int_equal(m.class, STUN_FAILURE);
    assert_int_equal(m.method, 3);
    bytes[0] = 0x3e;
    bytes[1] = 0xef;
    assert_int_equal(stun_parse(bytes, 20, &m), 0);
    assert_int_equal(m.class, STUN_REQUEST);
    assert_int_equal(m.method, 0xfff);
}

static void names_without_two_parts_do_not_split(void **state)
{
    static const char *const names[] = {"abc", ":abc", "abc:", ":"};
    struct span a, b;

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(names); i++) {
        struct stun_message m = {.username = text(names[i])};

        assert_false(stun_username_split(&m, &a, &b));
    }
    assert_false(stun_username_split(&(struct stun_message){0}, &a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc5769_2_1_request),
        cmocka_unit_test(rfc5769_2_2_and_2_3_responses),
        cmocka_unit_test(rfc5769_2_4_long_term_request),
        cmocka_unit_test(check_round_trip),
        cmocka_unit_test(success_round_trip),
        cmocka_unit_test(integrity_agrees_with_openssl_for_any_key_length),
        cmocka_unit_test(failure_names_unknown_attributes),
        cmocka_unit_test(writing_stops_at_the_buffers_end),
        cmocka_unit_test(each_flipped_bit_is_noticed),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(attributes_after_integrity_are_ignored),
        cmocka_unit_test(second_integrity_is_ignored),
        cmocka_unit_test(first_of_duplicates_counts),
        cmocka_unit_test(bad_values_are_refused),
        cmocka_unit_test(headers_of_other_protocols_are_refused),
        cmocka_unit_test(methods_and_classes_are_unmixed),
        cmocka_unit_test(names_without_two_parts_do_not_split),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
