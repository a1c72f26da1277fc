#include "test.h"

#include <string.h>

#include "base/rng.h"
#include "engine/seating.h"

static struct seating_candidate camera(uint64_t participant, uint64_t spoke_us)
{
    return (struct seating_candidate){participant, ENGINE_GROUP_CAMERA, spoke_us, participant};
}

static struct seating_candidate screen(uint64_t participant)
{
    return (struct seating_candidate){participant, ENGINE_GROUP_SCREEN, 0, participant};
}

static void people_sit_in_the_order_they_came(void **state)
{
    struct seating_place places[3] = {0};
    const struct seating_candidate candidates[] = {camera(1, 0), camera(2, 0)};

    (void)state;
    assert_true(seating_assign(places, 3, candidates, 2, NULL, 0));
    assert_true(places[0].participant == 1);
    assert_true(places[1].participant == 2);
    assert_true(places[2].participant == 0);
    assert_false(seating_assign(places, 3, candidates, 2, NULL, 0));
}

static void nobody_moves_when_somebody_leaves(void **state)
{
    struct seating_place places[3] = {0};
    const struct seating_candidate before[] = {camera(1, 0), camera(2, 0), camera(3, 0)};
    const struct seating_candidate after[] = {camera(1, 0), camera(3, 0), camera(4, 0)};

    (void)state;
    assert_true(seating_assign(places, 3, before, 3, NULL, 0));
    assert_true(seating_assign(places, 3, after, 3, NULL, 0));
    assert_true(places[0].participant == 1);
    assert_true(places[1].participant == 4);
    assert_true(places[2].participant == 3);
}

static void a_speaker_takes_the_seat_of_the_longest_silent(void **state)
{
    struct seating_place places[2] = {0};
    const struct seating_candidate quiet[] = {camera(1, 50), camera(2, 90), camera(3, 0)};
    const struct seating_candidate loud[] = {camera(1, 50), camera(2, 90), camera(3, 100)};

    (void)state;
    assert_true(seating_assign(places, 2, quiet, 3, NULL, 0));
    assert_true(places[0].participant == 2);
    assert_true(places[1].participant == 1);
    assert_true(seating_assign(places, 2, loud, 3, NULL, 0));
    assert_true(places[0].participant == 2);
    assert_true(places[1].participant == 3);
}

static struct seating_candidate heard(uint64_t participant, uint64_t loud_us)
{
    struct seating_candidate candidate = camera(participant, 0);
    candidate.loud_us = loud_us;
    return candidate;
}

static bool has_seat(const struct seating_place *places, size_t count, uint64_t participant)
{
    for (size_t i = 0; i < count; i++)
        if (places[i].participant == participant)
            return true;
    return false;
}

/* Not even wishes push them out, and they do not take all. */
static void who_is_heard_has_a_seat(void **state)
{
    struct seating_place places[4] = {0};
    const struct seating_candidate candidates[] = {camera(1, 0), camera(2, 0), camera(3, 0),
                                                   camera(4, 0), heard(5, 10), heard(6, 30),
                                                   heard(7, 20)};
    const struct engine_view wanted[] = {
        {.participant = 1}, {.participant = 2}, {.participant = 3}, {.participant = 4}};

    (void)state;
    assert_true(seating_assign(places, 4, candidates, 7, wanted, 4));
    assert_true(has_seat(places, 4, 1) && has_seat(places, 4, 2));
    assert_true(has_seat(places, 4, 6) && has_seat(places, 4, 7));
    /* One seat is for whom the viewer wants to see. */
    memset(places, 0, sizeof places);
    assert_true(seating_assign(places, 1, candidates, 7, wanted, 4));
    assert_true(places[0].participant == 1);
}

static void who_never_spoke_keeps_the_seat_against_later_ones(void **state)
{
    struct seating_place places[1] = {{2, ENGINE_GROUP_CAMERA}};
    const struct seating_candidate candidates[] = {camera(1, 0), camera(2, 0), camera(3, 0)};

    (void)state;
    assert_false(seating_assign(places, 1, candidates, 3, NULL, 0));
    assert_true(places[0].participant == 2);
}

static void wishes_come_first_then_screens(void **state)
{
    struct seating_place places[3] = {0};
    const struct seating_candidate candidates[] = {camera(1, 900), camera(2, 800), camera(3, 0),
                                                   screen(2)};
    const struct engine_view wanted[] = {{.participant = 3}, {.participant = 77}};

    (void)state;
    assert_true(seating_assign(places, 3, candidates, 4, wanted, 2));
    assert_true(places[0].participant == 3);
    assert_true(places[1].participant == 2 && places[1].group == ENGINE_GROUP_SCREEN);
    assert_true(places[2].participant == 1);
}

static void no_seats_and_no_candidates_are_fine(void **state)
{
    struct seating_place places[2] = {{5, 0}, {0, 0}};
    const struct seating_candidate candidates[] = {camera(1, 0)};

    (void)state;
    assert_false(seating_assign(NULL, 0, candidates, 1, NULL, 0));
    assert_true(seating_assign(places, 2, NULL, 0, NULL, 0));
    assert_true(places[0].participant == 0);
}

/* Nobody twice, nobody who is not there, no empty seat while somebody stands, and who stays
 * chosen stays put. */
static void rules_hold_for_random_rooms(void **state)
{
    struct rng rng;
    struct seating_place places[LIMIT_SEATS] = {0};

    (void)state;
    rng_init(&rng, 3, 3);
    for (unsigned round = 0; round < 3000; round++) {
        struct seating_candidate candidates[64];
        struct seating_place before[LIMIT_SEATS];
        size_t count = 0;
        const size_t seats = 1 + rng_below(&rng, LIMIT_SEATS);
        for (uint64_t id = 1; id <= 40; id++)
            if (rng_below(&rng, 4) != 0)
                candidates[count++] = camera(id, rng_below(&rng, 3) == 0 ? rng_u32(&rng) : 0);
        memcpy(before, places, sizeof before);
        (void)seating_assign(places, seats, candidates, count, NULL, 0);
        size_t taken = 0;
        for (size_t i = 0; i < seats; i++) {
            taken += places[i].participant != 0;
            for (size_t j = 0; j < i; j++)
                assert_true(places[i].participant == 0 ||
                            places[i].participant != places[j].participant);
            for (size_t j = 0; j < seats; j++)
                assert_true(before[j].participant == 0 || i == j ||
                            places[i].participant != before[j].participant);
        }
        assert_int_equal(taken, count < seats ? count : seats);
        for (size_t i = seats; i < LIMIT_SEATS; i++)
            places[i].participant = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_sit_in_the_order_they_came),
        cmocka_unit_test(nobody_moves_when_somebody_leaves),
        cmocka_unit_test(a_speaker_takes_the_seat_of_the_longest_silent),
        cmocka_unit_test(who_is_heard_has_a_seat),
        cmocka_unit_test(who_never_spoke_keeps_the_seat_against_later_ones),
        cmocka_unit_test(wishes_come_first_then_screens),
        cmocka_unit_test(no_seats_and_no_candidates_are_fine),
        cmocka_unit_test(rules_hold_for_random_rooms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
