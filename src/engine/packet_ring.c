/* A window of packets that moves with the stream. */
#include "engine/packet_ring.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/seq.h"
#include "engine/limits.h"

#define SMALL_BYTES 256u

int packet_store_init(struct packet_store *store, uint32_t max_chunks)
{
    *store = (struct packet_store){0};
    if (packet_pool_init(&store->small, sizeof(struct packet) + SMALL_BYTES, max_chunks) != 0 ||
        packet_pool_init(&store->large, sizeof(struct packet) + LIMIT_DATAGRAM_BYTES, max_chunks) !=
            0) {
        packet_store_fini(store);
        return -1;
    }
    return 0;
}

void packet_store_fini(struct packet_store *store)
{
    packet_pool_fini(&store->small);
    packet_pool_fini(&store->large);
}

int packet_store_grow(struct packet_store *store, uint32_t small_slots, uint32_t large_slots)
{
    if (packet_pool_grow(&store->small, small_slots) != 0)
        return -1;
    return packet_pool_grow(&store->large, large_slots);
}

static struct packet *store_take(struct packet_store *store, size_t bytes)
{
    const bool small = bytes <= SMALL_BYTES;
    struct packet *packet = packet_pool_take(small ? &store->small : &store->large);
    if (packet)
        packet->small = small;
    return packet;
}

static void store_give(struct packet_store *store, struct packet *packet)
{
    packet_pool_give(packet->small ? &store->small : &store->large, packet);
}

int packet_ring_init(struct packet_ring *ring, uint32_t capacity)
{
    PARLEY_ASSERT(capacity > 0 && (capacity & (capacity - 1)) == 0);
    *ring = (struct packet_ring){.mask = capacity - 1};
    ring->packets = calloc(capacity, sizeof(struct packet *));
    return ring->packets ? 0 : -1;
}

void packet_ring_fini(struct packet_ring *ring, struct packet_store *store)
{
    if (ring->packets)
        packet_ring_clear(ring, store);
    free(ring->packets);
    *ring = (struct packet_ring){0};
}

static void drop_oldest(struct packet_ring *ring, struct packet_store *store)
{
    struct packet **slot = &ring->packets[ring->oldest & ring->mask];
    if (*slot)
        store_give(store, *slot);
    *slot = NULL;
    ring->oldest++;
}

void packet_ring_clear(struct packet_ring *ring, struct packet_store *store)
{
    while (ring->oldest != ring->next)
        drop_oldest(ring, store);
}

void packet_ring_expire(struct packet_ring *ring, struct packet_store *store, uint64_t now_us)
{
    while (ring->oldest != ring->next) {
        const struct packet *packet = ring->packets[ring->oldest & ring->mask];
        if (packet && packet->arrival_us + PACKET_RING_AGE_US > now_us)
            return;
        drop_oldest(ring, store);
    }
}

/* Moves the window so that seq lies in it. */
static bool make_room(struct packet_ring *ring, struct packet_store *store, uint32_t seq)
{
    const uint32_t capacity = ring->mask + 1;
    if (ring->oldest == ring->next) {
        ring->oldest = seq;
        ring->next = seq;
    }
    if (!seq32_newer(ring->next, seq)) {
        if (seq - ring->next >= capacity) {
            packet_ring_clear(ring, store);
            ring->oldest = seq;
        }
        ring->next = seq + 1;
        while (ring->next - ring->oldest > capacity)
            drop_oldest(ring, store);
        return true;
    }
    if (seq32_newer(ring->oldest, seq)) {
        if (ring->next - seq > capacity)
            return false;
        ring->oldest = seq;
    }
    return ring->packets[seq & ring->mask] == NULL;
}

struct packet *packet_ring_put(struct packet_ring *ring, struct packet_store *store, uint32_t seq,
                               size_t payload_len, uint64_t now_us)
{
    packet_ring_expire(ring, store, now_us);
    if (!make_room(ring, store, seq))
        return NULL;
    struct packet *packet = store_take(store, payload_len);
    /* The engine is out of slots: this stream lives with a shorter memory of its own. */
    while (!packet && ring->oldest != seq && ring->oldest != ring->next) {
        drop_oldest(ring, store);
        packet = store_take(store, payload_len);
    }
    if (!packet)
        return NULL;
    packet->seq = seq;
    packet->arrival_us = now_us;
    packet->pad = 0;
    ring->packets[seq & ring->mask] = packet;
    return packet;
}

struct packet *packet_ring_edit(struct packet_ring *ring, uint32_t seq)
{
    if (seq32_newer(ring->oldest, seq) || !seq32_newer(ring->next, seq))
        return NULL;
    return ring->packets[seq & ring->mask];
}

const struct packet *packet_ring_find(const struct packet_ring *ring, uint32_t seq)
{
    if (seq32_newer(ring->oldest, seq) || !seq32_newer(ring->next, seq))
        return NULL;
    return ring->packets[seq & ring->mask];
}
