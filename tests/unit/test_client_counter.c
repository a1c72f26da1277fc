#include "test.h"

#include "client/client_counter.h"

static void receive(struct client_counter *counter, uint16_t seq)
{
    (void)client_counter_receive(counter, 1000000u + seq * 100u, seq, seq * 3000u, 1100);
}

static void what_comes_in_order_is_not_lost(void **state)
{
    struct client_counter counter = {.video = true, .repairs = true};

    (void)state;
    for (unsigned i = 0; i < 70000; i++)
        receive(&counter, (uint16_t)(65000 + i));
    assert_int_equal(client_counter_expected(&counter), 70000);
    assert_int_equal(counter.reception.received, 70000);
    assert_int_equal(client_counter_lost(&counter), 0);
    assert_int_equal(counter.bytes, 70000u * 1100u);
    assert_int_equal(counter.missing_count, 0);
}

static void what_is_missing_is_asked_for_until_it_comes(void **state)
{
    struct client_counter counter = {.video = true, .repairs = true};
    uint16_t seqs[CLIENT_COUNTER_MISSING];

    (void)state;
    receive(&counter, 10);
    receive(&counter, 13);
    assert_int_equal(client_counter_lost(&counter), 2);
    assert_int_equal(client_counter_nacks(&counter, 2000000, seqs), 2);
    assert_int_equal(seqs[0], 11);
    assert_int_equal(seqs[1], 12);
    assert_int_equal(client_counter_nacks(&counter, 2050000, seqs), 0); /* too soon */
    client_counter_repair(&counter, 11);
    assert_int_equal(client_counter_nacks(&counter, 2100000, seqs), 1);
    assert_int_equal(seqs[0], 12);
    receive(&counter, 12); /* late, not lost */
    assert_int_equal(client_counter_nacks(&counter, 2300000, seqs), 0);
    assert_int_equal(client_counter_lost(&counter), 0);
    assert_int_equal(counter.repaired, 1);
    assert_int_equal(counter.reception.received, 3);
    assert_int_equal(counter.duplicates, 0);
}

static void what_never_comes_is_given_up_for_a_key_frame(void **state)
{
    struct client_counter counter = {.video = true, .repairs = true};
    uint16_t seqs[CLIENT_COUNTER_MISSING];
    uint64_t now_us = 2000000;
    unsigned asked = 0;

    (void)state;
    receive(&counter, 10);
    receive(&counter, 12);
    for (unsigned i = 0; i < 20; i++, now_us += 100000)
        asked += (unsigned)client_counter_nacks(&counter, now_us, seqs);
    assert_int_equal(asked, 10);
    assert_true(client_counter_wants_key(&counter, now_us));
    assert_false(client_counter_wants_key(&counter, now_us));
    assert_int_equal(client_counter_lost(&counter), 1);
}

static void repetitions_are_told_from_first_transmissions(void **state)
{
    struct client_counter counter = {.video = true, .repairs = true};

    (void)state;
    client_counter_repair(&counter, 9); /* before anything else: not of this stream's count */
    receive(&counter, 10);
    receive(&counter, 10);
    client_counter_repair(&counter, 10);
    client_counter_repair(&counter, 12); /* ahead of its time */
    receive(&counter, 12);
    receive(&counter, 9);
    assert_int_equal(counter.repetitions, 3);
    assert_int_equal(counter.repaired, 1);
    assert_int_equal(counter.duplicates, 3);
    assert_int_equal(counter.reception.received, 1);
    assert_int_equal(client_counter_expected(&counter), 3);
    assert_int_equal(client_counter_lost(&counter), 1);
}

static void a_long_gap_counts_as_lost_and_needs_a_key_frame(void **state)
{
    struct client_counter counter = {.video = true, .repairs = true};

    (void)state;
    receive(&counter, 1);
    receive(&counter, 2000);
    assert_int_equal(client_counter_lost(&counter), 1998);
    assert_int_equal(counter.missing_count, 0);
    assert_true(counter.key_wanted);
    receive(&counter, 1999);
    assert_int_equal(client_counter_lost(&counter), 1997);
}

static void without_repairs_nothing_is_asked_for(void **state)
{
    struct client_counter counter = {0};
    uint16_t seqs[CLIENT_COUNTER_MISSING];

    (void)state;
    receive(&counter, 1);
    receive(&counter, 5);
    assert_int_equal(client_counter_nacks(&counter, 2000000, seqs), 0);
    assert_int_equal(client_counter_lost(&counter), 3);
    assert_false(client_counter_wants_key(&counter, 2000000));
}

static void one_packet_in_a_prime_is_a_sample(void **state)
{
    struct client_counter counter = {.video = true};
    unsigned samples = 0;

    (void)state;
    for (unsigned i = 0; i < 10 * CLIENT_COUNTER_SAMPLE; i++)
        samples += client_counter_receive(&counter, 1000000, (uint16_t)i, i, 1100);
    assert_int_equal(samples, 10);
}

static void receive_at(struct client_counter *counter, uint16_t seq, uint64_t now_us)
{
    (void)client_counter_receive(counter, now_us, seq, seq * 960u, 100);
}

static void the_longest_pause_is_known(void **state)
{
    struct client_counter counter = {0};

    (void)state;
    receive_at(&counter, 1, 5000000);
    assert_int_equal(counter.pause_us, 0); /* nothing came before, so nothing paused */
    receive_at(&counter, 2, 5020000);
    receive_at(&counter, 3, 5720000);
    receive_at(&counter, 4, 5740000);
    assert_int_equal(counter.pause_us, 700000);
    assert_int_equal(counter.last_us, 5740000);
    assert_int_equal(counter.resumed_us, 0);
}

static void the_pause_over_a_new_connection_is_told_apart(void **state)
{
    struct client_counter former = {0}, second = {0}, third = {0};

    (void)state;
    receive_at(&former, 1, 5000000);
    receive_at(&former, 2, 5020000);
    /* The second connection brings nothing: the third has to make up for both. */
    client_counter_go_on(&second, &former);
    client_counter_go_on(&third, &second);
    receive_at(&third, 900, 6520000);
    receive_at(&third, 901, 6540000);
    assert_int_equal(third.resumed_us, 1500000);
    assert_int_equal(third.pause_us, 20000);
    assert_int_equal(client_counter_lost(&third), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_in_order_is_not_lost),
        cmocka_unit_test(what_is_missing_is_asked_for_until_it_comes),
        cmocka_unit_test(what_never_comes_is_given_up_for_a_key_frame),
        cmocka_unit_test(repetitions_are_told_from_first_transmissions),
        cmocka_unit_test(a_long_gap_counts_as_lost_and_needs_a_key_frame),
        cmocka_unit_test(without_repairs_nothing_is_asked_for),
        cmocka_unit_test(one_packet_in_a_prime_is_a_sample),
        cmocka_unit_test(the_longest_pause_is_known),
        cmocka_unit_test(the_pause_over_a_new_connection_is_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
