#include "test.h"

#include "engine/loudest.h"

#define PEOPLE 6u
#define LIMIT  2u
#define SPEECH 30u
#define ROOM   70u

struct hall {
    struct speaker speakers[PEOPLE];
    struct speaker_entrant entrants[PEOPLE];
    struct loudest loudest;
    uint64_t now_us;
};

static void open_hall(struct hall *hall, size_t count)
{
    *hall = (struct hall){.now_us = 5000000};
    for (unsigned i = 0; i < PEOPLE; i++) {
        speaker_init(&hall->speakers[i]);
        hall->entrants[i] = (struct speaker_entrant){i + 1, &hall->speakers[i]};
    }
    loudest_review(&hall->loudest, LIMIT, hall->entrants, count);
}

/* 20 ms; true: it came in. */
static bool hear(struct hall *hall, unsigned who, uint8_t level, struct speaker **out)
{
    struct speaker *speaker = &hall->speakers[who];
    *out = NULL;
    speaker_hear(speaker, hall->now_us, level);
    return !speaker->chosen &&
           loudest_admit(&hall->loudest, LIMIT, hall->now_us, speaker, NULL, out);
}

/* Everyone in the mask is this loud; who came in (-1: nobody). */
static int talk(struct hall *hall, unsigned mask, uint8_t level, unsigned ms)
{
    struct speaker *out;
    int came = -1;
    for (unsigned t = 0; t < ms; t += 20, hall->now_us += 20000)
        for (unsigned i = 0; i < PEOPLE; i++)
            if (mask & 1u << i && hear(hall, i, level, &out))
                came = (int)i;
    return came;
}

static void few_microphones_are_not_chosen_from(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall, LIMIT);
    assert_false(hall.loudest.choosing);
    assert_int_equal(hall.loudest.count, 0);
    loudest_review(&hall.loudest, LIMIT, hall.entrants, LIMIT + 1);
    assert_true(hall.loudest.choosing);
    assert_int_equal(hall.loudest.count, LIMIT);
    loudest_review(&hall.loudest, LIMIT, hall.entrants, LIMIT);
    assert_false(hall.loudest.choosing || hall.speakers[0].chosen || hall.speakers[1].chosen);
    assert_int_equal(hall.loudest.count, 0);
}

static void who_was_loud_last_is_in_from_the_start(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall, LIMIT);
    (void)talk(&hall, 1u << 4, SPEECH, 200);
    (void)talk(&hall, 1u << 5, SPEECH, 200);
    loudest_review(&hall.loudest, LIMIT, hall.entrants, PEOPLE);
    assert_true(hall.speakers[4].chosen && hall.speakers[5].chosen);
}

static void who_talks_comes_in_for_the_longest_silent(void **state)
{
    struct hall hall;
    struct speaker *out;

    (void)state;
    open_hall(&hall, PEOPLE);
    (void)talk(&hall, 1u << 0, SPEECH, 400);
    assert_true(hall.speakers[0].chosen && hall.speakers[1].chosen);
    /* One loud packet is a click. */
    assert_false(hear(&hall, 4, SPEECH, &out));
    hall.now_us += 20000;
    assert_true(hear(&hall, 4, SPEECH, &out));
    assert_ptr_equal(out, &hall.speakers[1]);
    assert_true(hall.speakers[0].chosen && hall.speakers[4].chosen && !hall.speakers[1].chosen);
}

static void quiet_people_do_not_come_in(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall, PEOPLE);
    assert_int_equal(talk(&hall, 0x3c, ROOM, 2000), -1);
}

static void who_just_talked_is_not_put_out(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall, PEOPLE);
    (void)talk(&hall, 3, SPEECH, 1000);
    assert_int_equal(talk(&hall, 1u << 3, SPEECH, 800), -1);
    /* Both have been silent for long: somebody goes. */
    hall.now_us += 1000000;
    assert_int_equal(talk(&hall, 1u << 3, SPEECH, 100), 3);
}

static void among_talkers_only_the_louder_comes_in(void **state)
{
    struct hall hall;

    (void)state;
    open_hall(&hall, PEOPLE);
    (void)talk(&hall, 3, 40, 400);
    for (unsigned i = 0; i < 40; i++) {
        struct speaker *out;
        (void)hear(&hall, 0, 25, &out);
        (void)hear(&hall, 1, 40, &out);
        assert_false(hear(&hall, 2, 38, &out));
        hall.now_us += 20000;
    }
    bool came = false;
    for (unsigned i = 0; i < 20 && !came; i++) {
        struct speaker *out;
        (void)hear(&hall, 0, 25, &out);
        (void)hear(&hall, 1, 40, &out);
        came = hear(&hall, 2, 20, &out);
        if (came)
            assert_ptr_equal(out, &hall.speakers[1]);
        hall.now_us += 20000;
    }
    assert_true(came);
}

static void the_dominant_speaker_stays(void **state)
{
    struct hall hall;
    struct speaker *out;

    (void)state;
    open_hall(&hall, PEOPLE);
    (void)talk(&hall, 2, SPEECH, 200);
    hall.now_us += 1500000;
    for (unsigned i = 0; i < 3; i++, hall.now_us += 20000)
        speaker_hear(&hall.speakers[3], hall.now_us, SPEECH);
    /* 0 was silent even longer, but is the one on everybody's screen. */
    assert_true(loudest_admit(&hall.loudest, LIMIT, hall.now_us, &hall.speakers[3],
                              &hall.speakers[0], &out));
    assert_ptr_equal(out, &hall.speakers[1]);
}

static void who_leaves_is_forgotten_and_its_place_free(void **state)
{
    struct hall hall;
    struct speaker *out;

    (void)state;
    open_hall(&hall, PEOPLE);
    loudest_forget(&hall.loudest, &hall.speakers[0]);
    assert_int_equal(hall.loudest.count, 1);
    (void)hear(&hall, 5, SPEECH, &out);
    hall.now_us += 20000;
    assert_true(hear(&hall, 5, SPEECH, &out));
    assert_null(out);
    /* One that began anew is not a member, whatever the list says. */
    speaker_init(&hall.speakers[5]);
    loudest_review(&hall.loudest, LIMIT, hall.entrants, PEOPLE - 1);
    assert_int_equal(hall.loudest.count, LIMIT);
    assert_false(hall.speakers[5].chosen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_microphones_are_not_chosen_from),
        cmocka_unit_test(who_was_loud_last_is_in_from_the_start),
        cmocka_unit_test(who_talks_comes_in_for_the_longest_silent),
        cmocka_unit_test(quiet_people_do_not_come_in),
        cmocka_unit_test(who_just_talked_is_not_put_out),
        cmocka_unit_test(among_talkers_only_the_louder_comes_in),
        cmocka_unit_test(the_dominant_speaker_stays),
        cmocka_unit_test(who_leaves_is_forgotten_and_its_place_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
