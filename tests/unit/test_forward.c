#include "test.h"

#include <string.h>

#include "base/counters.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_packet_in_one_for_each_viewer_out),
        cmocka_unit_test(the_payload_arrives_as_it_was),
        cmocka_unit_test(a_muted_source_reaches_nobody),
        cmocka_unit_test(a_viewer_who_is_not_connected_gets_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
