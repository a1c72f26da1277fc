/* Linear probing without tombstones: a removal shifts the rest of its run back, so lookups stay
 * short however often keys come and go. */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#define MAX_CAPACITY (1u << 30)

/* The finaliser of MurmurHash3, with the seed mixed in before and in the middle. */
uint64_t map_hash(uint64_t key, uint64_t seed)
{
    uint64_t hash = key ^ seed;

    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccdu;
    hash ^= hash >> 33;
    hash += seed << 1 | 1;
    hash *= 0xc4ceb9fe1a85ec53u;
    hash ^= hash >> 33;
    return hash;
}

static uint32_t home_of(const struct map *map, uint64_t key)
{
    return (uint32_t)map_hash(key, map->seed) & map->mask;
}

/* The key's slot, or the empty slot where it would go. There is always one: half are empty. */
static uint32_t slot_of(const struct map *map, uint64_t key)
{
    uint32_t slot = home_of(map, key);

    while (map->entries[slot].used && map->entries[slot].key != key)
        slot = (slot + 1) & map->mask;
    return slot;
}

int map_init(struct map *map, uint32_t capacity, uint64_t seed)
{
    uint32_t slots = 2;

    memset(map, 0, sizeof *map);
    if (capacity == 0 || capacity > MAX_CAPACITY)
        return -1;
    while (slots < 2 * capacity)
        slots *= 2;
    map->entries = calloc(slots, sizeof *map->entries);
    if (map->entries == NULL)
        return -1;
    map->mask = slots - 1;
    map->capacity = capacity;
    map->seed = seed;
    return 0;
}

void map_fini(struct map *map)
{
    free(map->entries);
    memset(map, 0, sizeof *map);
}

int map_put(struct map *map, uint64_t key, uint64_t value)
{
    struct map_entry *entry = &map->entries[slot_of(map, key)];

    if (!entry->used) {
        if (map->count == map->capacity)
            return -1;
        map->count++;
    }
    *entry = (struct map_entry){.key = key, .value = value, .used = true};
    return 0;
}

bool map_get(const struct map *map, uint64_t key, uint64_t *value)
{
    const struct map_entry *entry = &map->entries[slot_of(map, key)];

    if (!entry->used)
        return false;
    *value = entry->value;
    return true;
}

/* Whether an entry whose home is `home` and that lies at `at` may move to the hole before it: its
 * home must not lie between hole (exclusive) and at (inclusive) on the circle. */
static bool may_move(const struct map *map, uint32_t home, uint32_t hole, uint32_t at)
{
    return ((at - home) & map->mask) >= ((at - hole) & map->mask);
}

bool map_remove(struct map *map, uint64_t key)
{
    uint32_t hole = slot_of(map, key);

    if (!map->entries[hole].used)
        return false;
    for (uint32_t at = (hole + 1) & map->mask; map->entries[at].used; at = (at + 1) & map->mask) {
        if (may_move(map, home_of(map, map->entries[at].key), hole, at)) {
            map->entries[hole] = map->entries[at];
            hole = at;
        }
    }
    map->entries[hole] = (struct map_entry){0};
    map->count--;
    return true;
}

void map_clear(struct map *map)
{
    memset(map->entries, 0, ((size_t)map->mask + 1) * sizeof *map->entries);
    map->count = 0;
}

bool map_next(const struct map *map, uint32_t *cursor, uint64_t *key, uint64_t *value)
{
    while (*cursor <= map->mask) {
        const struct map_entry *entry = &map->entries[(*cursor)++];

        if (entry->used) {
            *key = entry->key;
            *value = entry->value;
            return true;
        }
    }
    return false;
}

int map_put_pointer(struct map *map, uint64_t key, void *pointer)
{
    return map_put(map, key, (uint64_t)(uintptr_t)pointer);
}

void *map_get_pointer(const struct map *map, uint64_t key)
{
    uint64_t value;

    return map_get(map, key, &value) ? (void *)(uintptr_t)value : NULL;
}
