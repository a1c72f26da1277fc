/* control/mode.c: the state machine in virtual time. */
#include "control/mode.h"

#include "test.h"

static const struct mode_times times = {
    .p2p_timeout_ms = 8000, .switch_timeout_ms = 10000, .return_ms = 5000};

static struct mode_news joined(struct mode *mode, uint64_t id, uint64_t now_ms)
{
    struct mode_news news = {0};
    assert_int_equal(mode_joined(mode, id, now_ms, &news), 0);
    return news;
}

static void assert_changed(struct mode_news news, enum mode_reason reason)
{
    assert_true(news.changed);
    assert_int_equal(news.reason, reason);
}

static void assert_nothing(struct mode_news news)
{
    assert_false(news.changed || news.done || news.sfu_legs_over);
}

/* Two with a standing direct connection, epoch 1. */
static struct mode standing_pair(void)
{
    struct mode mode;
    mode_init(&mode, MODE_POLICY_AUTO, &times);
    joined(&mode, 1, 0);
    joined(&mode, 2, 100);
    mode_ready(&mode, 1, 200);
    mode_ready(&mode, 2, 300);
    return mode;
}

/* Three in the SFU, epoch 2. */
static struct mode standing_three(void)
{
    struct mode mode = standing_pair();
    joined(&mode, 3, 1000);
    mode_ready(&mode, 1, 1100);
    mode_ready(&mode, 2, 1100);
    return mode;
}

static void test_alone_has_no_leg(void **state)
{
    (void)state;
    struct mode mode;
    mode_init(&mode, MODE_POLICY_AUTO, &times);
    assert_nothing(joined(&mode, 1, 0));
    assert_false(mode.sfu || mode.waiting);
    assert_int_equal(mode.epoch, 0);
    assert_nothing(mode_tick(&mode, 1000000));
}

static void test_the_first_pair(void **state)
{
    (void)state;
    struct mode mode;
    mode_init(&mode, MODE_POLICY_AUTO, &times);
    joined(&mode, 1, 0);
    assert_changed(joined(&mode, 2, 100), MODE_FIRST_PAIR);
    assert_int_equal(mode.epoch, 1);
    assert_false(mode_is_switching(&mode));
    assert_nothing(mode_ready(&mode, 2, 200));
    assert_nothing(mode_ready(&mode, 2, 250)); /* told twice */
    struct mode_news news = mode_ready(&mode, 1, 300);
    assert_true(news.done);
    assert_false(news.sfu_legs_over);
    assert_nothing(mode_tick(&mode, 1000000));
}

static void test_p2p_not_in_time(void **state)
{
    (void)state;
    struct mode mode;
    mode_init(&mode, MODE_POLICY_AUTO, &times);
    joined(&mode, 1, 0);
    joined(&mode, 2, 100);
    mode_ready(&mode, 1, 200);
    assert_nothing(mode_tick(&mode, 8099));
    assert_changed(mode_tick(&mode, 8100), MODE_P2P_FAILED);
    assert_true(mode.sfu);
    mode_ready(&mode, 1, 8200);
    assert_true(mode_ready(&mode, 2, 8200).done);
    assert_nothing(mode_tick(&mode, 1000000)); /* given up, however long the two are alone */
    mode_left(&mode, 2, 1000000);
    joined(&mode, 4, 1000001);
    assert_changed(mode_tick(&mode, 1005001), MODE_TWO_REMAIN);
}

static void test_p2p_lost_later(void **state)
{
    (void)state;
    struct mode mode = standing_pair();
    assert_changed(mode_failed(&mode, 500), MODE_P2P_FAILED);
    assert_true(mode_is_switching(&mode));
    assert_nothing(mode_failed(&mode, 600)); /* in mode sfu it says nothing */
}

static void test_the_third_joins(void **state)
{
    (void)state;
    struct mode mode = standing_pair();
    assert_changed(joined(&mode, 3, 1000), MODE_THIRD_JOINED);
    assert_true(mode.sfu && mode_is_switching(&mode));
    assert_int_equal(mode.epoch, 2);
    assert_nothing(mode_ready(&mode, 3, 1100)); /* had no former leg */
    assert_nothing(mode_ready(&mode, 1, 1200));
    assert_nothing(joined(&mode, 4, 1250));
    assert_true(mode_ready(&mode, 2, 1300).done);
    assert_false(mode_is_switching(&mode));
}

static void test_who_does_not_get_ready(void **state)
{
    (void)state;
    struct mode mode = standing_pair();
    joined(&mode, 3, 1000);
    assert_nothing(mode_tick(&mode, 10999));
    assert_true(mode_tick(&mode, 11000).done);
}

static void test_who_is_awaited_leaves(void **state)
{
    (void)state;
    struct mode mode = standing_pair();
    joined(&mode, 3, 1000);
    mode_ready(&mode, 1, 1100);
    assert_true(mode_left(&mode, 2, 1200).done);
}

static void test_two_remain(void **state)
{
    (void)state;
    struct mode mode = standing_three();
    assert_nothing(mode_left(&mode, 3, 2000));
    assert_nothing(mode_tick(&mode, 6999));
    assert_changed(mode_tick(&mode, 7000), MODE_TWO_REMAIN);
    assert_false(mode.sfu);
    assert_true(mode_is_switching(&mode));
    mode_ready(&mode, 1, 7100);
    struct mode_news news = mode_ready(&mode, 2, 7200);
    assert_true(news.done && news.sfu_legs_over);
}

static void test_the_way_back_fails(void **state)
{
    (void)state;
    struct mode mode = standing_three();
    mode_left(&mode, 3, 2000);
    mode_tick(&mode, 7000);
    struct mode_news news = mode_tick(&mode, 15000);
    assert_changed(news, MODE_P2P_FAILED);
    assert_false(news.sfu_legs_over);
    assert_true(mode.sfu);
}

static void test_the_third_comes_back_in_the_middle(void **state)
{
    (void)state;
    struct mode mode = standing_three();
    mode_left(&mode, 3, 2000);
    mode_tick(&mode, 7000);
    struct mode_news news = joined(&mode, 5, 7100);
    assert_changed(news, MODE_THIRD_JOINED);
    assert_false(news.sfu_legs_over);
    assert_int_equal(mode.epoch, 4);
}

static void test_one_leaves_on_the_way_back(void **state)
{
    (void)state;
    struct mode mode = standing_three();
    mode_left(&mode, 3, 2000);
    mode_tick(&mode, 7000);
    struct mode_news news = mode_left(&mode, 2, 7100);
    assert_true(news.done && news.sfu_legs_over);
    assert_false(mode.sfu || mode.waiting || mode.paired);
    assert_changed(joined(&mode, 6, 8000), MODE_FIRST_PAIR);
}

static void test_alone_in_the_sfu_stays(void **state)
{
    (void)state;
    struct mode mode = standing_three();
    mode_left(&mode, 3, 2000);
    mode_left(&mode, 2, 2100);
    assert_nothing(mode_tick(&mode, 1000000));
    assert_true(mode.sfu);
    assert_nothing(joined(&mode, 7, 1000001));
    assert_changed(mode_tick(&mode, 1005001), MODE_TWO_REMAIN);
}

static void test_the_absent_are_waited_for(void **state)
{
    (void)state;
    struct mode mode;
    mode_init(&mode, MODE_POLICY_AUTO, &times);
    joined(&mode, 1, 0);
    mode_presence(&mode, 1, false, 50);
    assert_nothing(joined(&mode, 2, 100));
    assert_changed(mode_presence(&mode, 1, true, 200), MODE_FIRST_PAIR);

    mode = standing_three();
    mode_left(&mode, 3, 2000);
    mode_presence(&mode, 1, false, 3000);
    assert_nothing(mode_tick(&mode, 60000));
    mode_presence(&mode, 1, true, 60000);
    assert_nothing(mode_tick(&mode, 64999));
    assert_changed(mode_tick(&mode, 65000), MODE_TWO_REMAIN);
}

static void test_a_third_before_there_is_a_pair(void **state)
{
    (void)state;
    struct mode mode;
    mode_init(&mode, MODE_POLICY_AUTO, &times);
    joined(&mode, 1, 0);
    mode_presence(&mode, 1, false, 50);
    joined(&mode, 2, 100);
    struct mode_news news = joined(&mode, 3, 200);
    assert_changed(news, MODE_THIRD_JOINED);
    assert_true(news.done); /* nobody has a leg to close */
}

static void test_a_viewer_keeps_the_room_in_the_sfu(void **state)
{
    (void)state;
    struct mode mode;
    mode_init(&mode, MODE_POLICY_AUTO, &times);
    assert_nothing(joined(&mode, 1, 0));
    mode.viewers = 1;
    struct mode_news news = joined(&mode, 2, 100);
    assert_changed(news, MODE_ROOM_MODE);
    assert_true(mode.sfu && news.done && !news.sfu_legs_over);
    assert_nothing(mode_tick(&mode, 100 + times.return_ms + 1));
    assert_true(mode.sfu);
    /* Another one who talks comes, and the viewer goes: two remain. */
    joined(&mode, 3, 20000);
    mode.viewers = 0;
    assert_nothing(mode_left(&mode, 2, 20100));
    assert_changed(mode_tick(&mode, 20100 + times.return_ms), MODE_TWO_REMAIN);
    assert_false(mode.sfu);
}

static void test_a_viewer_ends_a_direct_call(void **state)
{
    (void)state;
    struct mode mode = standing_pair();
    mode.viewers = 1;
    assert_changed(joined(&mode, 3, 1000), MODE_THIRD_JOINED);
    assert_true(mode_is_switching(&mode));
    mode_left(&mode, 1, 1100);
    mode_ready(&mode, 2, 1200);
    assert_nothing(mode_tick(&mode, 100000)); /* one and a viewer */
    assert_true(mode.sfu);
}

static void test_rooms_of_mode_sfu_stay_there(void **state)
{
    (void)state;
    struct mode mode;
    mode_init(&mode, MODE_POLICY_SFU, &times);
    assert_true(mode.sfu);
    assert_nothing(joined(&mode, 1, 0));
    assert_nothing(joined(&mode, 2, 0));
    assert_nothing(mode_tick(&mode, 1000000));
}

static void test_rooms_of_mode_p2p_fall_back_too(void **state)
{
    (void)state;
    struct mode mode;
    mode_init(&mode, MODE_POLICY_P2P, &times);
    joined(&mode, 1, 0);
    joined(&mode, 2, 0);
    assert_changed(mode_tick(&mode, 8000), MODE_P2P_FAILED);
}

static void test_a_restored_change_is_waited_for_anew(void **state)
{
    (void)state;
    struct mode mode;
    mode_init(&mode, MODE_POLICY_AUTO, &times);
    mode_restore(&mode, true, false, true, 2);
    for (uint64_t id = 1; id <= 3; id++)
        assert_int_equal(mode_restore_member(&mode, id, 5000), 0);
    assert_true(mode_is_switching(&mode));
    assert_nothing(mode_presence(&mode, 1, true, 5100));
    assert_true(mode_tick(&mode, 15000).done);
}

static void test_a_restored_pair_stands(void **state)
{
    (void)state;
    struct mode mode;
    mode_init(&mode, MODE_POLICY_AUTO, &times);
    mode_restore(&mode, false, true, true, 1);
    assert_int_equal(mode_restore_member(&mode, 1, 5000), 0);
    assert_int_equal(mode_restore_member(&mode, 2, 5000), 0);
    assert_nothing(mode_presence(&mode, 1, true, 5100));
    assert_nothing(mode_presence(&mode, 2, true, 5100));
    assert_nothing(mode_tick(&mode, 1000000));
    assert_int_equal(mode.epoch, 1);
}

static void test_no_more_than_64(void **state)
{
    (void)state;
    struct mode mode;
    struct mode_news news = {.done = true};
    mode_init(&mode, MODE_POLICY_SFU, &times);
    for (uint64_t id = 1; id <= MODE_MAX_MEMBERS; id++)
        joined(&mode, id, 0);
    assert_int_equal(mode_joined(&mode, 65, 0, &news), -1);
    assert_true(news.done);
    assert_int_equal(mode_restore_member(&mode, 65, 0), -1);
    assert_nothing(mode_left(&mode, 65, 0));
    assert_nothing(mode_ready(&mode, 65, 0));
    assert_nothing(mode_presence(&mode, 65, false, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone_has_no_leg),
        cmocka_unit_test(test_the_first_pair),
        cmocka_unit_test(test_p2p_not_in_time),
        cmocka_unit_test(test_p2p_lost_later),
        cmocka_unit_test(test_the_third_joins),
        cmocka_unit_test(test_who_does_not_get_ready),
        cmocka_unit_test(test_who_is_awaited_leaves),
        cmocka_unit_test(test_two_remain),
        cmocka_unit_test(test_the_way_back_fails),
        cmocka_unit_test(test_the_third_comes_back_in_the_middle),
        cmocka_unit_test(test_one_leaves_on_the_way_back),
        cmocka_unit_test(test_alone_in_the_sfu_stays),
        cmocka_unit_test(test_the_absent_are_waited_for),
        cmocka_unit_test(test_a_third_before_there_is_a_pair),
        cmocka_unit_test(test_a_viewer_keeps_the_room_in_the_sfu),
        cmocka_unit_test(test_a_viewer_ends_a_direct_call),
        cmocka_unit_test(test_rooms_of_mode_sfu_stay_there),
        cmocka_unit_test(test_rooms_of_mode_p2p_fall_back_too),
        cmocka_unit_test(test_a_restored_change_is_waited_for_anew),
        cmocka_unit_test(test_a_restored_pair_stands),
        cmocka_unit_test(test_no_more_than_64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
