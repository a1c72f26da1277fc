#include "test.h"

#include <string.h>

#include "base/counters.h"
#include "engine/limits.h"
#include "support/plain_call.h"
#include "wire/rtcp.h"
#include "wire/twcc.h"

static const struct plain_options one_seat = {.seats = 1};

struct pair {
    struct plain_call *call;
    struct plain_peer *sender, *viewer;
    uint32_t video;
};

static struct pair set_up(void)
{
    struct pair pair = {.call = plain_call_new(1)};
    pair.sender = plain_call_add(pair.call, &one_seat);
    pair.viewer = plain_call_add(pair.call, &one_seat);
    pair.video = plain_peer_seat_video(pair.viewer, 0);
    plain_peer_send_video(pair.call, pair.sender, 0, true);
    return pair;
}

static uint64_t count_of(const struct pair *pair, unsigned counter)
{
    return plain_call_counter(pair->call, counter);
}

static void with_credit_video_passes_in_the_same_call(void **state)
{
    struct pair pair = set_up();

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        plain_call_run(pair.call, 33000);
        const size_t before = plain_peer_count(pair.viewer, pair.video);
        plain_peer_send_video(pair.call, pair.sender, 0, false);
        assert_int_equal(plain_peer_count(pair.viewer, pair.video), before + 1);
    }
    assert_int_equal(count_of(&pair, ENGINE_COUNTER_pacer_queued), 0);
    plain_call_free(pair.call);
}

static void more_at_once_than_the_link_takes_stands_in_line(void **state)
{
    struct pair pair = set_up();

    (void)state;
    plain_call_run(pair.call, 33000);
    for (unsigned i = 0; i < 300; i++)
        plain_peer_send_video(pair.call, pair.sender, 0, false);
    const size_t at_once = plain_peer_count(pair.viewer, pair.video);
    assert_true(at_once < 301);
    assert_true(count_of(&pair, ENGINE_COUNTER_pacer_queued) > 0);
    plain_call_run(pair.call, 200000);
    assert_true(plain_peer_count(pair.viewer, pair.video) > at_once);
    plain_call_free(pair.call);
}

static void a_line_too_long_is_why_a_key_frame_is_needed(void **state)
{
    struct pair pair = set_up();
    struct timeline_note note = {0};

    (void)state;
    plain_peer_send_video(pair.call, pair.sender, 0, true);
    plain_call_run(pair.call, 5000000);
    for (unsigned i = 0; i < 5000 && plain_call_notes(pair.call, TIMELINE_QUEUE_DROP, &note) == 0;
         i++)
        plain_peer_send_video(pair.call, pair.sender, 0, false);
    assert_int_equal(note.what, TIMELINE_QUEUE_DROP);
    plain_call_run(pair.call, 1000000);
    assert_true(plain_call_notes(pair.call, TIMELINE_KEYFRAME, &note) > 0);
    assert_string_equal(timeline_why_word(note.why), "queue");
    plain_call_free(pair.call);
}

static void what_waited_while_the_process_stood_still_leaves_no_gap(void **state)
{
    struct pair pair = set_up();

    (void)state;
    plain_call_run(pair.call, 33000);
    const struct plain_packet *last = plain_peer_last(pair.viewer, pair.video);
    const uint16_t first = last->rtp.seq;
    const size_t before = plain_peer_count(pair.viewer, pair.video);
    for (unsigned i = 0; i < 300; i++)
        plain_peer_send_video(pair.call, pair.sender, 0, false);
    assert_true(count_of(&pair, ENGINE_COUNTER_pacer_queued) > 0);
    pair.call->now_us += 1500000;
    plain_peer_send_video(pair.call, pair.sender, 0, false);
    plain_call_run(pair.call, 500000);
    plain_peer_send_video(pair.call, pair.sender, 0, true);
    plain_call_run(pair.call, 500000);
    last = plain_peer_last(pair.viewer, pair.video);
    assert_int_equal((uint16_t)(last->rtp.seq - first),
                     plain_peer_count(pair.viewer, pair.video) - before);
    assert_true(count_of(&pair, ENGINE_COUNTER_pacer_dropped) > 0);
    plain_call_free(pair.call);
}

static void send_feedback(struct pair *pair, uint16_t base_seq, size_t count, uint64_t step_us)
{
    struct twcc_arrival arrivals[200];
    uint8_t bytes[1400];
    struct writer writer = writer_of(bytes, sizeof bytes);
    const struct twcc_header header = {.sender_ssrc = 1, .media_ssrc = 2, .base_seq = base_seq};
    for (size_t i = 0; i < count; i++)
        arrivals[i] = (struct twcc_arrival){.arrival_us = 1000000 + i * step_us, .received = true};
    assert_true(twcc_write(&writer, &header, arrivals, count) > 0);
    plain_peer_send(pair->call, pair->viewer, bytes, writer_len(&writer));
}

static void feedback_about_packets_never_sent_is_ignored(void **state)
{
    struct pair pair = set_up();

    (void)state;
    for (unsigned i = 0; i < 50; i++)
        send_feedback(&pair, (uint16_t)(20000 + i * 300), 200, 250);
    assert_int_equal(count_of(&pair, ENGINE_COUNTER_feedback_received), 50);
    assert_int_equal(count_of(&pair, ENGINE_COUNTER_feedback_ignored), 50 * 200);
    const size_t before = plain_peer_count(pair.viewer, pair.video);
    plain_call_run(pair.call, 33000);
    plain_peer_send_video(pair.call, pair.sender, 0, false);
    assert_int_equal(plain_peer_count(pair.viewer, pair.video), before + 1);
    plain_call_free(pair.call);
}

static void repairs_are_within_a_budget(void **state)
{
    struct pair pair = set_up();

    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        plain_peer_send_video(pair.call, pair.sender, 0, false);
        plain_call_run(pair.call, 4000);
    }
    const uint16_t last = plain_peer_last(pair.viewer, pair.video)->rtp.seq;
    for (unsigned round = 0; round < 400; round++) {
        for (unsigned i = 0; i < 200; i++)
            plain_peer_send_nack(pair.call, pair.viewer, pair.video, (uint16_t)(last - i));
        plain_call_run(pair.call, 1000);
    }
    assert_true(plain_peer_count(pair.viewer, plain_peer_seat_rtx(pair.viewer, 0)) <=
                200 * LIMIT_RTX_PER_PACKET);
    assert_true(count_of(&pair, ENGINE_COUNTER_rtx_over_budget) +
                    count_of(&pair, ENGINE_COUNTER_rtx_too_often) >
                0);
    plain_call_free(pair.call);
}

static void a_flood_of_key_frame_requests_is_cut(void **state)
{
    struct pair pair = set_up();

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        plain_peer_send_pli(pair.call, pair.viewer, pair.video);
        plain_call_run(pair.call, 1000);
    }
    assert_true(count_of(&pair, ENGINE_COUNTER_plis_too_often) >= 980);
    plain_call_free(pair.call);
}

static void audio_only_says_why_there_is_no_video(void **state)
{
    struct pair pair = set_up();
    struct engine_command command = {.type = ENGINE_VIEW, .audio_only = true};

    (void)state;
    assert_int_equal(plain_call_command(pair.call, pair.viewer, &command), 0);
    assert_int_equal(pair.viewer->seats[0].paused, ENGINE_PAUSE_AUDIO_ONLY);
    const size_t before = plain_peer_count(pair.viewer, pair.video);
    plain_peer_send_video(pair.call, pair.sender, 0, true);
    assert_int_equal(plain_peer_count(pair.viewer, pair.video), before);
    const struct engine_view hidden = {.participant = pair.sender->id};
    command = (struct engine_command){.type = ENGINE_VIEW, .views = &hidden, .view_count = 1};
    assert_int_equal(plain_call_command(pair.call, pair.viewer, &command), 0);
    assert_int_equal(pair.viewer->seats[0].paused, ENGINE_PAUSE_HIDDEN);
    command = (struct engine_command){.type = ENGINE_VIEW};
    assert_int_equal(plain_call_command(pair.call, pair.viewer, &command), 0);
    assert_int_equal(pair.viewer->seats[0].paused, ENGINE_PAUSE_NONE);
    plain_peer_send_video(pair.call, pair.sender, 0, true);
    assert_true(plain_peer_count(pair.viewer, pair.video) > before);
    plain_call_free(pair.call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_credit_video_passes_in_the_same_call),
        cmocka_unit_test(more_at_once_than_the_link_takes_stands_in_line),
        cmocka_unit_test(a_line_too_long_is_why_a_key_frame_is_needed),
        cmocka_unit_test(what_waited_while_the_process_stood_still_leaves_no_gap),
        cmocka_unit_test(feedback_about_packets_never_sent_is_ignored),
        cmocka_unit_test(repairs_are_within_a_budget),
        cmocka_unit_test(a_flood_of_key_frame_requests_is_cut),
        cmocka_unit_test(audio_only_says_why_there_is_no_video),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
