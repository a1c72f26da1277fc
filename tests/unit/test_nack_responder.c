#include "test.h"

#include "base/counters.h"
#include "support/plain_call.h"
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
    for (unsigned i = 0; i < 200; i++)
        plain_peer_send_video(call, a, 0, i == 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_of_losses_is_answered_in_one_go),
        cmocka_unit_test(one_message_gets_so_many_answers_and_no_more),
        cmocka_unit_test(nobody_gets_anothers_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
