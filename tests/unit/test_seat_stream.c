/* What a viewer's browser sees: one stream that never jumps. */
#include "test.h"

#include <string.h>

#include "base/counters.h"
#include "base/seq.h"
#include "support/plain_call.h"
#include "wire/rtcp.h"
#include "wire/vp8.h"

static const struct plain_options one_seat = {.seats = 1};
static const struct plain_options simulcast = {.seats = 1, .simulcast = true};

static uint16_t picture_of(const struct plain_packet *packet)
{
    struct vp8_payload vp8;
    assert_int_equal(
        vp8_parse(packet->bytes + packet->rtp.payload_at, packet->rtp.payload_len, &vp8), 0);
    return vp8.picture_id;
}

/* Sequence numbers and picture ids rise by one, timestamps rise. */
static void assert_continuous(const struct plain_peer *viewer, uint32_t ssrc)
{
    const size_t count = plain_peer_count(viewer, ssrc);
    for (size_t i = 1; i < count; i++) {
        const struct plain_packet *before = plain_peer_nth(viewer, ssrc, i - 1);
        const struct plain_packet *after = plain_peer_nth(viewer, ssrc, i);
        assert_int_equal(seq16_diff(after->rtp.seq, before->rtp.seq), 1);
        assert_true(seq32_newer(after->rtp.timestamp, before->rtp.timestamp));
        assert_int_equal((picture_of(after) - picture_of(before)) & 0x7fff, 1);
    }
}

static void video_begins_with_a_key_frame(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *sender = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t ssrc = plain_peer_seat_video(viewer, 0);

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        plain_peer_send_video(call, sender, 0, false);
    assert_int_equal(plain_peer_count(viewer, ssrc), 0);
    assert_int_equal(plain_peer_count_rtcp(sender, RTCP_PSFB, RTCP_PLI), 1);
    plain_peer_send_video(call, sender, 0, true);
    plain_peer_send_video(call, sender, 0, false);
    assert_int_equal(plain_peer_count(viewer, ssrc), 2);
    assert_int_equal(plain_peer_nth(viewer, ssrc, 0)->rtp.payload_type, PLAIN_VIDEO);
    assert_true(plain_peer_nth(viewer, ssrc, 0)->rtp.marker);
    plain_call_free(call);
}

static void a_switch_of_sources_is_seamless(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t ssrc = plain_peer_seat_video(viewer, 0);

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        plain_peer_send_video(call, a, 0, i == 0);
        plain_call_run(call, 33000);
    }
    struct plain_peer *b = plain_call_add(call, &one_seat);
    plain_peer_leave(call, a);
    assert_int_equal(viewer->seats[0].participant, b->id);
    plain_call_run(call, 500000);
    for (unsigned i = 0; i < 5; i++) {
        plain_peer_send_video(call, b, 0, i == 1);
        plain_call_run(call, 33000);
    }
    assert_int_equal(plain_peer_count(viewer, ssrc), 9);
    assert_continuous(viewer, ssrc);
    /* The pause is in the timestamps: 33 + 500 + 33 ms at 90 kHz. */
    const uint32_t gap = plain_peer_nth(viewer, ssrc, 5)->rtp.timestamp -
                         plain_peer_nth(viewer, ssrc, 4)->rtp.timestamp;
    assert_in_range(gap, 50000, 52000);
    plain_call_free(call);
}

static void layers_change_on_key_frames_and_follow_what_is_alive(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *sender = plain_call_add(call, &simulcast);
    struct plain_peer *viewer = plain_call_add(call, &simulcast);
    const uint32_t ssrc = plain_peer_seat_video(viewer, 0);

    (void)state;
    plain_peer_look(call, viewer, sender);
    for (unsigned i = 0; i < 10; i++) {
        plain_peer_send_video(call, sender, 0, i == 0);
        plain_call_run(call, 33000);
    }
    assert_int_equal(plain_peer_count(viewer, ssrc), 10);
    /* The top layer comes: the lower one goes on until its key frame. */
    for (unsigned i = 0; i < 10; i++) {
        plain_peer_send_video(call, sender, 0, false);
        plain_peer_send_video(call, sender, 2, i == 5);
        plain_call_run(call, 33000);
    }
    assert_continuous(viewer, ssrc);
    assert_int_equal(plain_peer_count(viewer, ssrc), 10 + 6 + 5);
    /* It stops: after 1.5 s the lower one is asked for a key frame. */
    plain_peer_forget(sender);
    for (unsigned i = 0; i < 70; i++) {
        plain_peer_send_video(call, sender, 0, i == 65);
        plain_call_run(call, 33000);
    }
    assert_true(plain_peer_count_rtcp(sender, RTCP_PSFB, RTCP_PLI) >= 1);
    assert_int_equal(plain_peer_count(viewer, ssrc), 21 + 5);
    assert_continuous(viewer, ssrc);
    plain_call_free(call);
}

static void a_late_packet_goes_into_its_place(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *sender = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t ssrc = plain_peer_seat_video(viewer, 0);

    (void)state;
    plain_peer_send_video(call, sender, 0, true);
    const uint16_t lost = sender->video_seq[0];
    plain_peer_lose_video(sender, 0);
    plain_peer_send_video(call, sender, 0, false);
    assert_int_equal(plain_peer_count(viewer, ssrc), 2);
    const uint16_t first = plain_peer_nth(viewer, ssrc, 0)->rtp.seq;
    assert_int_equal(seq16_diff(plain_peer_nth(viewer, ssrc, 1)->rtp.seq, first), 2);
    plain_peer_repair_video(call, sender, 0, lost, false);
    assert_int_equal(plain_peer_count(viewer, ssrc), 3);
    assert_int_equal(seq16_diff(plain_peer_nth(viewer, ssrc, 2)->rtp.seq, first), 1);
    /* And a second time it is dropped. */
    plain_peer_repair_video(call, sender, 0, lost, false);
    assert_int_equal(plain_peer_count(viewer, ssrc), 3);
    plain_call_free(call);
}

static void a_key_frame_whose_beginning_comes_last_still_starts_the_stream(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *sender = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t ssrc = plain_peer_seat_video(viewer, 0);

    (void)state;
    plain_peer_send_video(call, sender, 0, false);
    const uint16_t lost = sender->video_seq[0];
    plain_peer_lose_video(sender, 0);
    plain_peer_send_video(call, sender, 0, false);
    plain_peer_send_video(call, sender, 0, false);
    assert_int_equal(plain_peer_count(viewer, ssrc), 0);
    plain_peer_repair_video(call, sender, 0, lost, true);
    assert_int_equal(plain_peer_count(viewer, ssrc), 3);
    assert_continuous(viewer, ssrc);
    plain_call_free(call);
}

static void muted_video_stops_and_comes_back_on_a_key_frame(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *sender = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t ssrc = plain_peer_seat_video(viewer, 0);

    (void)state;
    plain_peer_send_video(call, sender, 0, true);
    plain_peer_enable(call, sender, 1u << ENGINE_MICROPHONE);
    assert_false(viewer->seats[0].video);
    assert_true(viewer->seats[0].audio);
    plain_peer_send_video(call, sender, 0, false);
    assert_int_equal(plain_peer_count(viewer, ssrc), 1);
    plain_call_run(call, 1000000);
    plain_peer_forget(sender);
    plain_peer_enable(call, sender, 1u << ENGINE_MICROPHONE | 1u << ENGINE_CAMERA);
    assert_true(viewer->seats[0].video);
    assert_int_equal(plain_peer_count_rtcp(sender, RTCP_PSFB, RTCP_PLI), 1);
    plain_peer_send_video(call, sender, 0, false);
    assert_int_equal(plain_peer_count(viewer, ssrc), 1);
    plain_peer_send_video(call, sender, 0, true);
    assert_int_equal(plain_peer_count(viewer, ssrc), 2);
    assert_continuous(viewer, ssrc);
    plain_call_free(call);
}

static void a_viewer_without_the_codec_is_told(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *sender = plain_call_add(call, &one_seat);
    struct plain_peer *viewer =
        plain_call_add(call, &(struct plain_options){.seats = 1, .no_video_out = true});

    (void)state;
    assert_int_equal(viewer->seats[0].problem, ENGINE_SEAT_FINE);
    plain_peer_send_video(call, sender, 0, true);
    plain_peer_send_video(call, sender, 0, false);
    assert_int_equal(viewer->seats[0].problem, ENGINE_SEAT_NO_CODEC);
    assert_int_equal(plain_peer_count(viewer, plain_peer_seat_video(viewer, 0)), 0);
    /* And the publisher is not asked for key frames that help nobody. */
    plain_call_run(call, 3000000);
    plain_peer_forget(sender);
    plain_peer_send_video(call, sender, 0, false);
    plain_call_run(call, 3000000);
    assert_int_equal(plain_peer_count_rtcp(sender, RTCP_PSFB, RTCP_PLI), 0);
    plain_call_free(call);
}

static void on_a_good_link_red_is_taken_off(void **state)
{
    struct plain_call *call = plain_call_new(1);
    const struct plain_options with_red = {.seats = 1, .red = true};
    struct plain_peer *sender = plain_call_add(call, &with_red);
    struct plain_peer *knows = plain_call_add(call, &with_red);
    struct plain_peer *plain = plain_call_add(call, &one_seat);

    (void)state;
    plain_peer_send_audio(call, sender, 30);
    const struct plain_packet *red = plain_peer_last(knows, plain_peer_seat_audio(knows, 0));
    const struct plain_packet *opus = plain_peer_last(plain, plain_peer_seat_audio(plain, 0));
    assert_non_null(red);
    assert_int_equal(red->rtp.payload_type, PLAIN_OPUS);
    assert_int_equal(red->rtp.payload_len, 6);
    assert_non_null(opus);
    assert_int_equal(opus->rtp.payload_type, PLAIN_OPUS);
    assert_int_equal(opus->rtp.payload_len, 6);
    assert_int_equal(opus->bytes[opus->rtp.payload_at], 0xfc);
    plain_call_free(call);
}

static void nacks_are_answered_by_rtx_but_not_for_ever(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *sender = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t ssrc = plain_peer_seat_video(viewer, 0);
    const uint32_t rtx_ssrc = plain_peer_seat_rtx(viewer, 0);

    (void)state;
    plain_peer_send_video(call, sender, 0, true);
    plain_peer_send_video(call, sender, 0, false);
    const struct plain_packet *sent = plain_peer_nth(viewer, ssrc, 0);
    const uint16_t seq = sent->rtp.seq;
    plain_peer_send_nack(call, viewer, ssrc, seq);
    const struct plain_packet *again = plain_peer_last(viewer, rtx_ssrc);
    assert_non_null(again);
    assert_int_equal(again->rtp.payload_type, PLAIN_RTX);
    assert_int_equal(again->rtp.timestamp, sent->rtp.timestamp);
    assert_int_equal(again->rtp.payload_len, sent->rtp.payload_len + 2);
    assert_int_equal(bytes_get_u16(again->bytes + again->rtp.payload_at), seq);
    assert_memory_equal(again->bytes + again->rtp.payload_at + 2,
                        sent->bytes + sent->rtp.payload_at, sent->rtp.payload_len);
    /* At once again: too soon. */
    plain_peer_send_nack(call, viewer, ssrc, seq);
    assert_int_equal(plain_peer_count(viewer, rtx_ssrc), 1);
    for (unsigned i = 0; i < LIMIT_RTX_PER_PACKET + 1; i++) {
        plain_call_run(call, 105000);
        plain_peer_send_nack(call, viewer, ssrc, seq);
    }
    assert_int_equal(plain_peer_count(viewer, rtx_ssrc), LIMIT_RTX_PER_PACKET);
    /* Never sent, or long gone. */
    plain_peer_send_nack(call, viewer, ssrc, (uint16_t)(seq + 1000));
    plain_call_run(call, 2000000);
    plain_peer_send_nack(call, viewer, ssrc, (uint16_t)(seq + 1));
    assert_int_equal(plain_peer_count(viewer, rtx_ssrc), LIMIT_RTX_PER_PACKET);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_rtx_gone), 2);
    plain_call_free(call);
}

static void a_nack_after_a_switch_gets_the_packet_as_it_was(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *sender = plain_call_add(call, &simulcast);
    struct plain_peer *viewer = plain_call_add(call, &simulcast);
    const uint32_t ssrc = plain_peer_seat_video(viewer, 0);

    (void)state;
    plain_peer_send_video(call, sender, 0, true);
    plain_peer_send_video(call, sender, 0, false);
    const struct plain_packet old = *plain_peer_last(viewer, ssrc);
    plain_call_run(call, 33000);
    plain_peer_send_video(call, sender, 1, true);
    assert_int_equal(plain_peer_count(viewer, ssrc), 3);
    plain_peer_send_nack(call, viewer, ssrc, old.rtp.seq);
    const struct plain_packet *again = plain_peer_last(viewer, plain_peer_seat_rtx(viewer, 0));
    assert_non_null(again);
    assert_int_equal(again->rtp.timestamp, old.rtp.timestamp);
    assert_memory_equal(again->bytes + again->rtp.payload_at + 2, old.bytes + old.rtp.payload_at,
                        old.rtp.payload_len);
    plain_call_free(call);
}

static void without_rtx_nothing_is_repeated(void **state)
{
    struct plain_call *call = plain_call_new(1);
    const struct plain_options no_rtx = {.seats = 1, .no_rtx = true};
    struct plain_peer *sender = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &no_rtx);
    const uint32_t ssrc = plain_peer_seat_video(viewer, 0);

    (void)state;
    plain_peer_send_video(call, sender, 0, true);
    const size_t before = viewer->count;
    plain_peer_send_nack(call, viewer, ssrc, plain_peer_last(viewer, ssrc)->rtp.seq);
    assert_int_equal(viewer->count, before);
    plain_call_free(call);
}

/* 70,000 packets: the source's and our numbers wrap, at different times. */
static void numbers_wrap_unnoticed(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *sender = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t ssrc = plain_peer_seat_video(viewer, 0);
    uint16_t last = 0, picture = 0;

    (void)state;
    for (unsigned i = 0; i < 70000; i++) {
        plain_peer_forget(viewer);
        plain_peer_forget(sender);
        plain_peer_send_video(call, sender, 0, i == 0);
        const struct plain_packet *packet = plain_peer_last(viewer, ssrc);
        assert_non_null(packet);
        if (i > 0) {
            assert_int_equal((uint16_t)(packet->rtp.seq - last), 1);
            assert_int_equal((picture_of(packet) - picture) & 0x7fff, 1);
        }
        last = packet->rtp.seq;
        picture = picture_of(packet);
        call->now_us += 1000;
    }
    plain_call_free(call);
}

/* Key frames of a layer come when they are asked for. */
static void send_layers(struct plain_call *call, struct plain_peer *sender, unsigned layers,
                        unsigned ms)
{
    for (unsigned t = 0; t < ms; t += 40) {
        for (unsigned layer = 0; layer < layers; layer++)
            plain_peer_send_video(call, sender, layer, t % 1000 == 0);
        plain_call_run(call, 40000);
    }
}

static void assert_layer(const struct plain_call *call, unsigned layer, unsigned why)
{
    struct timeline_note note = {0};
    assert_true(plain_call_notes(call, TIMELINE_LAYER, &note) > 0);
    assert_int_equal(note.b >> 8, layer + 1);
    assert_string_equal(timeline_why_word(note.why), timeline_why_word(why));
}

static void the_log_says_why_layers_change(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *sender = plain_call_add(call, &simulcast);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    struct engine_view view = {
        .participant = sender->id, .width = 1280, .height = 720, .visible = true};
    struct engine_command command = {.type = ENGINE_VIEW, .views = &view, .view_count = 1};
    struct timeline_note note = {0};

    (void)state;
    plain_peer_send_video(call, sender, 0, true);
    assert_layer(call, 0, TIMELINE_WHY_START);
    assert_int_equal(plain_call_command(call, viewer, &command), 0);
    send_layers(call, sender, 3, 8000);
    assert_true(plain_call_notes(call, TIMELINE_LAYER, &note) >= 2);
    assert_layer(call, 2, note.why);
    /* The publisher stops the best ones: nobody decided that here. */
    send_layers(call, sender, 2, 4000);
    assert_layer(call, 1, TIMELINE_WHY_LAYER_GONE);
    send_layers(call, sender, 3, 4000);
    assert_layer(call, 2, TIMELINE_WHY_LAYER_CAME);
    view.width = 160;
    view.height = 90;
    assert_int_equal(plain_call_command(call, viewer, &command), 0);
    send_layers(call, sender, 3, 4000);
    assert_layer(call, 0, TIMELINE_WHY_VIEW);
    plain_peer_enable(call, sender, 0);
    plain_peer_enable(call, sender, ~0u);
    send_layers(call, sender, 3, 1000);
    assert_layer(call, 0, TIMELINE_WHY_UNMUTED);
    plain_call_free(call);
}

/* Of the best layer something is missing; of a lower one everything since its key frame is there.
 */
static void who_comes_late_sees_a_lower_layer_meanwhile(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *sender = plain_call_add(call, &simulcast);

    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        plain_peer_send_video(call, sender, 0, i == 0);
        if (i == 4)
            plain_peer_lose_video(sender, 1);
        else
            plain_peer_send_video(call, sender, 1, i == 0);
        plain_call_run(call, 33000);
    }
    struct plain_peer *viewer = plain_call_add(call, &simulcast);
    const uint32_t ssrc = plain_peer_seat_video(viewer, 0);
    plain_call_run(call, 200000);
    assert_true(plain_peer_count(viewer, ssrc) >= 8);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_gops_replayed), 1);
    const size_t before = plain_peer_count(viewer, ssrc);
    plain_peer_send_video(call, sender, 1, true);
    plain_call_run(call, 33000);
    plain_peer_send_video(call, sender, 0, false);
    plain_peer_send_video(call, sender, 1, false);
    assert_true(plain_peer_count(viewer, ssrc) > before);
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_log_says_why_layers_change),
        cmocka_unit_test(video_begins_with_a_key_frame),
        cmocka_unit_test(a_switch_of_sources_is_seamless),
        cmocka_unit_test(layers_change_on_key_frames_and_follow_what_is_alive),
        cmocka_unit_test(a_late_packet_goes_into_its_place),
        cmocka_unit_test(a_key_frame_whose_beginning_comes_last_still_starts_the_stream),
        cmocka_unit_test(muted_video_stops_and_comes_back_on_a_key_frame),
        cmocka_unit_test(a_viewer_without_the_codec_is_told),
        cmocka_unit_test(on_a_good_link_red_is_taken_off),
        cmocka_unit_test(nacks_are_answered_by_rtx_but_not_for_ever),
        cmocka_unit_test(a_nack_after_a_switch_gets_the_packet_as_it_was),
        cmocka_unit_test(without_rtx_nothing_is_repeated),
        cmocka_unit_test(numbers_wrap_unnoticed),
        cmocka_unit_test(who_comes_late_sees_a_lower_layer_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
