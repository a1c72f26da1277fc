/* The front of each packet to a viewer. */
#include "test.h"

#include <string.h>

#include "support/plain_call.h"
#include "wire/dd.h"
#include "wire/rtcp.h"

static const struct plain_options one_seat = {.seats = 1};

static void extensions_are_the_viewers(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer =
        plain_call_add(call, &(struct plain_options){.seats = 1, .screen = true});

    (void)state;
    plain_peer_send_audio(call, a, 30);
    plain_peer_send_video(call, a, 0, true);
    const struct plain_packet *audio = plain_peer_last(viewer, plain_peer_seat_audio(viewer, 0));
    const struct plain_packet *video = plain_peer_last(viewer, plain_peer_seat_video(viewer, 0));
    assert_non_null(audio);
    assert_non_null(video);
    /* mids of the seat, not of the source; our own transport-wide numbers */
    assert_int_equal(audio->ext.mid.len, 1);
    assert_int_equal(audio->ext.mid.bytes[0], '3');
    assert_int_equal(video->ext.mid.bytes[0], '4');
    assert_true(audio->ext.has_audio_level);
    assert_int_equal(audio->ext.audio_level_dbov, 30);
    assert_true(audio->ext.has_abs_send_time && video->ext.has_abs_send_time);
    assert_true(audio->ext.has_transport_seq && video->ext.has_transport_seq);
    assert_int_equal((uint16_t)(video->ext.transport_seq - audio->ext.transport_seq), 1);
    assert_false(video->ext.has_audio_level || video->ext.has_video_orientation);
    plain_call_free(call);
}

/* A video packet with orientation, playout delay and a dependency descriptor. */
static void send_described(struct plain_call *call, struct plain_peer *peer, uint16_t frame,
                           bool keyframe)
{
    static const uint8_t key[] = {0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00};
    static const uint8_t delta[] = {0x10, 0x11, 0x02, 0x00};
    const uint8_t orientation = 1, delay[] = {0x00, 0xa0, 0x14};
    const uint8_t descriptor[] = {0xc0, (uint8_t)(frame >> 8), (uint8_t)frame};
    const struct rtp_extension extensions[] = {
        {13, 1, &orientation}, {5, 3, delay}, {PLAIN_DD_ID, 3, descriptor}};
    const struct rtp_header header = {
        .ssrc = plain_peer_video_ssrc(peer, 0),
        .seq = peer->video_seq[0]++,
        .timestamp = peer->video_timestamp[0] += 3000,
        .payload_type = PLAIN_VIDEO,
    };
    uint8_t bytes[128];
    struct writer writer = writer_of(bytes, sizeof bytes);
    assert_int_equal(rtp_write_header(&writer, &header, extensions, TEST_COUNT(extensions)), 0);
    writer_bytes(&writer, keyframe ? key : delta, keyframe ? sizeof key : sizeof delta);
    plain_peer_send(call, peer, bytes, writer_len(&writer));
}

static void what_belongs_to_the_picture_goes_along(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);

    (void)state;
    send_described(call, a, 100, true);
    const struct plain_packet *video = plain_peer_last(viewer, plain_peer_seat_video(viewer, 0));
    assert_non_null(video);
    assert_true(video->ext.has_video_orientation);
    assert_int_equal(video->ext.video_orientation, 1);
    assert_true(video->ext.has_playout_delay);
    assert_int_equal(video->ext.playout_min_ms, 100);
    assert_int_equal(video->ext.playout_max_ms, 200);
    assert_int_equal(video->ext.dependency_descriptor.len, 3);
    plain_call_free(call);
}

static uint16_t frame_of(const struct plain_packet *packet)
{
    assert_int_equal(packet->ext.dependency_descriptor.len, DD_MANDATORY_BYTES);
    return bytes_get_u16(packet->ext.dependency_descriptor.bytes + 1);
}

static void frame_numbers_go_on_across_sources(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t ssrc = plain_peer_seat_video(viewer, 0);

    (void)state;
    send_described(call, a, 65535, true);
    send_described(call, a, 0, false);
    struct plain_peer *b = plain_call_add(call, &one_seat);
    plain_peer_leave(call, a);
    send_described(call, b, 30000, true);
    const uint16_t first = frame_of(plain_peer_nth(viewer, ssrc, 0));
    assert_int_equal((uint16_t)(frame_of(plain_peer_nth(viewer, ssrc, 1)) - first), 1);
    assert_int_equal((uint16_t)(frame_of(plain_peer_nth(viewer, ssrc, 2)) - first), 2);
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extensions_are_the_viewers),
        cmocka_unit_test(what_belongs_to_the_picture_goes_along),
        cmocka_unit_test(frame_numbers_go_on_across_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
