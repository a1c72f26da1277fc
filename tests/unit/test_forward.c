#include "test.h"

#include <string.h>

#include "base/counters.h"
#include "engine/forward_batch.h"
#include "support/plain_call.h"

static const struct plain_options one_seat = {.seats = 1};

static void one_packet_in_one_for_each_viewer_out(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewers[10];

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(viewers); i++)
        viewers[i] = plain_call_add(call, &one_seat);
    plain_peer_send_audio(call, a, 40);
    for (size_t i = 0; i < TEST_COUNT(viewers); i++)
        assert_int_equal(plain_peer_count(viewers[i], plain_peer_seat_audio(viewers[i], 0)), 1);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_rtp_forwarded), 10);
    assert_int_equal(plain_peer_count(a, plain_peer_seat_audio(a, 0)), 0);
    plain_call_free(call);
}

static void the_payload_arrives_as_it_was(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    static const uint8_t opus[] = {0xfc, 1, 2, 3, 4};

    (void)state;
    plain_peer_send_audio(call, a, 40);
    const struct plain_packet *packet = plain_peer_last(viewer, plain_peer_seat_audio(viewer, 0));
    assert_non_null(packet);
    assert_int_equal(packet->rtp.payload_len, sizeof opus + 1);
    assert_memory_equal(packet->bytes + packet->rtp.payload_at, opus, sizeof opus);
    plain_call_free(call);
}

static void a_muted_source_reaches_nobody(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);

    (void)state;
    plain_peer_enable(call, a, 0);
    plain_peer_send_audio(call, a, 40);
    plain_peer_send_video(call, a, 0, true);
    assert_int_equal(viewer->count, 0);
    assert_true(viewer->seats[0].participant == a->id);
    plain_peer_enable(call, a, 0xf);
    plain_peer_send_audio(call, a, 40);
    assert_int_equal(plain_peer_count(viewer, plain_peer_seat_audio(viewer, 0)), 1);
    plain_call_free(call);
}

static void a_viewer_who_is_not_connected_gets_nothing(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);

    (void)state;
    plain_peer_set_state(call, viewer, TRANSPORT_DISCONNECTED);
    plain_peer_send_audio(call, a, 40);
    assert_int_equal(viewer->count, 0);
    plain_peer_set_state(call, viewer, TRANSPORT_CONNECTED);
    plain_peer_send_audio(call, a, 40);
    assert_int_equal(plain_peer_count(viewer, plain_peer_seat_audio(viewer, 0)), 1);
    plain_call_free(call);
}

static const struct plain_packet *video_packet(const struct plain_peer *viewer, size_t which)
{
    const uint32_t ssrc = plain_peer_seat_video(viewer, 0);
    for (size_t i = 0; i < viewer->count; i++)
        if (!viewer->inbox[i]->rtcp && viewer->inbox[i]->rtp.ssrc == ssrc && which-- == 0)
            return viewer->inbox[i];
    return NULL;
}

static void packets_of_a_frame_go_out_in_one_length(void **state)
{
    static const size_t lens[] = {1000, 999, 1001, 995, 900};
    static const unsigned paddings[] = {1, 2, 0, 6, 0};
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);

    (void)state;
    plain_peer_send_video(call, a, 0, true);
    plain_peer_send_frame(call, a, 0, false, lens, TEST_COUNT(lens));
    assert_int_equal(plain_peer_count(viewer, plain_peer_seat_video(viewer, 0)), 6);
    for (size_t i = 0; i < TEST_COUNT(lens); i++) {
        const struct plain_packet *packet = video_packet(viewer, i + 1);
        assert_int_equal(packet->rtp.payload_len, lens[i]);
        assert_int_equal(packet->rtp.padding_len, paddings[i]);
        assert_int_equal(packet->rtp.marker, i == 4);
        assert_int_equal(packet->rtp.seq, (uint16_t)(video_packet(viewer, 1)->rtp.seq + i));
    }
    plain_call_free(call);
}

static void many_viewers_get_every_packet_once(void **state)
{
    static const size_t lens[] = {500, 500, 500};
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewers[20];

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(viewers); i++)
        viewers[i] = plain_call_add(call, &one_seat);
    for (unsigned frame = 0; frame < 30; frame++) {
        plain_peer_send_frame(call, a, 0, frame == 0, lens, TEST_COUNT(lens));
        plain_call_run(call, 33000);
    }
    for (size_t i = 0; i < TEST_COUNT(viewers); i++)
        assert_int_equal(plain_peer_count(viewers[i], plain_peer_seat_video(viewers[i], 0)), 90);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_tx_arena_full), 0);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_forward_full), 0);
    plain_call_free(call);
}

static unsigned videos_at(struct plain_peer *const *viewers, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (unsigned)plain_peer_count(viewers[i], plain_peer_seat_video(viewers[i], 0));
    return sum;
}

static void a_frame_for_many_waits_for_its_end_but_not_for_long(void **state)
{
    const struct plain_piece first = {.len = 900, .first = true}, middle = {.len = 900},
                             last = {.len = 900, .last = true};
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewers[FORWARD_HOLD_VIEWERS];

    (void)state;
    for (size_t i = 0; i + 1 < TEST_COUNT(viewers); i++)
        viewers[i] = plain_call_add(call, &one_seat);
    plain_peer_send_video(call, a, 0, true);
    plain_call_run(call, 500000);
    unsigned before = videos_at(viewers, FORWARD_HOLD_VIEWERS - 1);
    /* One fewer than many: nobody waits. */
    plain_peer_send_piece(call, a, &first);
    assert_int_equal(videos_at(viewers, FORWARD_HOLD_VIEWERS - 1) - before, 15);
    plain_peer_send_piece(call, a, &last);
    viewers[FORWARD_HOLD_VIEWERS - 1] = plain_call_add(call, &one_seat);
    plain_peer_send_video(call, a, 0, true);
    plain_call_run(call, 2000000);

    before = videos_at(viewers, TEST_COUNT(viewers));
    plain_peer_send_piece(call, a, &first);
    plain_peer_send_piece(call, a, &middle);
    assert_int_equal(videos_at(viewers, TEST_COUNT(viewers)), before);
    plain_peer_send_piece(call, a, &last);
    assert_int_equal(videos_at(viewers, TEST_COUNT(viewers)) - before, 3 * 16);
    plain_call_run(call, 33000);

    before = videos_at(viewers, TEST_COUNT(viewers));
    plain_peer_send_piece(call, a, &first);
    plain_call_run(call, FORWARD_HOLD_US - 100);
    assert_int_equal(videos_at(viewers, TEST_COUNT(viewers)), before);
    plain_call_run(call, 200);
    assert_int_equal(videos_at(viewers, TEST_COUNT(viewers)) - before, 16);

    /* Its publisher leaves meanwhile. */
    plain_peer_send_piece(call, a, &middle);
    plain_peer_leave(call, a);
    const uint64_t sent = plain_call_counter(call, ENGINE_COUNTER_rtp_forwarded);
    plain_peer_send_audio(call, viewers[0], 20);
    assert_true(plain_call_counter(call, ENGINE_COUNTER_rtp_forwarded) > sent);
    plain_call_run(call, 10000);
    assert_int_equal(videos_at(viewers, TEST_COUNT(viewers)) - before, 16);
    plain_call_free(call);
}

/* More than the arena is to hold at a time, asked for part by part; and by a caller who does not.
 */
static void what_is_not_asked_for_is_lost_and_counted(void **state)
{
    static const size_t lens[] = {1300, 1300, 1300, 1300, 1300, 1300, 1300, 1300, 1300, 1300};
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewers[40];

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(viewers); i++)
        viewers[i] = plain_call_add(call, &one_seat);
    plain_peer_send_frame(call, a, 0, true, lens, TEST_COUNT(lens));
    for (size_t i = 0; i < TEST_COUNT(viewers); i++)
        assert_int_equal(plain_peer_count(viewers[i], plain_peer_seat_video(viewers[i], 0)), 10);
    plain_call_run(call, 500000);
    plain_call_ignore_rest(call, true);
    plain_peer_send_frame(call, a, 0, false, lens, TEST_COUNT(lens));
    plain_call_ignore_rest(call, false);
    plain_call_run(call, 500000);
    plain_peer_send_frame(call, a, 0, false, lens, TEST_COUNT(lens));
    assert_true(plain_call_counter(call, ENGINE_COUNTER_tx_arena_full) > 0);
    for (size_t i = 0; i < TEST_COUNT(viewers); i++)
        assert_true(plain_peer_count(viewers[i], plain_peer_seat_video(viewers[i], 0)) >= 20);
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_packet_in_one_for_each_viewer_out),
        cmocka_unit_test(the_payload_arrives_as_it_was),
        cmocka_unit_test(a_muted_source_reaches_nobody),
        cmocka_unit_test(a_viewer_who_is_not_connected_gets_nothing),
        cmocka_unit_test(packets_of_a_frame_go_out_in_one_length),
        cmocka_unit_test(many_viewers_get_every_packet_once),
        cmocka_unit_test(what_is_not_asked_for_is_lost_and_counted),
        cmocka_unit_test(a_frame_for_many_waits_for_its_end_but_not_for_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
