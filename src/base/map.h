/* A hash map from 64-bit keys to 64-bit values or pointers, allocated once. Open addressing with
 * linear probing; the hash is seeded, so a peer that chooses keys cannot make them collide. */
#ifndef PARLEY_BASE_MAP_H
#define PARLEY_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_entry {
    uint64_t key;
    uint64_t value;
    bool used;
};

struct map {
    /* owned */
    struct map_entry *entries;
    /* state */
    uint64_t seed;
    uint32_t mask; /* slots - 1; slots is a power of two, at least twice the capacity */
    uint32_t capacity;
    uint32_t count;
};

/* A mixer for keys made of several fields: hash one, then hash the next with that as the seed. */
uint64_t map_hash(uint64_t key, uint64_t seed);

/* Room for capacity keys. 0 or -1 (out of memory, capacity 0 or over 2^30). */
int map_init(struct map *map, uint32_t capacity, uint64_t seed) __attribute__((warn_unused_result));
/* Accepts a zeroed struct. */
void map_fini(struct map *map);
/* Adds or replaces. 0, or -1: the map is full. */
int map_put(struct map *map, uint64_t key, uint64_t value) __attribute__((warn_unused_result));
/* Whether the key is there; *value is set only then. */
bool map_get(const struct map *map, uint64_t key, uint64_t *value);
/* Whether the key was there. */
bool map_remove(struct map *map, uint64_t key);
void map_clear(struct map *map);
/* Walks all entries, in no useful but a repeatable order: start with *cursor = 0; false: done.
 * Not while adding or removing. */
bool map_next(const struct map *map, uint32_t *cursor, uint64_t *key, uint64_t *value);

/* The same with pointers as values; NULL: not there. */
int map_put_pointer(struct map *map, uint64_t key, void *pointer)
    __attribute__((warn_unused_result));
void *map_get_pointer(const struct map *map, uint64_t key);

#endif
