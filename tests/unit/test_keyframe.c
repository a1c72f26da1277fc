#include "test.h"

#include "engine/keyframe.h"
#include "engine/timeline.h"

static void many_requests_are_one(void **state)
{
    struct keyframe_gate gate = {0};

    (void)state;
    assert_false(keyframe_take(&gate, 1000));
    for (unsigned i = 0; i < 50; i++)
        keyframe_want(&gate, TIMELINE_WHY_SEATED);
    assert_true(keyframe_take(&gate, 1000));
    assert_false(keyframe_take(&gate, 1000));
    keyframe_want(&gate, TIMELINE_WHY_SEATED);
    assert_false(keyframe_take(&gate, 1000 + KEYFRAME_INTERVAL_US - 1));
}

static void it_is_repeated_until_served(void **state)
{
    struct keyframe_gate gate = {0};
    unsigned sent = 0;

    (void)state;
    keyframe_want(&gate, TIMELINE_WHY_SEATED);
    for (uint64_t now_us = 0; now_us < 2000000; now_us += 10000)
        sent += keyframe_take(&gate, now_us);
    assert_int_equal(sent, 2);
    keyframe_served(&gate);
    assert_true(keyframe_wake_at(&gate) == UINT64_MAX);
    assert_false(keyframe_take(&gate, 5000000));
}

static void the_next_request_waits_for_the_interval(void **state)
{
    struct keyframe_gate gate = {0};

    (void)state;
    keyframe_want(&gate, TIMELINE_WHY_SEATED);
    assert_true(keyframe_take(&gate, 1000000));
    keyframe_served(&gate);
    keyframe_want(&gate, TIMELINE_WHY_SEATED);
    assert_true(keyframe_wake_at(&gate) == 1000000 + KEYFRAME_INTERVAL_US);
    assert_false(keyframe_take(&gate, 1100000));
    assert_true(keyframe_take(&gate, 1000000 + KEYFRAME_INTERVAL_US));
}

/* 50 people join within 5 s; each is answered at once. */
static void a_crowd_costs_three_key_frames(void **state)
{
    struct keyframe_gate gate = {0};
    struct keyframe_asker people[51] = {0};
    unsigned sent = 0, joined = 0;

    (void)state;
    for (uint64_t now_us = 0; now_us <= 5000000; now_us += 100000) {
        keyframe_want(&gate, TIMELINE_WHY_SEATED);
        keyframe_count(&gate, &people[joined++]);
        if (keyframe_take(&gate, now_us)) {
            sent++;
            keyframe_served(&gate);
        }
    }
    assert_int_equal(sent, 2); /* and one more for those who came last */
    /* Afterwards the first one is served at once again. */
    keyframe_drop(&gate);
    keyframe_want(&gate, TIMELINE_WHY_SEATED);
    assert_true(keyframe_take(&gate, 15000000));
}

static void who_can_wait_waits(void **state)
{
    struct keyframe_gate gate = {0};

    (void)state;
    keyframe_wish(&gate, TIMELINE_WHY_SWITCH);
    assert_true(keyframe_take(&gate, 1000000));
    keyframe_served(&gate);
    keyframe_wish(&gate, TIMELINE_WHY_SWITCH);
    assert_true(keyframe_wake_at(&gate) == 1000000 + KEYFRAME_LONG_US);
    keyframe_want(&gate, TIMELINE_WHY_SEATED);
    assert_true(keyframe_wake_at(&gate) == 1000000 + KEYFRAME_INTERVAL_US);
    /* Those who were helped otherwise make it a crowd all the same. */
    struct keyframe_asker crowd[KEYFRAME_CROWD + 1] = {0};
    for (unsigned i = 0; i < KEYFRAME_CROWD + 1; i++)
        keyframe_count(&gate, &crowd[i]);
    assert_true(keyframe_wake_at(&gate) == 1000000 + KEYFRAME_LONG_US);
}

static void who_asks_often_is_no_crowd(void **state)
{
    struct keyframe_gate gate = {0};
    struct keyframe_asker asker = {0};

    (void)state;
    keyframe_want(&gate, TIMELINE_WHY_SEATED);
    assert_true(keyframe_take(&gate, 1000000));
    keyframe_served(&gate);
    for (unsigned i = 0; i < 100; i++) {
        keyframe_want(&gate, TIMELINE_WHY_SEATED);
        keyframe_count(&gate, &asker);
    }
    assert_int_equal(gate.askers, 1);
    assert_true(keyframe_wake_at(&gate) == 1000000 + KEYFRAME_INTERVAL_US);
    /* Again for the next request. */
    assert_true(keyframe_take(&gate, 2000000));
    keyframe_count(&gate, &asker);
    assert_int_equal(gate.askers, 1);
}

static void key_frames_take_a_tenth_of_the_layer(void **state)
{
    struct keyframe_gate gate = {0};

    (void)state;
    keyframe_want(&gate, TIMELINE_WHY_SEATED);
    assert_true(keyframe_take(&gate, 1000000));
    keyframe_served(&gate);
    keyframe_charge(&gate, 30000, 1000000); /* 240 kbit of 100 kbit/s */
    keyframe_want(&gate, TIMELINE_WHY_SEATED);
    assert_true(keyframe_wake_at(&gate) == 1000000 + 2400000);
    /* But whoever waits is not left waiting for ever. */
    keyframe_charge(&gate, 200000, 100000);
    assert_true(keyframe_wake_at(&gate) == 1000000 + KEYFRAME_BUDGET_MAX_US);
}

static void who_never_answers_is_asked_seldom(void **state)
{
    struct keyframe_gate gate = {0};
    unsigned sent = 0;

    (void)state;
    keyframe_want(&gate, TIMELINE_WHY_SEATED);
    for (uint64_t now_us = 0; now_us < 60000000; now_us += 10000)
        sent += keyframe_take(&gate, now_us);
    assert_in_range(sent, 10, 30);
    keyframe_drop(&gate);
    assert_true(keyframe_wake_at(&gate) == UINT64_MAX);
}

static void who_was_silent_and_is_heard_again_is_asked_soon(void **state)
{
    struct keyframe_gate gate = {0};
    uint64_t asked_us = 0;

    (void)state;
    keyframe_want(&gate, TIMELINE_WHY_SEATED);
    for (uint64_t now_us = 0; now_us < 20000000; now_us += 100000)
        if (keyframe_take(&gate, now_us))
            asked_us = now_us;
    assert_true(keyframe_wake_at(&gate) > asked_us + KEYFRAME_INTERVAL_US);
    keyframe_heard(&gate);
    assert_true(keyframe_wake_at(&gate) == asked_us + KEYFRAME_INTERVAL_US);
}

static void the_first_who_asked_gives_the_reason(void **state)
{
    struct keyframe_gate gate = {0};

    (void)state;
    keyframe_wish(&gate, TIMELINE_WHY_SWITCH);
    keyframe_wish(&gate, TIMELINE_WHY_SEATED);
    assert_int_equal(gate.why, TIMELINE_WHY_SWITCH);
    /* Who sees nothing counts for more than who would see more. */
    keyframe_want(&gate, TIMELINE_WHY_REQUESTED);
    keyframe_want(&gate, TIMELINE_WHY_JOINED);
    keyframe_wish(&gate, TIMELINE_WHY_SWITCH);
    assert_int_equal(gate.why, TIMELINE_WHY_REQUESTED);
    assert_true(keyframe_take(&gate, 1000));
    assert_int_equal(gate.why, TIMELINE_WHY_REQUESTED);
    keyframe_served(&gate);
    keyframe_want(&gate, TIMELINE_WHY_QUEUE);
    assert_int_equal(gate.why, TIMELINE_WHY_QUEUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_requests_are_one),
        cmocka_unit_test(it_is_repeated_until_served),
        cmocka_unit_test(who_was_silent_and_is_heard_again_is_asked_soon),
        cmocka_unit_test(the_first_who_asked_gives_the_reason),
        cmocka_unit_test(the_next_request_waits_for_the_interval),
        cmocka_unit_test(a_crowd_costs_three_key_frames),
        cmocka_unit_test(who_can_wait_waits),
        cmocka_unit_test(who_asks_often_is_no_crowd),
        cmocka_unit_test(key_frames_take_a_tenth_of_the_layer),
        cmocka_unit_test(who_never_answers_is_asked_seldom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
