#include "test.h"

#include <string.h>

#include "support/plain_call.h"

static int offer_text(struct plain_call *call, struct plain_peer *peer, const char *sdp, size_t len,
                      size_t sources)
{
    static const struct engine_source_mid mids[ENGINE_SOURCES] = {
        {"0", ENGINE_MICROPHONE}, {"1", ENGINE_CAMERA}, {"8", ENGINE_SCREEN}};
    struct engine_command command = {.type = ENGINE_OFFER,
                                     .new_leg = true,
                                     .sdp = sdp,
                                     .sdp_len = len,
                                     .sources = mids,
                                     .source_count = sources};
    return plain_call_command(call, peer, &command);
}

static void a_bad_offer_is_refused_in_words(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *peer = plain_call_join(call, &(struct plain_options){.seats = 1});
    static char large[LIMIT_SDP_BYTES + 2];

    (void)state;
    assert_int_equal(offer_text(call, peer, "hello", 5, 0), ENGINE_ERROR_BAD_SDP);
    assert_int_equal(peer->refusals, 1);
    assert_int_equal(peer->refused, ENGINE_ERROR_BAD_SDP);
    assert_true(strlen(peer->refusal) > 5);
    assert_int_equal(offer_text(call, peer, "", 0, 0), ENGINE_ERROR_BAD_SDP);
    memset(large, 'a', sizeof large);
    assert_int_equal(offer_text(call, peer, large, sizeof large - 1, 0), ENGINE_ERROR_BAD_SDP);
    assert_int_equal(peer->refusals, 3);
    assert_int_equal(peer->leg_events, 0);
    plain_call_free(call);
}

static void too_many_sources_are_refused(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *peer = plain_call_join(call, &(struct plain_options){.seats = 1});

    (void)state;
    assert_int_equal(offer_text(call, peer, "v=0\r\n", 5, ENGINE_SOURCES + 1),
                     ENGINE_ERROR_BAD_SOURCES);
    assert_int_equal(peer->refused, ENGINE_ERROR_BAD_SOURCES);
    plain_call_free(call);
}

static void a_refused_offer_leaves_the_connection_as_it_was(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &(struct plain_options){.seats = 1});
    struct plain_peer *viewer = plain_call_add(call, &(struct plain_options){.seats = 1});

    (void)state;
    plain_peer_send_video(call, a, 0, true);
    assert_int_not_equal(offer_text(call, a, "v=0\r\no=- 1 1 IN IP4 0\r\n", 22, 0), 0);
    assert_int_not_equal(offer_text(call, viewer, "junk", 4, 0), 0);
    plain_peer_send_video(call, a, 0, false);
    assert_int_equal(plain_peer_count(viewer, plain_peer_seat_video(viewer, 0)), 2);
    assert_int_equal(viewer->leg_state, ENGINE_LEG_CONNECTED);
    plain_call_free(call);
}

static void a_later_offer_must_extend_the_earlier_one(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *peer = plain_call_add(call, &(struct plain_options){.seats = 3});

    (void)state;
    peer->options.seats = 1;
    assert_int_equal(plain_peer_offer(call, peer, false), ENGINE_ERROR_CHANGED_MLINES);
    assert_int_equal(peer->leg_state, ENGINE_LEG_CONNECTED);
    /* As a new connection it is fine. */
    assert_int_equal(plain_peer_offer(call, peer, true), 0);
    plain_call_free(call);
}

static void the_answer_names_candidates_and_seats(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *peer = plain_call_join(call, &(struct plain_options){.seats = 2});

    (void)state;
    assert_int_equal(plain_peer_offer(call, peer, true), 0);
    assert_non_null(strstr(peer->answer, "192.0.2.1 7900 typ host"));
    assert_non_null(strstr(peer->answer, "a=ice-lite"));
    assert_int_not_equal(plain_peer_seat_audio(peer, 0), 0);
    assert_int_not_equal(plain_peer_seat_video(peer, 1), 0);
    assert_int_not_equal(plain_peer_seat_rtx(peer, 1), 0);
    assert_int_not_equal(plain_peer_seat_video(peer, 0), plain_peer_seat_video(peer, 1));
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_offer_is_refused_in_words),
        cmocka_unit_test(too_many_sources_are_refused),
        cmocka_unit_test(a_refused_offer_leaves_the_connection_as_it_was),
        cmocka_unit_test(a_later_offer_must_extend_the_earlier_one),
        cmocka_unit_test(the_answer_names_candidates_and_seats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
