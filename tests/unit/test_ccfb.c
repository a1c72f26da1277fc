/* wire/ccfb.h */
#include "wire/ccfb.h"
#include "wire/rtcp.h"
#include "wire/wire.h"
#include "test.h"

/* Two streams: three reports (one padding), then two. */
static const uint8_t message[] = {
    0x8b, 205,  0x00, 0x09, /* FMT 11, 9 words */
    0,    0,    0,    1,    /* sender */
    0,    0,    0,    7,    /* stream 7 */
    0xff, 0xff, 0,    3,    /* 65535, 0, 1 */
    0x84, 0x00, 0x00, 0x00, /* 1 s before; lost */
    0xff, 0xff, 0x00, 0x00, /* CE, time unknown; padding */
    0,    0,    0,    9,    /* stream 9 */
    0,    5,    0,    2,    /* 5, 6 */
    0xbf, 0xfe, 0xc0, 0x01, /* ECT(1), too long ago; ECT(0), 1/1024 s */
    0x00, 0x01, 0x80, 0x00, /* 1.5 s */
};

static struct ccfb open_message(struct span *body)
{
    struct rtcp_compound compound;
    struct rtcp_packet packet;
    struct ccfb ccfb;

    assert_int_equal(rtcp_open(message, sizeof message, &compound), 0);
    assert_int_equal(rtcp_next(&compound, &packet), 1);
    assert_int_equal(packet.type, RTCP_RTPFB);
    assert_int_equal(packet.count, RTCP_CCFB);
    assert_int_equal(ccfb_open(packet.body, &ccfb), 0);
    *body = packet.body;
    return ccfb;
}

static void known_bytes(void **state)
{
    struct span body;
    struct ccfb ccfb = open_message(&body);
    struct ccfb_stream stream;

    (void)state;
    assert_int_equal(ccfb.sender_ssrc, 1);
    assert_int_equal(ccfb.report_timestamp, 0x18000);
    assert_int_equal(ccfb_next(&ccfb, &stream), 1);
    assert_int_equal(stream.ssrc, 7);
    assert_int_equal(stream.begin_seq, 65535);
    assert_int_equal(stream.count, 3);
    const struct ccfb_metric first = ccfb_metric(&stream, 0);
    assert_true(first.received && first.time_known);
    assert_int_equal(first.ecn, CCFB_NOT_ECT);
    assert_int_equal(first.before_report_us, 1000000);
    assert_false(ccfb_metric(&stream, 1).received);
    const struct ccfb_metric third = ccfb_metric(&stream, 2);
    assert_true(third.received);
    assert_false(third.time_known);
    assert_int_equal(third.ecn, CCFB_CE);
    assert_int_equal(ccfb_next(&ccfb, &stream), 1);
    assert_int_equal(stream.ssrc, 9);
    assert_int_equal(stream.begin_seq, 5);
    assert_int_equal(stream.count, 2);
    assert_int_equal(ccfb_metric(&stream, 0).ecn, CCFB_ECT_1);
    assert_false(ccfb_metric(&stream, 0).time_known);
    assert_int_equal(ccfb_metric(&stream, 1).ecn, CCFB_ECT_0);
    assert_int_equal(ccfb_metric(&stream, 1).before_report_us, 976);
    assert_int_equal(ccfb_next(&ccfb, &stream), 0);
}

/* Every shorter body ends in an error or in fewer streams; none is read beyond its end. */
static void cut_short_anywhere(void **state)
{
    struct span body;

    (void)state;
    (void)open_message(&body);
    for (size_t len = 0; len < body.len; len++) {
        struct ccfb ccfb;
        struct ccfb_stream stream;
        int result = ccfb_open((struct span){body.bytes, len}, &ccfb);
        assert_int_equal(result, len < 8 ? WIRE_TRUNCATED : 0);
        int streams = 0;
        while (result >= 0 && len >= 8 && (result = ccfb_next(&ccfb, &stream)) == 1)
            streams++;
        assert_true(streams < 2 && result <= 0);
    }
}

static void more_reports_than_bytes(void **state)
{
    static const uint8_t lie[] = {0,    0,    0,    1, 0, 0, 0, 7, 0, 1,
                                  0xff, 0xff, 0x84, 0, 0, 0, 0, 0, 0, 0};
    struct ccfb ccfb;
    struct ccfb_stream stream;

    (void)state;
    assert_int_equal(ccfb_open((struct span){lie, sizeof lie}, &ccfb), 0);
    assert_int_equal(ccfb_next(&ccfb, &stream), WIRE_TRUNCATED);
    assert_int_equal(ccfb_next(&ccfb, &stream), WIRE_TRUNCATED);
}

static void no_streams(void **state)
{
    static const uint8_t empty[] = {0, 0, 0, 1, 0, 0, 0, 2};
    struct ccfb ccfb;
    struct ccfb_stream stream;

    (void)state;
    assert_int_equal(ccfb_open((struct span){empty, sizeof empty}, &ccfb), 0);
    assert_int_equal(ccfb.report_timestamp, 2);
    assert_int_equal(ccfb_next(&ccfb, &stream), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_bytes),
        cmocka_unit_test(cut_short_anywhere),
        cmocka_unit_test(more_reports_than_bytes),
        cmocka_unit_test(no_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
