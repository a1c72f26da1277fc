#include "test.h"

#include "engine/bwe_groups.h"

static void bursts_are_compared_by_their_ends(void **state)
{
    struct bwe_groups groups = {0};
    struct bwe_group_delta delta;

    (void)state;
    assert_false(bwe_groups_add(&groups, 1000, 50000, &delta));
    assert_false(bwe_groups_add(&groups, 5000, 52000, &delta));  /* within 5 ms: the same */
    assert_false(bwe_groups_add(&groups, 21000, 70000, &delta)); /* nothing to compare with yet */
    assert_true(bwe_groups_add(&groups, 41000, 95000, &delta));
    assert_int_equal(delta.sent_us, 16000);
    assert_int_equal(delta.arrival_us, 18000);
    assert_int_equal(delta.at_us, 70000);
}

static void what_a_radio_held_up_is_one_burst(void **state)
{
    struct bwe_groups groups = {0};
    struct bwe_group_delta delta;

    (void)state;
    /* 10 ms apart when sent, all within 1 ms when they came. */
    assert_false(bwe_groups_add(&groups, 10000, 100000, &delta));
    assert_false(bwe_groups_add(&groups, 20000, 100300, &delta));
    assert_false(bwe_groups_add(&groups, 30000, 100600, &delta));
    assert_int_equal(groups.current.first_sent_us, 10000);
    assert_int_equal(groups.current.last_sent_us, 30000);
    /* But not for ever. */
    for (int i = 4; i < 40; i++)
        (void)bwe_groups_add(&groups, (uint64_t)i * 10000, 100000 + i * 4000, &delta);
    assert_true(groups.current.first_sent_us > 10000);
}

static void what_was_overtaken_says_nothing(void **state)
{
    struct bwe_groups groups = {0};
    struct bwe_group_delta delta;

    (void)state;
    assert_false(bwe_groups_add(&groups, 20000, 100000, &delta));
    assert_false(bwe_groups_add(&groups, 10000, 120000, &delta));
    assert_int_equal(groups.current.last_arrival_us, 100000);
    /* A burst that came before the one sent earlier gives no distance. */
    assert_false(bwe_groups_add(&groups, 40000, 90000, &delta));
    assert_false(bwe_groups_add(&groups, 60000, 130000, &delta));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bursts_are_compared_by_their_ends),
        cmocka_unit_test(what_a_radio_held_up_is_one_burst),
        cmocka_unit_test(what_was_overtaken_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
