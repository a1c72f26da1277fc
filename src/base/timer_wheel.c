#include "base/timer_wheel.h"

#include <string.h>

#include "base/assert.h"

#define SLOT_MASK (TIMER_WHEEL_SLOTS - 1u)

void timer_wheel_init(struct timer_wheel *wheel)
{
    memset(wheel, 0, sizeof *wheel);
    for (unsigned level = 0; level < TIMER_WHEEL_LEVELS; level++) {
        for (unsigned slot = 0; slot < TIMER_WHEEL_SLOTS; slot++)
            list_init(&wheel->slots[level][slot].timers);
    }
}

bool timer_is_set(const struct timer *timer)
{
    return timer->place != 0;
}

/* ---- putting in and taking out --------------------------------------------------------------- */

static unsigned level_of(uint64_t now_us, uint64_t at_us)
{
    const uint64_t differs = now_us ^ at_us;

    return differs == 0 ? 0 : (63u - (unsigned)__builtin_clzll(differs)) / TIMER_SLOT_BITS;
}

static unsigned slot_of(uint64_t at_us, unsigned level)
{
    return (unsigned)(at_us >> (level * TIMER_SLOT_BITS)) & SLOT_MASK;
}

/* A deadline that has passed goes into the current slot. */
static void put(struct timer_wheel *wheel, struct timer *timer)
{
    const uint64_t at_us = timer->deadline_us > wheel->now_us ? timer->deadline_us : wheel->now_us;
    const unsigned level = level_of(wheel->now_us, at_us), slot = slot_of(at_us, level);
    struct timer_slot *place = &wheel->slots[level][slot];

    if (list_empty(&place->timers) || timer->deadline_us < place->earliest_us)
        place->earliest_us = timer->deadline_us;
    list_push_back(&place->timers, &timer->node);
    wheel->used[level] |= UINT64_C(1) << slot;
    timer->place = (uint16_t)(level * TIMER_WHEEL_SLOTS + slot + 1u);
}

static void take(struct timer_wheel *wheel, struct timer *timer)
{
    const unsigned level = (timer->place - 1u) / TIMER_WHEEL_SLOTS;
    const unsigned slot = (timer->place - 1u) & SLOT_MASK;

    PARLEY_ASSERT(level < TIMER_WHEEL_LEVELS);
    list_remove(&timer->node);
    timer->place = 0;
    if (list_empty(&wheel->slots[level][slot].timers))
        wheel->used[level] &= ~(UINT64_C(1) << slot);
}

void timer_wheel_set(struct timer_wheel *wheel, struct timer *timer, uint64_t deadline_us)
{
    timer_wheel_cancel(wheel, timer);
    timer->deadline_us = deadline_us;
    put(wheel, timer);
}

void timer_wheel_cancel(struct timer_wheel *wheel, struct timer *timer)
{
    if (timer_is_set(timer))
        take(wheel, timer);
}

/* ---- time goes on ---------------------------------------------------------------------------- */

struct position {
    unsigned level, slot;
};

/* The earliest slot that is not empty: a lower level's are all before a higher level's. False:
 * nothing is set. */
static bool first_used(const struct timer_wheel *wheel, struct position *out)
{
    for (unsigned level = 0; level < TIMER_WHEEL_LEVELS; level++) {
        if (wheel->used[level] == 0)
            continue;
        *out = (struct position){level, (unsigned)__builtin_ctzll(wheel->used[level])};
        return true;
    }
    return false;
}

static uint64_t start_of(const struct timer_wheel *wheel, const struct position *position)
{
    const unsigned shift = position->level * TIMER_SLOT_BITS;
    const uint64_t own = (UINT64_C(1) << shift) - 1u;
    const uint64_t above = own | (uint64_t)SLOT_MASK << shift;

    return (wheel->now_us & ~above) | (uint64_t)position->slot << shift;
}

/* The wheel's time is at the slot's start: its timers go to lower levels. */
static void go_down(struct timer_wheel *wheel, const struct position *position)
{
    struct list *timers = &wheel->slots[position->level][position->slot].timers;

    wheel->used[position->level] &= ~(UINT64_C(1) << position->slot);
    for (struct list_node *node; (node = list_pop_front(timers)) != NULL;)
        put(wheel, LIST_ELEMENT(node, struct timer, node));
}

struct timer *timer_wheel_pop_due(struct timer_wheel *wheel, uint64_t now_us)
{
    struct position first;

    while (first_used(wheel, &first)) {
        const uint64_t start_us = start_of(wheel, &first);
        struct timer *timer;

        if (start_us > now_us)
            break;
        if (start_us > wheel->now_us)
            wheel->now_us = start_us;
        if (first.level > 0) {
            go_down(wheel, &first);
            continue;
        }
        timer = LIST_ELEMENT(list_first(&wheel->slots[0][first.slot].timers), struct timer, node);
        take(wheel, timer);
        return timer;
    }
    if (now_us > wheel->now_us)
        wheel->now_us = now_us;
    return NULL;
}

uint64_t timer_wheel_next_us(const struct timer_wheel *wheel)
{
    struct position first;

    return first_used(wheel, &first) ? wheel->slots[first.level][first.slot].earliest_us
                                     : TIMER_NEVER;
}
