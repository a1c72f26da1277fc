/* Slots with generations. An id is generation << 32 | index. */
#include "base/pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

int pool_init(struct pool *pool, size_t slot_bytes, uint32_t capacity)
{
    size_t align = _Alignof(max_align_t);

    memset(pool, 0, sizeof *pool);
    if (slot_bytes == 0 || capacity == 0 || slot_bytes > SIZE_MAX - align)
        return -1;
    pool->slot_bytes = (slot_bytes + align - 1) / align * align;
    pool->slots = calloc(capacity, pool->slot_bytes);
    pool->generations = calloc(capacity, sizeof *pool->generations);
    pool->free_slots = calloc(capacity, sizeof *pool->free_slots);
    if (pool->slots == NULL || pool->generations == NULL || pool->free_slots == NULL) {
        pool_fini(pool);
        return -1;
    }
    pool->capacity = capacity;
    pool->free_count = capacity;
    for (uint32_t i = 0; i < capacity; i++)
        pool->free_slots[i] = capacity - 1 - i; /* index 0 is taken first */
    return 0;
}

void pool_fini(struct pool *pool)
{
    free(pool->slots);
    free(pool->generations);
    free(pool->free_slots);
    memset(pool, 0, sizeof *pool);
}

static void *slot_at(const struct pool *pool, uint32_t index)
{
    return pool->slots + (size_t)index * pool->slot_bytes;
}

uint32_t pool_index(const struct pool *pool, const void *slot)
{
    uintptr_t first = (uintptr_t)pool->slots;
    uintptr_t at = (uintptr_t)slot;

    PARLEY_ASSERT(at >= first && (at - first) / pool->slot_bytes < pool->capacity);
    PARLEY_ASSERT((at - first) % pool->slot_bytes == 0);
    return (uint32_t)((at - first) / pool->slot_bytes);
}

void *pool_take(struct pool *pool)
{
    uint32_t index;

    if (pool->free_count == 0)
        return NULL;
    index = pool->free_slots[--pool->free_count];
    pool->generations[index]++;
    memset(slot_at(pool, index), 0, pool->slot_bytes);
    return slot_at(pool, index);
}

void pool_give(struct pool *pool, void *slot)
{
    uint32_t index = pool_index(pool, slot);

    PARLEY_ASSERT(pool->generations[index] % 2 == 1);
    pool->generations[index]++;
    pool->free_slots[pool->free_count++] = index;
}

uint64_t pool_id(const struct pool *pool, const void *slot)
{
    uint32_t index = pool_index(pool, slot);

    PARLEY_ASSERT(pool->generations[index] % 2 == 1);
    return (uint64_t)pool->generations[index] << 32 | index;
}

void *pool_find(const struct pool *pool, uint64_t id)
{
    uint32_t index = (uint32_t)id;
    uint32_t generation = (uint32_t)(id >> 32);

    if (index >= pool->capacity || generation % 2 == 0 || pool->generations[index] != generation)
        return NULL;
    return slot_at(pool, index);
}

void *pool_at(const struct pool *pool, uint32_t index)
{
    if (index >= pool->capacity || pool->generations[index] % 2 == 0)
        return NULL;
    return slot_at(pool, index);
}

uint32_t pool_used(const struct pool *pool)
{
    return pool->capacity - pool->free_count;
}
