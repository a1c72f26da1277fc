#include "test.h"

#include <string.h>

#include "engine/media_room.h"
#include "engine/participant.h"
#include "support/plain_call.h"

static struct shared shared;
static struct media_room room;
static struct participant participant;

static void set_up(void)
{
    memset(&shared, 0, sizeof shared);
    list_init(&shared.to_service);
    list_init(&shared.to_reseat);
    list_init(&shared.viewers_to_reseat);
    list_init(&shared.participant_news);
    list_init(&shared.room_news);
    timer_wheel_init(&shared.participant_timers);
    timer_wheel_init(&shared.room_timers);
    media_room_init(&room, 7);
    participant_init(&participant, 5, &room);
    assert_true(media_room_join(&room, &participant, &shared));
}

static void tear_down(void)
{
    media_room_leave(&room, &participant, &shared);
    participant_fini(&participant, &shared);
    media_room_fini(&room, &shared);
}

static void a_newcomer_has_everything_enabled_and_no_leg(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(participant.enabled, 0xf);
    assert_null(participant.leg);
    assert_false(participant_take_seat_news(&participant));
    participant_check_leg(&participant, &shared);
    assert_true(list_empty(&shared.participant_news));
    tear_down();
}

static void marks_are_kept_once(void **state)
{
    (void)state;
    set_up();
    participant_mark(&participant, &shared);
    participant_mark(&participant, &shared);
    assert_ptr_equal(list_pop_front(&shared.to_service), &participant.in_service);
    assert_true(list_empty(&shared.to_service));
    participant_mark_seats(&participant, &shared);
    participant_mark_seats(&participant, &shared);
    assert_ptr_equal(list_pop_front(&shared.participant_news), &participant.in_news);
    assert_true(list_empty(&shared.participant_news));
    tear_down();
}

static void without_a_leg_there_is_no_timer(void **state)
{
    (void)state;
    set_up();
    participant_service(&participant, &shared);
    assert_false(timer_is_set(&participant.timer));
    tear_down();
}

static void wishes_beyond_the_limit_are_cut(void **state)
{
    static struct engine_view views[LIMIT_VIEWS + 5];

    (void)state;
    set_up();
    participant_set_views(&participant, views, TEST_COUNT(views), &shared);
    assert_int_equal(participant.view_count, LIMIT_VIEWS);
    participant_set_views(&participant, NULL, 0, &shared);
    assert_int_equal(participant.view_count, 0);
    /* Its own seats may change, nobody else's. */
    assert_false(list_empty(&shared.viewers_to_reseat));
    assert_true(list_empty(&shared.to_reseat));
    tear_down();
}

static void a_muted_microphone_is_silent_at_once(void **state)
{
    (void)state;
    set_up();
    for (unsigned i = 0; i < 20; i++)
        speaker_hear(&participant.speaker, 1000000 + 20000 * i, 10);
    participant_set_enabled(&participant, 0xff, &shared);
    assert_int_equal(participant.enabled, 0xf);
    assert_true(participant.speaker.loud_us != 0);
    participant_set_enabled(&participant, 1u << ENGINE_CAMERA, &shared);
    assert_true(participant.speaker.loud_us == 0);
    tear_down();
}

/* Muted before the first offer: the leg begins muted. */
static void a_leg_begins_as_its_participant_is(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_join(call, &(struct plain_options){.seats = 1});
    struct plain_peer *viewer = plain_call_add(call, &(struct plain_options){.seats = 1});

    (void)state;
    plain_peer_enable(call, a, 1u << ENGINE_MICROPHONE);
    assert_int_equal(plain_peer_offer(call, a, true), 0);
    assert_int_equal(plain_peer_connect(call, a), 0);
    assert_true(viewer->seats[0].audio);
    assert_false(viewer->seats[0].video);
    plain_peer_send_video(call, a, 0, true);
    assert_int_equal(plain_peer_count(viewer, plain_peer_seat_video(viewer, 0)), 0);
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_newcomer_has_everything_enabled_and_no_leg),
        cmocka_unit_test(marks_are_kept_once),
        cmocka_unit_test(without_a_leg_there_is_no_timer),
        cmocka_unit_test(wishes_beyond_the_limit_are_cut),
        cmocka_unit_test(a_muted_microphone_is_silent_at_once),
        cmocka_unit_test(a_leg_begins_as_its_participant_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
