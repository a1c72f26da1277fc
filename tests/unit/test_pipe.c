/* engine/pipe.c and pipe_receive.c: one room in two engines. */
#include <string.h>

#include "base/counters.h"
#include "test.h"

#include "support/parts.h"
#include "wire/pipe_frame.h"
#include "wire/rtcp.h"

static const struct plain_options plain = {.seats = 2};
static const struct plain_options layered = {.seats = 2, .simulcast = true};

static uint64_t count(const struct parts *parts, unsigned which, unsigned counter)
{
    return plain_call_counter(parts->calls[which], counter);
}

/* A microphone and a camera for so long; a key frame first, and whenever one is asked for. */
static void talk(struct parts *parts, struct plain_peer *sender, unsigned layers, unsigned ms)
{
    struct plain_call *call = parts->calls[0];
    size_t asked = plain_peer_count_rtcp(sender, RTCP_PSFB, RTCP_PLI);
    bool key = true;
    for (unsigned t = 0; t < ms; t += 40) {
        plain_peer_send_audio(call, sender, 20);
        plain_peer_send_audio(call, sender, 20);
        for (unsigned layer = 0; layer < layers; layer++)
            plain_peer_send_video(call, sender, layer, key);
        parts_carry(parts);
        parts_run(parts, 40);
        key = plain_peer_count_rtcp(sender, RTCP_PSFB, RTCP_PLI) > asked;
        asked = plain_peer_count_rtcp(sender, RTCP_PSFB, RTCP_PLI);
    }
}

static void a_viewer_elsewhere_sees_and_hears(void **state)
{
    struct parts *parts = parts_new(1);
    struct plain_peer *a = plain_call_add(parts->calls[0], &plain);
    struct plain_peer *b = plain_call_add(parts->calls[1], &plain);

    (void)state;
    parts_run(parts, 100);
    assert_int_equal(b->seat_count, 2);
    assert_true(b->seats[0].participant == a->id && b->seats[0].audio && b->seats[0].video);
    /* And the other way round. */
    assert_true(a->seats[0].participant == b->id);
    talk(parts, a, 1, 2000);
    assert_int_equal(plain_peer_count(b, plain_peer_seat_audio(b, 0)), 100);
    assert_in_range(plain_peer_count(b, plain_peer_seat_video(b, 0)), 45, 50);
    /* What was said of them only once was said of them only once. */
    assert_int_equal(parts->carried[PIPE_OFFER], 2);
    assert_int_equal(count(parts, 0, ENGINE_COUNTER_pipe_frames_ignored), 0);
    assert_int_equal(count(parts, 1, ENGINE_COUNTER_pipe_frames_ignored), 0);
    parts_free(parts);
}

static void packets_of_other_kinds_stay(void **state)
{
    struct parts *parts = parts_new(1);
    struct plain_peer *a = plain_call_add(parts->calls[0], &plain);
    struct plain_peer *b = plain_call_add(parts->calls[1], &plain);

    (void)state;
    parts_run(parts, 100);
    talk(parts, a, 1, 200);
    const unsigned before = parts->carried[PIPE_MEDIA];
    plain_peer_send_sr(parts->calls[0], a, plain_peer_audio_ssrc(a), 1, 2);
    parts_carry(parts);
    assert_int_equal(parts->carried[PIPE_MEDIA], before + 1);
    plain_peer_send_pli(parts->calls[0], a, plain_peer_seat_video(a, 0));
    plain_peer_send_nack(parts->calls[0], a, plain_peer_seat_video(a, 0), 7);
    parts_carry(parts);
    assert_int_equal(parts->carried[PIPE_MEDIA], before + 1);
    assert_true(b->seat_count == 2);
    parts_free(parts);
}

static void key_frames_are_asked_for_where_the_publisher_is(void **state)
{
    struct parts *parts = parts_new(1);
    struct plain_peer *a = plain_call_add(parts->calls[0], &plain);
    struct plain_peer *b = plain_call_add(parts->calls[1], &plain);

    (void)state;
    parts_run(parts, 100);
    talk(parts, a, 1, 1500);
    const size_t before = plain_peer_count_rtcp(a, RTCP_PSFB, RTCP_PLI);
    plain_peer_send_pli(parts->calls[1], b, plain_peer_seat_video(b, 0));
    parts_run(parts, 500);
    assert_int_equal(plain_peer_count_rtcp(a, RTCP_PSFB, RTCP_PLI), before + 1);
    assert_true(parts->carried[PIPE_KEYFRAME] > 0);
    parts_free(parts);
}

static void look(struct parts *parts, struct plain_peer *viewer, const struct plain_peer *who,
                 bool visible, uint16_t width)
{
    const struct engine_view view = {.participant = who->id,
                                     .visible = visible,
                                     .width = width,
                                     .height = (uint16_t)(width * 9 / 16)};
    struct engine_command command = {.type = ENGINE_VIEW, .views = &view, .view_count = 1};
    assert_int_equal(plain_call_command(parts->calls[1], viewer, &command), 0);
    parts_carry(parts);
}

static void layers_are_sent_for_viewers_elsewhere(void **state)
{
    struct parts *parts = parts_new(1);
    struct plain_peer *a = plain_call_add(parts->calls[0], &layered);
    struct plain_peer *b = plain_call_add(parts->calls[1], &layered);

    (void)state;
    look(parts, b, a, true, 160);
    talk(parts, a, 3, 6000);
    assert_int_equal(a->publish_count, 1);
    assert_int_equal(a->publishes[0].layers, 1);
    look(parts, b, a, true, 1920);
    parts_run(parts, 100);
    assert_int_equal(a->publishes[0].layers, 7);
    look(parts, b, a, false, 0);
    talk(parts, a, 3, 8000);
    assert_int_equal(a->publishes[0].layers, 0);
    parts_free(parts);
}

static void who_is_muted_or_leaves_is_so_everywhere(void **state)
{
    struct parts *parts = parts_new(1);
    struct plain_peer *a = plain_call_add(parts->calls[0], &plain);
    struct plain_peer *b = plain_call_add(parts->calls[1], &plain);

    (void)state;
    parts_run(parts, 100);
    assert_true(b->seats[0].video);
    plain_peer_enable(parts->calls[0], a, 1u << ENGINE_MICROPHONE);
    parts_carry(parts);
    assert_true(b->seats[0].audio && !b->seats[0].video);
    plain_peer_leave(parts->calls[0], a);
    parts_run(parts, 100);
    assert_true(b->seats[0].participant == 0);
    parts_free(parts);
}

static void an_offer_that_was_lost_comes_again(void **state)
{
    struct parts *parts = parts_new(1);
    struct plain_peer *b = plain_call_add(parts->calls[1], &plain);

    (void)state;
    parts->cut = true;
    struct plain_peer *a = plain_call_add(parts->calls[0], &plain);
    parts_run(parts, 100);
    assert_true(b->seats[0].participant == 0);
    parts->cut = false;
    parts_run(parts, 1000);
    assert_true(b->seats[0].participant == a->id);
    /* A new peer connection is another offer; what was shown goes on with it. */
    assert_int_equal(plain_peer_offer(parts->calls[0], a, true), 0);
    assert_int_equal(plain_peer_connect(parts->calls[0], a), 0);
    parts_run(parts, 1000);
    plain_peer_forget(b);
    talk(parts, a, 1, 1000);
    assert_int_equal(plain_peer_count(b, plain_peer_seat_audio(b, 0)), 50);
    assert_in_range(plain_peer_count(b, plain_peer_seat_video(b, 0)), 1, 25);
    parts_free(parts);
}

static void a_part_that_is_gone_takes_its_people_with_it(void **state)
{
    struct parts *parts = parts_new(1);
    struct plain_peer *a = plain_call_add(parts->calls[0], &plain);
    struct plain_peer *b = plain_call_add(parts->calls[1], &plain);

    (void)state;
    parts_run(parts, 100);
    assert_true(b->seats[0].participant == a->id);
    parts_tell(parts, 1, 0);
    parts_run(parts, 1000);
    assert_true(b->seats[0].participant == 0);
    assert_true(count(parts, 1, ENGINE_COUNTER_pipe_frames_ignored) > 0);
    parts_tell(parts, 1, 1);
    parts_run(parts, 1000);
    assert_true(b->seats[0].participant == a->id);
    parts_free(parts);
}

/* Two parts say so for a moment: the one that is connected counts. */
static void who_moves_is_shown_once(void **state)
{
    struct parts *parts = parts_new(1);
    struct plain_peer *a = plain_call_add(parts->calls[0], &plain);
    struct plain_peer *b = plain_call_add(parts->calls[1], &plain);

    (void)state;
    parts_run(parts, 100);
    struct engine_command add = {.type = ENGINE_PARTICIPANT_ADD, .participant = a->id};
    add.room = PLAIN_ROOM;
    assert_int_equal(engine_command(parts->calls[1]->engine, parts->calls[1]->now_us, &add), 0);
    parts_run(parts, 1000);
    /* Present, without a peer connection there. */
    assert_true(b->seats[0].participant == 0);
    add.type = ENGINE_PARTICIPANT_REMOVE;
    assert_int_equal(engine_command(parts->calls[1]->engine, parts->calls[1]->now_us, &add), 0);
    parts_run(parts, 1000);
    assert_true(b->seats[0].participant == a->id);
    parts_free(parts);
}

/* Commands are for those who are connected here. */
static void control_has_no_say_over_those_of_other_parts(void **state)
{
    struct parts *parts = parts_new(1);
    struct plain_peer *a = plain_call_add(parts->calls[0], &plain);
    (void)plain_call_add(parts->calls[1], &plain);

    (void)state;
    parts_run(parts, 100);
    struct engine_command remove = {
        .type = ENGINE_PARTICIPANT_REMOVE, .room = PLAIN_ROOM, .participant = a->id};
    assert_int_equal(engine_command(parts->calls[1]->engine, parts->calls[1]->now_us, &remove),
                     ENGINE_ERROR_UNKNOWN_PARTICIPANT);
    parts_free(parts);
}

static void send_frame(struct parts *parts, uint32_t worker, const struct pipe_frame *frame)
{
    static uint8_t bytes[PIPE_FRAME_HEADER_BYTES + PIPE_STATE_BYTES + 64];
    struct writer writer = writer_of(bytes, sizeof bytes);
    pipe_frame_write(&writer, frame);
    writer_bytes(&writer, frame->body.bytes, frame->body.len);
    assert_true(writer_len(&writer) > 0);
    plain_call_receive_frame(parts->calls[1], worker, bytes, writer_len(&writer));
}

static void nonsense_is_counted_and_nothing_else(void **state)
{
    struct parts *parts = parts_new(1);
    struct plain_peer *b = plain_call_add(parts->calls[1], &plain);
    struct pipe_state lie = {.count = 3};
    uint8_t body[PIPE_STATE_BYTES];

    (void)state;
    /* Its own viewer, nobody, and one without an offer. */
    lie.publishers[0] = (struct pipe_publisher){.participant = b->id, .leg = 1, .version = 1};
    lie.publishers[2] = (struct pipe_publisher){.participant = 77, .leg = 1, .version = 1};
    struct writer writer = writer_of(body, sizeof body);
    pipe_write_state(&writer, &lie);
    const struct pipe_frame frame = {
        .kind = PIPE_STATE, .room = PLAIN_ROOM, .body = {body, writer_len(&writer)}};
    /* Who holds no part of the room, or no worker at all. */
    send_frame(parts, 5, &frame);
    send_frame(parts, 64, &frame);
    assert_int_equal(count(parts, 1, ENGINE_COUNTER_pipe_frames_ignored), 2);
    send_frame(parts, 0, &frame);
    assert_int_equal(count(parts, 1, ENGINE_COUNTER_pipe_frames_ignored), 2);
    assert_true(b->seats[0].participant == 0);
    /* What only the publisher's own worker may say, and what nobody asked for. */
    const struct {
        uint8_t kind;
        uint64_t participant;
        size_t len;
    } lies[] = {
        {PIPE_MEDIA, b->id, 20},   {PIPE_MEDIA, 77, 1},  {PIPE_MEDIA, 77, 1501 - 1400},
        {PIPE_OFFER, b->id, 20},   {PIPE_OFFER, 77, 20}, {PIPE_KEYFRAME, 77, 3},
        {PIPE_KEYFRAME, b->id, 2}, {PIPE_NEED, 77, 2},   {PIPE_NEED, b->id, 3},
        {PIPE_ASK, 77, 0},
    };
    static uint8_t filled[128];
    memset(filled, 0xff, sizeof filled);
    for (size_t i = 0; i < TEST_COUNT(lies); i++)
        send_frame(parts, 0,
                   &(struct pipe_frame){.kind = lies[i].kind,
                                        .room = PLAIN_ROOM,
                                        .participant = lies[i].participant,
                                        .body = {filled, lies[i].len}});
    parts_run(parts, 1000);
    assert_true(b->seats[0].participant == 0);
    plain_call_receive_frame(parts->calls[1], 0, filled, 0);
    plain_call_receive_frame(parts->calls[1], 0, filled, 23);
    assert_true(count(parts, 1, ENGINE_COUNTER_pipe_frames_ignored) >= 10);
    parts_free(parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_viewer_elsewhere_sees_and_hears),
        cmocka_unit_test(packets_of_other_kinds_stay),
        cmocka_unit_test(key_frames_are_asked_for_where_the_publisher_is),
        cmocka_unit_test(layers_are_sent_for_viewers_elsewhere),
        cmocka_unit_test(who_is_muted_or_leaves_is_so_everywhere),
        cmocka_unit_test(an_offer_that_was_lost_comes_again),
        cmocka_unit_test(a_part_that_is_gone_takes_its_people_with_it),
        cmocka_unit_test(who_moves_is_shown_once),
        cmocka_unit_test(control_has_no_say_over_those_of_other_parts),
        cmocka_unit_test(nonsense_is_counted_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
