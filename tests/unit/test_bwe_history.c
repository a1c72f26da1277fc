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
    for (uint32_t i = 0; i <= BWE_FIRST_RECORDS; i++)
        add((uint16_t)i, i);
    assert_null(bwe_history_find(&history, 0));
    assert_non_null(bwe_history_find(&history, 1));
}

static void larger_memory_takes_over_what_is_known(void **state)
{
    static struct bwe_record more[4 * BWE_FIRST_RECORDS], most[8 * BWE_FIRST_RECORDS];

    (void)state;
    history = (struct bwe_history){0};
    for (uint32_t i = 0; i < BWE_FIRST_RECORDS; i++) {
        assert_false(bwe_history_is_short(&history, i, (uint16_t)(65400 + i)));
        add((uint16_t)(65400 + i), i);
    }
    const uint16_t next = (uint16_t)(65400 + BWE_FIRST_RECORDS);
    assert_true(bwe_history_is_short(&history, BWE_FIRST_RECORDS, next));
    /* An answer that is so late does not come any more. */
    assert_false(bwe_history_is_short(&history, BWE_ANSWER_US, next));
    assert_null(bwe_history_lend(&history, more, 4 * BWE_FIRST_RECORDS));
    assert_int_equal(bwe_history_room(&history), 4 * BWE_FIRST_RECORDS);
    assert_false(bwe_history_is_short(&history, BWE_FIRST_RECORDS, next));
    add(next, BWE_FIRST_RECORDS);
    for (uint32_t i = 0; i <= BWE_FIRST_RECORDS; i++) {
        const struct bwe_record *record = bwe_history_find(&history, (uint16_t)(65400 + i));
        assert_non_null(record);
        assert_int_equal(record->sent_us, i);
    }
    assert_ptr_equal(bwe_history_lend(&history, most, 8 * BWE_FIRST_RECORDS), more);
    assert_non_null(bwe_history_find(&history, next));
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
        cmocka_unit_test(larger_memory_takes_over_what_is_known),
        cmocka_unit_test(counts_what_nobody_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
