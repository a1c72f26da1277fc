/* How an allocation changes: what goes first when there is less, who goes up when there is more. */
#include "support/allocator_rig.h"

/* ---- down ----------------------------------------------------------------------------------- */

static void frames_go_before_pixels(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_PINNED, HD);
    add(ALLOCATOR_VISIBLE, SD);
    decide_for(2600000, 3000000);
    ASSERT_TARGET(0, 2, 2);
    ASSERT_TARGET(1, 1, 2);
    /* Those of the less important, and only then the others. */
    decide(2080000);
    ASSERT_TARGET(0, 2, 2);
    ASSERT_TARGET(1, 1, 1);
    decide(1900000);
    ASSERT_TARGET(0, 2, 1);
    ASSERT_TARGET(1, 1, 1);
    decide(1650000);
    ASSERT_TARGET(0, 2, 1);
    ASSERT_TARGET(1, 1, 1);
    decide(1500000);
    ASSERT_TARGET(0, 2, 1);
    ASSERT_TARGET(1, 0, 2);
}

static void who_matters_more_has_all_frames_in_the_end(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_PINNED, HD);
    add(ALLOCATOR_VISIBLE, SD);
    decide_for(2600000, 3000000);
    decide_for(1960000, ALLOCATOR_EASE_US);
    ASSERT_TARGET(0, 2, 1);
    ASSERT_TARGET(1, 1, 2);
    decide_for(1960000, 1000000);
    ASSERT_TARGET(0, 2, 2);
    ASSERT_TARGET(1, 0, 2);
}

static void no_pixels_while_somebody_else_lacks_frames(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_PINNED, HD);
    add(ALLOCATOR_VISIBLE, SMALL);
    add(ALLOCATOR_VISIBLE, SD);
    camera.at[2][2].bps = 2000000;
    decide_for(1580000, 3000000);
    ASSERT_TARGET(0, 2, 1);
    ASSERT_TARGET(1, 0, 2);
    ASSERT_TARGET(2, 0, 2);
    /* 1275 + 150 + 375 kbit/s times 1.2 would fit, but then the first one would never see 2000. */
    decide_for(2200000, 5000000);
    ASSERT_TARGET(0, 2, 1);
    ASSERT_TARGET(2, 0, 2);
    /* Frames it takes from others. */
    decide_for(2260000, 5000000);
    ASSERT_TARGET(0, 2, 2);
    ASSERT_TARGET(2, 0, 1);
}

/* ---- one at a time -------------------------------------------------------------------------- */

#define TILES 4u

static void pictures_go_up_one_at_a_time(void **state)
{
    int8_t before[TILES] = {0};
    uint64_t last_us = 0;

    (void)state;
    set_up();
    for (unsigned i = 0; i < TILES; i++)
        add(ALLOCATOR_VISIBLE, SD);
    decide_for(700000, 2000000);
    for (const uint64_t end_us = now_us + 5000000; now_us < end_us; now_us += 100000) {
        unsigned ups = 0;
        decide(9000000);
        for (unsigned i = 0; i < TILES; i++) {
            ups += sources[i].target.spatial > before[i];
            before[i] = sources[i].target.spatial;
        }
        assert_in_range(ups, 0, 1);
        if (ups == 0)
            continue;
        assert_true(now_us >= last_us + ALLOCATOR_TURN_US);
        last_us = now_us;
    }
    for (unsigned i = 0; i < TILES; i++)
        ASSERT_TARGET(i, 1, 2);
}

static void the_next_waits_until_one_has_arrived(void **state)
{
    (void)state;
    set_up();
    for (unsigned i = 0; i < 2; i++)
        add(ALLOCATOR_VISIBLE, SD);
    decide_for(300000, 2000000);
    while (sources[0].target.spatial == 0)
        decide_for(9000000, 100000);
    sources[0].rising = true;
    decide_for(9000000, 2000000);
    ASSERT_TARGET(1, 0, 2);
    sources[0].rising = false;
    decide_for(9000000, ALLOCATOR_TURN_US + 100000);
    ASSERT_TARGET(1, 1, 2);
    /* But not for ever. */
    sources[0].current = sources[1].current = (struct stream_target){0, 2};
    now_us += 10000000;
    decide(9000000);
    ASSERT_TARGET(0, 1, 2);
    sources[0].rising = true;
    decide_for(9000000, ALLOCATOR_TURN_MAX_US + ALLOCATOR_TURN_US + 100000);
    ASSERT_TARGET(1, 1, 2);
}

static void who_matters_more_takes_from_others_to_go_up(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_PINNED, HD);
    add(ALLOCATOR_VISIBLE, SD);
    add(ALLOCATOR_VISIBLE, SD);
    decide_for(800000, 2000000);
    for (unsigned i = 0; i < 3; i++)
        sources[i].current = (struct stream_target){1, 2};
    now_us += 10000000;
    /* All at 500: the first one's next step alone would need 2275 times 1.15. */
    decide_for(1800000, 5000000);
    ASSERT_TARGET(0, 2, 1);
    ASSERT_TARGET(1, 0, 2);
    ASSERT_TARGET(2, 0, 2);
}

static void others_need_more_room_to_go_up(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_PINNED, SD);
    add(ALLOCATOR_VISIBLE, SD);
    decide_for(560000, 2000000);
    ASSERT_TARGET(0, 1, 1);
    decide_for(800000, 2000000);
    ASSERT_TARGET(0, 1, 2);
    ASSERT_TARGET(1, 0, 2);
    /* 875 times 1.15 would be 1006. */
    decide_for(1040000, 3000000);
    ASSERT_TARGET(1, 0, 2);
    decide_for(1060000, 3000000);
    ASSERT_TARGET(1, 1, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_go_before_pixels),
        cmocka_unit_test(who_matters_more_has_all_frames_in_the_end),
        cmocka_unit_test(no_pixels_while_somebody_else_lacks_frames),
        cmocka_unit_test(pictures_go_up_one_at_a_time),
        cmocka_unit_test(the_next_waits_until_one_has_arrived),
        cmocka_unit_test(who_matters_more_takes_from_others_to_go_up),
        cmocka_unit_test(others_need_more_room_to_go_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
