#include "test.h"

#include "base/counters.h"
#include "support/plain_call.h"
#include "wire/red.h"
#include "wire/rtcp.h"

static const struct plain_options one_seat = {.seats = 1};

static void send_nacks(struct plain_call *call, struct plain_peer *peer, uint32_t ssrc,
                       uint16_t first, size_t count)
{
    uint16_t seqs[256];
    uint8_t bytes[1200];
    struct writer writer = writer_of(bytes, sizeof bytes);
    for (size_t i = 0; i < count; i++)
        seqs[i] = (uint16_t)(first + i);
    assert_int_equal(rtcp_write_nack(&writer, 1, ssrc, seqs, count), 0);
    plain_peer_send(call, peer, bytes, writer_len(&writer));
}

static void a_run_of_losses_is_answered_in_one_go(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t video = plain_peer_seat_video(viewer, 0);
    const uint32_t rtx = plain_peer_seat_rtx(viewer, 0);

    (void)state;
    for (unsigned i = 0; i < 30; i++)
        plain_peer_send_video(call, a, 0, i == 0);
    send_nacks(call, viewer, video, plain_peer_nth(viewer, video, 3)->rtp.seq, 20);
    assert_int_equal(plain_peer_count(viewer, rtx), 20);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(bytes_get_u16(plain_peer_nth(viewer, rtx, i)->bytes +
                                       plain_peer_nth(viewer, rtx, i)->rtp.payload_at),
                         plain_peer_nth(viewer, video, 3 + i)->rtp.seq);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_rtx_sent), 20);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_nacks_received), 20);
    plain_call_free(call);
}

/* 1,200 bytes of NACK could ask for 4,900 packets. */
static void one_message_gets_so_many_answers_and_no_more(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t video = plain_peer_seat_video(viewer, 0);

    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        plain_peer_send_video(call, a, 0, i == 0);
        plain_call_run(call, 4000);
    }
    send_nacks(call, viewer, video, plain_peer_nth(viewer, video, 0)->rtp.seq, 200);
    assert_int_equal(plain_peer_count(viewer, plain_peer_seat_rtx(viewer, 0)),
                     LIMIT_NACK_SEQS_PER_RTCP);
    plain_call_free(call);
}

static void nobody_gets_anothers_packets(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    struct plain_peer *other = plain_call_add(call, &one_seat);
    const uint32_t video = plain_peer_seat_video(viewer, 0);

    (void)state;
    plain_peer_send_video(call, a, 0, true);
    const size_t before = other->count;
    send_nacks(call, other, video, plain_peer_last(viewer, video)->rtp.seq, 1);
    assert_int_equal(other->count, before);
    plain_call_free(call);
}

/* Sound has no RTX and no number twice: what is missing comes as redundancy of the next packet. */
static void lost_audio_comes_with_the_next_packet(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer =
        plain_call_add(call, &(struct plain_options){.seats = 1, .red = true, .audio_nack = true});
    const uint32_t audio = plain_peer_seat_audio(viewer, 0);

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        plain_peer_send_audio(call, a, 30);
        plain_call_run(call, 20000);
    }
    const struct plain_packet *missed = plain_peer_nth(viewer, audio, 2);
    plain_peer_send_nack(call, viewer, audio, missed->rtp.seq);
    plain_peer_send_nack(call, viewer, audio, missed->rtp.seq);
    assert_int_equal(plain_peer_count(viewer, audio), 5);
    plain_peer_send_audio(call, a, 30);
    const struct plain_packet *packet = plain_peer_last(viewer, audio);
    struct red_packet red;
    assert_int_equal(packet->rtp.payload_type, PLAIN_RED);
    assert_int_equal(
        red_parse(packet->bytes + packet->rtp.payload_at, packet->rtp.payload_len, &red), 0);
    assert_int_equal(red.count, 2);
    assert_int_equal(red.blocks[0].payload_type, PLAIN_OPUS);
    assert_int_equal(red.blocks[0].timestamp_offset, packet->rtp.timestamp - missed->rtp.timestamp);
    assert_int_equal(red.blocks[0].payload.len, missed->rtp.payload_len);
    assert_memory_equal(red.blocks[0].payload.bytes, missed->bytes + missed->rtp.payload_at,
                        missed->rtp.payload_len);
    assert_memory_equal(red.blocks[1].payload.bytes, "\xfc\x01\x02\x03\x04", 5);
    /* Only that once. */
    plain_peer_send_audio(call, a, 30);
    assert_int_equal(plain_peer_last(viewer, audio)->rtp.payload_type, PLAIN_OPUS);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_rtx_sent), 1);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_rtx_too_often), 1);
    plain_call_free(call);
}

static void without_red_lost_audio_stays_lost(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t audio = plain_peer_seat_audio(viewer, 0);

    (void)state;
    plain_peer_send_audio(call, a, 30);
    plain_peer_send_nack(call, viewer, audio, plain_peer_last(viewer, audio)->rtp.seq);
    plain_peer_send_audio(call, a, 30);
    assert_int_equal(plain_peer_count(viewer, audio), 2);
    assert_int_equal(plain_peer_last(viewer, audio)->rtp.payload_type, PLAIN_OPUS);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_rtx_gone), 1);
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_of_losses_is_answered_in_one_go),
        cmocka_unit_test(one_message_gets_so_many_answers_and_no_more),
        cmocka_unit_test(nobody_gets_anothers_packets),
        cmocka_unit_test(lost_audio_comes_with_the_next_packet),
        cmocka_unit_test(without_red_lost_audio_stays_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
