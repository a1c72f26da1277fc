#include "test.h"

#include "engine/bwe.h"
#include "engine/timeline.h"

#define START 1000000u

static struct bwe bwe;

static int begin(void **state)
{
    const struct bwe_config config = {.start_bps = 500000, .min_bps = 60000, .max_bps = 4000000};
    (void)state;
    bwe_init(&bwe, &config, START);
    return 0;
}

static void send(uint16_t sequence, uint64_t now_us, uint8_t kind, uint8_t probe)
{
    const struct bwe_packet packet = {sequence, 1000, kind, probe};
    bwe_sent(&bwe, now_us, &packet);
}

static size_t tell(uint16_t sequence, uint64_t now_us, bool received, int64_t arrival_us)
{
    const struct bwe_arrival arrival = {sequence, received, arrival_us, 0};
    return bwe_feedback(&bwe, now_us, &arrival, 1);
}

static void a_config_is_put_in_order(void **state)
{
    const struct bwe_config none = {0};
    const struct bwe_config odd = {.start_bps = 9, .min_bps = 200000, .max_bps = 100000};

    (void)state;
    bwe_init(&bwe, &none, START);
    assert_int_equal(bwe_target_bps(&bwe), BWE_DEFAULT_START_BPS);
    bwe_init(&bwe, &odd, START);
    assert_int_equal(bwe_target_bps(&bwe), 200000);
    assert_true(sizeof bwe <= 80u * 1024u);
}

static void unknown_and_repeated_answers_are_ignored(void **state)
{
    (void)state;
    assert_int_equal(tell(5, START, true, 0), 1);
    send(5, START, BWE_VIDEO, 0);
    assert_int_equal(tell(6, START + 10, true, 0), 1);
    assert_int_equal(tell(5, START + 20, true, 0), 0);
    assert_int_equal(tell(5, START + 30, true, 0), 1);
    assert_int_equal(tell(5, START + 40, false, 0), 1);
    assert_int_equal(bwe_target_bps(&bwe), 500000);
}

static void lost_may_turn_out_late(void **state)
{
    (void)state;
    for (uint16_t i = 0; i < 40; i++) {
        send(i, START + i * 10000u, BWE_VIDEO, 0);
        assert_int_equal(tell(i, START + i * 10000u + 20000, false, 0), 0);
        assert_int_equal(tell(i, START + i * 10000u + 20000, false, 0), 0); /* RFC 8888 repeats */
        assert_int_equal(tell(i, START + i * 10000u + 30000, true, i * 10000), 0);
    }
    assert_true(bwe_loss_permille(&bwe) <= 40);
}

static void absurd_times_do_no_harm(void **state)
{
    static const int64_t times[] = {INT64_MIN, INT64_MAX, -1, 0, 3600000000, -3600000000, 7};

    (void)state;
    for (uint16_t i = 0; i < 350; i++) {
        send(i, START + i * 10000u, BWE_VIDEO, 0);
        assert_true(tell(i, START + i * 10000u + 20000, true, times[i % TEST_COUNT(times)]) <= 1);
    }
    assert_in_range(bwe_target_bps(&bwe), 60000, 1000000);
    assert_true(bwe_queue_delay_us(&bwe) < 3000000);
}

static void asks_for_a_probe_and_takes_its_word(void **state)
{
    struct bwe_probe probe;
    struct bwe_decision decision;

    (void)state;
    assert_true(bwe_probe_wanted(&bwe, START, &probe));
    assert_int_equal(probe.rate_bps, 1500000);
    assert_false(bwe_probe_wanted(&bwe, START, &probe)); /* one at a time */
    assert_true(bwe_probe_goes_on(&bwe, START, probe.id));
    assert_false(bwe_probe_goes_on(&bwe, START, (uint8_t)(probe.id + 1)));
    assert_false(bwe_probe_goes_on(&bwe, START + 200000, probe.id));
    /* 1048 bytes each 5.6 ms: 1.5 Mbit/s. */
    for (uint16_t i = 0; i < 5; i++)
        send(i, START + i * 5600u, BWE_PADDING, probe.id);
    for (uint16_t i = 0; i < 5; i++)
        assert_int_equal(tell(i, START + 60000, true, i * 5600), 0);
    assert_in_range(bwe_target_bps(&bwe), 1450000, 1510000);
    assert_true(bwe_take_decision(&bwe, &decision));
    assert_true(decision.what == TIMELINE_PROBE && decision.why == TIMELINE_WHY_START);
    assert_true(decision.before_kbps == 1500 && decision.after_kbps == 0);
    assert_true(bwe_take_decision(&bwe, &decision));
    assert_true(decision.what == TIMELINE_PROBE && decision.after_kbps > 1450);
    assert_true(bwe_take_decision(&bwe, &decision));
    assert_true(decision.what == TIMELINE_ESTIMATE && decision.why == TIMELINE_WHY_PROBED);
    assert_true(decision.before_kbps == 500 && decision.after_kbps > 1450);
    assert_false(bwe_take_decision(&bwe, &decision));
}

static void untaken_decisions_do_not_pile_up(void **state)
{
    struct bwe_decision decision;
    struct bwe_probe probe;
    uint64_t now_us = START;
    size_t taken = 0;

    (void)state;
    for (int i = 0; i < 100; i++, now_us += 1000000) {
        (void)bwe_probe_wanted(&bwe, now_us, &probe);
        bwe_tick(&bwe, now_us + 300000); /* nobody sent it */
    }
    while (bwe_take_decision(&bwe, &decision))
        taken++;
    assert_int_equal(taken, BWE_DECISIONS);
}

static void wakes_for_silence_and_not_without_need(void **state)
{
    struct bwe_probe probe;
    uint64_t now_us = START;

    (void)state;
    assert_true(bwe_probe_wanted(&bwe, now_us, &probe));
    send(0, now_us, BWE_AUDIO, probe.id);
    for (uint16_t i = 1; i < 20; i++)
        send(i, now_us += 20000, BWE_AUDIO, 0);
    /* Nothing comes back. */
    while (now_us < START + 20000000u) {
        const uint64_t wake_us = bwe_wake_at(&bwe);
        assert_true(wake_us > now_us && wake_us <= now_us + 1500000u);
        now_us = wake_us;
        bwe_tick(&bwe, now_us);
    }
    assert_in_range(bwe_target_bps(&bwe), 60000, 65000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_config_is_put_in_order, begin),
        cmocka_unit_test_setup(unknown_and_repeated_answers_are_ignored, begin),
        cmocka_unit_test_setup(lost_may_turn_out_late, begin),
        cmocka_unit_test_setup(absurd_times_do_no_harm, begin),
        cmocka_unit_test_setup(asks_for_a_probe_and_takes_its_word, begin),
        cmocka_unit_test_setup(untaken_decisions_do_not_pile_up, begin),
        cmocka_unit_test_setup(wakes_for_silence_and_not_without_need, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
