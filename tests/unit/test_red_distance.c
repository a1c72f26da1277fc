#include "test.h"

#include "engine/red_distance.h"

#define SECOND UINT64_C(1000000)

static bool at(struct red_distance *distance, uint64_t second, unsigned permille)
{
    return red_distance_update(distance, second * SECOND,
                               &(struct red_link){.loss_permille = permille});
}

static void more_loss_more_frames_at_once(void **state)
{
    struct red_distance distance = {0};

    (void)state;
    assert_false(at(&distance, 1, 19));
    assert_int_equal(distance.frames, 0);
    assert_true(at(&distance, 2, 20));
    assert_int_equal(distance.frames, 1);
    assert_true(at(&distance, 3, 80));
    assert_int_equal(distance.frames, 2);
    assert_false(at(&distance, 4, 1000));
    distance = (struct red_distance){0};
    assert_true(at(&distance, 5, 200));
    assert_int_equal(distance.frames, 2);
}

static void fewer_only_after_a_while(void **state)
{
    struct red_distance distance = {.frames = 2};

    (void)state;
    /* Between the thresholds nothing moves. */
    for (uint64_t second = 1; second < 20; second++)
        assert_false(at(&distance, second, 70));
    for (uint64_t second = 20; second < 25; second++)
        assert_false(at(&distance, second, 0));
    /* One bad second, and it begins anew. */
    assert_false(at(&distance, 25, 61));
    for (uint64_t second = 26; second < 31; second++)
        assert_false(at(&distance, second, 30));
    assert_true(at(&distance, 31, 30));
    assert_int_equal(distance.frames, 1);
    for (uint64_t second = 32; second < 60; second++)
        assert_false(at(&distance, second, 15));
    for (uint64_t second = 60; second < 65; second++)
        assert_false(at(&distance, second, 5));
    assert_true(at(&distance, 65, 5));
    assert_int_equal(distance.frames, 0);
}

static void what_overflows_is_not_answered_by_more(void **state)
{
    struct red_distance distance = {.frames = 1};
    struct red_link link = {.loss_permille = 300, .full = true};

    (void)state;
    assert_false(red_distance_update(&distance, SECOND, &link));
    assert_int_equal(distance.frames, 1);
    link.full = false;
    assert_true(red_distance_update(&distance, 2 * SECOND, &link));
    assert_int_equal(distance.frames, 2);
}

static void a_thin_link_gets_less(void **state)
{
    struct red_distance distance = {0};
    struct red_link link = {.loss_permille = 200, .frame_bps = 96000, .link_bps = 3000000};

    (void)state;
    assert_true(red_distance_update(&distance, SECOND, &link));
    assert_int_equal(distance.frames, 2);
    link.link_bps = 1151999;
    assert_true(red_distance_update(&distance, 2 * SECOND, &link));
    assert_int_equal(distance.frames, 1);
    link.link_bps = 500000;
    assert_true(red_distance_update(&distance, 3 * SECOND, &link));
    assert_int_equal(distance.frames, 0);
    assert_true(distance.held);
    link.link_bps = 0;
    assert_true(red_distance_update(&distance, 4 * SECOND, &link));
    assert_int_equal(distance.frames, 2);
    assert_false(distance.held);
}

static void bursts_need_all_there_is(void **state)
{
    struct red_distance distance = {0};
    struct red_link link = {.loss_permille = 5, .bursts = true};

    (void)state;
    assert_true(red_distance_update(&distance, SECOND, &link));
    assert_int_equal(distance.frames, RED_DISTANCE_MAX);
    for (uint64_t second = 2; second < 20; second++)
        assert_false(red_distance_update(&distance, second * SECOND, &link));
    link.bursts = false;
    for (uint64_t second = 20; second < 30; second++)
        (void)red_distance_update(&distance, second * SECOND, &link);
    assert_int_equal(distance.frames, 0);
}

static void bursts_beside_a_queue_need_no_more_than_much_loss(void **state)
{
    struct red_distance distance = {0};
    struct red_link link = {.loss_permille = 5, .bursts = true, .queued = true};

    (void)state;
    assert_true(red_distance_update(&distance, SECOND, &link));
    assert_int_equal(distance.frames, RED_DISTANCE_RANDOM);
    link.queued = false;
    assert_true(red_distance_update(&distance, 2 * SECOND, &link));
    assert_int_equal(distance.frames, RED_DISTANCE_MAX);
    /* Fewer again only after a while. */
    link.queued = true;
    assert_false(red_distance_update(&distance, 3 * SECOND, &link));
    assert_true(red_distance_update(&distance, 9 * SECOND, &link));
    assert_int_equal(distance.frames, RED_DISTANCE_RANDOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_loss_more_frames_at_once),
        cmocka_unit_test(fewer_only_after_a_while),
        cmocka_unit_test(what_overflows_is_not_answered_by_more),
        cmocka_unit_test(a_thin_link_gets_less),
        cmocka_unit_test(bursts_need_all_there_is),
        cmocka_unit_test(bursts_beside_a_queue_need_no_more_than_much_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
