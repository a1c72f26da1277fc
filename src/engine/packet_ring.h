/* The last packets of one received stream, by extended sequence number: what is forwarded now and
 * sent again on a NACK. Each packet is kept once, however many viewers there are. */
#ifndef PARLEY_ENGINE_PACKET_RING_H
#define PARLEY_ENGINE_PACKET_RING_H

#include <stddef.h>
#include <stdint.h>

#include "engine/packet.h"
#include "engine/packet_pool.h"

/* A packet older than this is of no use to anybody: players have gone on. */
#define PACKET_RING_AGE_US 1000000u

/* Audio and the small rest of frames in small slots, all else in large ones. */
struct packet_store {
    struct packet_pool small, large;
};
/* Room for slots of each kind can grow to max_chunks. 0 or -1 (out of memory). */
int packet_store_init(struct packet_store *store, uint32_t max_chunks)
    __attribute__((warn_unused_result));
/* Accepts a zeroed struct. */
void packet_store_fini(struct packet_store *store);
/* 0 or -1 (out of memory). */
int packet_store_grow(struct packet_store *store, uint32_t small_slots, uint32_t large_slots)
    __attribute__((warn_unused_result));

struct packet_ring {
    /* owned; the packets in it belong to the store and are given back */
    struct packet **packets;
    /* state */
    uint32_t mask;
    uint32_t oldest; /* no packet is kept before this number */
    uint32_t next;   /* highest kept + 1; oldest == next: empty */
};

/* capacity: a power of two. 0 or -1 (out of memory). */
int packet_ring_init(struct packet_ring *ring, uint32_t capacity)
    __attribute__((warn_unused_result));
/* Accepts a zeroed struct. */
void packet_ring_fini(struct packet_ring *ring, struct packet_store *store);
void packet_ring_clear(struct packet_ring *ring, struct packet_store *store);

/* A slot for the packet with that number and up to payload_len bytes; only seq, arrival_us and
 * small are set. What is too old or in the way goes. NULL: the number is older than all that can
 * be kept, it is there already, or no slot is free. */
struct packet *packet_ring_put(struct packet_ring *ring, struct packet_store *store, uint32_t seq,
                               size_t payload_len, uint64_t now_us);
/* NULL: not there (any more). */
const struct packet *packet_ring_find(const struct packet_ring *ring, uint32_t seq);
/* The same, to be changed. */
struct packet *packet_ring_edit(struct packet_ring *ring, uint32_t seq);
/* Gives back what is older than PACKET_RING_AGE_US. */
void packet_ring_expire(struct packet_ring *ring, struct packet_store *store, uint64_t now_us);

#endif
