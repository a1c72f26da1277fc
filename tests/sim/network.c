#include "sim/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REORDER_US 30000u

void network_init(struct network *network, uint64_t seed)
{
    memset(network, 0, sizeof(*network));
    rng_init(&network->rng, seed, 0x6e6574);
}

void network_fini(struct network *network)
{
    for (size_t i = 1; i <= network->count; i++)
        free(network->heap[i]);
    free(network->heap);
    memset(network, 0, sizeof(*network));
}

static bool before(const struct datagram *a, const struct datagram *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

static void push(struct network *network, struct datagram *datagram)
{
    size_t at = ++network->count;

    if (network->count >= network->capacity) {
        network->capacity = network->capacity == 0 ? 1024 : 2 * network->capacity;
        network->heap = realloc(network->heap, network->capacity * sizeof(*network->heap));
        if (network->heap == NULL)
            abort();
    }
    for (; at > 1 && before(datagram, network->heap[at / 2]); at /= 2)
        network->heap[at] = network->heap[at / 2];
    network->heap[at] = datagram;
}

static bool happens(struct network *network, uint32_t per_thousand)
{
    return per_thousand > 0 && rng_below(&network->rng, 1000) < per_thousand;
}

struct bottleneck *network_bottleneck(struct link *link)
{
    return link->shared != NULL ? link->shared : &link->own;
}

static void follow_steps(struct bottleneck *bottleneck, uint64_t now_us)
{
    while (bottleneck->step < bottleneck->step_count &&
           bottleneck->steps[bottleneck->step].at_us <= now_us)
        bottleneck->rate_bps = bottleneck->steps[bottleneck->step++].rate_bps;
}

static void note_delay(struct bottleneck *bottleneck, uint64_t delay_us, size_t len)
{
    uint64_t ms = delay_us / 1000u;

    bottleneck->passed++;
    bottleneck->passed_bytes += len;
    bottleneck->delays[ms < NETWORK_DELAYS_MS ? ms : NETWORK_DELAYS_MS - 1]++;
}

/* When a datagram has left the bottleneck; UINT64_MAX: it did not fit the queue. */
static uint64_t wait_in_line(struct bottleneck *bottleneck, uint64_t now_us, size_t len)
{
    uint64_t start_us = bottleneck->free_us > now_us ? bottleneck->free_us : now_us;

    follow_steps(bottleneck, now_us);
    if (bottleneck->rate_bps == 0)
        return now_us;
    if (start_us - now_us > bottleneck->queue_us) {
        bottleneck->overflowed++;
        return UINT64_MAX;
    }
    note_delay(bottleneck, start_us - now_us, len + NETWORK_HEAD_BYTES);
    bottleneck->free_us =
        start_us + (len + NETWORK_HEAD_BYTES) * 8 * 1000000u / bottleneck->rate_bps;
    return bottleneck->free_us;
}

/* Exponentially distributed, as the times of a Markov chain are. */
static uint64_t draw_time(struct network *network, uint64_t mean_us)
{
    double uniform = ((double)rng_u32(&network->rng) + 1.0) / 4294967296.0;

    return (uint64_t)(-log(uniform) * (double)mean_us);
}

static bool in_burst(struct network *network, struct bursts *bursts, uint64_t now_us)
{
    if (bursts->mean_us == 0 || bursts->share == 0)
        return false;
    while (bursts->until_us <= now_us) {
        uint64_t good_us = bursts->mean_us * (1000u - bursts->share) / bursts->share;
        uint64_t last_us = bursts->until_us == 0 ? now_us : bursts->until_us;

        bursts->from_us = last_us + draw_time(network, good_us);
        bursts->until_us = bursts->from_us + draw_time(network, bursts->mean_us) + 1;
    }
    return bursts->from_us <= now_us;
}

static uint64_t pass(struct network *network, struct link *link, uint64_t now_us, size_t len)
{
    uint64_t arrival_us = wait_in_line(network_bottleneck(link), now_us, len);

    if (arrival_us == UINT64_MAX)
        return UINT64_MAX;
    arrival_us += link->delay_us;
    if (link->jitter_us > 0)
        arrival_us += rng_below(&network->rng, (uint32_t)link->jitter_us);
    if (in_burst(network, &link->stalls, arrival_us))
        arrival_us = link->stalls.until_us;
    if (happens(network, link->reorder))
        return arrival_us + rng_below(&network->rng, REORDER_US);
    if (arrival_us < link->last_us)
        arrival_us = link->last_us;
    link->last_us = arrival_us;
    return arrival_us;
}

static void enqueue(struct network *network, const struct datagram *datagram, uint64_t due_us)
{
    struct datagram *copy = malloc(sizeof(*copy));

    if (copy == NULL)
        abort();
    *copy = *datagram;
    copy->due_us = due_us;
    copy->order = network->order++;
    push(network, copy);
}

bool network_send(struct network *network, struct link *link, uint64_t now_us,
                  const struct datagram *datagram)
{
    bool burst = in_burst(network, &link->bursts, now_us);
    uint64_t due_us = UINT64_MAX;

    /* Loss at random strikes behind the queue: on the air. */
    if (!link->cut)
        due_us = pass(network, link, now_us, datagram->len);
    if (due_us == UINT64_MAX || burst || happens(network, link->loss)) {
        link->dropped++;
        return false;
    }
    enqueue(network, datagram, due_us);
    if (happens(network, link->duplicate))
        enqueue(network, datagram, due_us + rng_below(&network->rng, REORDER_US));
    return true;
}

uint64_t network_next_us(const struct network *network)
{
    return network->count == 0 ? UINT64_MAX : network->heap[1]->due_us;
}

struct datagram *network_pop(struct network *network, uint64_t now_us)
{
    struct datagram *first, *last;
    size_t at = 1;

    if (network_next_us(network) > now_us)
        return NULL;
    first = network->heap[1];
    last = network->heap[network->count--];
    for (size_t child = 2; child <= network->count; child = 2 * at) {
        if (child < network->count && before(network->heap[child + 1], network->heap[child]))
            child++;
        if (!before(network->heap[child], last))
            break;
        network->heap[at] = network->heap[child];
        at = child;
    }
    network->heap[at] = last;
    return first;
}

void network_done(struct datagram *datagram)
{
    free(datagram);
}

uint64_t network_delay_us(const struct bottleneck *bottleneck, unsigned percent)
{
    uint64_t sum = 0;

    for (unsigned ms = 0; ms < NETWORK_DELAYS_MS; ms++) {
        sum += bottleneck->delays[ms];
        if (sum * 100 >= bottleneck->passed * percent)
            return ms * 1000u;
    }
    return (uint64_t)NETWORK_DELAYS_MS * 1000u;
}

void network_forget_delays(struct bottleneck *bottleneck)
{
    bottleneck->passed = bottleneck->overflowed = bottleneck->passed_bytes = 0;
    memset(bottleneck->delays, 0, sizeof(bottleneck->delays));
}
