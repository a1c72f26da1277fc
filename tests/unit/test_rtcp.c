/* wire/rtcp.h */
#include <string.h>

#include "wire/rtcp.h"
#include "wire/wire.h"
#include "test.h"

static uint8_t out[1500];

/* The only packet of what was written. */
static struct rtcp_packet only_packet(const struct writer *w)
{
    struct rtcp_compound compound;
    struct rtcp_packet packet, more;

    assert_int_equal(writer_len(w) % 4, 0);
    assert_int_equal(rtcp_open(out, writer_len(w), &compound), 0);
    assert_int_equal(rtcp_next(&compound, &packet), 1);
    assert_int_equal(rtcp_next(&compound, &more), 0);
    return packet;
}

static void sender_report_round_trip(void **state)
{
    const struct rtcp_sender sender = {1, 0x0102030405060708u, 3, 4, 5};
    const struct rtcp_report reports[] = {
        {.ssrc = 10,
         .fraction_lost = 51,
         .lost = -3,
         .highest_seq = 0x10002,
         .jitter = 7,
         .last_sr = 8,
         .delay_since_sr = 9},
        {.ssrc = 11, .lost = 0x7fffff},
    };
    struct writer w = writer_of(out, sizeof out);
    struct rtcp_packet p;
    struct rtcp_sender got;
    struct rtcp_report report;

    (void)state;
    assert_int_equal(rtcp_write_sr(&w, &sender, reports, 2), 0);
    p = only_packet(&w);
    assert_true(p.type == RTCP_SR && p.count == 2);
    assert_int_equal(rtcp_read_sr(&p, &got), 0);
    assert_true(got.ssrc == 1 && got.ntp == sender.ntp && got.rtp_timestamp == 3);
    assert_true(got.packets == 4 && got.bytes == 5);
    assert_int_equal(rtcp_read_report(&p, 0, &report), 0);
    assert_true(report.ssrc == 10 && report.fraction_lost == 51 && report.lost == -3);
    assert_true(report.highest_seq == 0x10002 && report.jitter == 7);
    assert_true(report.last_sr == 8 && report.delay_since_sr == 9);
    assert_int_equal(rtcp_read_report(&p, 1, &report), 0);
    assert_int_equal(report.lost, 0x7fffff);
    assert_int_equal(rtcp_read_report(&p, 2, &report), WIRE_TRUNCATED);
}

static void receiver_report_round_trip_and_clamping(void **state)
{
    struct rtcp_report reports[RTCP_MAX_REPORTS + 1] = {{.ssrc = 5, .lost = 0x900000},
                                                        {.ssrc = 6, .lost = -0x900000}};
    struct writer w = writer_of(out, sizeof out);
    struct rtcp_packet p;
    struct rtcp_report report;

    (void)state;
    assert_int_equal(rtcp_write_rr(&w, 77, reports, 2), 0);
    p = only_packet(&w);
    assert_int_equal(p.type, RTCP_RR);
    assert_int_equal(rtcp_read_report(&p, 0, &report), 0);
    assert_int_equal(report.lost, 0x7fffff);
    assert_int_equal(rtcp_read_report(&p, 1, &report), 0);
    assert_int_equal(report.lost, -0x800000);
    assert_int_equal(rtcp_write_rr(&w, 77, reports, RTCP_MAX_REPORTS + 1), WIRE_LIMIT);
}

static void compound_is_walked(void **state)
{
    const uint32_t leaving[] = {1, 2, 3};
    static const uint8_t xr[] = {0x80, 207, 0, 1, 0, 0, 0, 9};
    const char *cname = "someone";
    struct writer w = writer_of(out, sizeof out);
    struct rtcp_compound compound;
    struct rtcp_packet p;
    uint32_t ssrc;

    (void)state;
    assert_int_equal(rtcp_write_rr(&w, 1, NULL, 0), 0);
    assert_int_equal(rtcp_write_sdes_cname(&w, 1, (struct span){(const uint8_t *)cname, 7}), 0);
    writer_bytes(&w, xr, sizeof xr);
    assert_int_equal(rtcp_write_bye(&w, leaving, 3), 0);
    assert_int_equal(rtcp_open(out, writer_len(&w), &compound), 0);
    assert_int_equal(rtcp_next(&compound, &p), 1);
    assert_int_equal(p.type, RTCP_RR);
    assert_int_equal(rtcp_next(&compound, &p), 1);
    assert_true(p.type == RTCP_SDES && p.count == 1);
    assert_memory_equal(p.body.bytes, "\0\0\0\1\1\7someone\0\0\0", 16);
    assert_int_equal(p.body.len, 16);
    assert_int_equal(rtcp_next(&compound, &p), 1);
    assert_int_equal(p.type, RTCP_XR);
    assert_int_equal(rtcp_next(&compound, &p), 1);
    assert_int_equal(p.type, RTCP_BYE);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(rtcp_read_bye(&p, i, &ssrc), 0);
        assert_int_equal(ssrc, i + 1);
    }
    assert_int_equal(rtcp_read_bye(&p, 3, &ssrc), WIRE_TRUNCATED);
    assert_int_equal(rtcp_next(&compound, &p), 0);
}

static void cname_always_ends_with_a_zero(void **state)
{
    static const uint8_t name[] = "abcdefghijkl";

    (void)state;
    for (size_t len = 0; len <= 12; len++) {
        struct writer w = writer_of(out, sizeof out);

        assert_int_equal(rtcp_write_sdes_cname(&w, 1, (struct span){name, len}), 0);
        assert_int_equal(out[writer_len(&w) - 1], 0);
        assert_int_equal(writer_len(&w) % 4, 0);
    }
}

static void nack_round_trip(void **state)
{
    /* Over the wrap; 16 after the first shares its entry, 17 does not. */
    const uint16_t lost[] = {0xfff8, 0xfff9, 0xffff, 0x0000, 0x0008, 0x0009, 0x4000};
    struct writer w = writer_of(out, sizeof out);
    struct rtcp_packet p;
    struct rtcp_feedback feedback;
    uint16_t seqs[16];

    (void)state;
    assert_int_equal(rtcp_write_nack(&w, 1, 2, lost, TEST_COUNT(lost)), 0);
    p = only_packet(&w);
    assert_true(p.type == RTCP_RTPFB && p.count == RTCP_NACK);
    assert_int_equal(rtcp_read_feedback(&p, &feedback), 0);
    assert_true(feedback.sender_ssrc == 1 && feedback.media_ssrc == 2);
    assert_int_equal(feedback.fci.len, 3 * 4);
    assert_int_equal(rtcp_read_nack(feedback.fci, seqs, 16), TEST_COUNT(lost));
    assert_memory_equal(seqs, lost, sizeof lost);
    assert_int_equal(rtcp_read_nack(feedback.fci, seqs, 3), 3);
}

static void nack_entry_reaches_16_beyond_its_first(void **state)
{
    const uint16_t lost[] = {100, 116, 200, 217};
    struct writer w = writer_of(out, sizeof out);

    (void)state;
    assert_int_equal(rtcp_write_nack(&w, 1, 2, lost, 4), 0);
    assert_int_equal(writer_len(&w), 12 + 3 * 4);
}

static void nack_of_a_repeated_number_still_ends(void **state)
{
    const uint16_t lost[] = {5, 5, 4};
    struct writer w = writer_of(out, sizeof out);
    uint16_t seqs[8];
    struct rtcp_packet p;
    struct rtcp_feedback feedback;

    (void)state;
    assert_int_equal(rtcp_write_nack(&w, 1, 2, lost, 3), 0);
    p = only_packet(&w);
    assert_int_equal(rtcp_read_feedback(&p, &feedback), 0);
    assert_int_equal(rtcp_read_nack(feedback.fci, seqs, 8), 3);
}

static void key_frame_requests_round_trip(void **state)
{
    struct writer w = writer_of(out, sizeof out);
    struct rtcp_packet p;
    struct rtcp_feedback feedback;
    uint32_t ssrc;
    uint8_t command_seq;

    (void)state;
    assert_int_equal(rtcp_write_pli(&w, 1, 2), 0);
    p = only_packet(&w);
    assert_true(p.type == RTCP_PSFB && p.count == RTCP_PLI);
    assert_int_equal(rtcp_read_feedback(&p, &feedback), 0);
    assert_true(feedback.media_ssrc == 2 && feedback.fci.len == 0);
    w = writer_of(out, sizeof out);
    assert_int_equal(rtcp_write_fir(&w, 1, 2, 200), 0);
    p = only_packet(&w);
    assert_true(p.type == RTCP_PSFB && p.count == RTCP_FIR);
    assert_int_equal(rtcp_read_feedback(&p, &feedback), 0);
    assert_true(rtcp_read_fir(feedback.fci, 0, &ssrc, &command_seq));
    assert_true(ssrc == 2 && command_seq == 200);
    assert_false(rtcp_read_fir(feedback.fci, 1, &ssrc, &command_seq));
}

static void remb_round_trip(void **state)
{
    static const uint64_t rates[] = {0, 1, 0x3ffff, 0x40000, 2500000, 100000000000u, UINT64_MAX};
    const uint32_t ssrcs[] = {7, 8};

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(rates); i++) {
        struct writer w = writer_of(out, sizeof out);
        struct rtcp_packet p;
        struct rtcp_feedback feedback;
        uint64_t rate;

        assert_int_equal(rtcp_write_remb(&w, 1, rates[i], ssrcs, 2), 0);
        p = only_packet(&w);
        assert_true(p.type == RTCP_PSFB && p.count == RTCP_AFB);
        assert_int_equal(rtcp_read_feedback(&p, &feedback), 0);
        assert_true(rtcp_read_remb(feedback.fci, &rate));
        /* 18 bits of mantissa */
        assert_true(rate <= rates[i] && rates[i] - rate <= rates[i] >> 17);
        assert_int_equal(feedback.fci.len, 8 + 2 * 4);
    }
}

static void remb_with_a_senseless_exponent_is_no_limit(void **state)
{
    static const uint8_t fci[] = {'R', 'E', 'M', 'B', 0, 0xff, 0xff, 0xff};
    uint64_t rate = 0;

    (void)state;
    assert_true(rtcp_read_remb((struct span){fci, 8}, &rate));
    assert_true(rate == UINT64_MAX);
    assert_false(rtcp_read_remb((struct span){fci, 7}, &rate));
    assert_false(rtcp_read_remb((struct span){fci + 1, 7}, &rate));
}

static void bad_framing_ends_the_walk(void **state)
{
    static const struct {
        uint8_t bytes[8];
        size_t len;
        int result;
    } cases[] = {
        {{0x80, 200, 0, 2, 0, 0, 0, 0}, 8, WIRE_TRUNCATED}, /* longer than the datagram */
        {{0x80, 200, 0}, 3, WIRE_TRUNCATED},
        {{0x40, 200, 0, 1, 0, 0, 0, 0}, 8, WIRE_MALFORMED}, /* version 1 */
        {{0xa0, 200, 0, 1, 0, 0, 0, 8}, 8, WIRE_MALFORMED}, /* more padding than body */
        {{0xa0, 200, 0, 1, 0, 0, 0, 0}, 8, WIRE_MALFORMED}, /* padding of no byte */
        {{0xa0, 200, 0, 0, 0, 0, 0, 0}, 4, WIRE_MALFORMED}, /* padding of an empty body */
        {{0xa0, 200, 0, 1, 0, 0, 0, 4}, 8, 1},
    };
    struct rtcp_compound compound;
    struct rtcp_packet p;

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        assert_int_equal(rtcp_open(cases[i].bytes, cases[i].len, &compound), 0);
        assert_int_equal(rtcp_next(&compound, &p), cases[i].result);
        assert_int_equal(rtcp_next(&compound, &p), 0);
    }
    assert_int_equal(rtcp_open(out, 0, &compound), WIRE_TRUNCATED);
    assert_int_equal(rtcp_open(out, 1501, &compound), WIRE_OVERSIZE);
}

/* libwebrtc pads its transport-wide feedback by 1 to 3 bytes, which RFC 3550 does not allow. */
static void padding_of_any_length_is_taken_off(void **state)
{
    (void)state;
    for (uint8_t padding = 1; padding <= 8; padding++) {
        uint8_t bytes[12] = {0xaf, RTCP_RTPFB, 0, 2};
        struct rtcp_compound compound;
        struct rtcp_packet p;

        bytes[11] = padding;
        assert_int_equal(rtcp_open(bytes, sizeof bytes, &compound), 0);
        assert_int_equal(rtcp_next(&compound, &p), 1);
        assert_int_equal(p.body.len, 8 - padding);
        assert_int_equal(rtcp_next(&compound, &p), 0);
    }
}

static void counts_that_lie_are_refused(void **state)
{
    static const uint8_t body[4] = {0};
    const struct rtcp_packet p = {.type = RTCP_SR, .count = 31, .body = {body, 4}};
    struct rtcp_report report;
    struct rtcp_sender sender;
    struct rtcp_feedback feedback;
    uint32_t ssrc;

    (void)state;
    assert_int_equal(rtcp_read_sr(&p, &sender), WIRE_TRUNCATED);
    assert_int_equal(rtcp_read_report(&p, 0, &report), WIRE_TRUNCATED);
    assert_int_equal(rtcp_read_report(&p, 30, &report), WIRE_TRUNCATED);
    assert_int_equal(rtcp_read_feedback(&p, &feedback), WIRE_TRUNCATED);
    assert_int_equal(rtcp_read_bye(&p, 0, &ssrc), 0);
    assert_int_equal(rtcp_read_bye(&p, 1, &ssrc), WIRE_TRUNCATED);
}

static void writers_stop_at_the_buffers_end(void **state)
{
    struct writer w = writer_of(out, 11);
    const uint16_t seq = 1;
    const uint32_t ssrc = 1;
    const struct rtcp_sender sender = {0};

    (void)state;
    assert_int_equal(rtcp_write_pli(&w, 1, 2), WIRE_NO_ROOM);
    w = writer_of(out, 15);
    assert_int_equal(rtcp_write_nack(&w, 1, 2, &seq, 1), WIRE_NO_ROOM);
    w = writer_of(out, 15);
    assert_int_equal(rtcp_write_fir(&w, 1, 2, 3), WIRE_NO_ROOM);
    w = writer_of(out, 19);
    assert_int_equal(rtcp_write_remb(&w, 1, 2, &ssrc, 1), WIRE_NO_ROOM);
    w = writer_of(out, 7);
    assert_int_equal(rtcp_write_bye(&w, &ssrc, 1), WIRE_NO_ROOM);
    assert_int_equal(rtcp_write_bye(&w, &ssrc, 32), WIRE_LIMIT);
    assert_int_equal(rtcp_write_remb(&w, 1, 2, &ssrc, 32), WIRE_LIMIT);
    assert_int_equal(rtcp_write_sr(&w, &sender, NULL, 32), WIRE_LIMIT);
    assert_int_equal(rtcp_write_sdes_cname(&w, 1, (struct span){out, 256}), WIRE_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sender_report_round_trip),
        cmocka_unit_test(receiver_report_round_trip_and_clamping),
        cmocka_unit_test(compound_is_walked),
        cmocka_unit_test(cname_always_ends_with_a_zero),
        cmocka_unit_test(nack_round_trip),
        cmocka_unit_test(nack_entry_reaches_16_beyond_its_first),
        cmocka_unit_test(nack_of_a_repeated_number_still_ends),
        cmocka_unit_test(key_frame_requests_round_trip),
        cmocka_unit_test(remb_round_trip),
        cmocka_unit_test(remb_with_a_senseless_exponent_is_no_limit),
        cmocka_unit_test(bad_framing_ends_the_walk),
        cmocka_unit_test(padding_of_any_length_is_taken_off),
        cmocka_unit_test(counts_that_lie_are_refused),
        cmocka_unit_test(writers_stop_at_the_buffers_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
