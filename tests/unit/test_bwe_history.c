#include "test.h"

#include "engine/bwe_history.h"

static struct bwe_history history;

static void add(uint16_t sequence, uint64_t sent_us)
{
    const struct bwe_record record = {
        .sent_us = sent_us, .sequence = sequence, .bytes = 100, .fate = BWE_IN_FLIGHT};
    bwe_history_add(&history, &record);
}

static void only_what_was_sent_is_found(void **state)
{
    (void)state;
    history = (struct bwe_history){0};
    assert_null(bwe_history_find(&history, 0));
    assert_null(bwe_history_find(&history, 7));
    add(7, 1000);
    assert_non_null(bwe_history_find(&history, 7));
    assert_int_equal(bwe_history_find(&history, 7)->sent_us, 1000);
    assert_null(bwe_history_find(&history, 7 + LIMIT_BWE_PACKETS));
}

static void arrived_is_final_and_lost_is_not(void **state)
{
    (void)state;
    history = (struct bwe_history){0};
    add(65535, 1000);
    bwe_history_find(&history, 65535)->fate = BWE_LOST;
    assert_non_null(bwe_history_find(&history, 65535));
    bwe_history_find(&history, 65535)->fate = BWE_ARRIVED;
    assert_null(bwe_history_find(&history, 65535));
}

static void the_oldest_is_forgotten(void **state)
{
    (void)state;
    history = (struct bwe_history){0};
    for (uint32_t i = 0; i <= LIMIT_BWE_PACKETS; i++)
        add((uint16_t)i, i);
    assert_null(bwe_history_find(&history, 0));
    assert_non_null(bwe_history_find(&history, 1));
}

static void counts_what_nobody_answered(void **state)
{
    (void)state;
    history = (struct bwe_history){0};
    add(1, 1000);
    add(2, 2000);
    assert_int_equal(history.unanswered, 2);
    assert_int_equal(history.unanswered_since_us, 1000);
    bwe_history_answered(&history);
    assert_int_equal(history.unanswered, 0);
    add(3, 3000);
    assert_int_equal(history.unanswered_since_us, 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_was_sent_is_found),
        cmocka_unit_test(arrived_is_final_and_lost_is_not),
        cmocka_unit_test(the_oldest_is_forgotten),
        cmocka_unit_test(counts_what_nobody_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
