#include "test.h"

#include "engine/media_room.h"
#include "engine/timeline.h"

static struct timeline_entry read_entries[LIMIT_TIMELINE_ENTRIES + 1];

static void what_is_noted_is_read_in_order(void **state)
{
    struct media_room room;
    const struct timeline_note layer = {
        .participant = 5,
        .about = 6,
        .what = TIMELINE_LAYER,
        .why = TIMELINE_WHY_BUDGET,
        .a = TIMELINE_LAYERS(2, 1),
        .b = TIMELINE_LAYERS(-1, 0),
    };

    (void)state;
    media_room_init(&room, 7);
    assert_int_equal(timeline_read(&room.timeline, 0, read_entries, 8), 0);
    timeline_note(&room, 1000, &layer);
    timeline_note(&room, 2000, &(struct timeline_note){.what = TIMELINE_SPEAKER, .about = 9});
    timeline_note(NULL, 3000, &layer);
    assert_int_equal(timeline_read(&room.timeline, 0, read_entries, 8), 2);
    assert_int_equal(read_entries[0].number, 1);
    assert_int_equal(read_entries[0].at_us, 1000);
    assert_int_equal(read_entries[0].note.about, 6);
    assert_int_equal(read_entries[0].note.a, 0x301);
    assert_int_equal(read_entries[0].note.b, 0);
    assert_int_equal(read_entries[1].number, 2);
    assert_int_equal(read_entries[1].note.about, 9);
    /* From where the reader was; no more than it has room for. */
    assert_int_equal(timeline_read(&room.timeline, 1, read_entries, 8), 1);
    assert_int_equal(read_entries[0].number, 2);
    assert_int_equal(timeline_read(&room.timeline, 0, read_entries, 1), 1);
    assert_int_equal(read_entries[0].number, 1);
    assert_int_equal(timeline_read(&room.timeline, 2, read_entries, 8), 0);
    assert_int_equal(timeline_read(&room.timeline, UINT64_MAX, read_entries, 8), 0);
    timeline_fini(&room.timeline);
}

static void a_full_log_loses_its_oldest(void **state)
{
    struct timeline timeline;

    (void)state;
    timeline_init(&timeline);
    for (uint32_t i = 1; i <= LIMIT_TIMELINE_ENTRIES + 10; i++)
        timeline_add(&timeline, i, &(struct timeline_note){.a = i});
    assert_int_equal(timeline_read(&timeline, 3, read_entries, LIMIT_TIMELINE_ENTRIES + 1),
                     LIMIT_TIMELINE_ENTRIES);
    assert_int_equal(read_entries[0].number, 11);
    assert_int_equal(read_entries[0].note.a, 11);
    assert_int_equal(read_entries[LIMIT_TIMELINE_ENTRIES - 1].number, LIMIT_TIMELINE_ENTRIES + 10);
    timeline_fini(&timeline);
}

static void without_memory_nothing_is_kept(void **state)
{
    struct timeline timeline = {0};

    (void)state;
    timeline_add(&timeline, 1, &(struct timeline_note){0});
    assert_int_equal(timeline_read(&timeline, 0, read_entries, 8), 0);
    timeline_fini(&timeline);
}

static void every_code_has_its_word(void **state)
{
    (void)state;
    assert_string_equal(timeline_what_word(TIMELINE_ESTIMATE), "estimate");
    assert_string_equal(timeline_what_word(TIMELINE_AUDIO_ONLY), "audio_only");
    assert_string_equal(timeline_what_word(TIMELINE_WHAT_COUNT), "unknown");
    assert_string_equal(timeline_why_word(TIMELINE_WHY_NONE), "none");
    assert_string_equal(timeline_why_word(TIMELINE_WHY_STATE), "state");
    assert_string_equal(timeline_why_word(TIMELINE_WHY_COUNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_noted_is_read_in_order),
        cmocka_unit_test(a_full_log_loses_its_oldest),
        cmocka_unit_test(without_memory_nothing_is_kept),
        cmocka_unit_test(every_code_has_its_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
