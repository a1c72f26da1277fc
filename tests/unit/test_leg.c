/* A peer connection as it is made, changed and ended. */
#include "test.h"

#include <string.h>

#include "base/counters.h"
#include "support/plain_call.h"
#include "wire/rtcp.h"

static const struct plain_options one_seat = {.seats = 1};

static void a_later_offer_brings_more_seats_and_disturbs_nothing(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *b = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);

    (void)state;
    (void)b;
    plain_peer_send_video(call, a, 0, true);
    plain_peer_send_audio(call, a, 30);
    const uint32_t video = plain_peer_seat_video(viewer, 0);
    assert_int_equal(viewer->seat_count, 1);
    assert_int_equal(plain_peer_count(viewer, video), 1);
    viewer->options.seats = 3;
    assert_int_equal(plain_peer_offer(call, viewer, false), 0);
    assert_int_equal(plain_peer_seat_video(viewer, 0), video);
    assert_int_equal(viewer->seat_count, 3);
    assert_true(viewer->seats[0].participant == a->id);
    assert_true(viewer->seats[1].participant == b->id);
    /* No key frame is needed to go on. */
    plain_peer_send_video(call, a, 0, false);
    assert_int_equal(plain_peer_count(viewer, video), 2);
    plain_call_free(call);
}

static void a_new_leg_replaces_the_old_one(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t old = plain_peer_seat_video(viewer, 0);

    (void)state;
    plain_peer_send_video(call, a, 0, true);
    assert_int_equal(plain_peer_offer(call, viewer, true), 0);
    assert_int_equal(viewer->leg_state, ENGINE_LEG_CONNECTING);
    const uint32_t fresh = plain_peer_seat_video(viewer, 0);
    assert_int_not_equal(fresh, old);
    plain_peer_send_video(call, a, 0, false);
    assert_int_equal(plain_peer_count(viewer, old), 1);
    assert_int_equal(plain_peer_count(viewer, fresh), 0);
    /* The group of pictures is young enough to be sent again. */
    assert_int_equal(plain_peer_connect(call, viewer), 0);
    assert_int_equal(plain_peer_count(viewer, fresh), 2);
    plain_peer_send_video(call, a, 0, true);
    assert_int_equal(plain_peer_count(viewer, fresh), 3);
    plain_call_free(call);
}

static void an_ice_restart_keeps_the_streams(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    const uint32_t video = plain_peer_seat_video(viewer, 0);
    char before[sizeof viewer->server_ufrag];

    (void)state;
    plain_peer_send_video(call, a, 0, true);
    memcpy(before, viewer->server_ufrag, sizeof before);
    memcpy(viewer->ufrag, "restarted", 10);
    assert_int_equal(plain_peer_offer(call, viewer, false), 0);
    assert_string_not_equal(viewer->server_ufrag, before);
    /* From another address, by the new ufrag. */
    assert_int_equal(plain_peer_connect(call, viewer), 0);
    plain_peer_send_video(call, a, 0, false);
    assert_int_equal(plain_peer_count(viewer, video), 2);
    plain_call_free(call);
}

static void another_certificate_makes_another_transport(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);

    (void)state;
    memcpy(viewer->ufrag, "restarted", 10);
    memcpy(viewer->pwd, "otherfingerprintxxxxxxxxxx", 27);
    assert_int_equal(plain_peer_offer(call, viewer, false), 0);
    assert_int_equal(viewer->leg_state, ENGINE_LEG_CONNECTING);
    assert_int_equal(plain_peer_connect(call, viewer), 0);
    plain_call_free(call);
}

static void a_source_that_is_no_longer_sent_leaves_the_seat(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a =
        plain_call_add(call, &(struct plain_options){.seats = 1, .screen = true});
    struct plain_peer *viewer = plain_call_add(call, &(struct plain_options){.seats = 2});

    (void)state;
    assert_true(viewer->seats[0].participant == a->id);
    assert_true(viewer->seats[1].participant == a->id);
    const bool first_is_screen = viewer->seats[0].group == ENGINE_GROUP_SCREEN;
    assert_int_not_equal(viewer->seats[0].group, viewer->seats[1].group);
    plain_peer_enable(call, a, 1u << ENGINE_MICROPHONE | 1u << ENGINE_CAMERA);
    assert_true(viewer->seats[first_is_screen ? 0 : 1].participant == 0);
    assert_true(viewer->seats[first_is_screen ? 1 : 0].participant == a->id);
    plain_call_free(call);
}

static void closing_a_leg_keeps_the_participant(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewer = plain_call_add(call, &one_seat);
    struct engine_command close = {.type = ENGINE_LEG_CLOSE};

    (void)state;
    assert_int_equal(plain_call_command(call, a, &close), 0);
    assert_true(viewer->seats[0].participant == 0);
    plain_peer_send_video(call, a, 0, true);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_dropped_unknown), 1);
    assert_int_equal(plain_call_command(call, a, &close), 0);
    plain_call_free(call);
}

/* One request a second at most, however many viewers ask. */
static void viewers_requests_are_merged(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &one_seat);
    struct plain_peer *viewers[8];

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(viewers); i++)
        viewers[i] = plain_call_add(call, &one_seat);
    plain_peer_send_video(call, a, 0, true);
    plain_call_run(call, 2000000);
    plain_peer_send_video(call, a, 0, true);
    plain_peer_forget(a);
    for (unsigned n = 0; n < 20; n++) {
        for (size_t i = 0; i < TEST_COUNT(viewers); i++)
            plain_peer_send_pli(call, viewers[i], plain_peer_seat_video(viewers[i], 0));
        plain_call_run(call, 100000);
        plain_peer_send_video(call, a, 0, n % 5 == 4);
    }
    assert_in_range(plain_peer_count_rtcp(a, RTCP_PSFB, RTCP_PLI), 1, 3);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_plis_received), 160);
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_later_offer_brings_more_seats_and_disturbs_nothing),
        cmocka_unit_test(a_new_leg_replaces_the_old_one),
        cmocka_unit_test(an_ice_restart_keeps_the_streams),
        cmocka_unit_test(another_certificate_makes_another_transport),
        cmocka_unit_test(a_source_that_is_no_longer_sent_leaves_the_seat),
        cmocka_unit_test(closing_a_leg_keeps_the_participant),
        cmocka_unit_test(viewers_requests_are_merged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
