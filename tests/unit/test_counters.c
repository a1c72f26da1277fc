/* base/counters.h */
#include <string.h>

#include "base/counters.h"
#include "test.h"

static void names_follow_the_enum(void **state)
{
    (void)state;
    assert_string_equal(engine_counter_texts[ENGINE_COUNTER_datagrams_in].name, "datagrams_in");
    assert_string_equal(engine_counter_texts[ENGINE_COUNTER_dropped_unknown].name,
                        "dropped_unknown");
    assert_string_equal(worker_counter_texts[WORKER_COUNTER_receive_calls].name, "receive_calls");
    assert_string_equal(control_counter_texts[CONTROL_COUNTER_rooms_created].name, "rooms_created");
}

static void check_texts(const struct counter_text *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(strlen(texts[i].help) > 5);
        /* The names become Prometheus metric names. */
        assert_int_equal(strspn(texts[i].name, "abcdefghijklmnopqrstuvwxyz0123456789_"),
                         strlen(texts[i].name));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(texts[i].name, texts[j].name);
    }
}

static void every_counter_has_a_name_of_its_own_and_a_help(void **state)
{
    (void)state;
    check_texts(engine_counter_texts, ENGINE_COUNTERS);
    check_texts(worker_counter_texts, WORKER_COUNTERS);
    check_texts(control_counter_texts, CONTROL_COUNTERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_follow_the_enum),
        cmocka_unit_test(every_counter_has_a_name_of_its_own_and_a_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
