/* wire/twcc.h */
#include <string.h>

#include "base/rng.h"
#include "wire/rtcp.h"
#include "wire/twcc.h"
#include "wire/wire.h"
#include "test.h"

static uint8_t out[1500];
static struct twcc_status statuses[1000];
static const struct twcc_header header = {
    .sender_ssrc = 1, .media_ssrc = 2, .base_seq = 0xfffe, .feedback_count = 200};

/* Writes, walks and reads back one message; returns how many packets it covers. */
static int round_trip(const struct twcc_arrival *arrivals, size_t count,
                      struct twcc_feedback *feedback)
{
    struct writer w = writer_of(out, sizeof out);
    struct rtcp_compound compound;
    struct rtcp_packet packet;
    struct rtcp_feedback rtpfb;
    int covered = twcc_write(&w, &header, arrivals, count);

    assert_true(covered > 0);
    assert_int_equal(rtcp_open(out, writer_len(&w), &compound), 0);
    assert_int_equal(rtcp_next(&compound, &packet), 1);
    assert_true(packet.type == RTCP_RTPFB && packet.count == RTCP_TWCC);
    assert_int_equal(rtcp_read_feedback(&packet, &rtpfb), 0);
    assert_true(rtpfb.sender_ssrc == 1 && rtpfb.media_ssrc == 2);
    assert_int_equal(twcc_read(rtpfb.fci, feedback, statuses, TEST_COUNT(statuses)), 0);
    assert_int_equal(feedback->base_seq, 0xfffe);
    assert_int_equal(feedback->feedback_count, 200);
    assert_int_equal(feedback->status_count, covered);
    return covered;
}

/* That the read statuses say what the arrivals say, to the tick. */
static void assert_same(const struct twcc_feedback *feedback, const struct twcc_arrival *arrivals)
{
    int64_t at_us = feedback->reference_us;

    for (size_t i = 0; i < feedback->status_count; i++) {
        assert_int_equal(statuses[i].seq, (uint16_t)(0xfffe + i));
        assert_int_equal(statuses[i].received, arrivals[i].received);
        if (!arrivals[i].received)
            continue;
        at_us += statuses[i].delta_us;
        assert_true(at_us == (int64_t)(arrivals[i].arrival_us / 250 * 250));
    }
}

static void known_bytes(void **state)
{
    /* Two received 1 ms apart, one lost, one 100 ms later; reference 2 * 64 ms. */
    const struct twcc_arrival arrivals[] = {
        {128000, true}, {129000, true}, {0, false}, {229000, true}};
    static const uint8_t expected[] = {
        0x8f, 205,  0,    6,                /* 7 words */
        0,    0,    0,    1,    0, 0, 0, 2, /* SSRCs */
        0xff, 0xfe, 0,    4,                /* base, count */
        0,    0,    2,    200,              /* reference, feedback count */
        0xd4, 0x80,                         /* two-bit vector: 1 1 0 2 */
        0,    4,    0x01, 0x90,             /* deltas 0, 4 and 400 ticks */
        0,    0,
    };
    struct writer w = writer_of(out, sizeof out);

    (void)state;
    assert_int_equal(twcc_write(&w, &header, arrivals, 4), 4);
    assert_int_equal(writer_len(&w), sizeof expected);
    assert_memory_equal(out, expected, sizeof expected);
}

static void lossless_batch_is_one_run(void **state)
{
    struct twcc_arrival arrivals[100];
    struct twcc_feedback feedback;

    (void)state;
    for (size_t i = 0; i < 100; i++)
        arrivals[i] = (struct twcc_arrival){1000000 + 333 * i, true};
    assert_int_equal(round_trip(arrivals, 100, &feedback), 100);
    assert_same(&feedback, arrivals);
    /* 20 bytes of header, one chunk, 100 small deltas, padded. */
    assert_int_equal(4 * (bytes_get_u16(out + 2) + 1), 124);
}

static void a_short_rest_of_one_kind_is_a_run(void **state)
{
    struct twcc_arrival arrivals[9];
    struct twcc_feedback feedback;

    (void)state;
    /* One small delta, then eight large ones. */
    for (size_t i = 0; i < 9; i++)
        arrivals[i] = (struct twcc_arrival){1024000 + 100000 * i, true};
    assert_int_equal(round_trip(arrivals, 9, &feedback), 9);
    assert_same(&feedback, arrivals);
    /* A vector of 7, then a run of 2. */
    assert_int_equal(bytes_get_u16(out + 20), 0xd000 | 0x0aaa);
    assert_int_equal(bytes_get_u16(out + 22), 0x4002);
}

static void reordered_packets_have_negative_deltas(void **state)
{
    const struct twcc_arrival arrivals[] = {{500000, true}, {450000, true}, {460000, true}};
    struct twcc_feedback feedback;

    (void)state;
    assert_int_equal(round_trip(arrivals, 3, &feedback), 3);
    assert_same(&feedback, arrivals);
    assert_int_equal(statuses[1].delta_us, -50000);
}

static void time_gap_ends_the_message(void **state)
{
    /* 8.19175 s is the largest delta. */
    const struct twcc_arrival arrivals[] = {
        {64000, true}, {64000 + 8191750, true}, {64000 + 8191750 + 8192000, true}};
    struct twcc_feedback feedback;

    (void)state;
    assert_int_equal(round_trip(arrivals, 3, &feedback), 2);
    assert_same(&feedback, arrivals);
    assert_int_equal(round_trip(arrivals + 2, 1, &feedback), 1);
}

static void nothing_received_cannot_be_said(void **state)
{
    const struct twcc_arrival arrivals[3] = {{0, false}};
    struct writer w = writer_of(out, sizeof out);

    (void)state;
    assert_int_equal(twcc_write(&w, &header, arrivals, 3), WIRE_MALFORMED);
    assert_int_equal(twcc_write(&w, &header, arrivals, 0), WIRE_MALFORMED);
    assert_int_equal(writer_len(&w), 0);
}

static void largest_message_fits_a_datagram(void **state)
{
    struct twcc_arrival arrivals[TWCC_MAX_WRITTEN + 50];
    struct twcc_feedback feedback;

    (void)state;
    /* Each delta takes two bytes and no chunk is a run. */
    for (size_t i = 0; i < TEST_COUNT(arrivals); i++)
        arrivals[i] = (struct twcc_arrival){1000000 + 64000 * i, i % 2 == 0};
    assert_int_equal(round_trip(arrivals, TEST_COUNT(arrivals), &feedback), TWCC_MAX_WRITTEN);
    assert_same(&feedback, arrivals);
    for (size_t i = 0; i < TEST_COUNT(arrivals); i++)
        arrivals[i] = (struct twcc_arrival){1000000 + (i % 2 == 0 ? 640000 : 100 * i), true};
    assert_int_equal(round_trip(arrivals, TEST_COUNT(arrivals), &feedback), TWCC_MAX_WRITTEN);
    assert_same(&feedback, arrivals);
}

static void small_buffer_is_refused(void **state)
{
    const struct twcc_arrival arrival = {64000, true};

    (void)state;
    for (size_t capacity = 0; capacity < 24; capacity++) {
        struct writer w = writer_of(out, capacity);

        assert_int_equal(twcc_write(&w, &header, &arrival, 1), WIRE_NO_ROOM);
    }
}

/* Any mix of loss, spacing and reordering comes back as it went in. */
static void random_batches_round_trip(void **state)
{
    struct rng rng;
    struct twcc_arrival arrivals[200];
    struct twcc_feedback feedback;

    (void)state;
    rng_init(&rng, 11, 12);
    for (int batch = 0; batch < 500; batch++) {
        uint32_t loss = rng_below(&rng, 101), spacing = 1 + rng_below(&rng, 200000);
        uint64_t now = 10000000;
        size_t count = 1 + rng_below(&rng, 200);

        for (size_t i = 0; i < count; i++) {
            now += rng_below(&rng, spacing);
            arrivals[i].received = i == 0 || rng_below(&rng, 100) >= loss;
            arrivals[i].arrival_us = now - rng_below(&rng, 100000);
        }
        assert_int_equal(round_trip(arrivals, count, &feedback), count);
        assert_same(&feedback, arrivals);
    }
}

static int read_bytes(const void *bytes, size_t len, size_t max)
{
    struct twcc_feedback feedback;

    return twcc_read((struct span){bytes, len}, &feedback, statuses, max);
}

static void lies_are_refused(void **state)
{
    (void)state;
    /* base 0, count 3, reference 0, feedback 0 */
    assert_int_equal(read_bytes("\0\0\0\3\0\0\0", 7, 10), WIRE_TRUNCATED);
    assert_int_equal(read_bytes("\0\0\0\3\0\0\0\0", 8, 10), WIRE_TRUNCATED);
    assert_int_equal(read_bytes("\0\0\0\3\0\0\0\0", 8, 2), WIRE_LIMIT);
    assert_int_equal(read_bytes("\0\0\0\3\0\0\0\0\x20\0", 10, 10), WIRE_MALFORMED); /* run of 0 */
    assert_int_equal(read_bytes("\0\0\0\3\0\0\0\0\x20\4", 10, 10), WIRE_MALFORMED); /* run of 4 */
    assert_int_equal(read_bytes("\0\0\0\3\0\0\0\0\x60\3", 10, 10), WIRE_MALFORMED); /* symbol 3 */
    assert_int_equal(read_bytes("\0\0\0\3\0\0\0\0\x20\3\1\1", 12, 10), WIRE_TRUNCATED);
    assert_int_equal(read_bytes("\0\0\0\3\0\0\0\0\x20\3\1\1\1", 13, 10), 0);
    assert_int_equal(read_bytes("\0\0\0\1\0\0\0\0\x40\1\1", 11, 10), WIRE_TRUNCATED);
}

static void reference_time_is_signed(void **state)
{
    struct twcc_feedback feedback;

    (void)state;
    assert_int_equal(twcc_read((struct span){(const uint8_t *)"\0\0\0\0\xff\xff\xff\0", 8},
                               &feedback, statuses, 1),
                     0);
    assert_true(feedback.reference_us == -64000);
    assert_int_equal(feedback.status_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_bytes),
        cmocka_unit_test(lossless_batch_is_one_run),
        cmocka_unit_test(a_short_rest_of_one_kind_is_a_run),
        cmocka_unit_test(reordered_packets_have_negative_deltas),
        cmocka_unit_test(time_gap_ends_the_message),
        cmocka_unit_test(nothing_received_cannot_be_said),
        cmocka_unit_test(largest_message_fits_a_datagram),
        cmocka_unit_test(small_buffer_is_refused),
        cmocka_unit_test(random_batches_round_trip),
        cmocka_unit_test(lies_are_refused),
        cmocka_unit_test(reference_time_is_signed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
