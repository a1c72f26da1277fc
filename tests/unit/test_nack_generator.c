#include "test.h"

#include "engine/nack_generator.h"

#define RTT_US 50000u

static size_t take(struct nack_generator *nack, uint64_t now_us, uint16_t *out, bool *gave_up)
{
    return nack_generator_take(nack, now_us, RTT_US, out, gave_up);
}

static void a_gap_is_asked_for_after_a_short_wait(void **state)
{
    struct nack_generator nack = {0};
    uint16_t seqs[LIMIT_NACK_SEQS_PER_RTCP];
    bool gave_up;

    (void)state;
    assert_true(nack_generator_wake_at(&nack) == UINT64_MAX);
    assert_true(nack_generator_miss(&nack, 1000, 0x1fffe, 0x20001));
    assert_int_equal(take(&nack, 1000, seqs, &gave_up), 0);
    const uint64_t at_us = nack_generator_wake_at(&nack);
    assert_in_range(at_us, 1001, 31000);
    assert_int_equal(take(&nack, at_us, seqs, &gave_up), 3);
    assert_int_equal(seqs[0], 0xfffe);
    assert_int_equal(seqs[1], 0xffff);
    assert_int_equal(seqs[2], 0);
    assert_false(gave_up);
    assert_true(nack_generator_wake_at(&nack) == at_us + RTT_US);
}

static void what_comes_late_is_not_asked_for(void **state)
{
    struct nack_generator nack = {0};
    uint16_t seqs[LIMIT_NACK_SEQS_PER_RTCP];
    bool gave_up;

    (void)state;
    assert_true(nack_generator_miss(&nack, 0, 10, 14));
    assert_true(nack_generator_found(&nack, 11));
    assert_false(nack_generator_found(&nack, 11));
    assert_false(nack_generator_found(&nack, 99));
    assert_int_equal(take(&nack, 100000, seqs, &gave_up), 3);
    assert_int_equal(seqs[0], 10);
    assert_int_equal(seqs[1], 12);
    assert_int_equal(seqs[2], 13);
}

static void after_so_many_questions_it_gives_up(void **state)
{
    struct nack_generator nack = {0};
    uint16_t seqs[LIMIT_NACK_SEQS_PER_RTCP];
    bool gave_up = false;
    unsigned asked = 0;

    (void)state;
    assert_true(nack_generator_miss(&nack, 0, 10, 11));
    for (uint64_t now_us = 0; !gave_up && now_us < 10000000; now_us += 1000)
        asked += (unsigned)take(&nack, now_us, seqs, &gave_up);
    assert_true(gave_up);
    assert_int_equal(asked, LIMIT_NACK_RETRIES);
    assert_true(nack_generator_wake_at(&nack) == UINT64_MAX);
}

static void too_much_at_once_empties_the_list(void **state)
{
    struct nack_generator nack = {0};

    (void)state;
    assert_true(nack_generator_miss(&nack, 0, 0, LIMIT_NACK_MISSING));
    assert_false(nack_generator_miss(&nack, 0, 1000, 1001));
    assert_int_equal(nack.count, 0);
    assert_false(nack_generator_miss(&nack, 0, 0, LIMIT_NACK_MISSING + 1));
    assert_int_equal(nack.count, 0);
}

static void a_key_frame_makes_older_ones_needless(void **state)
{
    struct nack_generator nack = {0};

    (void)state;
    assert_true(nack_generator_miss(&nack, 0, 10, 20));
    nack_generator_forget_before(&nack, 15);
    assert_int_equal(nack.count, 5);
    assert_false(nack_generator_found(&nack, 14));
    assert_true(nack_generator_found(&nack, 15));
    nack_generator_forget_before(&nack, 100);
    assert_int_equal(nack.count, 0);
}

static void one_message_holds_so_many(void **state)
{
    struct nack_generator nack = {0};
    uint16_t seqs[LIMIT_NACK_SEQS_PER_RTCP];
    bool gave_up;

    (void)state;
    assert_true(nack_generator_miss(&nack, 0, 0, 100));
    assert_int_equal(take(&nack, 100000, seqs, &gave_up), LIMIT_NACK_SEQS_PER_RTCP);
    assert_int_equal(take(&nack, 100000, seqs, &gave_up), 100 - LIMIT_NACK_SEQS_PER_RTCP);
    assert_int_equal(take(&nack, 100000, seqs, &gave_up), 0);
}

static void a_strange_round_trip_is_kept_in_bounds(void **state)
{
    struct nack_generator nack = {0};
    uint16_t seqs[LIMIT_NACK_SEQS_PER_RTCP];
    bool gave_up;

    (void)state;
    assert_true(nack_generator_miss(&nack, 0, 0, 1));
    assert_int_equal(nack_generator_take(&nack, 100000, 0, seqs, &gave_up), 1);
    assert_true(nack_generator_wake_at(&nack) >= 110000);
    assert_int_equal(nack_generator_take(&nack, 200000, UINT64_MAX / 2, seqs, &gave_up), 1);
    assert_true(nack_generator_wake_at(&nack) <= 700000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_is_asked_for_after_a_short_wait),
        cmocka_unit_test(what_comes_late_is_not_asked_for),
        cmocka_unit_test(after_so_many_questions_it_gives_up),
        cmocka_unit_test(too_much_at_once_empties_the_list),
        cmocka_unit_test(a_key_frame_makes_older_ones_needless),
        cmocka_unit_test(one_message_holds_so_many),
        cmocka_unit_test(a_strange_round_trip_is_kept_in_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
