#include "test.h"

#include "engine/bwe.h"
#include "engine/timeline.h"

#define MS 1000u

static struct bwe_gcc gcc;
static struct bwe_path path;
static struct bwe_loss loss;
static uint64_t now_us;
static const struct bwe_measured measured = {.path = &path, .loss = &loss};

static int begin(void **state)
{
    (void)state;
    now_us = 1000000;
    path = (struct bwe_path){0};
    bwe_loss_init(&loss, 1000000);
    bwe_gcc_init(&gcc, now_us, 1000000, 50000, 10000000);
    return 0;
}

/* So many packets of 1250 bytes, 10 ms apart: 1 Mbit/s; each comes so much later than the last. */
static void feed(int packets, int64_t more_us)
{
    static int64_t queue_us;
    if (more_us == 0)
        queue_us = 0;
    for (int i = 0; i < packets; i++, now_us += 10 * MS) {
        const struct bwe_record record = {.sent_us = now_us, .bytes = 1250, .kind = BWE_VIDEO};
        queue_us += more_us;
        const int64_t arrival_us = (int64_t)now_us + 20000 + queue_us;
        bwe_gcc_sent(&gcc, &record);
        assert_false(bwe_path_jumped(&path, now_us, arrival_us));
        bwe_path_add(&path, now_us, now_us, arrival_us);
        bwe_gcc_arrived(&gcc, now_us + 30 * MS, &record, &path);
        bwe_loss_add(&loss, now_us, 1250, false);
        if (i % 5 == 4)
            bwe_gcc_update(&gcc, now_us, &measured);
    }
}

static void grows_while_nothing_speaks_against_it(void **state)
{
    (void)state;
    feed(300, 0);
    assert_in_range(gcc.target_bps, 1040000, 1090000); /* what arrives proves no more */
    assert_int_equal(gcc.why, TIMELINE_WHY_GROWTH);
}

static void falls_when_the_queue_grows(void **state)
{
    (void)state;
    feed(100, 0);
    feed(30, 2000);
    assert_true(gcc.target_bps < 950000);
    assert_int_equal(gcc.why, TIMELINE_WHY_DELAY);
    struct bwe_probe probe;
    assert_false(bwe_gcc_probe_wanted(&gcc, now_us, &measured, &probe));
}

/* All is paused for it: no feedback will ever say that the queue is gone. */
static void a_queue_of_which_nobody_speaks_any_more_does_not_keep_from_probing(void **state)
{
    struct bwe_probe probe;

    (void)state;
    feed(100, 0);
    feed(30, 2000);
    loss.decreasing = true;
    bwe_probe_plan_demand(&gcc.plan, now_us, 9000000, 9000000);
    assert_false(bwe_gcc_probe_wanted(&gcc, now_us + 1800 * MS, &measured, &probe));
    assert_int_equal(gcc.trend.usage, BWE_OVERUSE);
    assert_true(bwe_gcc_probe_wanted(&gcc, now_us + 2500 * MS, &measured, &probe));
    /* Nor does what was seen then end it before it began. */
    assert_true(bwe_gcc_probe_goes_on(&gcc, now_us + 2500 * MS));
}

/* Nor will any that did not come, once nothing is sent that could be spoken of. */
static void a_silence_in_which_nothing_is_sent_does_not_either(void **state)
{
    struct bwe_probe probe;

    (void)state;
    feed(100, 0);
    bwe_gcc_tick(&gcc, now_us + 1200 * MS, &measured, now_us);
    assert_int_equal(gcc.why, TIMELINE_WHY_NO_FEEDBACK);
    bwe_probe_plan_demand(&gcc.plan, now_us, 9000000, 9000000);
    assert_false(bwe_gcc_probe_wanted(&gcc, now_us + 1900 * MS, &measured, &probe));
    assert_true(bwe_gcc_probe_wanted(&gcc, now_us + 2500 * MS, &measured, &probe));
}

static void the_trend_alone_is_not_enough(void **state)
{
    (void)state;
    feed(100, 0);
    feed(8, 2000); /* 16 ms */
    assert_true(gcc.target_bps >= 1000000);
}

static void loss_limits(void **state)
{
    (void)state;
    feed(100, 0);
    loss.limiting = true;
    loss.limit_kbps = 600;
    feed(5, 0);
    assert_int_equal(gcc.target_bps, 600000);
    assert_int_equal(gcc.why, TIMELINE_WHY_LOSS);
}

/* A probe passes; then the queue grows, or not. */
static void raise_by_probe(bool taken_back)
{
    struct bwe_probe probe;
    bwe_probe_plan_init(&gcc.plan, 0, 1000000);
    gcc.plan.start_wanted = false;
    gcc.trusted_us = 0;
    gcc.overuse_us = 0;
    bwe_probe_plan_demand(&gcc.plan, now_us, 9000000, 9000000);
    assert_true(bwe_gcc_probe_wanted(&gcc, now_us, &measured, &probe));
    const uint64_t before_bps = gcc.target_bps;
    for (unsigned i = 0; i < probe.packets || i * 1250u < probe.bytes; i++) {
        const struct bwe_record record = {
            .sent_us = now_us, .bytes = 1250, .kind = BWE_PADDING, .probe = probe.id};
        bwe_gcc_sent(&gcc, &record);
        assert_false(bwe_path_jumped(&path, now_us, (int64_t)now_us + 20000));
        bwe_path_add(&path, now_us, now_us, (int64_t)now_us + 20000);
        bwe_gcc_arrived(&gcc, now_us, &record, &path);
        now_us += 1250u * 8000000u / probe.rate_bps;
    }
    bwe_gcc_update(&gcc, now_us, &measured);
    assert_true(gcc.target_bps > before_bps);
    assert_int_equal(gcc.why, TIMELINE_WHY_PROBED);
    gcc.plan.next_us = UINT64_MAX;
    if (taken_back)
        feed(40, 4000);
    gcc.aimd.dropped_us = 0; /* this sender goes on as before: no proof of a mistake */
    feed(300, 0);
}

static void raises_that_do_not_last_get_smaller(void **state)
{
    (void)state;
    feed(100, 0);
    raise_by_probe(true);
    assert_true(gcc.trust > 0.4 && gcc.trust < 0.6);
    raise_by_probe(true);
    assert_true(gcc.trust < 0.4);
    for (unsigned i = 0; i < 6; i++)
        raise_by_probe(true);
    assert_true(gcc.trust >= 0.2);
    raise_by_probe(false);
    assert_true(gcc.trust >= 0.4);
}

static void silence_halves_and_holds(void **state)
{
    (void)state;
    feed(100, 0);
    const uint64_t silent_us = now_us;
    const uint64_t before_bps = gcc.target_bps;
    bwe_gcc_tick(&gcc, silent_us + 900 * MS, &measured, silent_us);
    assert_int_equal(gcc.target_bps, before_bps);
    for (unsigned i = 0; i < 600; i++)
        bwe_gcc_tick(&gcc, silent_us + 1300 * MS + i * 100 * MS, &measured, silent_us);
    assert_in_range(gcc.target_bps, before_bps / 8 - 1, before_bps / 8 + 1);
    assert_int_equal(gcc.why, TIMELINE_WHY_NO_FEEDBACK);
    /* When something is heard again it asks for a probe at once. */
    now_us = silent_us + 62000 * MS;
    gcc.plan.start_wanted = false;
    bwe_gcc_update(&gcc, now_us, &measured);
    struct bwe_probe probe;
    assert_true(bwe_gcc_probe_wanted(&gcc, now_us, &measured, &probe));
    assert_in_range(probe.rate_bps, before_bps / 3, before_bps / 2);
}

static void a_restart_forgets_times_and_keeps_the_rate(void **state)
{
    (void)state;
    feed(100, 0);
    feed(30, 2000);
    const uint64_t before_bps = gcc.target_bps;
    bwe_gcc_restart(&gcc);
    assert_int_equal(gcc.trend.usage, BWE_NORMAL);
    assert_int_equal(gcc.target_bps, before_bps);
}

static void who_shares_the_link_stays_near_the_level(void **state)
{
    (void)state;
    feed(100, 0);
    bwe_aimd_set(&gcc.aimd, now_us, 4000000);
    gcc.level_bps = 2000000;
    gcc.sharing = 2;
    feed(10, 0);
    assert_in_range(gcc.target_bps, 2290000, 2310000);
    /* What comes already is nobody else's. */
    gcc.level_bps = 100000;
    feed(10, 0);
    assert_in_range(gcc.target_bps, 1000000, 1060000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(grows_while_nothing_speaks_against_it, begin),
        cmocka_unit_test_setup(falls_when_the_queue_grows, begin),
        cmocka_unit_test_setup(who_shares_the_link_stays_near_the_level, begin),
        cmocka_unit_test_setup(a_queue_of_which_nobody_speaks_any_more_does_not_keep_from_probing,
                               begin),
        cmocka_unit_test_setup(a_silence_in_which_nothing_is_sent_does_not_either, begin),
        cmocka_unit_test_setup(the_trend_alone_is_not_enough, begin),
        cmocka_unit_test_setup(loss_limits, begin),
        cmocka_unit_test_setup(raises_that_do_not_last_get_smaller, begin),
        cmocka_unit_test_setup(silence_halves_and_holds, begin),
        cmocka_unit_test_setup(a_restart_forgets_times_and_keeps_the_rate, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
