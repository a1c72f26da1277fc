/* Sender and receiver reports, and the clocks behind them. */
#include "test.h"

#include <string.h>

#include "support/plain_call.h"
#include "wire/rtcp.h"

#define NTP_SECOND (UINT64_C(1) << 32)

static const struct plain_options one_seat = {.seats = 1};

/* The last sender report on a stream. */
static bool find_sender(const struct plain_peer *peer, uint32_t ssrc, struct rtcp_sender *out)
{
    bool found = false;
    for (size_t i = 0; i < peer->count; i++) {
        struct rtcp_compound compound;
        struct rtcp_packet packet;
        struct rtcp_sender sender;
        if (!peer->inbox[i]->rtcp ||
            rtcp_open(peer->inbox[i]->bytes, peer->inbox[i]->len, &compound) != 0)
            continue;
        while (rtcp_next(&compound, &packet) == 1) {
            if (packet.type == RTCP_SR && rtcp_read_sr(&packet, &sender) == 0 &&
                sender.ssrc == ssrc) {
                *out = sender;
                found = true;
            }
        }
    }
    return found;
}

/* The last receiver report block on a stream. */
static bool find_report(const struct plain_peer *peer, uint32_t ssrc, struct rtcp_report *out)
{
    bool found = false;
    for (size_t i = 0; i < peer->count; i++) {
        struct rtcp_compound compound;
        struct rtcp_packet packet;
        if (!peer->inbox[i]->rtcp ||
            rtcp_open(peer->inbox[i]->bytes, peer->inbox[i]->len, &compound) != 0)
            continue;
        while (rtcp_next(&compound, &packet) == 1) {
            for (size_t k = 0; packet.type == RTCP_RR && k < packet.count; k++) {
                struct rtcp_report report;
                if (rtcp_read_report(&packet, k, &report) == 0 && report.ssrc == ssrc) {
                    *out = report;
                    found = true;
                }
            }
        }
    }
    return found;
}

static void publishers_hear_of_their_losses(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct rtcp_report report;

    (void)state;
    plain_call_run(call, 1500000);
    for (unsigned i = 0; i < 40; i++) {
        if (i % 4 == 1)
            plain_peer_lose_video(a, 0);
        else
            plain_peer_send_video(call, a, 0, i == 0);
    }
    plain_call_run(call, 1100000);
    assert_true(find_report(a, plain_peer_video_ssrc(a, 0), &report));
    assert_int_equal(report.lost, 10);
    assert_in_range(report.fraction_lost, 60, 66);
    assert_int_equal(report.highest_seq & 0xffffu, (uint16_t)(a->video_seq[0] - 1));
    assert_int_equal(report.last_sr, 0);
    plain_call_free(call);
}

static void reports_carry_the_time_of_the_last_sender_report(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct rtcp_report report;

    (void)state;
    plain_peer_send_audio(call, a, 30);
    plain_peer_send_sr(call, a, plain_peer_audio_ssrc(a), UINT64_C(0x1122334455667788), 1);
    const uint64_t sent_us = call->now_us;
    plain_call_run(call, 1100000);
    assert_true(find_report(a, plain_peer_audio_ssrc(a), &report));
    assert_int_equal(report.last_sr, 0x33445566u);
    assert_true(report.delay_since_sr > 0);
    assert_true(report.delay_since_sr <= (call->now_us - sent_us) * 65536u / 1000000u);
    plain_call_free(call);
}

/* The publisher's clocks say that audio timestamp 48000 and video timestamp 900000 are the same
 * moment; so must the viewer's reports, whatever its own timestamps are. */
static void audio_and_video_of_a_seat_stay_together(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t audio = plain_peer_seat_audio(viewer, 0);
    const uint32_t video = plain_peer_seat_video(viewer, 0);
    const uint64_t theirs = 500 * NTP_SECOND;
    struct rtcp_sender audio_report, video_report;

    (void)state;
    a->audio_timestamp = 48000;
    a->video_timestamp[0] = 900000;
    plain_peer_send_audio(call, a, 30);
    plain_peer_send_sr(call, a, plain_peer_audio_ssrc(a), theirs, 48000);
    plain_call_run(call, 70000); /* video was under way for longer */
    plain_peer_send_video(call, a, 0, true);
    plain_peer_send_sr(call, a, plain_peer_video_ssrc(a, 0), theirs, 900000);
    plain_call_run(call, 2000000);
    assert_true(find_sender(viewer, audio, &audio_report));
    assert_true(find_sender(viewer, video, &video_report));
    assert_int_equal(audio_report.packets, 1);
    assert_int_equal(video_report.packets, 1);
    /* When, by the reports, were the two packets taken? Equal within 2 ms. */
    const int32_t audio_ticks =
        (int32_t)(plain_peer_nth(viewer, audio, 0)->rtp.timestamp - audio_report.rtp_timestamp);
    const int32_t video_ticks =
        (int32_t)(plain_peer_nth(viewer, video, 0)->rtp.timestamp - video_report.rtp_timestamp);
    const int64_t audio_us = (int64_t)(audio_report.ntp / (NTP_SECOND / 1000000)) +
                             (int64_t)audio_ticks * 1000000 / 48000;
    const int64_t video_us = (int64_t)(video_report.ntp / (NTP_SECOND / 1000000)) +
                             (int64_t)video_ticks * 1000000 / 90000;
    assert_in_range(audio_us - video_us + 2000, 0, 4000);
    plain_call_free(call);
}

static void no_report_without_news_or_clock(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    struct rtcp_sender sender;

    (void)state;
    plain_peer_send_audio(call, a, 30);
    plain_call_run(call, 2000000);
    assert_false(find_sender(viewer, plain_peer_seat_audio(viewer, 0), &sender));
    plain_peer_send_sr(call, a, plain_peer_audio_ssrc(a), 77 * NTP_SECOND, 1);
    plain_call_run(call, 2000000);
    assert_true(find_sender(viewer, plain_peer_seat_audio(viewer, 0), &sender));
    plain_peer_forget(viewer);
    plain_call_run(call, 3000000);
    assert_false(find_sender(viewer, plain_peer_seat_audio(viewer, 0), &sender));
    /* A clock that nobody heard of for a minute says nothing any more. */
    plain_call_run(call, 70000000);
    plain_peer_send_audio(call, a, 30);
    plain_call_run(call, 2000000);
    assert_false(find_sender(viewer, plain_peer_seat_audio(viewer, 0), &sender));
    plain_call_free(call);
}

static void a_wild_clock_does_no_harm(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    static const uint64_t times[] = {0, UINT64_MAX, 1, UINT64_C(1) << 63, 12345 * NTP_SECOND};
    struct rtcp_sender sender;

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(times); i++) {
        plain_peer_send_audio(call, a, 30);
        plain_peer_send_sr(call, a, plain_peer_audio_ssrc(a), times[i], UINT32_MAX);
        plain_call_run(call, 1100000);
    }
    assert_true(find_sender(viewer, plain_peer_seat_audio(viewer, 0), &sender));
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(publishers_hear_of_their_losses),
        cmocka_unit_test(reports_carry_the_time_of_the_last_sender_report),
        cmocka_unit_test(audio_and_video_of_a_seat_stay_together),
        cmocka_unit_test(no_report_without_news_or_clock),
        cmocka_unit_test(a_wild_clock_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
