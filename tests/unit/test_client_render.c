#include "test.h"

#include "client/client_render.h"

#define FRAME_US 33333u
#define TICKS    3000u

struct bench {
    struct client_render render;
    uint64_t now_us;
    uint32_t timestamp;
};

static struct bench bench_new(void)
{
    return (struct bench){.now_us = 1000000, .timestamp = 0xffff0000u}; /* wraps on the way */
}

static void frames(struct bench *bench, unsigned count, uint64_t late_us)
{
    for (unsigned i = 0; i < count; i++) {
        bench->now_us += FRAME_US;
        bench->timestamp += TICKS;
        client_render_frame(&bench->render, bench->now_us + late_us, bench->timestamp);
    }
}

static void pause(struct bench *bench, unsigned count)
{
    bench->now_us += (uint64_t)count * FRAME_US;
    bench->timestamp += count * TICKS;
}

static void a_steady_stream_never_freezes(void **state)
{
    struct bench bench = bench_new();

    (void)state;
    frames(&bench, 300, 0);
    assert_int_equal(bench.render.frames, 300);
    assert_int_equal(client_render_frozen_us(&bench.render, bench.now_us + 50000), 0);
}

static void a_gap_of_183_ms_is_a_freeze_at_30_fps(void **state)
{
    struct bench bench = bench_new();

    (void)state;
    frames(&bench, 100, 0);
    pause(&bench, 3);
    frames(&bench, 100, 0);
    assert_int_equal(bench.render.freezes, 0);
    pause(&bench, 6);
    frames(&bench, 1, 0);
    assert_int_equal(bench.render.freezes, 1);
    assert_in_range(bench.render.freeze_us, 7 * FRAME_US - 2000, 7 * FRAME_US + 2000);
}

static void a_freeze_that_lasts_counts(void **state)
{
    struct bench bench = bench_new();

    (void)state;
    frames(&bench, 100, 0);
    assert_in_range(client_render_frozen_us(&bench.render, bench.now_us + 2000000), 1900000,
                    2000000);
}

static void late_frames_raise_the_delay(void **state)
{
    struct bench bench = bench_new();

    (void)state;
    frames(&bench, 100, 0);
    assert_true(
        client_render_due(&bench.render, bench.now_us + FRAME_US + 30000, bench.timestamp + TICKS));
    frames(&bench, 10, 100000);
    assert_false(
        client_render_due(&bench.render, bench.now_us + FRAME_US + 60000, bench.timestamp + TICKS));
    frames(&bench, 600, 0);
    assert_true(
        client_render_due(&bench.render, bench.now_us + FRAME_US + 60000, bench.timestamp + TICKS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_stream_never_freezes),
        cmocka_unit_test(a_gap_of_183_ms_is_a_freeze_at_30_fps),
        cmocka_unit_test(a_freeze_that_lasts_counts),
        cmocka_unit_test(late_frames_raise_the_delay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
