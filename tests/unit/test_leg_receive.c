/* What happens to a datagram of a peer that is known. */
#include "test.h"

#include <string.h>

#include "base/counters.h"
#include "support/plain_call.h"
#include "wire/rtcp.h"

static const struct plain_options one_seat = {.seats = 1};
static const struct plain_options learn = {.seats = 1, .no_ssrc = true};

static void send_raw(struct plain_call *call, struct plain_peer *peer, uint32_t ssrc,
                     uint8_t payload_type)
{
    uint8_t bytes[64];
    struct writer writer = writer_of(bytes, sizeof bytes);
    const struct rtp_header header = {.ssrc = ssrc, .seq = 1, .payload_type = payload_type};
    assert_int_equal(rtp_write_header(&writer, &header, NULL, 0), 0);
    writer_zeros(&writer, 20);
    plain_peer_send(call, peer, bytes, writer_len(&writer));
}

static void what_was_not_negotiated_is_dropped_and_counted(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);

    (void)state;
    send_raw(call, a, plain_peer_audio_ssrc(a), 34);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_dropped_payload_type), 1);
    send_raw(call, a, 424242, 34);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_dropped_unknown_ssrc), 1);
    /* RTX payload on the media SSRC */
    send_raw(call, a, plain_peer_video_ssrc(a, 0), PLAIN_RTX);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_dropped_payload_type), 2);
    const uint8_t broken[] = {0x8f, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1};
    plain_peer_send(call, a, broken, sizeof broken);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_dropped_malformed_rtp), 1);
    plain_call_free(call);
}

static void ssrcs_are_learned_from_mid(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &learn);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);

    (void)state;
    plain_peer_send_video(call, a, 0, true);
    plain_peer_send_audio(call, a, 30);
    assert_int_equal(plain_peer_count(viewer, plain_peer_seat_video(viewer, 0)), 1);
    assert_int_equal(plain_peer_count(viewer, plain_peer_seat_audio(viewer, 0)), 1);
    plain_call_free(call);
}

static void a_changed_ssrc_goes_on_with_the_next_key_frame(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &learn);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t ssrc = plain_peer_seat_video(viewer, 0);

    (void)state;
    plain_peer_send_video(call, a, 0, true);
    plain_call_run(call, 600000);
    a->options.audio_ssrc_shift = 500;
    a->video_seq[0] = 17;
    a->picture[0] = 1;
    plain_peer_forget(a);
    plain_peer_send_video(call, a, 0, false);
    assert_int_equal(plain_peer_count(viewer, ssrc), 1);
    assert_int_equal(plain_peer_count_rtcp(a, RTCP_PSFB, RTCP_PLI), 1);
    plain_peer_send_video(call, a, 0, true);
    assert_int_equal(plain_peer_count(viewer, ssrc), 2);
    assert_int_equal((uint16_t)(plain_peer_nth(viewer, ssrc, 1)->rtp.seq -
                                plain_peer_nth(viewer, ssrc, 0)->rtp.seq),
                     1);
    plain_call_free(call);
}

static void nobody_can_claim_another_participants_ssrc(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *thief = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &(struct plain_options){.seats = 2});

    (void)state;
    plain_peer_send_audio(call, a, 30);
    assert_int_equal(plain_peer_count(viewer, plain_peer_seat_audio(viewer, 0)), 1);
    send_raw(call, thief, plain_peer_audio_ssrc(a), PLAIN_OPUS);
    assert_int_equal(plain_peer_count(viewer, plain_peer_seat_audio(viewer, 0)), 1);
    plain_call_free(call);
}

static void too_many_ssrcs_are_ignored(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);

    (void)state;
    /* Opus is unique to the microphone, so each of these replaces the one before. */
    for (uint32_t i = 0; i < 100; i++)
        send_raw(call, a, 900000 + i, PLAIN_OPUS);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_ssrcs_full), 0);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_dropped_unknown_ssrc), 0);
    plain_call_free(call);
}

static void packets_before_the_connection_are_not_taken(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);

    (void)state;
    plain_peer_set_state(call, a, TRANSPORT_DISCONNECTED);
    plain_peer_send_audio(call, a, 30);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_rtp_received), 0);
    plain_call_free(call);
}

static void a_peer_is_found_on_a_new_path_by_its_check(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);

    (void)state;
    a->path.remote.ip[3] = 99; /* NAT rebinding */
    plain_peer_send_audio(call, a, 30);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_dropped_unknown), 1);
    assert_int_equal(plain_peer_connect(call, a), 0);
    plain_peer_send_audio(call, a, 30);
    assert_int_equal(plain_peer_count(viewer, plain_peer_seat_audio(viewer, 0)), 1);
    /* Of many paths the oldest ones are forgotten. */
    for (uint8_t i = 0; i < 2 * LIMIT_ICE_PATHS; i++) {
        a->path.remote.ip[3] = (uint8_t)(100 + i);
        assert_int_equal(plain_peer_connect(call, a), 0);
    }
    a->path.remote.ip[3] = 99;
    plain_peer_send_audio(call, a, 30);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_dropped_unknown), 2);
    plain_call_free(call);
}

static uint8_t number_of(const struct plain_peer *viewer, size_t n)
{
    const struct plain_packet *packet = plain_peer_nth(viewer, plain_peer_seat_audio(viewer, 0), n);
    assert_non_null(packet);
    assert_int_equal(packet->rtp.payload_type, PLAIN_OPUS);
    assert_int_equal(packet->rtp.payload_len, 6);
    return packet->bytes[packet->rtp.payload_at + 5];
}

static void red_brings_back_what_was_lost(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &(struct plain_options){.seats = 1, .red = true});
    struct plain_peer *viewer = plain_call_add(call, &(struct plain_options){.seats = 1});
    const uint8_t first = (uint8_t)a->audio_seq;

    (void)state;
    plain_peer_send_audio(call, a, 30);
    plain_peer_lose_audio(a);
    plain_peer_send_audio(call, a, 30);
    plain_peer_send_audio(call, a, 30);
    assert_int_equal(plain_peer_count(viewer, plain_peer_seat_audio(viewer, 0)), 4);
    for (uint8_t n = 0; n < 4; n++)
        assert_int_equal(number_of(viewer, n), (uint8_t)(first + n));
    const struct plain_packet *back = plain_peer_nth(viewer, plain_peer_seat_audio(viewer, 0), 1);
    const struct plain_packet *next = plain_peer_nth(viewer, plain_peer_seat_audio(viewer, 0), 2);
    assert_int_equal(next->rtp.timestamp - back->rtp.timestamp, 960);
    assert_int_equal((uint16_t)(next->rtp.seq - back->rtp.seq), 1);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_red_recovered), 1);
    /* Two in a row: only the nearer one is in the packet after. */
    plain_peer_lose_audio(a);
    plain_peer_lose_audio(a);
    plain_peer_send_audio(call, a, 30);
    assert_int_equal(plain_peer_count(viewer, plain_peer_seat_audio(viewer, 0)), 6);
    assert_int_equal(number_of(viewer, 4), (uint8_t)(first + 5));
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_dropped_duplicate), 0);
    plain_call_free(call);
}

static void malformed_red_is_dropped(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &(struct plain_options){.seats = 1, .red = true});
    struct plain_peer *viewer = plain_call_add(call, &(struct plain_options){.seats = 1});
    const uint8_t payloads[][4] = {{0x80 | 111, 0xff, 0xff, 0xff}, {111}, {110, 1, 2, 3}};

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(payloads); i++) {
        uint8_t bytes[64];
        struct writer writer = writer_of(bytes, sizeof bytes);
        const struct rtp_header header = {
            .ssrc = plain_peer_audio_ssrc(a), .seq = a->audio_seq++, .payload_type = PLAIN_RED};
        assert_int_equal(rtp_write_header(&writer, &header, NULL, 0), 0);
        writer_bytes(&writer, payloads[i], i == 1 ? 1 : 4);
        plain_peer_send(call, a, bytes, writer_len(&writer));
    }
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_dropped_malformed_rtp), 3);
    assert_int_equal(plain_peer_count(viewer, plain_peer_seat_audio(viewer, 0)), 0);
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_negotiated_is_dropped_and_counted),
        cmocka_unit_test(ssrcs_are_learned_from_mid),
        cmocka_unit_test(a_changed_ssrc_goes_on_with_the_next_key_frame),
        cmocka_unit_test(nobody_can_claim_another_participants_ssrc),
        cmocka_unit_test(too_many_ssrcs_are_ignored),
        cmocka_unit_test(packets_before_the_connection_are_not_taken),
        cmocka_unit_test(a_peer_is_found_on_a_new_path_by_its_check),
        cmocka_unit_test(red_brings_back_what_was_lost),
        cmocka_unit_test(malformed_red_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
