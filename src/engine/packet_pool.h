/* Slots for packets, one size per pool, shared by all of an engine. The pool grows by chunks when
 * peer connections are made, never per packet. The slot given back last is taken first, so memory
 * that the traffic at hand does not need is never touched and costs nothing. */
#ifndef PARLEY_ENGINE_PACKET_POOL_H
#define PARLEY_ENGINE_PACKET_POOL_H

#include <stddef.h>
#include <stdint.h>

#define PACKET_POOL_CHUNK_SLOTS 256u

struct packet_pool {
    /* owned */
    uint8_t **chunks;
    void **free_slots; /* a stack, room for all slots */
    /* state */
    size_t slot_bytes;
    uint32_t max_chunks;
    uint32_t chunk_count;
    uint32_t free_count;
};

/* Empty; may grow to max_chunks. 0 or -1 (out of memory). */
int packet_pool_init(struct packet_pool *pool, size_t slot_bytes, uint32_t max_chunks)
    __attribute__((warn_unused_result));
/* Accepts a zeroed struct. */
void packet_pool_fini(struct packet_pool *pool);
/* At least min(slots, the maximum) in all, taken ones included. 0 or -1 (out of memory). */
int packet_pool_grow(struct packet_pool *pool, uint32_t slots) __attribute__((warn_unused_result));
/* Not zeroed; aligned for any type. NULL: all are taken. */
void *packet_pool_take(struct packet_pool *pool);
void packet_pool_give(struct packet_pool *pool, void *slot);

#endif
