/* base/timer_wheel.h */
#include "base/rng.h"
#include "base/timer_wheel.h"
#include "test.h"

static void due_timers_come_in_order(void **state)
{
    struct timer_wheel wheel;
    struct timer a = {0}, b = {0}, c = {0};

    (void)state;
    timer_wheel_init(&wheel);
    assert_true(timer_wheel_next_us(&wheel) == TIMER_NEVER);
    timer_wheel_set(&wheel, &a, 30);
    timer_wheel_set(&wheel, &b, 10);
    timer_wheel_set(&wheel, &c, 20);
    assert_true(timer_wheel_next_us(&wheel) == 10);
    assert_null(timer_wheel_pop_due(&wheel, 9));
    assert_ptr_equal(timer_wheel_pop_due(&wheel, 25), &b);
    assert_false(timer_is_set(&b));
    assert_ptr_equal(timer_wheel_pop_due(&wheel, 25), &c);
    assert_null(timer_wheel_pop_due(&wheel, 25));
    assert_true(timer_is_set(&a));
}

/* Near and far ones, which go down through all levels. */
static void equal_deadlines_keep_their_order(void **state)
{
    static const uint64_t deadlines_us[] = {5, 70, 5000, 300000, 20000000, UINT64_C(1) << 62};
    struct timer_wheel wheel;
    struct timer timers[50] = {{{0}}};

    (void)state;
    timer_wheel_init(&wheel);
    for (size_t k = 0; k < sizeof deadlines_us / sizeof deadlines_us[0]; k++) {
        for (int i = 0; i < 50; i++)
            timer_wheel_set(&wheel, &timers[i], deadlines_us[k]);
        assert_null(timer_wheel_pop_due(&wheel, deadlines_us[k] - 1));
        for (int i = 0; i < 50; i++)
            assert_ptr_equal(timer_wheel_pop_due(&wheel, deadlines_us[k]), &timers[i]);
    }
}

static void timers_move_and_are_cancelled(void **state)
{
    struct timer_wheel wheel;
    struct timer a = {0}, b = {0};

    (void)state;
    timer_wheel_init(&wheel);
    timer_wheel_set(&wheel, &a, 5);
    timer_wheel_set(&wheel, &a, 50000);
    assert_true(timer_wheel_next_us(&wheel) <= 50000);
    assert_null(timer_wheel_pop_due(&wheel, 49999));
    assert_true(timer_wheel_next_us(&wheel) == 50000);
    timer_wheel_cancel(&wheel, &b);
    timer_wheel_cancel(&wheel, &a);
    assert_false(timer_is_set(&a));
    assert_true(timer_wheel_next_us(&wheel) == TIMER_NEVER);
    assert_null(timer_wheel_pop_due(&wheel, 60000));
}

static void what_has_passed_is_due_at_once(void **state)
{
    struct timer_wheel wheel;
    struct timer a = {0}, b = {0};

    (void)state;
    timer_wheel_init(&wheel);
    assert_null(timer_wheel_pop_due(&wheel, 1000000));
    timer_wheel_set(&wheel, &a, 3);
    assert_true(timer_wheel_next_us(&wheel) <= 1000000);
    assert_ptr_equal(timer_wheel_pop_due(&wheel, 1000000), &a);
    timer_wheel_set(&wheel, &b, TIMER_NEVER);
    assert_null(timer_wheel_pop_due(&wheel, UINT64_C(1) << 60));
    assert_true(timer_wheel_next_us(&wheel) == TIMER_NEVER);
}

#define TIMERS 40

/* The earliest of those that were set first; NULL: none is due. */
static struct timer *expected(struct timer *timers, const uint64_t *order, uint64_t now_us)
{
    struct timer *best = NULL;

    for (int i = 0; i < TIMERS; i++) {
        struct timer *timer = &timers[i];

        if (!timer_is_set(timer) || timer->deadline_us > now_us)
            continue;
        if (best == NULL || timer->deadline_us < best->deadline_us ||
            (timer->deadline_us == best->deadline_us && order[i] < order[best - timers]))
            best = timer;
    }
    return best;
}

/* Against a plain search, with spans of all levels up to minutes. */
static void random_sets_and_cancels_come_out_right(void **state)
{
    struct timer_wheel wheel;
    struct timer timers[TIMERS] = {{{0}}};
    uint64_t order[TIMERS] = {0}, now_us = 12345678, popped = 0;
    struct rng rng;

    (void)state;
    rng_init(&rng, 9, 9);
    timer_wheel_init(&wheel);
    for (uint64_t step = 1; step < 40000; step++) {
        unsigned i = rng_below(&rng, TIMERS);

        if (rng_below(&rng, 4) == 0) {
            timer_wheel_cancel(&wheel, &timers[i]);
        } else {
            timer_wheel_set(&wheel, &timers[i],
                            now_us + 1 + (rng_u64(&rng) >> (36 + rng_below(&rng, 28))));
            order[i] = step;
        }
        if (rng_below(&rng, 3) != 0)
            continue;
        now_us += rng_u64(&rng) >> (40 + rng_below(&rng, 24));
        for (struct timer *want; (want = expected(timers, order, now_us)) != NULL; popped++) {
            assert_true(timer_wheel_next_us(&wheel) <= want->deadline_us);
            assert_ptr_equal(timer_wheel_pop_due(&wheel, now_us), want);
        }
        assert_null(timer_wheel_pop_due(&wheel, now_us));
        assert_true(timer_wheel_next_us(&wheel) > now_us);
    }
    assert_true(popped > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due_timers_come_in_order),
        cmocka_unit_test(equal_deadlines_keep_their_order),
        cmocka_unit_test(timers_move_and_are_cancelled),
        cmocka_unit_test(what_has_passed_is_due_at_once),
        cmocka_unit_test(random_sets_and_cancels_come_out_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
