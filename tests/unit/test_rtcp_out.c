#include "test.h"

#include "support/plain_call.h"
#include "wire/rtcp.h"

static unsigned first_type(const struct plain_packet *packet)
{
    struct rtcp_compound compound;
    struct rtcp_packet first;
    assert_int_equal(rtcp_open(packet->bytes, packet->len, &compound), 0);
    assert_int_equal(rtcp_next(&compound, &first), 1);
    return first.type;
}

static const struct plain_packet *last_rtcp(const struct plain_peer *peer)
{
    for (size_t i = peer->count; i > 0; i--)
        if (peer->inbox[i - 1]->rtcp)
            return peer->inbox[i - 1];
    return NULL;
}

/* RFC 5506 where both know it, else each compound begins with a report (RFC 3550 6.1). */
static void the_front_depends_on_what_was_agreed(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *reduced = plain_call_add(call, &(struct plain_options){.seats = 1});
    struct plain_peer *full =
        plain_call_add(call, &(struct plain_options){.seats = 1, .no_rsize = true});

    (void)state;
    plain_peer_send_video(call, reduced, 0, false);
    plain_peer_send_video(call, full, 0, false);
    plain_call_run(call, 100000);
    assert_non_null(last_rtcp(reduced));
    assert_non_null(last_rtcp(full));
    assert_int_not_equal(first_type(last_rtcp(reduced)), RTCP_RR);
    assert_int_equal(first_type(last_rtcp(full)), RTCP_RR);
    assert_true(plain_peer_count_rtcp(full, RTCP_SDES, 1) >= 1);
    plain_call_free(call);
}

/* 24 seats of two streams: their reports need more than one datagram, none of them too large. */
static void much_is_split_into_datagrams(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *viewer = plain_call_add(call, &(struct plain_options){.seats = 24});
    struct plain_peer *others[24];

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(others); i++)
        others[i] = plain_call_add(call, &(struct plain_options){.seats = 1});
    for (size_t i = 0; i < TEST_COUNT(others); i++) {
        plain_peer_send_video(call, others[i], 0, true);
        plain_peer_send_audio(call, others[i], 60);
        plain_peer_send_sr(call, others[i], plain_peer_video_ssrc(others[i], 0), 1000, 5);
        plain_peer_send_sr(call, others[i], plain_peer_audio_ssrc(others[i]), 1000, 5);
    }
    plain_call_run(call, 1100000);
    /* All cameras, and the microphones that are forwarded in a room of this size. */
    assert_in_range(plain_peer_count_rtcp(viewer, RTCP_SR, 0xff), 24 + 4, 24 + 5);
    for (size_t i = 0; i < viewer->count; i++)
        assert_true(viewer->inbox[i]->len <= 1100);
    plain_call_free(call);
}

static void nothing_to_say_is_not_sent(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *peer =
        plain_call_add(call, &(struct plain_options){.seats = 1, .no_rsize = true});

    (void)state;
    plain_call_run(call, 5000000);
    assert_int_equal(peer->count, 0);
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_front_depends_on_what_was_agreed),
        cmocka_unit_test(much_is_split_into_datagrams),
        cmocka_unit_test(nothing_to_say_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
