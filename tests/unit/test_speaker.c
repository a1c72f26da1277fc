#include "test.h"

#include "engine/speaker.h"

#define SPEECH 30u
#define ROOM   70u

struct hall {
    struct speaker speakers[3];
    struct speaker_entrant entrants[3];
    struct speaker_contest contest;
    uint64_t now_us;
    unsigned reports, changes;
};

static void open_hall(struct hall *hall)
{
    *hall = (struct hall){.now_us = 1000000};
    for (unsigned i = 0; i < 3; i++) {
        speaker_init(&hall->speakers[i]);
        hall->entrants[i] = (struct speaker_entrant){i + 1, &hall->speakers[i]};
    }
}

static const struct speaker *holder_of(struct hall *hall)
{
    const uint64_t dominant = hall->contest.dominant;
    return dominant ? &hall->speakers[dominant - 1] : NULL;
}

static void hear(struct hall *hall, unsigned who, uint8_t level)
{
    speaker_hear(&hall->speakers[who], hall->now_us, level);
    hall->changes +=
        speaker_challenge(&hall->contest, hall->now_us, &hall->entrants[who], holder_of(hall));
}

/* Levels of 0 say nothing at all. */
static void talk_for(struct hall *hall, const uint8_t levels[static 3], unsigned ms)
{
    for (unsigned n = 0; n < ms / 20; n++) {
        for (unsigned i = 0; i < 3; i++)
            if (levels[i] != 0)
                hear(hall, i, levels[i]);
        hall->now_us += 20000;
        if (hall->now_us % SPEAKER_INTERVAL_US < 20000)
            hall->reports += speaker_round(&hall->contest, hall->now_us, hall->entrants, 3);
    }
}

/* One second. */
static void talk(struct hall *hall, uint8_t a, uint8_t b, uint8_t c)
{
    talk_for(hall, (const uint8_t[]){a, b, c}, 1000);
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
    for (unsigned n = 0; n < 20; n++) {
        talk_for(&hall, (const uint8_t[]){SPEECH, 5, ROOM}, 200);
        talk_for(&hall, (const uint8_t[]){SPEECH, ROOM, ROOM}, 400);
    }
    assert_int_equal(hall.changes, 1);
    /* Not even when the speaker listens. */
    talk(&hall, ROOM, ROOM, ROOM);
    for (unsigned n = 0; n < 20; n++) {
        talk_for(&hall, (const uint8_t[]){ROOM, 10, ROOM}, 200);
        talk_for(&hall, (const uint8_t[]){ROOM, ROOM, ROOM}, 400);
    }
    assert_int_equal(hall.changes, 1);
    assert_true(hall.contest.dominant == 1);
}

/* How long it takes, in ms, until `who` is dominant, while it talks. */
static unsigned detect(struct hall *hall, unsigned who, unsigned others)
{
    for (unsigned ms = 20; ms <= 1000; ms += 20) {
        for (unsigned i = 0; i < 3; i++)
            hear(hall, i, i == who ? SPEECH : (uint8_t)others);
        hall->now_us += 20000;
        if (hall->contest.dominant == who + 1)
            return ms;
    }
    return 1000;
}

static void a_speaker_is_detected_within_300_ms(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall);
    talk(&hall, ROOM, ROOM, ROOM);
    assert_in_range(detect(&hall, 0, ROOM), 1, 300);
    talk(&hall, SPEECH, ROOM, ROOM);
    talk(&hall, SPEECH, ROOM, ROOM);
    /* The other one stopped this moment. */
    assert_in_range(detect(&hall, 1, ROOM), 1, 300);
    talk(&hall, ROOM, SPEECH, ROOM);
    talk(&hall, ROOM, ROOM, ROOM);
    assert_in_range(detect(&hall, 2, ROOM), 1, 300);
}

/* Agreeing now and then while somebody talks with the pauses that people make. */
static void who_agrees_does_not_take_over(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall);
    talk(&hall, SPEECH, ROOM, ROOM);
    for (unsigned n = 0; n < 20; n++) {
        talk_for(&hall, (const uint8_t[]){SPEECH, ROOM, ROOM}, 600);
        talk_for(&hall, (const uint8_t[]){ROOM, 35, ROOM}, 200);
        talk_for(&hall, (const uint8_t[]){SPEECH, 35, ROOM}, 100);
    }
    assert_int_equal(hall.changes, 1);
}

/* Two who talk at one time: the one who pauses loses, but not each time somebody breathes. */
static void double_talk_does_not_flap(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall);
    talk(&hall, SPEECH, ROOM, ROOM);
    for (unsigned n = 0; n < 20; n++) {
        talk_for(&hall, (const uint8_t[]){SPEECH, SPEECH, ROOM}, 500);
        talk_for(&hall, (const uint8_t[]){n % 2 ? ROOM : SPEECH, n % 2 ? SPEECH : ROOM, ROOM}, 120);
    }
    assert_in_range(hall.changes, 1, 7);
}

static void constant_noise_is_no_speech(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall);
    talk(&hall, SPEECH, 46, ROOM);
    for (unsigned n = 0; n < 120; n++)
        talk(&hall, ROOM, 46, ROOM);
    assert_int_equal(speaker_loud_slots(&hall.speakers[1], hall.now_us, 50), 0);
    assert_in_range(detect(&hall, 0, 46), 1, 300);
}

/* Packets of 60 ms, and some that come late, all at once. */
static void uneven_packets_count_like_even_ones(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall);
    for (unsigned ms = 0; ms < 600; ms += 60) {
        hear(&hall, 0, SPEECH);
        if (ms % 180 == 0)
            hear(&hall, 0, SPEECH + 2);
        hall.now_us += 60000;
    }
    assert_int_equal(speaker_loud_slots(&hall.speakers[0], hall.now_us, 20), 20);
    assert_true(hall.contest.dominant == 1);
    hall.now_us += 400000;
    assert_int_equal(speaker_loud_slots(&hall.speakers[0], hall.now_us, 20), 0);
    hall.now_us += 100000000;
    hear(&hall, 0, SPEECH);
    assert_int_equal(speaker_loud_slots(&hall.speakers[0], hall.now_us, 60), 1);
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
        cmocka_unit_test(a_speaker_is_detected_within_300_ms),
        cmocka_unit_test(who_agrees_does_not_take_over),
        cmocka_unit_test(double_talk_does_not_flap),
        cmocka_unit_test(constant_noise_is_no_speech),
        cmocka_unit_test(uneven_packets_count_like_even_ones),
        cmocka_unit_test(the_louder_one_takes_over_after_a_while),
        cmocka_unit_test(whoever_speaks_after_the_other_stopped_is_next),
        cmocka_unit_test(who_left_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
