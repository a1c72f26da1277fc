#include "test.h"

#include "engine/pacer.h"

#define START_US UINT64_C(1000000)

static struct pacer pacer;

static struct pacer_video video(uint8_t seat, uint32_t seq, uint16_t bytes)
{
    return (struct pacer_video){.layer_id = 1u + seat, .seq = seq, .bytes = bytes, .seat = seat};
}

static bool queue(uint8_t seat, uint32_t seq, uint16_t bytes)
{
    const struct pacer_video entry = video(seat, seq, bytes);
    return pacer_queue_video(&pacer, &entry);
}

/* Sends until there is no credit. How many packets of 1250 bytes (10 000 bits). */
static unsigned drain_credit(uint64_t now_us)
{
    unsigned sent = 0;
    for (; pacer_is_open(&pacer, now_us); sent++)
        pacer_sent(&pacer, now_us, 1250);
    return sent;
}

static void with_credit_nothing_waits(void **state)
{
    (void)state;
    pacer_init(&pacer, 1000000);
    assert_true(pacer_wake_at(&pacer) == UINT64_MAX);
    /* 2.5 Mbit/s for 20 ms of silence are 5 packets of 10 kbit; the one that uses up the credit
     * still goes. */
    assert_int_equal(drain_credit(START_US), 6);
    assert_int_equal(drain_credit(START_US), 0);
    /* 4 ms a packet from then on. */
    assert_false(pacer_is_open(&pacer, START_US + 3999));
    assert_true(pacer_is_open(&pacer, START_US + 4000));
}

static void the_rate_is_two_and_a_half_times_the_target(void **state)
{
    unsigned sent = 0;

    (void)state;
    pacer_init(&pacer, 800000);
    drain_credit(START_US);
    for (uint64_t now_us = START_US; now_us < START_US + 1000000; now_us += 1000)
        sent += drain_credit(now_us);
    assert_in_range(sent, 199, 201);
    /* A new target holds at once. */
    pacer_set_target(&pacer, 1600000, false);
    sent = 0;
    for (uint64_t now_us = START_US + 1000000; now_us < START_US + 2000000; now_us += 1000)
        sent += drain_credit(now_us);
    assert_in_range(sent, 398, 402);
    /* On a full link it is hardly more than the target. */
    pacer_set_target(&pacer, 1600000, true);
    sent = 0;
    for (uint64_t now_us = START_US + 2000000; now_us < START_US + 3000000; now_us += 1000)
        sent += drain_credit(now_us);
    assert_in_range(sent, 174, 178);
}

static void long_silence_earns_no_more_than_a_burst(void **state)
{
    (void)state;
    pacer_init(&pacer, 1000000);
    drain_credit(START_US);
    assert_int_equal(drain_credit(START_US + 60000000), 6);
}

static void what_does_not_wait_is_paid_back_up_to_a_limit(void **state)
{
    (void)state;
    pacer_init(&pacer, 100000);
    for (unsigned i = 0; i < 1000; i++)
        pacer_sent(&pacer, START_US, 200);
    assert_false(pacer_is_open(&pacer, START_US + PACER_DEBT_US - 1));
    assert_true(pacer_is_open(&pacer, START_US + PACER_DEBT_US));
}

static void without_a_target_a_packet_goes_now_and_then(void **state)
{
    (void)state;
    pacer_init(&pacer, 0);
    drain_credit(START_US);
    assert_true(queue(0, 1, 1200));
    assert_true(pacer_wake_at(&pacer) > START_US);
    assert_true(pacer_wake_at(&pacer) <= START_US + PACER_DEBT_US);
}

static void video_leaves_in_order_one_at_a_time(void **state)
{
    struct pacer_video out;
    uint64_t now_us = START_US;

    (void)state;
    pacer_init(&pacer, 1000000);
    drain_credit(now_us);
    for (uint32_t i = 0; i < 5; i++)
        assert_true(queue((uint8_t)(i & 1u), 100 + i, 1250));
    assert_false(pacer_is_open(&pacer, now_us));
    for (uint32_t i = 0; i < 5; i++) {
        assert_false(pacer_next_video(&pacer, now_us, &out));
        now_us = pacer_wake_at(&pacer);
        assert_true(pacer_next_video(&pacer, now_us, &out));
        assert_int_equal(out.seq, 100 + i);
        assert_int_equal(out.layer_id, 1 + (i & 1u));
        pacer_sent(&pacer, now_us, out.bytes);
    }
    assert_true(now_us == START_US + 5 * 4000);
    assert_true(pacer_wake_at(&pacer) == UINT64_MAX);
    assert_true(pacer_delay_us(&pacer) == 0);
}

static void what_is_not_sent_after_all_costs_nothing(void **state)
{
    struct pacer_video out;
    unsigned taken = 0;

    (void)state;
    pacer_init(&pacer, 1000000);
    for (uint32_t i = 0; i < 10; i++)
        assert_true(queue(0, i, 1250));
    while (pacer_next_video(&pacer, START_US, &out))
        taken++;
    assert_int_equal(taken, 10);
}

static void repairs_go_before_video(void **state)
{
    struct pacer_video out;
    struct pacer_repair repair;

    (void)state;
    pacer_init(&pacer, 1000000);
    assert_true(queue(0, 1, 1200));
    assert_true(pacer_queue_repair(&pacer, &(struct pacer_repair){.sequence = 7, .seat = 3}));
    assert_false(pacer_next_video(&pacer, START_US, &out));
    assert_true(pacer_next_repair(&pacer, START_US, &repair));
    assert_int_equal(repair.sequence, 7);
    assert_int_equal(repair.seat, 3);
    assert_true(pacer_next_video(&pacer, START_US, &out));
    /* Both wait for credit. */
    assert_true(pacer_queue_repair(&pacer, &repair));
    drain_credit(START_US);
    for (unsigned i = 0; i < 7; i++)
        pacer_sent(&pacer, START_US, 1250);
    assert_false(pacer_next_repair(&pacer, START_US, &repair));
    assert_true(pacer_next_repair(&pacer, pacer_wake_at(&pacer), &repair));
}

static void the_same_repair_stands_in_line_once(void **state)
{
    (void)state;
    pacer_init(&pacer, 1000000);
    assert_true(pacer_queue_repair(&pacer, &(struct pacer_repair){.sequence = 7, .seat = 3}));
    assert_false(pacer_queue_repair(&pacer, &(struct pacer_repair){.sequence = 7, .seat = 3}));
    assert_true(pacer_queue_repair(&pacer, &(struct pacer_repair){.sequence = 7, .seat = 4}));
    for (uint16_t i = 2; i < LIMIT_PACER_REPAIRS; i++)
        assert_true(pacer_queue_repair(&pacer, &(struct pacer_repair){.sequence = 100u + i}));
    assert_false(pacer_queue_repair(&pacer, &(struct pacer_repair){.sequence = 9}));
}

static void what_others_need_is_repaired_first(void **state)
{
    static const uint16_t order[] = {3, 4, 1, 2};
    struct pacer_repair out;

    (void)state;
    pacer_init(&pacer, 1000000);
    for (uint16_t i = 1; i <= 4; i++)
        assert_true(
            pacer_queue_repair(&pacer, &(struct pacer_repair){.sequence = i, .base = i > 2}));
    for (size_t i = 0; i < TEST_COUNT(order); i++) {
        assert_true(pacer_next_repair(&pacer, START_US, &out));
        assert_int_equal(out.sequence, order[i]);
    }
    assert_false(pacer_next_repair(&pacer, START_US, &out));
    /* And takes the place of what they do not need. */
    for (uint16_t i = 0; i < LIMIT_PACER_REPAIRS; i++)
        assert_true(pacer_queue_repair(&pacer, &(struct pacer_repair){.sequence = i}));
    assert_false(pacer_queue_repair(&pacer, &(struct pacer_repair){.sequence = 1000}));
    for (uint16_t i = 0; i < LIMIT_PACER_REPAIRS; i++)
        assert_true(pacer_queue_repair(
            &pacer, &(struct pacer_repair){.sequence = 1000u + i, .base = true}));
    assert_false(
        pacer_queue_repair(&pacer, &(struct pacer_repair){.sequence = 2000, .base = true}));
    assert_true(pacer_next_repair(&pacer, START_US, &out));
    assert_int_equal(out.sequence, 1000);
}

static unsigned spend_for(uint64_t target_bps, uint64_t duration_us)
{
    unsigned spent = 0;
    pacer_init(&pacer, target_bps);
    for (uint64_t now_us = START_US; now_us < START_US + duration_us; now_us += 100)
        for (; pacer_may_repair(&pacer, now_us, false); spent++)
            pacer_repaired(&pacer, now_us, 1250);
    return spent;
}

static void repairs_take_a_quarter_and_no_more(void **state)
{
    (void)state;
    /* 10 s at 500 kbit/s of 2 Mbit/s are 500 packets of 10 kbit; and the burst of half a second. */
    assert_in_range(spend_for(2000000, 10000000), 520, 530);
    /* A tiny target still gets a repair five times a second. */
    assert_in_range(spend_for(0, 10000000), 48, 53);
}

static void what_others_need_may_be_repaired_for_longer(void **state)
{
    unsigned more = 0;

    (void)state;
    pacer_init(&pacer, 2000000);
    while (pacer_may_repair(&pacer, START_US, false))
        pacer_repaired(&pacer, START_US, 1250);
    for (; pacer_may_repair(&pacer, START_US, true); more++)
        pacer_repaired(&pacer, START_US, 1250);
    assert_in_range(more, 24, 26); /* half a second of 500 kbit/s */
    assert_false(pacer_may_repair(&pacer, START_US, false));
}

#define LATER_US (START_US + PACER_CLUMP_US)

static void a_long_line_is_thinned(void **state)
{
    struct pacer_video base = video(1, 0, 1250), out;

    (void)state;
    pacer_init(&pacer, 1000000); /* 4 ms a packet */
    base.base = true;
    for (uint32_t i = 0; i < 12; i++)
        assert_true(i % 2 == 0 ? pacer_queue_video(&pacer, &base) : queue(1, i, 1250));
    pacer_thin(&pacer, START_US);
    assert_int_equal(pacer.thin, 0);
    assert_true(queue(1, 13, 1250));
    pacer_thin(&pacer, START_US);
    assert_int_equal(pacer.thin, 0); /* a clump, it may be */
    pacer_thin(&pacer, LATER_US);
    assert_int_equal(pacer.thin, 1);
    for (uint32_t i = 14; i < 24; i++)
        assert_true(queue(1, i, 1250));
    assert_true(pacer_delay_us(&pacer) == 23 * 4000);
    pacer_thin(&pacer, LATER_US);
    assert_int_equal(pacer.thin, 2);
    /* What will be left out takes no time. */
    assert_true(pacer_delay_us(&pacer) == 6 * 4000);
    /* Until the line is short. */
    for (unsigned left = 22; left >= 4; left--) {
        assert_true(pacer_next_video(&pacer, START_US, &out));
        pacer_thin(&pacer, LATER_US);
        assert_int_equal(pacer.thin, 2);
    }
    assert_true(pacer_next_video(&pacer, START_US, &out));
    pacer_thin(&pacer, LATER_US);
    assert_int_equal(pacer.thin, 0);
    assert_int_equal(pacer_drop(&pacer, 1), 3);
    assert_true(pacer_queue_video(&pacer, &base));
    assert_true(pacer_delay_us(&pacer) == 4000);
}

/* A publisher that was held up sends some frames at once: they are no queue. Too many are. */
static void a_line_stands_when_it_does_not_end_for_long(void **state)
{
    uint64_t now_us = 1000000;

    (void)state;
    pacer_init(&pacer, 100000);
    pacer_thin(&pacer, now_us);
    assert_false(pacer_stands(&pacer, now_us + PACER_STANDS_US));
    assert_true(queue(0, 1, 1000));
    pacer_thin(&pacer, now_us);
    assert_true(queue(0, 2, 1000));
    pacer_thin(&pacer, now_us + 100000);
    assert_false(pacer_stands(&pacer, now_us + PACER_STANDS_US - 1));
    assert_true(pacer_stands(&pacer, now_us + PACER_STANDS_US));
    (void)pacer_drop(&pacer, 0);
    now_us += PACER_STANDS_US;
    pacer_thin(&pacer, now_us);
    assert_true(queue(0, 3, 1000));
    pacer_thin(&pacer, now_us);
    assert_false(pacer_stands(&pacer, now_us + 1000));
}

static void who_waits_may_be_forgiven_what_was_sent(void **state)
{
    struct pacer_video out;

    (void)state;
    pacer_init(&pacer, 100000);
    pacer_sent(&pacer, 1000000, 5000);
    assert_true(queue(0, 1, 1000));
    assert_false(pacer_next_video(&pacer, 1000000, &out));
    pacer_forgive(&pacer, 1000000);
    assert_true(pacer_next_video(&pacer, 1000000, &out));
}

static void a_clump_is_not_thinned(void **state)
{
    struct pacer_video out;
    uint32_t next = 0;

    (void)state;
    pacer_init(&pacer, 1000000); /* 4 ms a packet */
    while (next < 30)
        assert_true(queue(1, next++, 1250));
    pacer_thin(&pacer, START_US);
    assert_int_equal(pacer.thin, 0);
    /* It gets shorter: all of it may leave. */
    for (unsigned i = 1; i <= 10; i++) {
        assert_true(pacer_next_video(&pacer, START_US + i * PACER_CLUMP_US, &out));
        pacer_thin(&pacer, START_US + i * PACER_CLUMP_US);
        assert_int_equal(pacer.thin, 0);
    }
    /* Not any more. */
    pacer_thin(&pacer, START_US + 11 * PACER_CLUMP_US);
    assert_int_equal(pacer.thin, 1);
    while (pacer_next_video(&pacer, START_US, &out))
        ;
    pacer_thin(&pacer, START_US);
    assert_int_equal(pacer.thin, 0);
    /* Too many at once are no clump. */
    for (unsigned i = 0; i < 31; i++)
        assert_true(queue(1, next++, 1250));
    pacer_thin(&pacer, START_US);
    assert_int_equal(pacer.thin, 1);
    for (unsigned i = 0; i < 7; i++)
        assert_true(queue(1, next++, 1250));
    pacer_thin(&pacer, START_US);
    assert_int_equal(pacer.thin, 2);
}

static void the_line_knows_its_length_in_time(void **state)
{
    struct pacer_video out;

    (void)state;
    pacer_init(&pacer, 1000000);
    for (uint32_t i = 0; i < 25; i++)
        assert_true(queue(0, i, 1250));
    assert_true(pacer_delay_us(&pacer) == 100000);
    pacer_set_target(&pacer, 500000, false);
    assert_true(pacer_delay_us(&pacer) == 200000);
    while (pacer_next_video(&pacer, START_US, &out))
        ;
    assert_true(pacer_delay_us(&pacer) == 0);
}

static void a_seat_is_dropped_and_the_others_stay_in_order(void **state)
{
    struct pacer_video out;

    (void)state;
    pacer_init(&pacer, 1000000);
    assert_int_equal(pacer_heaviest(&pacer, true), PACER_NO_SEAT);
    for (uint32_t i = 0; i < 12; i++)
        assert_true(queue(i % 3 == 0 ? 5 : 2, i, 1000));
    assert_int_equal(pacer_heaviest(&pacer, true), 2);
    assert_int_equal(pacer_drop(&pacer, 2), 8);
    assert_int_equal(pacer_drop(&pacer, 2), 0);
    assert_true(pacer_delay_us(&pacer) == 4 * 3200);
    assert_int_equal(pacer_heaviest(&pacer, true), 5);
    for (uint32_t i = 0; i < 12; i += 3) {
        assert_true(pacer_next_video(&pacer, START_US, &out));
        assert_int_equal(out.seq, i);
    }
    assert_false(pacer_next_video(&pacer, START_US, &out));
    assert_int_equal(pacer_heaviest(&pacer, true), PACER_NO_SEAT);
}

static void what_is_left_of_another_layer_is_dropped(void **state)
{
    struct pacer_video out;

    (void)state;
    pacer_init(&pacer, 1000000);
    for (uint32_t i = 0; i < 6; i++) {
        struct pacer_video entry = video(2, i, 1000);
        entry.layer_id = i < 4 ? 7 : 9;
        entry.key = i >= 4;
        assert_true(pacer_queue_video(&pacer, &entry));
    }
    assert_true(queue(3, 100, 1000));
    assert_int_equal(pacer_drop_others(&pacer, 2, 9), 4);
    assert_int_equal(pacer.seat_bytes[2], 2000);
    assert_int_equal(pacer.seat_keys[2], 2);
    assert_int_equal(pacer.queued_bytes, 3000);
    assert_true(pacer_next_video(&pacer, START_US, &out));
    assert_int_equal(out.seq, 4);
    assert_int_equal(out.layer_id, 9);
}

static void a_key_frame_in_line_is_waited_for(void **state)
{
    struct pacer_video out;
    struct pacer_video key = video(3, 1, 1250);

    (void)state;
    pacer_init(&pacer, 1000000);
    key.key = true;
    for (uint32_t i = 0; i < 100; i++)
        assert_true(pacer_queue_video(&pacer, &key));
    assert_true(queue(3, 2, 1000));
    assert_true(queue(4, 2, 1000));
    assert_int_equal(pacer_delay_us(&pacer), 3200);
    assert_int_equal(pacer_heaviest(&pacer, false), 4);
    assert_int_equal(pacer_heaviest(&pacer, true), 3);
    for (uint32_t i = 0; i < 100; i++)
        assert_true(pacer_next_video(&pacer, START_US, &out));
    assert_int_equal(pacer_delay_us(&pacer), 6400);
    assert_true(pacer_queue_video(&pacer, &key));
    assert_int_equal(pacer_drop(&pacer, 3), 2);
    assert_int_equal(pacer_delay_us(&pacer), 3200);
    assert_int_equal(pacer.seat_keys[3], 0);
}

static void dropping_all_empties_the_line(void **state)
{
    (void)state;
    pacer_init(&pacer, 1000000);
    for (uint32_t i = 0; i < 4; i++)
        assert_true(queue(1, i, 1000));
    assert_int_equal(pacer_drop(&pacer, 1), 4);
    assert_true(pacer_wake_at(&pacer) == UINT64_MAX);
    assert_true(pacer_is_open(&pacer, START_US));
}

static void the_line_is_bounded_and_can_be_used_for_ever(void **state)
{
    struct pacer_video out;
    uint32_t seq = 0;

    (void)state;
    pacer_init(&pacer, 1000000);
    for (unsigned lap = 0; lap < 20; lap++) {
        for (uint32_t i = 0; i < LIMIT_PACER_VIDEO; i++)
            assert_true(queue((uint8_t)(i % LIMIT_SEATS), seq + i, 100));
        assert_false(queue(0, 9999, 100));
        for (uint32_t i = 0; i < LIMIT_PACER_VIDEO; i++) {
            assert_true(pacer_next_video(&pacer, START_US, &out));
            assert_int_equal(out.seq, seq + i);
        }
        seq += LIMIT_PACER_VIDEO;
    }
    assert_int_equal(pacer.queued_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_credit_nothing_waits),
        cmocka_unit_test(the_rate_is_two_and_a_half_times_the_target),
        cmocka_unit_test(long_silence_earns_no_more_than_a_burst),
        cmocka_unit_test(what_does_not_wait_is_paid_back_up_to_a_limit),
        cmocka_unit_test(without_a_target_a_packet_goes_now_and_then),
        cmocka_unit_test(video_leaves_in_order_one_at_a_time),
        cmocka_unit_test(what_is_not_sent_after_all_costs_nothing),
        cmocka_unit_test(repairs_go_before_video),
        cmocka_unit_test(the_same_repair_stands_in_line_once),
        cmocka_unit_test(what_others_need_is_repaired_first),
        cmocka_unit_test(repairs_take_a_quarter_and_no_more),
        cmocka_unit_test(what_others_need_may_be_repaired_for_longer),
        cmocka_unit_test(a_long_line_is_thinned),
        cmocka_unit_test(a_line_stands_when_it_does_not_end_for_long),
        cmocka_unit_test(who_waits_may_be_forgiven_what_was_sent),
        cmocka_unit_test(a_clump_is_not_thinned),
        cmocka_unit_test(the_line_knows_its_length_in_time),
        cmocka_unit_test(a_seat_is_dropped_and_the_others_stay_in_order),
        cmocka_unit_test(what_is_left_of_another_layer_is_dropped),
        cmocka_unit_test(a_key_frame_in_line_is_waited_for),
        cmocka_unit_test(dropping_all_empties_the_line),
        cmocka_unit_test(the_line_is_bounded_and_can_be_used_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
