/* What goes out a second time is what went out, whatever was left out in between. */
#include "test.h"

#include <string.h>

#include "base/counters.h"
#include "base/seq.h"
#include "support/seat_rig.h"

#define FRAME_US 33333u

static struct rig_packet sent[RIG_PACKETS];

static size_t take(struct seat_rig *rig)
{
    const size_t count = rig->count;
    memcpy(sent, rig->packets, count * sizeof sent[0]);
    rig_forget(rig);
    return count;
}

static void assert_repeats(const struct rig_packet *again, const struct rig_packet *before)
{
    assert_int_equal(again->rtp.ssrc, RIG_RTX_SSRC);
    assert_int_equal(again->rtp.payload_type, RIG_RTX);
    assert_int_equal(again->rtp.timestamp, before->rtp.timestamp);
    assert_int_equal(again->rtp.marker, before->rtp.marker);
    const uint8_t *payload = again->bytes + again->rtp.payload_at;
    assert_int_equal(bytes_get_u16(payload), before->rtp.seq);
    assert_int_equal(again->rtp.payload_len, before->rtp.payload_len + 2);
    assert_memory_equal(payload + 2, before->bytes + before->rtp.payload_at,
                        before->rtp.payload_len);
}

static void each_packet_can_be_had_again(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_VP8, 3, true);

    (void)state;
    /* Temporal layers are left out, and simulcast layers change, all within the ring's memory. */
    for (unsigned i = 0; i < 25; i++) {
        const struct stream_target target = {(int8_t)(i / 10), (int8_t)(i % 3)};
        seat_stream_set_target(rig->stream, target, &rig->shared);
        for (unsigned layer = 0; layer < 3; layer++)
            rig_send(rig, layer, 2, i % 10 == 0);
        rig->shared.now_us += FRAME_US;
    }
    const size_t count = take(rig);
    assert_true(count > 20);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(seat_stream_resend(rig->stream, sent[i].rtp.seq, 1, &rig->shared),
                         SEAT_STREAM_RESENT);
        rig_drain(rig);
        assert_int_equal(rig->count, 1);
        assert_repeats(&rig->packets[0], &sent[i]);
        rig_forget(rig);
    }
    rig_free(rig);
}

static void receive_frame(struct seat_rig *rig, uint16_t sequence, uint8_t picture, uint8_t tl0,
                          uint8_t temporal, bool key)
{
    const uint8_t payload[] = {0x90,
                               0xe0,
                               0x80,
                               picture,
                               tl0,
                               (uint8_t)(temporal << 6),
                               key ? 0x10 : 0x11,
                               0x02,
                               0x00,
                               0x9d,
                               0x01,
                               0x2a,
                               0x40,
                               0x01,
                               0xb4,
                               0x00};
    rig_receive(rig, 0, sequence, sequence * 3000u, payload, sizeof payload, true);
}

/* A frame was missing when the next one came, so it kept a number; then it turns out that it is not
 * for this viewer: padding takes its place, and padding is what a NACK for it gets. */
static void padding_fills_the_place_of_a_late_dropped_packet(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_VP8, 1, true);

    (void)state;
    seat_stream_set_target(rig->stream, (struct stream_target){0, 1}, &rig->shared);
    receive_frame(rig, 100, 1, 1, 0, true);
    receive_frame(rig, 102, 3, 2, 0, false);
    receive_frame(rig, 101, 2, 1, 2, false);
    assert_int_equal(take(rig), 3);
    assert_int_equal((uint16_t)(sent[1].rtp.seq - sent[0].rtp.seq), 2);
    assert_int_equal((uint16_t)(sent[2].rtp.seq - sent[0].rtp.seq), 1);
    assert_int_equal(sent[2].rtp.payload_len, 0);
    assert_int_equal(sent[2].rtp.timestamp - sent[0].rtp.timestamp, 3000);
    assert_int_equal(sent[2].rtp.ssrc, RIG_SSRC);
    assert_false(sent[2].rtp.marker);
    assert_int_equal(rig->shared.counters[ENGINE_COUNTER_late_dropped], 1);
    assert_int_equal(seat_stream_resend(rig->stream, sent[2].rtp.seq, 1, &rig->shared),
                     SEAT_STREAM_RESENT);
    rig_drain(rig);
    assert_int_equal(rig->count, 1);
    assert_int_equal(rig->packets[0].rtp.ssrc, RIG_RTX_SSRC);
    assert_int_equal(rig->packets[0].rtp.payload_len, 2);
    assert_int_equal(rig->packets[0].rtp.timestamp, sent[2].rtp.timestamp);
    assert_int_equal(bytes_get_u16(rig->packets[0].bytes + rig->packets[0].rtp.payload_at),
                     sent[2].rtp.seq);
    rig_free(rig);
}

static uint8_t picture_of(const struct rig_packet *packet)
{
    return packet->bytes[packet->rtp.payload_at + 3];
}

/* The last frame that was sent came late, all after it was left out: the next segment goes on from
 * it. */
static void a_segment_goes_on_from_what_came_late(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_VP8, 1, true);

    (void)state;
    seat_stream_set_target(rig->stream, (struct stream_target){0, 1}, &rig->shared);
    receive_frame(rig, 100, 1, 1, 0, true);
    receive_frame(rig, 102, 3, 2, 2, false);
    receive_frame(rig, 101, 2, 2, 0, false);
    seat_stream_pause(rig->stream, 0);
    receive_frame(rig, 103, 4, 3, 0, true);
    assert_int_equal(take(rig), 3);
    assert_int_equal((uint8_t)(picture_of(&sent[1]) - picture_of(&sent[0])), 1);
    assert_int_equal((uint8_t)(picture_of(&sent[2]) - picture_of(&sent[1])), 1);
    assert_true(seq32_newer(sent[2].rtp.timestamp, sent[1].rtp.timestamp));
    rig_free(rig);
}

/* Paused from the start, for want of bandwidth: only a probe can tell that there is enough. */
static void what_never_began_can_be_padded_while_it_is_paused(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_VP8, 1, true);

    (void)state;
    assert_int_equal(seat_stream_pad(rig->stream, 400, 1, &rig->shared), 0);
    seat_stream_set_target(rig->stream, (struct stream_target){-1, 0}, &rig->shared);
    assert_true(seat_stream_pad(rig->stream, 400, 1, &rig->shared) >= 400);
    rig_drain(rig);
    assert_int_equal(take(rig), 2);
    assert_int_equal(sent[1].rtp.ssrc, RIG_RTX_SSRC);
    assert_int_equal(sent[1].rtp.payload_type, RIG_RTX);
    const uint16_t last = sent[1].rtp.seq;
    /* What follows goes on from there. */
    seat_stream_set_target(rig->stream, (struct stream_target){0, 2}, &rig->shared);
    rig_send(rig, 0, 3, true);
    (void)take(rig);
    assert_true(seat_stream_pad(rig->stream, 100, 1, &rig->shared) > 0);
    rig_drain(rig);
    assert_int_equal((uint16_t)(rig->packets[0].rtp.seq - last), 1);
    rig_free(rig);
}

static void probes_repeat_packets_and_then_pad(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_VP8, 1, true);

    (void)state;
    assert_int_equal(seat_stream_pad(rig->stream, 1000, 1, &rig->shared), 0);
    rig_send(rig, 0, 3, true);
    assert_int_equal(take(rig), 3);
    const size_t bytes = seat_stream_pad(rig->stream, 5000, 7, &rig->shared);
    rig_drain(rig);
    assert_in_range(bytes, 5000, 5400);
    size_t total = 0;
    for (size_t i = 0; i < rig->count; i++) {
        const struct rig_packet *packet = &rig->packets[i];
        total += packet->len;
        assert_int_equal(packet->rtp.ssrc, RIG_RTX_SSRC);
        assert_int_equal((uint16_t)(packet->rtp.seq - rig->packets[0].rtp.seq), i);
        if (i < 3)
            assert_repeats(packet, &sent[2 - i]);
        else
            assert_true(packet->rtp.payload_len == 0 && packet->rtp.padding_len == 255);
    }
    assert_int_equal(total, bytes);
    /* Padding does not use up the answers to NACKs. */
    rig_forget(rig);
    for (unsigned i = 0; i < LIMIT_RTX_PER_PACKET; i++, rig->shared.now_us += 100000)
        assert_int_equal(seat_stream_resend(rig->stream, sent[0].rtp.seq, 1, &rig->shared),
                         SEAT_STREAM_RESENT);
    assert_int_equal(seat_stream_resend(rig->stream, sent[0].rtp.seq, 1, &rig->shared),
                     SEAT_STREAM_TOO_OFTEN);
    rig_free(rig);
}

static void a_repair_can_go_out_twice(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_VP8, 1, true);

    (void)state;
    rig_send(rig, 0, 3, true);
    assert_int_equal(take(rig), 3);
    assert_int_equal(seat_stream_resend(rig->stream, sent[1].rtp.seq, 2, &rig->shared),
                     SEAT_STREAM_RESENT);
    rig_drain(rig);
    assert_int_equal(rig->count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_repeats(&rig->packets[i], &sent[1]);
    assert_int_equal((uint16_t)(rig->packets[1].rtp.seq - rig->packets[0].rtp.seq), 1);
    rig_free(rig);
}

static void a_larger_picture_that_was_left_is_not_repaired(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_VP8, 3, true);

    (void)state;
    seat_stream_set_target(rig->stream, (struct stream_target){1, 2}, &rig->shared);
    for (unsigned layer = 0; layer < 3; layer++)
        rig_send(rig, layer, 2, true);
    const size_t large = take(rig);
    assert_true(large > 0);
    const uint16_t of_large = sent[large - 1].rtp.seq;
    seat_stream_set_target(rig->stream, (struct stream_target){0, 2}, &rig->shared);
    rig->shared.now_us += FRAME_US;
    rig_send(rig, 0, 2, true);
    assert_true(take(rig) > 0);
    assert_int_equal(seat_stream_resend(rig->stream, of_large, 1, &rig->shared), SEAT_STREAM_GONE);
    assert_int_equal(seat_stream_resend(rig->stream, sent[0].rtp.seq, 1, &rig->shared),
                     SEAT_STREAM_RESENT);
    rig_free(rig);
}

static void the_lowest_temporal_layer_is_the_base(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_VP8, 1, true);

    (void)state;
    receive_frame(rig, 100, 1, 1, 0, true);
    receive_frame(rig, 101, 2, 1, 2, false);
    assert_int_equal(take(rig), 2);
    assert_true(seat_stream_is_base(rig->stream, sent[0].rtp.seq));
    assert_false(seat_stream_is_base(rig->stream, sent[1].rtp.seq));
    assert_true(seat_stream_is_base(rig->stream, (uint16_t)(sent[1].rtp.seq + 1)));
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_packet_can_be_had_again),
        cmocka_unit_test(a_segment_goes_on_from_what_came_late),
        cmocka_unit_test(what_never_began_can_be_padded_while_it_is_paused),
        cmocka_unit_test(padding_fills_the_place_of_a_late_dropped_packet),
        cmocka_unit_test(probes_repeat_packets_and_then_pad),
        cmocka_unit_test(a_repair_can_go_out_twice),
        cmocka_unit_test(a_larger_picture_that_was_left_is_not_repaired),
        cmocka_unit_test(the_lowest_temporal_layer_is_the_base),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
