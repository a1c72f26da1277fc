#include "test.h"

#include <string.h>

#include "engine/leg.h"
#include "engine/seat.h"

static struct leg viewer, occupant;
static struct negotiated negotiated;
static struct track microphone, camera, screen;
static struct seat seat;

static void set_up(void)
{
    static const struct negotiate_seat_ssrcs ssrcs = {.audio = 1, .video = 2, .video_rtx = 3};
    memset(&occupant, 0, sizeof occupant);
    viewer.negotiated = &negotiated;
    microphone = (struct track){.source = ENGINE_MICROPHONE, .enabled = true};
    camera = (struct track){.source = ENGINE_CAMERA, .enabled = true, .video = true};
    screen = (struct track){.source = ENGINE_SCREEN, .enabled = true, .video = true};
    list_init(&microphone.viewers);
    list_init(&camera.viewers);
    list_init(&screen.viewers);
    occupant.tracks[ENGINE_MICROPHONE] = &microphone;
    occupant.tracks[ENGINE_CAMERA] = &camera;
    occupant.tracks[ENGINE_SCREEN] = &screen;
    seat_init(&seat, 4, &viewer, &ssrcs);
}

static void it_has_the_ssrcs_of_the_answer(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(seat.audio.ssrc, 1);
    assert_int_equal(seat.video.ssrc, 2);
    assert_int_equal(seat.video.rtx_ssrc, 3);
    assert_int_equal(seat.video.seat, 4);
    assert_false(seat.audio.video);
    seat_fini(&seat);
}

static void it_shows_camera_or_screen_of_its_occupant(void **state)
{
    (void)state;
    set_up();
    seat.place = (struct seating_place){9, ENGINE_GROUP_CAMERA};
    seat_show(&seat, &occupant);
    assert_ptr_equal(seat.audio.track, &microphone);
    assert_ptr_equal(seat.video.track, &camera);
    assert_false(list_empty(&camera.viewers));
    seat.place.group = ENGINE_GROUP_SCREEN;
    seat_show(&seat, &occupant);
    assert_null(seat.audio.track);
    assert_ptr_equal(seat.video.track, &screen);
    assert_true(list_empty(&camera.viewers) && list_empty(&microphone.viewers));
    seat_show(&seat, NULL);
    assert_true(list_empty(&screen.viewers));
    seat_fini(&seat);
}

static void it_is_described_as_it_is(void **state)
{
    (void)state;
    set_up();
    seat.place = (struct seating_place){9, ENGINE_GROUP_CAMERA};
    seat_show(&seat, &occupant);
    microphone.enabled = false;
    seat.video.no_codec = true;
    const struct engine_seat described = seat_describe(&seat);
    assert_true(described.participant == 9);
    assert_false(described.audio);
    assert_true(described.video);
    assert_int_equal(described.problem, ENGINE_SEAT_NO_CODEC);
    /* Somebody else sits down: no problem is known yet. */
    occupant.tracks[ENGINE_CAMERA] = NULL;
    seat_show(&seat, &occupant);
    assert_int_equal(seat_describe(&seat).problem, ENGINE_SEAT_FINE);
    assert_false(seat_describe(&seat).video);
    seat_fini(&seat);
}

static void memory_for_what_is_sent_comes_with_the_agreement(void **state)
{
    const struct negotiated_seat audio_only = {.audio = 2, .video = NEGOTIATE_NO_MEDIA};
    const struct negotiated_seat both = {.audio = 2, .video = 3};

    (void)state;
    set_up();
    assert_int_equal(seat_negotiated(&seat, &audio_only), 0);
    assert_non_null(seat.audio.sent);
    assert_null(seat.video.sent);
    assert_int_equal(seat_negotiated(&seat, &both), 0);
    assert_non_null(seat.video.sent);
    assert_int_equal(seat.video.media, 3);
    seat_fini(&seat);
    assert_null(seat.video.sent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_the_ssrcs_of_the_answer),
        cmocka_unit_test(it_shows_camera_or_screen_of_its_occupant),
        cmocka_unit_test(it_is_described_as_it_is),
        cmocka_unit_test(memory_for_what_is_sent_comes_with_the_agreement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
