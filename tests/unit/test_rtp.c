/* wire/rtp.h */
#include <string.h>

#include "wire/rtp.h"
#include "wire/wire.h"
#include "test.h"

/* Marker, PT 96, seq 0x1234, timestamp 0x01020304, ssrc 0xcafebabe, payload "abc". */
static const uint8_t plain[] = {0x80, 0xe0, 0x12, 0x34, 1,   2,   3,  4,
                                0xca, 0xfe, 0xba, 0xbe, 'a', 'b', 'c'};

static void reads_a_plain_packet(void **state)
{
    struct rtp_packet p;

    (void)state;
    assert_int_equal(rtp_parse(plain, sizeof plain, &p), 0);
    assert_true(p.marker);
    assert_int_equal(p.payload_type, 96);
    assert_int_equal(p.seq, 0x1234);
    assert_int_equal(p.timestamp, 0x01020304);
    assert_true(p.ssrc == 0xcafebabe);
    assert_int_equal(p.payload_at, 12);
    assert_int_equal(p.payload_len, 3);
    assert_int_equal(p.padding_len, 0);
    assert_int_equal(p.extension_form, RTP_NO_EXTENSION);
    assert_false(rtp_is_rtcp(plain, sizeof plain));
}

static void every_cut_of_the_header_is_refused(void **state)
{
    /* One CSRC, an extension of one word, one byte of payload. */
    static const uint8_t full[] = {0x91, 0x60, 0, 1,    0,    0, 0, 2,    0,    0, 0, 3,   0,
                                   0,    0,    4, 0xbe, 0xde, 0, 1, 0x10, 0xaa, 0, 0, 0x55};
    struct rtp_packet p;

    (void)state;
    for (size_t len = 0; len < sizeof full - 1; len++)
        assert_int_equal(rtp_parse(full, len, &p), WIRE_TRUNCATED);
    assert_int_equal(rtp_parse(full, sizeof full, &p), 0);
    assert_int_equal(p.csrc_count, 1);
    assert_int_equal(p.payload_at, 24);
    assert_int_equal(p.payload_len, 1);
    assert_int_equal(p.extensions_at, 20);
    assert_int_equal(p.extensions_len, 4);
}

static void padding_is_taken_off_and_checked(void **state)
{
    uint8_t bytes[16] = {0xa0, 96};
    struct rtp_packet p;

    (void)state;
    bytes[15] = 3;
    assert_int_equal(rtp_parse(bytes, 16, &p), 0);
    assert_int_equal(p.payload_len, 1);
    assert_int_equal(p.padding_len, 3);
    bytes[15] = 4;
    assert_int_equal(rtp_parse(bytes, 16, &p), 0);
    assert_int_equal(p.payload_len, 0);
    bytes[15] = 5;
    assert_int_equal(rtp_parse(bytes, 16, &p), WIRE_MALFORMED);
    bytes[15] = 0;
    assert_int_equal(rtp_parse(bytes, 16, &p), WIRE_MALFORMED);
    assert_int_equal(rtp_parse(bytes, 12, &p), WIRE_MALFORMED);
}

static void wrong_version_and_size_are_refused(void **state)
{
    uint8_t bytes[WIRE_DATAGRAM_BYTES + 1] = {0x80};
    struct rtp_packet p;

    (void)state;
    assert_int_equal(rtp_parse(bytes, WIRE_DATAGRAM_BYTES, &p), 0);
    assert_int_equal(rtp_parse(bytes, WIRE_DATAGRAM_BYTES + 1, &p), WIRE_OVERSIZE);
    bytes[0] = 0x40;
    assert_int_equal(rtp_parse(bytes, 100, &p), WIRE_MALFORMED);
}

/* Parses a packet made of a plain header, the profile and these extension bytes. */
static struct rtp_extensions extensions_of(uint16_t profile, const void *block, size_t len,
                                           uint8_t out[static 128])
{
    struct writer w = writer_of(out, 128);
    struct rtp_packet p;

    writer_bytes(&w, plain, 12);
    out[0] |= 0x10;
    writer_u16(&w, profile);
    writer_u16(&w, (uint16_t)(len / 4));
    writer_bytes(&w, block, len);
    assert_int_equal(rtp_parse(out, writer_len(&w), &p), 0);
    return rtp_extensions_of(&p, out);
}

static void one_byte_form(void **state)
{
    static const uint8_t block[] = {0x10, 0xaa, 0x00, 0x21, 0xbb, 0xcc, 0x00, 0x00};
    uint8_t out[128];
    struct rtp_extensions all = extensions_of(0xbede, block, sizeof block, out);
    struct rtp_extension e;

    (void)state;
    assert_true(rtp_extensions_next(&all, &e));
    assert_true(e.id == 1 && e.len == 1 && e.value[0] == 0xaa);
    assert_true(rtp_extensions_next(&all, &e));
    assert_true(e.id == 2 && e.len == 2 && e.value[1] == 0xcc);
    assert_false(rtp_extensions_next(&all, &e));
}

static void one_byte_form_stops_at_id_15_and_at_lies(void **state)
{
    static const uint8_t reserved[] = {0xf0, 0xaa, 0x10, 0xbb};
    static const uint8_t too_long[] = {0x1f, 0xaa, 0xbb, 0xcc};
    static const uint8_t zero_id_with_length[] = {0x03, 0xaa, 0x10, 0xbb};
    uint8_t out[128];
    struct rtp_extension e;
    struct rtp_extensions all = extensions_of(0xbede, reserved, 4, out);

    (void)state;
    assert_false(rtp_extensions_next(&all, &e));
    assert_false(rtp_extensions_next(&all, &e));
    all = extensions_of(0xbede, too_long, 4, out);
    assert_false(rtp_extensions_next(&all, &e));
    all = extensions_of(0xbede, zero_id_with_length, 4, out);
    assert_false(rtp_extensions_next(&all, &e));
}

static void two_byte_form(void **state)
{
    static const uint8_t block[] = {0x00, 0x01, 0x00, 0xc8, 0x02, 0xbb,
                                    0xcc, 0x05, 0x01, 0xdd, 0x09, 0x07};
    uint8_t out[128];
    struct rtp_extensions all = extensions_of(0x1003, block, sizeof block, out);
    struct rtp_extension e;

    (void)state;
    assert_true(rtp_extensions_next(&all, &e));
    assert_true(e.id == 1 && e.len == 0);
    assert_true(rtp_extensions_next(&all, &e));
    assert_true(e.id == 200 && e.len == 2 && e.value[0] == 0xbb);
    assert_true(rtp_extensions_next(&all, &e));
    assert_true(e.id == 5 && e.len == 1);
    assert_false(rtp_extensions_next(&all, &e));
}

static void unknown_profile_is_skipped(void **state)
{
    uint8_t out[128];
    struct rtp_extension e;
    struct rtp_extensions all = extensions_of(0x1234, "\x10\xaa\x00\x00", 4, out);

    (void)state;
    assert_false(rtp_extensions_next(&all, &e));
}

static void header_round_trip(void **state)
{
    static const uint8_t values[20] = "abcdefghijklmnopqrst";
    static const struct {
        struct rtp_extension extensions[2];
        size_t count;
        uint8_t form;
        size_t header_len;
    } cases[] = {
        {{{0, 0, NULL}}, 0, RTP_NO_EXTENSION, 12},
        {{{1, 3, values}, {14, 16, values}}, 2, RTP_ONE_BYTE, 12 + 4 + 24},
        {{{1, 3, values}, {14, 17, values}}, 2, RTP_TWO_BYTE, 12 + 4 + 24},
        {{{15, 1, values}}, 1, RTP_TWO_BYTE, 12 + 4 + 4},
        {{{3, 0, values}}, 1, RTP_TWO_BYTE, 12 + 4 + 4},
    };
    const struct rtp_header header = {.timestamp = 7, .ssrc = 8, .seq = 9, .payload_type = 111};

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        uint8_t out[128];
        struct writer w = writer_of(out, sizeof out);
        struct rtp_packet p;
        struct rtp_extensions all;
        struct rtp_extension e;

        assert_int_equal(rtp_write_header(&w, &header, cases[i].extensions, cases[i].count), 0);
        assert_int_equal(writer_len(&w), cases[i].header_len);
        assert_int_equal(rtp_parse(out, writer_len(&w), &p), 0);
        assert_true(p.timestamp == 7 && p.ssrc == 8 && p.seq == 9 && p.payload_type == 111);
        assert_false(p.marker);
        assert_int_equal(p.extension_form, cases[i].form);
        assert_int_equal(p.payload_at, cases[i].header_len);
        all = rtp_extensions_of(&p, out);
        for (size_t j = 0; j < cases[i].count; j++) {
            assert_true(rtp_extensions_next(&all, &e));
            assert_int_equal(e.id, cases[i].extensions[j].id);
            assert_int_equal(e.len, cases[i].extensions[j].len);
            assert_memory_equal(e.value, values, e.len);
        }
        assert_false(rtp_extensions_next(&all, &e));
    }
}

static void writer_refuses_what_cannot_be_written(void **state)
{
    const struct rtp_header header = {.marker = true, .padding = true, .payload_type = 0xff};
    struct rtp_extension many[RTP_MAX_EXTENSIONS + 1];
    uint8_t out[64];
    struct writer w = writer_of(out, sizeof out);

    (void)state;
    memset(many, 0, sizeof many);
    assert_int_equal(rtp_write_header(&w, &header, many, 1), WIRE_MALFORMED);
    assert_int_equal(rtp_write_header(&w, &header, many, RTP_MAX_EXTENSIONS + 1), WIRE_MALFORMED);
    assert_int_equal(rtp_write_header(&w, &header, NULL, 0), 0);
    assert_true(out[0] == 0xa0 && out[1] == 0xff);
    for (size_t capacity = 0; capacity < 20; capacity++) {
        struct rtp_extension one = {.id = 1, .len = 1, .value = out};

        w = writer_of(out, capacity);
        assert_int_equal(rtp_write_header(&w, &header, &one, 1), WIRE_NO_ROOM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_plain_packet),
        cmocka_unit_test(every_cut_of_the_header_is_refused),
        cmocka_unit_test(padding_is_taken_off_and_checked),
        cmocka_unit_test(wrong_version_and_size_are_refused),
        cmocka_unit_test(one_byte_form),
        cmocka_unit_test(one_byte_form_stops_at_id_15_and_at_lies),
        cmocka_unit_test(two_byte_form),
        cmocka_unit_test(unknown_profile_is_skipped),
        cmocka_unit_test(header_round_trip),
        cmocka_unit_test(writer_refuses_what_cannot_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
