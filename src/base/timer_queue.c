/* A 1-based binary heap; each timer knows its position, so cancel and move are O(log n). */
#include "base/timer_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

int timer_queue_init(struct timer_queue *queue, uint32_t capacity)
{
    memset(queue, 0, sizeof *queue);
    if (capacity == 0)
        return -1;
    queue->heap = calloc((size_t)capacity + 1, sizeof *queue->heap);
    if (queue->heap == NULL)
        return -1;
    queue->capacity = capacity;
    return 0;
}

void timer_queue_fini(struct timer_queue *queue)
{
    free(queue->heap);
    memset(queue, 0, sizeof *queue);
}

bool timer_is_set(const struct timer *timer)
{
    return timer->position != 0;
}

static bool earlier(const struct timer *a, const struct timer *b)
{
    if (a->deadline_us != b->deadline_us)
        return a->deadline_us < b->deadline_us;
    return a->order < b->order;
}

static void place(struct timer_queue *queue, struct timer *timer, uint32_t position)
{
    queue->heap[position] = timer;
    timer->position = position;
}

static void sift_up(struct timer_queue *queue, struct timer *timer)
{
    uint32_t at = timer->position;

    while (at > 1 && earlier(timer, queue->heap[at / 2])) {
        place(queue, queue->heap[at / 2], at);
        at /= 2;
    }
    place(queue, timer, at);
}

static void sift_down(struct timer_queue *queue, struct timer *timer)
{
    uint32_t at = timer->position;

    while (at <= queue->count / 2) {
        uint32_t child = 2 * at;

        if (child < queue->count && earlier(queue->heap[child + 1], queue->heap[child]))
            child++;
        if (!earlier(queue->heap[child], timer))
            break;
        place(queue, queue->heap[child], at);
        at = child;
    }
    place(queue, timer, at);
}

int timer_queue_set(struct timer_queue *queue, struct timer *timer, uint64_t deadline_us)
{
    if (!timer_is_set(timer)) {
        if (queue->count == queue->capacity)
            return -1;
        place(queue, timer, ++queue->count);
    }
    timer->deadline_us = deadline_us;
    timer->order = queue->next_order++;
    sift_up(queue, timer);
    sift_down(queue, timer);
    return 0;
}

void timer_queue_cancel(struct timer_queue *queue, struct timer *timer)
{
    struct timer *last;
    uint32_t position = timer->position;

    if (!timer_is_set(timer))
        return;
    PARLEY_ASSERT(position <= queue->count && queue->heap[position] == timer);
    timer->position = 0;
    last = queue->heap[queue->count];
    queue->heap[queue->count--] = NULL;
    if (last == timer)
        return;
    place(queue, last, position);
    sift_up(queue, last);
    sift_down(queue, last);
}

struct timer *timer_queue_pop_due(struct timer_queue *queue, uint64_t now_us)
{
    struct timer *first;

    if (queue->count == 0 || queue->heap[1]->deadline_us > now_us)
        return NULL;
    first = queue->heap[1];
    timer_queue_cancel(queue, first);
    return first;
}

uint64_t timer_queue_next_us(const struct timer_queue *queue)
{
    return queue->count == 0 ? TIMER_NEVER : queue->heap[1]->deadline_us;
}
