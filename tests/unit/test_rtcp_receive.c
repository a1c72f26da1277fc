#include "test.h"

#include "base/counters.h"
#include "support/plain_call.h"
#include "wire/rtcp.h"

static const struct plain_options one_seat = {.seats = 1};

static void send_report(struct plain_call *call, struct plain_peer *peer, uint32_t ssrc,
                        uint32_t last_sr, uint32_t delay)
{
    uint8_t bytes[128];
    struct writer writer = writer_of(bytes, sizeof bytes);
    const struct rtcp_report report = {.ssrc = ssrc, .last_sr = last_sr, .delay_since_sr = delay};
    assert_int_equal(rtcp_write_rr(&writer, 5, &report, 1), 0);
    plain_peer_send(call, peer, bytes, writer_len(&writer));
}

static uint32_t middle_of_now(const struct plain_call *call)
{
    const uint64_t us = call->now_us + UINT64_C(3900000000000000);
    return (uint32_t)(((us / 1000000u) << 16) | ((us % 1000000u) << 16) / 1000000u);
}

/* The measured round trip shows in how soon a repetition is repeated. */
static void the_round_trip_is_measured(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t video = plain_peer_seat_video(viewer, 0);
    const uint32_t rtx = plain_peer_seat_rtx(viewer, 0);

    (void)state;
    plain_peer_send_video(call, a, 0, true);
    const uint16_t seq = plain_peer_last(viewer, video)->rtp.seq;
    send_report(call, viewer, video, middle_of_now(call) - (65536 / 4) - 655, 655);
    plain_peer_send_nack(call, viewer, video, seq);
    plain_call_run(call, 200000);
    plain_peer_send_nack(call, viewer, video, seq);
    assert_int_equal(plain_peer_count(viewer, rtx), 1);
    plain_call_run(call, 60000);
    plain_peer_send_nack(call, viewer, video, seq);
    assert_int_equal(plain_peer_count(viewer, rtx), 2);
    plain_call_free(call);
}

static void nonsense_round_trips_are_ignored(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t video = plain_peer_seat_video(viewer, 0);

    (void)state;
    plain_peer_send_video(call, a, 0, true);
    const uint16_t seq = plain_peer_last(viewer, video)->rtp.seq;
    send_report(call, viewer, video, middle_of_now(call) + 65536 * 100, 0);
    send_report(call, viewer, 4711, middle_of_now(call), 0);
    plain_peer_send_nack(call, viewer, video, seq);
    plain_call_run(call, 110000); /* the guess is 100 ms */
    plain_peer_send_nack(call, viewer, video, seq);
    assert_int_equal(plain_peer_count(viewer, plain_peer_seat_rtx(viewer, 0)), 2);
    plain_call_free(call);
}

static void pli_and_fir_reach_the_publisher(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t video = plain_peer_seat_video(viewer, 0);
    uint8_t bytes[64];
    struct writer writer = writer_of(bytes, sizeof bytes);

    (void)state;
    plain_peer_send_video(call, a, 0, true);
    plain_call_run(call, 1000000);
    plain_peer_forget(a);
    plain_peer_send_pli(call, viewer, video);
    assert_int_equal(plain_peer_count_rtcp(a, RTCP_PSFB, RTCP_PLI), 1);
    plain_peer_send_video(call, a, 0, true);
    plain_call_run(call, 1000000);
    assert_int_equal(rtcp_write_fir(&writer, 1, video, 3), 0);
    plain_peer_send(call, viewer, bytes, writer_len(&writer));
    assert_int_equal(plain_peer_count_rtcp(a, RTCP_PSFB, RTCP_PLI), 2);
    /* About streams that are not there: nothing. */
    plain_peer_send_video(call, a, 0, true);
    plain_call_run(call, 1000000);
    plain_peer_send_pli(call, viewer, 999);
    plain_peer_send_pli(call, a, video);
    assert_int_equal(plain_peer_count_rtcp(a, RTCP_PSFB, RTCP_PLI), 2);
    plain_call_free(call);
}

static void a_goodbye_sends_viewers_to_another_layer(void **state)
{
    struct plain_call *call = plain_call_new(1);
    const struct plain_options simulcast = {.seats = 1, .simulcast = true};
    struct plain_peer *a = plain_call_add(call, &simulcast);
    struct plain_peer *viewer = plain_call_add(call, &simulcast);
    const uint32_t video = plain_peer_seat_video(viewer, 0);
    const uint32_t top = plain_peer_video_ssrc(a, 1);
    uint8_t bytes[64];
    struct writer writer = writer_of(bytes, sizeof bytes);

    (void)state;
    plain_peer_send_video(call, a, 0, true);
    plain_peer_send_video(call, a, 1, true);
    plain_call_run(call, 600000);
    plain_peer_send_video(call, a, 0, false);
    plain_peer_forget(a);
    assert_int_equal(rtcp_write_bye(&writer, &top, 1), 0);
    plain_peer_send(call, a, bytes, writer_len(&writer));
    assert_int_equal(plain_peer_count_rtcp(a, RTCP_PSFB, RTCP_PLI), 1);
    const size_t before = plain_peer_count(viewer, video);
    plain_peer_send_video(call, a, 0, true);
    assert_int_equal(plain_peer_count(viewer, video), before + 1);
    plain_call_free(call);
}

static void broken_rtcp_is_counted(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    const uint8_t cut[] = {0x81, 201, 0, 20, 0, 0, 0, 1};
    const uint8_t version[] = {0x80, 201, 0, 1, 0, 0, 0, 1, 0x00, 201, 0, 1, 0, 0, 0, 1};

    (void)state;
    plain_peer_send(call, a, cut, sizeof cut);
    plain_peer_send(call, a, version, sizeof version);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_dropped_malformed_rtcp), 2);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_rtcp_received), 2);
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_round_trip_is_measured),
        cmocka_unit_test(nonsense_round_trips_are_ignored),
        cmocka_unit_test(pli_and_fir_reach_the_publisher),
        cmocka_unit_test(a_goodbye_sends_viewers_to_another_layer),
        cmocka_unit_test(broken_rtcp_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
