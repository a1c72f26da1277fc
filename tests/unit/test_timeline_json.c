/* control/timeline_json.c, with the words that the engine really has. */
#include "control/timeline_json.h"

#include <stdio.h>
#include <string.h>

#include "engine/timeline.h"
#include "test.h"

static struct ipc_timeline timeline;

static json_t *first_entry(const json_t *json)
{
    return json_array_get(json_object_get(json, "entries"), 0);
}

static json_int_t value(const json_t *json, const char *name)
{
    const json_t *number = json_object_get(json_object_get(first_entry(json), "values"), name);
    if (!json_is_integer(number))
        fail_msg("no value %s", name);
    return json_integer_value(number);
}

static json_t *write_entry(const char *what, uint32_t a, uint32_t b)
{
    timeline = (struct ipc_timeline){.after = 6, .count = 1};
    timeline.entries[0] = (struct ipc_timeline_entry){
        .number = 7, .at_ms = 1700000000123, .participant = 0xab, .source = 1, .a = a, .b = b};
    snprintf(timeline.entries[0].what, sizeof timeline.entries[0].what, "%s", what);
    snprintf(timeline.entries[0].why, sizeof timeline.entries[0].why, "budget");
    return timeline_json(1, &timeline);
}

static void layers_are_told_by_their_parts(void **state)
{
    (void)state;
    json_t *json = write_entry("layer", TIMELINE_LAYERS(2, 1), TIMELINE_LAYERS(-1, 0));
    assert_int_equal(value(json, "before_spatial"), 2);
    assert_int_equal(value(json, "before_temporal"), 1);
    assert_int_equal(value(json, "after_spatial"), -1);
    assert_int_equal(value(json, "after_temporal"), 0);
    const json_t *entry = first_entry(json);
    assert_string_equal(json_string_value(json_object_get(entry, "participant_id")),
                        "00000000000000ab");
    assert_true(json_is_null(json_object_get(entry, "about")));
    assert_string_equal(json_string_value(json_object_get(entry, "source")), "camera");
    assert_true(json_integer_value(json_object_get(entry, "at_ms")) == 1700000000123);
    assert_int_equal(json_integer_value(json_object_get(json, "next")), 7);
    json_decref(json);
}

static void numbers_that_hold_more_than_one_are_taken_apart(void **state)
{
    (void)state;
    json_t *json = write_entry("source", 3, TIMELINE_CODING(4, true));
    assert_int_equal(value(json, "encodings"), 3);
    assert_int_equal(value(json, "codec"), 4);
    assert_int_equal(value(json, "unmuted"), 1);
    json_decref(json);
    json = write_entry("view", TIMELINE_SIZE(1280, 720), TIMELINE_LOOK(true, false));
    assert_int_equal(value(json, "width"), 1280);
    assert_int_equal(value(json, "height"), 720);
    assert_int_equal(value(json, "visible"), 1);
    assert_int_equal(value(json, "pinned"), 0);
    json_decref(json);
    json = write_entry("link", 80, TIMELINE_LOSSES(50, 1000));
    assert_int_equal(value(json, "rtt_ms"), 80);
    assert_int_equal(value(json, "down_loss_permille"), 50);
    assert_int_equal(value(json, "up_loss_permille"), 1000);
    json_decref(json);
}

static void every_word_of_the_engine_has_names_for_its_numbers(void **state)
{
    static const char *const words[] = {
#define WORD(code, word) word,
        TIMELINE_WHATS(WORD)
#undef WORD
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(words); i++) {
        json_t *json = write_entry(words[i], 1, 2);
        const json_t *values = json_object_get(first_entry(json), "values");
        assert_true(json_is_object(values));
        if (json_object_get(values, "a") != NULL)
            fail_msg("\"%s\" is not in control's table", words[i]);
        json_decref(json);
    }
}

static void a_word_that_nobody_knows_is_shown_as_it_is(void **state)
{
    (void)state;
    json_t *json = write_entry("new_word", 3, UINT32_MAX);
    assert_int_equal(value(json, "a"), 3);
    assert_true(value(json, "b") == UINT32_MAX);
    json_decref(json);
}

static void an_empty_page_goes_on_where_it_was_asked(void **state)
{
    (void)state;
    timeline = (struct ipc_timeline){.after = 6, .more = true};
    json_t *json = timeline_json(1, &timeline);
    assert_int_equal(json_integer_value(json_object_get(json, "next")), 6);
    assert_true(json_is_true(json_object_get(json, "more")));
    assert_int_equal(json_array_size(json_object_get(json, "entries")), 0);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_are_told_by_their_parts),
        cmocka_unit_test(numbers_that_hold_more_than_one_are_taken_apart),
        cmocka_unit_test(every_word_of_the_engine_has_names_for_its_numbers),
        cmocka_unit_test(a_word_that_nobody_knows_is_shown_as_it_is),
        cmocka_unit_test(an_empty_page_goes_on_where_it_was_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
