#include "test.h"

#include "engine/seat_numbers.h"

static const struct layer_judgement send = {.verdict = LAYER_SEND};
static const struct layer_judgement drop = {.verdict = LAYER_DROP};

static struct seat_numbers numbers;
static uint16_t next;

static void start(void)
{
    seat_numbers_begin(&numbers, 101);
    next = 65534;
}

/* The number it got, or -1. */
static int add(uint32_t seq, const struct layer_judgement *judgement)
{
    const struct packet packet = {
        .seq = seq, .timestamp = seq * 10, .frame = {.begins = true, .ends = true}};
    uint16_t sequence;
    assert_true(seat_numbers_is_newer(&numbers, &packet));
    return seat_numbers_next(&numbers, &packet, judgement, &next, &sequence) ? sequence : -1;
}

static void what_is_dropped_takes_no_number(void **state)
{
    (void)state;
    start();
    assert_int_equal(add(101, &send), 65534);
    assert_int_equal(add(102, &drop), -1);
    assert_int_equal(add(103, &send), 65535);
    assert_int_equal(add(104, &send), 0);
}

static void what_is_missing_keeps_its_number(void **state)
{
    uint16_t sequence;

    (void)state;
    start();
    assert_int_equal(add(101, &send), 65534);
    assert_int_equal(add(104, &send), 1);
    assert_true(seat_numbers_late(&numbers, 102, &sequence));
    assert_int_equal(sequence, 65535);
    assert_true(seat_numbers_late(&numbers, 103, &sequence));
    assert_int_equal(sequence, 0);
    assert_false(seat_numbers_late(&numbers, 101, &sequence));
    assert_false(seat_numbers_late(&numbers, 104, &sequence));
    assert_false(seat_numbers_late(&numbers, 90, &sequence));
}

static void a_gap_within_a_dropped_frame_is_dropped(void **state)
{
    struct packet packet = {.seq = 101, .timestamp = 7, .frame = {.begins = true}};
    uint16_t sequence;

    (void)state;
    start();
    assert_false(seat_numbers_next(&numbers, &packet, &drop, &next, &sequence));
    packet.seq = 104;
    assert_false(seat_numbers_next(&numbers, &packet, &drop, &next, &sequence));
    assert_int_equal(add(105, &send), 65534);
    assert_false(seat_numbers_late(&numbers, 102, &sequence));
}

/* Of a picture's three layers the viewer gets the middle one, and just that is missing. */
static void a_gap_between_two_dropped_frames_of_a_picture_is_not(void **state)
{
    struct packet packet = {.seq = 101, .timestamp = 7, .frame = {.begins = true, .ends = true}};
    uint16_t sequence;

    (void)state;
    start();
    assert_false(seat_numbers_next(&numbers, &packet, &drop, &next, &sequence));
    packet.seq = 103;
    packet.frame.spatial = 2;
    assert_false(seat_numbers_next(&numbers, &packet, &drop, &next, &sequence));
    assert_int_equal(add(104, &send), 65535);
    assert_true(seat_numbers_late(&numbers, 102, &sequence));
    assert_int_equal(sequence, 65534);
}

static void a_gap_that_the_filter_would_drop_needs_whole_frames(void **state)
{
    const struct layer_judgement after = {.verdict = LAYER_SEND, .gap_dropped = true};
    struct packet packet = {.seq = 101, .frame = {.begins = true, .ends = false}};
    uint16_t sequence;

    (void)state;
    start();
    assert_int_equal(add(101, &send), 65534);
    assert_int_equal(add(105, &after), 65535);
    /* The frame before it was not complete: some of what is missing is its rest. */
    start();
    assert_true(seat_numbers_next(&numbers, &packet, &send, &next, &sequence));
    assert_int_equal(add(105, &after), 2);
}

static void only_the_last_gaps_are_remembered(void **state)
{
    uint16_t sequence;

    (void)state;
    start();
    for (uint32_t i = 0; i <= SEAT_NUMBERS_GAPS; i++)
        (void)add(102 + 2 * i, &send);
    assert_false(seat_numbers_late(&numbers, 101, &sequence));
    assert_true(seat_numbers_late(&numbers, 103, &sequence));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_dropped_takes_no_number),
        cmocka_unit_test(what_is_missing_keeps_its_number),
        cmocka_unit_test(a_gap_within_a_dropped_frame_is_dropped),
        cmocka_unit_test(a_gap_between_two_dropped_frames_of_a_picture_is_not),
        cmocka_unit_test(a_gap_that_the_filter_would_drop_needs_whole_frames),
        cmocka_unit_test(only_the_last_gaps_are_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
