/* Fixed-size slots, allocated once. Each time a slot is taken it gets a new id (generation and
 * index), so an id kept too long finds nothing instead of the slot's next owner. */
#ifndef PARLEY_BASE_POOL_H
#define PARLEY_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

struct pool {
    /* owned */
    uint8_t *slots;
    uint32_t *generations; /* odd: taken */
    uint32_t *free_slots;  /* a stack */
    /* state */
    size_t slot_bytes;
    uint32_t capacity;
    uint32_t free_count;
};

/* 0 or -1 (out of memory, or a size of zero). Slots are aligned for any type. */
int pool_init(struct pool *pool, size_t slot_bytes, uint32_t capacity)
    __attribute__((warn_unused_result));
/* Accepts a zeroed struct. */
void pool_fini(struct pool *pool);
/* A zeroed slot; NULL: all are taken. */
void *pool_take(struct pool *pool);
/* Gives a slot back; its id is void from now on. */
void pool_give(struct pool *pool, void *slot);
/* Never 0. The slot must be taken. */
uint64_t pool_id(const struct pool *pool, const void *slot);
/* The slot with that id; NULL: given back meanwhile, or never existed. */
void *pool_find(const struct pool *pool, uint64_t id);
/* The slot at index 0..capacity-1 if it is taken, else NULL; for walking all. */
void *pool_at(const struct pool *pool, uint32_t index);
/* 0..capacity-1; for tables beside the pool. */
uint32_t pool_index(const struct pool *pool, const void *slot);
/* How many are taken. */
uint32_t pool_used(const struct pool *pool);

#endif
