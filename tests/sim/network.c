#include "sim/network.h"

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

/* When a datagram is through; UINT64_MAX: it did not fit the queue. */
static uint64_t pass(struct network *network, struct link *link, uint64_t now_us, size_t len)
{
    uint64_t start_us = link->free_us > now_us ? link->free_us : now_us, arrival_us;

    if (link->rate_bps > 0) {
        if (start_us - now_us > link->queue_us)
            return UINT64_MAX;
        link->free_us = start_us + (len + 28) * 8 * 1000000u / link->rate_bps;
        start_us = link->free_us;
    }
    arrival_us = start_us + link->delay_us;
    if (link->jitter_us > 0)
        arrival_us += rng_below(&network->rng, (uint32_t)link->jitter_us);
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

void network_send(struct network *network, struct link *link, uint64_t now_us,
                  const struct datagram *datagram)
{
    uint64_t due_us;

    if (link->cut || happens(network, link->loss)) {
        link->dropped++;
        return;
    }
    due_us = pass(network, link, now_us, datagram->len);
    if (due_us == UINT64_MAX) {
        link->dropped++;
        return;
    }
    enqueue(network, datagram, due_us);
    if (happens(network, link->duplicate))
        enqueue(network, datagram, due_us + rng_below(&network->rng, REORDER_US));
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
