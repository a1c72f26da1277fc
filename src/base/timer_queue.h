/* Deadlines in order: a binary heap of intrusive timers, sized once. Equal deadlines come out in
 * the order they were set, so a simulation repeats itself. */
#ifndef PARLEY_BASE_TIMER_QUEUE_H
#define PARLEY_BASE_TIMER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMER_NEVER UINT64_MAX

/* Lies in its owner's struct. Zeroed: not set. */
struct timer {
    uint64_t deadline_us;
    uint64_t order;    /* tie break */
    uint32_t position; /* in the heap, from 1; 0: not set */
};

/* The struct of the given type whose member the timer is. */
#define TIMER_OWNER(timer, type, member) ((type *)(void *)((char *)(timer)-offsetof(type, member)))

struct timer_queue {
    /* owned; the timers are borrowed */
    struct timer **heap; /* [1..count] */
    /* state */
    uint64_t next_order;
    uint32_t count;
    uint32_t capacity;
};

/* 0 or -1 (out of memory, capacity 0). */
int timer_queue_init(struct timer_queue *queue, uint32_t capacity)
    __attribute__((warn_unused_result));
/* Accepts a zeroed struct. */
void timer_queue_fini(struct timer_queue *queue);
/* Sets the timer, or moves it if it is set. 0, or -1: the queue is full. */
int timer_queue_set(struct timer_queue *queue, struct timer *timer, uint64_t deadline_us)
    __attribute__((warn_unused_result));
/* No effect on a timer that is not set. */
void timer_queue_cancel(struct timer_queue *queue, struct timer *timer);
/* Takes out the earliest timer whose deadline is <= now_us; NULL: none is due. */
struct timer *timer_queue_pop_due(struct timer_queue *queue, uint64_t now_us);
/* The earliest deadline; TIMER_NEVER: nothing is set. */
uint64_t timer_queue_next_us(const struct timer_queue *queue);
bool timer_is_set(const struct timer *timer);

#endif
