/* base/timer_queue.h */
#include "base/rng.h"
#include "base/timer_queue.h"
#include "test.h"

static void due_timers_come_in_order(void **state)
{
    struct timer_queue queue;
    struct timer a = {0}, b = {0}, c = {0};

    (void)state;
    assert_int_equal(timer_queue_init(&queue, 3), 0);
    assert_true(timer_queue_next_us(&queue) == TIMER_NEVER);
    assert_int_equal(timer_queue_set(&queue, &a, 30), 0);
    assert_int_equal(timer_queue_set(&queue, &b, 10), 0);
    assert_int_equal(timer_queue_set(&queue, &c, 20), 0);
    assert_true(timer_queue_next_us(&queue) == 10);
    assert_null(timer_queue_pop_due(&queue, 9));
    assert_ptr_equal(timer_queue_pop_due(&queue, 25), &b);
    assert_false(timer_is_set(&b));
    assert_ptr_equal(timer_queue_pop_due(&queue, 25), &c);
    assert_null(timer_queue_pop_due(&queue, 25));
    assert_true(timer_is_set(&a));
    timer_queue_fini(&queue);
    timer_queue_fini(&queue);
}

static void equal_deadlines_keep_their_order(void **state)
{
    struct timer_queue queue;
    struct timer timers[50] = {{0}};

    (void)state;
    assert_int_equal(timer_queue_init(&queue, 50), 0);
    for (int i = 0; i < 50; i++)
        assert_int_equal(timer_queue_set(&queue, &timers[i], 5), 0);
    for (int i = 0; i < 50; i++)
        assert_ptr_equal(timer_queue_pop_due(&queue, 5), &timers[i]);
    timer_queue_fini(&queue);
}

static void full_queue_still_moves_timers(void **state)
{
    struct timer_queue queue;
    struct timer a = {0}, b = {0};

    (void)state;
    assert_int_equal(timer_queue_init(&queue, 1), 0);
    assert_int_equal(timer_queue_set(&queue, &a, 5), 0);
    assert_int_equal(timer_queue_set(&queue, &b, 5), -1);
    assert_false(timer_is_set(&b));
    assert_int_equal(timer_queue_set(&queue, &a, 50), 0);
    assert_true(timer_queue_next_us(&queue) == 50);
    timer_queue_cancel(&queue, &b);
    timer_queue_cancel(&queue, &a);
    assert_true(timer_queue_next_us(&queue) == TIMER_NEVER);
    timer_queue_fini(&queue);
    assert_int_equal(timer_queue_init(&queue, 0), -1);
}

static uint64_t earliest(const struct timer *timers, int count)
{
    uint64_t best = TIMER_NEVER;

    for (int i = 0; i < count; i++) {
        if (timer_is_set(&timers[i]) && timers[i].deadline_us < best)
            best = timers[i].deadline_us;
    }
    return best;
}

/* No timer is earlier than the one above it in the heap. */
static void assert_heap(const struct timer_queue *queue)
{
    for (uint32_t i = 2; i <= queue->count; i++)
        assert_true(queue->heap[i / 2]->deadline_us <= queue->heap[i]->deadline_us);
}

static void random_sets_and_cancels_keep_the_earliest_on_top(void **state)
{
    struct timer_queue queue;
    struct timer timers[40] = {{0}};
    struct rng rng;

    (void)state;
    rng_init(&rng, 9, 9);
    assert_int_equal(timer_queue_init(&queue, 40), 0);
    for (int step = 0; step < 10000; step++) {
        struct timer *timer = &timers[rng_below(&rng, 40)];

        if (rng_below(&rng, 3) == 0)
            timer_queue_cancel(&queue, timer);
        else
            assert_int_equal(timer_queue_set(&queue, timer, rng_below(&rng, 100)), 0);
        assert_true(timer_queue_next_us(&queue) == earliest(timers, 40));
        assert_heap(&queue);
    }
    timer_queue_fini(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due_timers_come_in_order),
        cmocka_unit_test(equal_deadlines_keep_their_order),
        cmocka_unit_test(full_queue_still_moves_timers),
        cmocka_unit_test(random_sets_and_cancels_keep_the_earliest_on_top),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
