#include "test.h"

#include "engine/speaker.h"

#define SPEECH 30u
#define ROOM   70u

struct hall {
    struct speaker speakers[3];
    struct speaker_entrant entrants[3];
    struct speaker_contest contest;
    uint64_t now_us;
    unsigned reports;
};

static void open_hall(struct hall *hall)
{
    *hall = (struct hall){.now_us = 1000000};
    for (unsigned i = 0; i < 3; i++) {
        speaker_init(&hall->speakers[i]);
        hall->entrants[i] = (struct speaker_entrant){i + 1, &hall->speakers[i]};
    }
}

/* One second; levels of 0 say nothing at all. */
static void talk(struct hall *hall, uint8_t a, uint8_t b, uint8_t c)
{
    const uint8_t levels[] = {a, b, c};
    for (unsigned n = 0; n < 50; n++) {
        for (unsigned i = 0; i < 3; i++)
            if (levels[i] != 0)
                speaker_hear(&hall->speakers[i], hall->now_us, levels[i]);
        hall->now_us += 20000;
        if (hall->now_us % SPEAKER_INTERVAL_US < 20000)
            hall->reports +=
                speaker_round(&hall->contest, hall->now_us, hall->entrants, TEST_COUNT(levels));
    }
}

static void nobody_is_dominant_in_a_quiet_room(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall);
    talk(&hall, ROOM, ROOM, 127);
    assert_true(hall.contest.dominant == 0);
    assert_int_equal(hall.contest.reported_count, 0);
    assert_int_equal(hall.reports, 0);
}

static void who_speaks_is_reported_and_dominant(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall);
    talk(&hall, ROOM, SPEECH, ROOM);
    assert_true(hall.contest.dominant == 2);
    assert_int_equal(hall.contest.reported_count, 1);
    assert_true(hall.contest.reported[0].participant == 2);
    assert_in_range(hall.contest.reported[0].level_dbov, SPEECH, SPEECH + 3);
    /* The same for ever is no news. */
    const unsigned reports = hall.reports;
    talk(&hall, ROOM, SPEECH, ROOM);
    talk(&hall, ROOM, SPEECH, ROOM);
    assert_in_range(hall.reports, reports, reports + 1);
}

static void silence_ends_speaking_but_not_dominance(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall);
    talk(&hall, SPEECH, 0, 0);
    talk(&hall, 0, 0, 0);
    talk(&hall, 0, 0, 0);
    assert_int_equal(hall.contest.reported_count, 0);
    assert_true(hall.contest.dominant == 1);
    assert_false(hall.contest.listening);
}

static void a_cough_does_not_take_over(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall);
    talk(&hall, SPEECH, ROOM, ROOM);
    for (unsigned n = 0; n < 6; n++)
        speaker_hear(&hall.speakers[1], hall.now_us, 5);
    talk(&hall, SPEECH, ROOM, ROOM);
    assert_true(hall.contest.dominant == 1);
}

static void the_louder_one_takes_over_after_a_while(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall);
    talk(&hall, 40, ROOM, ROOM);
    talk(&hall, 40, 20, ROOM);
    assert_true(hall.contest.dominant == 2);
    assert_int_equal(hall.contest.reported_count, 2);
    assert_true(hall.contest.reported[0].participant == 2);
    /* Equally loud: nothing moves. */
    talk(&hall, 20, 20, 20);
    talk(&hall, 20, 20, 20);
    assert_true(hall.contest.dominant == 2);
}

static void whoever_speaks_after_the_other_stopped_is_next(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall);
    talk(&hall, 10, ROOM, ROOM);
    talk(&hall, ROOM, 40, ROOM);
    talk(&hall, ROOM, 40, ROOM);
    assert_true(hall.contest.dominant == 2);
}

static void who_left_is_forgotten(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall);
    talk(&hall, SPEECH, ROOM, ROOM);
    assert_true(speaker_round(&hall.contest, hall.now_us, hall.entrants + 1, 2));
    assert_true(hall.contest.dominant == 0);
    assert_int_equal(hall.contest.reported_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_dominant_in_a_quiet_room),
        cmocka_unit_test(who_speaks_is_reported_and_dominant),
        cmocka_unit_test(silence_ends_speaking_but_not_dominance),
        cmocka_unit_test(a_cough_does_not_take_over),
        cmocka_unit_test(the_louder_one_takes_over_after_a_while),
        cmocka_unit_test(whoever_speaks_after_the_other_stopped_is_next),
        cmocka_unit_test(who_left_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
