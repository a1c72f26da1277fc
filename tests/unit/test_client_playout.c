#include "test.h"

#include "client/client_playout.h"

#define FRAME_US 20000u
#define TICKS    960u

struct bench {
    struct client_playout playout;
    uint64_t now_us;
    uint32_t timestamp;
};

static struct bench bench_new(void)
{
    return (struct bench){.now_us = 1000000, .timestamp = 0xfffff000u}; /* wraps on the way */
}

/* The next frames, in time; `delay_us` after they could have come. */
static void frames(struct bench *bench, unsigned count, uint64_t delay_us)
{
    for (unsigned i = 0; i < count; i++) {
        bench->now_us += FRAME_US;
        bench->timestamp += TICKS;
        client_playout_put(&bench->playout, bench->now_us + delay_us, bench->timestamp, true);
    }
}

static void lose(struct bench *bench, unsigned count)
{
    bench->now_us += count * FRAME_US;
    bench->timestamp += count * TICKS;
}

static void what_comes_in_time_is_played(void **state)
{
    struct bench bench = bench_new();

    (void)state;
    frames(&bench, 500, 0);
    client_playout_run(&bench.playout, bench.now_us);
    assert_true(bench.playout.played >= 490);
    assert_int_equal(client_playout_concealed(&bench.playout), 0);
}

static void a_lost_frame_is_concealed(void **state)
{
    struct bench bench = bench_new();

    (void)state;
    frames(&bench, 100, 0);
    lose(&bench, 1);
    bench.now_us += FRAME_US;
    bench.timestamp += TICKS;
    client_playout_put(&bench.playout, bench.now_us, bench.timestamp, false);
    frames(&bench, 100, 0);
    assert_int_equal(client_playout_concealed(&bench.playout), 1);
}

static void a_recovered_frame_is_heard(void **state)
{
    struct bench bench = bench_new();

    (void)state;
    frames(&bench, 100, 0);
    for (int i = 0; i < 20; i++) {
        lose(&bench, 1);
        bench.now_us += FRAME_US;
        bench.timestamp += TICKS;
        client_playout_put(&bench.playout, bench.now_us, bench.timestamp, false);
        client_playout_recover(&bench.playout, bench.timestamp - TICKS);
        frames(&bench, 9, 0);
    }
    assert_int_equal(bench.playout.recovered, 20);
    /* Before the delay has grown a wait may be heard. */
    assert_true(client_playout_concealed(&bench.playout) <= 2);
}

static void a_late_frame_costs_a_wait(void **state)
{
    struct bench bench = bench_new();

    (void)state;
    frames(&bench, 100, 0);
    lose(&bench, 10); /* 200 ms: nothing is lost, all come at once */
    for (uint32_t i = 9; i < 10; i--)
        client_playout_put(&bench.playout, bench.now_us, bench.timestamp - i * TICKS, true);
    frames(&bench, 100, 0);
    assert_in_range(client_playout_concealed(&bench.playout), 5, 10);
    assert_int_equal(bench.playout.too_late, 0);
}

static void a_burst_is_concealed_once(void **state)
{
    struct bench bench = bench_new();

    (void)state;
    frames(&bench, 100, 0);
    lose(&bench, 10);
    bench.now_us += FRAME_US;
    bench.timestamp += TICKS;
    client_playout_put(&bench.playout, bench.now_us, bench.timestamp, false);
    frames(&bench, 100, 0);
    assert_in_range(client_playout_concealed(&bench.playout), 10, 11);
}

static void silence_of_the_sender_is_no_loss(void **state)
{
    struct bench bench = bench_new();

    (void)state;
    frames(&bench, 100, 0);
    lose(&bench, 30);
    client_playout_run(&bench.playout, bench.now_us);
    frames(&bench, 100, 0);
    assert_int_equal(client_playout_concealed(&bench.playout), 0);
    /* For good. */
    bench.now_us += 60000000;
    client_playout_run(&bench.playout, bench.now_us);
    assert_int_equal(client_playout_concealed(&bench.playout), 0);
}

static void the_delay_follows_the_arrivals(void **state)
{
    struct bench bench = bench_new();
    uint64_t before;

    (void)state;
    for (int i = 0; i < 100; i++) {
        frames(&bench, 9, 0);
        frames(&bench, 1, 60000);
    }
    before = client_playout_concealed(&bench.playout);
    for (int i = 0; i < 100; i++) {
        frames(&bench, 9, 0);
        frames(&bench, 1, 60000);
    }
    assert_int_equal(client_playout_concealed(&bench.playout), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_in_time_is_played),
        cmocka_unit_test(a_lost_frame_is_concealed),
        cmocka_unit_test(a_recovered_frame_is_heard),
        cmocka_unit_test(a_late_frame_costs_a_wait),
        cmocka_unit_test(a_burst_is_concealed_once),
        cmocka_unit_test(silence_of_the_sender_is_no_loss),
        cmocka_unit_test(the_delay_follows_the_arrivals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
