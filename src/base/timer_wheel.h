/* Deadlines in a hierarchical timing wheel (Varghese & Lauck, scheme 7) of ticks of 1 us: setting,
 * moving and cancelling take the same time however many timers there are. Timers come out in the
 * order of their deadlines, equal ones in the order they were set, so a simulation repeats itself.
 *
 *     level 0: 64 slots of   1 us      A timer lies in the lowest level whose slots tell its
 *     level 1: 64 slots of  64 us      deadline from the wheel's time: that of the highest bit in
 *     level 2: 64 slots of   4 ms      which the two differ. Where the time reaches a slot, its
 *     ...                              timers go down, to finer ones. */
#ifndef PARLEY_BASE_TIMER_WHEEL_H
#define PARLEY_BASE_TIMER_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

#define TIMER_NEVER        UINT64_MAX
#define TIMER_SLOT_BITS    6u
#define TIMER_WHEEL_SLOTS  (1u << TIMER_SLOT_BITS)
#define TIMER_WHEEL_LEVELS 11u /* 66 bits of time */

/* Lies in its owner's struct. Zeroed: not set. */
struct timer {
    struct list_node node;
    uint64_t deadline_us;
    uint16_t place; /* level * TIMER_WHEEL_SLOTS + slot, from 1; 0: not set */
};

/* The struct of the given type whose member the timer is. */
#define TIMER_OWNER(timer, type, member) ((type *)(void *)((char *)(timer)-offsetof(type, member)))

struct timer_slot {
    struct list timers; /* borrowed; in the order they were set */
    uint64_t
        earliest_us; /* no timer is earlier; one that was moved or cancelled may have been it */
};

struct timer_wheel {
    uint64_t now_us; /* no timer that is set is earlier, but those of the current slot */
    uint64_t used[TIMER_WHEEL_LEVELS]; /* by level: a bit for each slot that is not empty */
    struct timer_slot slots[TIMER_WHEEL_LEVELS][TIMER_WHEEL_SLOTS];
};

void timer_wheel_init(struct timer_wheel *wheel);
/* Sets the timer, or moves it if it is set. A deadline that has passed is due at once. */
void timer_wheel_set(struct timer_wheel *wheel, struct timer *timer, uint64_t deadline_us);
/* No effect on a timer that is not set. */
void timer_wheel_cancel(struct timer_wheel *wheel, struct timer *timer);
/* Takes out the earliest timer whose deadline is <= now_us; NULL: none is due. now_us never goes
 * back. */
struct timer *timer_wheel_pop_due(struct timer_wheel *wheel, uint64_t now_us);
/* When to look again: not after the earliest deadline; before it now and then, if a timer was moved
 * or cancelled. TIMER_NEVER: nothing is set. */
uint64_t timer_wheel_next_us(const struct timer_wheel *wheel);
bool timer_is_set(const struct timer *timer);

#endif
