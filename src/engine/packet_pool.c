/* Chunks of packet slots and a stack of the free ones. */
#include "engine/packet_pool.h"

#include <stdalign.h>
#include <stdlib.h>

#include "base/assert.h"

int packet_pool_init(struct packet_pool *pool, size_t slot_bytes, uint32_t max_chunks)
{
    const size_t align = alignof(max_align_t);
    *pool = (struct packet_pool){
        .slot_bytes = (slot_bytes + align - 1) / align * align,
        .max_chunks = max_chunks,
    };
    pool->chunks = calloc(max_chunks, sizeof pool->chunks[0]);
    pool->free_slots =
        calloc((size_t)max_chunks * PACKET_POOL_CHUNK_SLOTS, sizeof pool->free_slots[0]);
    if (!pool->chunks || !pool->free_slots) {
        packet_pool_fini(pool);
        return -1;
    }
    return 0;
}

void packet_pool_fini(struct packet_pool *pool)
{
    for (uint32_t i = 0; i < pool->chunk_count; i++)
        free(pool->chunks[i]);
    free(pool->chunks);
    free(pool->free_slots);
    *pool = (struct packet_pool){0};
}

static int add_chunk(struct packet_pool *pool)
{
    uint8_t *chunk = malloc(pool->slot_bytes * PACKET_POOL_CHUNK_SLOTS);
    if (!chunk)
        return -1;
    pool->chunks[pool->chunk_count++] = chunk;
    /* Below what is on the stack already: slots that were in use go first. */
    for (uint32_t i = pool->free_count; i > 0; i--)
        pool->free_slots[i - 1 + PACKET_POOL_CHUNK_SLOTS] = pool->free_slots[i - 1];
    for (uint32_t i = 0; i < PACKET_POOL_CHUNK_SLOTS; i++)
        pool->free_slots[PACKET_POOL_CHUNK_SLOTS - 1 - i] = chunk + i * pool->slot_bytes;
    pool->free_count += PACKET_POOL_CHUNK_SLOTS;
    return 0;
}

int packet_pool_grow(struct packet_pool *pool, uint32_t slots)
{
    while (pool->chunk_count * PACKET_POOL_CHUNK_SLOTS < slots &&
           pool->chunk_count < pool->max_chunks)
        if (add_chunk(pool) != 0)
            return -1;
    return 0;
}

void *packet_pool_take(struct packet_pool *pool)
{
    return pool->free_count > 0 ? pool->free_slots[--pool->free_count] : NULL;
}

void packet_pool_give(struct packet_pool *pool, void *slot)
{
    PARLEY_ASSERT(pool->free_count < pool->chunk_count * PACKET_POOL_CHUNK_SLOTS);
    pool->free_slots[pool->free_count++] = slot;
}
