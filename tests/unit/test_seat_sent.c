#include "test.h"

#include "engine/limits.h"
#include "engine/seat_sent.h"

static struct sent_packet memory[LIMIT_SENT_PACKETS];

static bool note(struct seat_stream *stream, uint16_t sequence)
{
    const struct sent_packet sent = {.seq = sequence, .sequence = sequence, .used = 1};
    return seat_sent_note(stream, &sent);
}

static void no_number_is_used_twice(void **state)
{
    struct seat_stream stream = {.video = true, .sent = memory, .next_sequence = 65534};

    (void)state;
    assert_false(note(&stream, 65534)); /* not taken yet */
    stream.next_sequence = 2;
    assert_true(note(&stream, 1));
    assert_true(note(&stream, 65535));
    assert_false(note(&stream, 1));
    assert_non_null(seat_sent_find(&stream, 65535));
    assert_null(seat_sent_find(&stream, 0));
    assert_true(note(&stream, 0));
    /* What is older than the memory counts as used. */
    assert_true(note(&stream, (uint16_t)(2 - LIMIT_SENT_PACKETS)));
    assert_false(note(&stream, (uint16_t)(1 - LIMIT_SENT_PACKETS)));
}

static void audio_remembers_less(void **state)
{
    struct seat_stream stream = {.sent = memory, .next_sequence = 1000};

    (void)state;
    assert_int_equal(seat_sent_capacity(&stream), LIMIT_SENT_AUDIO_PACKETS);
    assert_true(note(&stream, 1000 - LIMIT_SENT_AUDIO_PACKETS));
    assert_false(note(&stream, 999 - LIMIT_SENT_AUDIO_PACKETS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_number_is_used_twice),
        cmocka_unit_test(audio_remembers_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
