/* What publishers hear soon. */
#include "test.h"

#include <string.h>

#include "base/counters.h"
#include "support/plain_call.h"
#include "wire/rtcp.h"
#include "wire/twcc.h"

static const struct plain_options one_seat = {.seats = 1};

static void losses_are_asked_for_until_they_come(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);

    (void)state;
    plain_peer_send_video(call, a, 0, true);
    const uint16_t lost = a->video_seq[0];
    plain_peer_lose_video(a, 0);
    plain_peer_send_video(call, a, 0, false);
    assert_int_equal(plain_peer_count_rtcp(a, RTCP_RTPFB, RTCP_NACK), 0);
    plain_call_run(call, 30000);
    assert_int_equal(plain_peer_count_rtcp(a, RTCP_RTPFB, RTCP_NACK), 1);
    plain_call_run(call, 300000);
    assert_in_range(plain_peer_count_rtcp(a, RTCP_RTPFB, RTCP_NACK), 2, 5);
    plain_peer_repair_video(call, a, 0, lost, false);
    plain_peer_forget(a);
    plain_call_run(call, 1000000);
    assert_int_equal(plain_peer_count_rtcp(a, RTCP_RTPFB, RTCP_NACK), 0);
    plain_call_free(call);
}

static void what_never_comes_ends_in_a_key_frame_request(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);

    (void)state;
    plain_peer_send_video(call, a, 0, true);
    plain_peer_lose_video(a, 0);
    plain_peer_send_video(call, a, 0, false);
    plain_call_run(call, 2000000);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_nacks_sent), LIMIT_NACK_RETRIES);
    assert_true(plain_peer_count_rtcp(a, RTCP_PSFB, RTCP_PLI) >= 1);
    plain_call_free(call);
}

/* Where it was agreed on, while there is time. */
static void lost_audio_is_asked_for_while_it_helps(void **state)
{
    for (unsigned agreed = 0; agreed < 2; agreed++) {
        struct plain_call *call = plain_call_new(1);
        struct plain_peer *a =
            plain_call_add(call, &(struct plain_options){.seats = 1, .audio_nack = agreed == 1});

        (void)state;
        assert_true((strstr(a->answer, "a=rtcp-fb:111 nack\r\n") != NULL) == (agreed == 1));
        plain_peer_send_audio(call, a, 30);
        plain_peer_lose_audio(a);
        for (unsigned i = 0; i < 50; i++) {
            plain_peer_send_audio(call, a, 30);
            plain_call_run(call, 20000);
        }
        const uint64_t asked = plain_call_counter(call, ENGINE_COUNTER_nacks_sent);
        assert_in_range(asked, agreed, agreed * 4);
        plain_call_free(call);
    }
}

static void arrivals_are_told_in_time(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        plain_peer_send_audio(call, a, 30);
        plain_peer_send_video(call, a, 0, i == 0);
        plain_call_run(call, 10000);
    }
    const size_t messages = plain_peer_count_rtcp(a, RTCP_RTPFB, RTCP_TWCC);
    assert_in_range(messages, 10, 20);
    plain_call_run(call, 200000);
    /* All 200 packets, each once. */
    size_t told = 0;
    for (size_t i = 0; i < a->count; i++) {
        struct rtcp_compound compound;
        struct rtcp_packet packet;
        struct rtcp_feedback feedback;
        struct twcc_feedback twcc;
        struct twcc_status statuses[512];
        if (!a->inbox[i]->rtcp || rtcp_open(a->inbox[i]->bytes, a->inbox[i]->len, &compound) != 0)
            continue;
        while (rtcp_next(&compound, &packet) == 1)
            if (packet.type == RTCP_RTPFB && packet.count == RTCP_TWCC &&
                rtcp_read_feedback(&packet, &feedback) == 0 &&
                twcc_read(feedback.fci, &twcc, statuses, TEST_COUNT(statuses)) == 0)
                told += twcc.status_count;
    }
    assert_int_equal(told, 200);
    plain_call_free(call);
}

static void assert_why(const struct plain_call *call, unsigned count, unsigned why)
{
    struct timeline_note note = {0};
    assert_int_equal(plain_call_notes(call, TIMELINE_KEYFRAME, &note), count);
    assert_string_equal(timeline_why_word(note.why), timeline_why_word(why));
}

static void key_frame(struct plain_call *call, struct plain_peer *sender)
{
    plain_peer_send_video(call, sender, 0, true);
    plain_call_run(call, 5000000);
    plain_peer_send_video(call, sender, 0, false);
}

/* The room's log holds who asked for each key frame. */
static void each_request_says_whose_wish_it_was(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);

    (void)state;
    plain_peer_send_video(call, a, 0, false);
    assert_why(call, 1, TIMELINE_WHY_JOINED);
    key_frame(call, a);
    plain_peer_send_pli(call, viewer, plain_peer_seat_video(viewer, 0));
    assert_why(call, 2, TIMELINE_WHY_REQUESTED);
    key_frame(call, a);
    plain_peer_enable(call, a, 0);
    plain_peer_enable(call, a, ~0u);
    plain_peer_send_video(call, a, 0, false);
    assert_why(call, 3, TIMELINE_WHY_UNMUTED);
    key_frame(call, a);
    plain_peer_lose_video(a, 0);
    plain_peer_send_video(call, a, 0, false);
    plain_call_run(call, 500000);
    assert_why(call, 3, TIMELINE_WHY_UNMUTED);
    plain_call_run(call, 1500000);
    struct timeline_note note = {0};
    assert_true(plain_call_notes(call, TIMELINE_KEYFRAME, &note) >= 4);
    assert_int_equal(note.why, TIMELINE_WHY_UNREPAIRED);
    plain_call_free(call);
}

/* Another publisher takes the place of the one that was shown. */
static void a_new_face_in_a_seat_is_a_reason(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    struct timeline_note note = {0};

    (void)state;
    key_frame(call, a);
    struct plain_peer *b = plain_call_add(call, &one_seat);
    plain_peer_send_video(call, b, 0, false);
    const struct engine_view view = {.participant = b->id, .visible = true};
    struct engine_command command = {.type = ENGINE_VIEW, .views = &view, .view_count = 1};
    assert_int_equal(plain_call_command(call, viewer, &command), 0);
    plain_call_run(call, 5000000);
    assert_true(plain_call_notes(call, TIMELINE_KEYFRAME, &note) > 0);
    assert_int_equal(note.about, b->id);
    assert_int_equal(note.why, TIMELINE_WHY_SEATED);
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_asked_for_until_they_come),
        cmocka_unit_test(what_never_comes_ends_in_a_key_frame_request),
        cmocka_unit_test(lost_audio_is_asked_for_while_it_helps),
        cmocka_unit_test(arrivals_are_told_in_time),
        cmocka_unit_test(each_request_says_whose_wish_it_was),
        cmocka_unit_test(a_new_face_in_a_seat_is_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
