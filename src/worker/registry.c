#include "worker/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/pool.h"
#include "ipc/ipc.h"

struct registry {
    struct pool rooms, participants;
    struct map room_by_id, participant_by_id;   /* id → pool id */
};

struct registry *registry_new(uint32_t max_rooms, uint32_t max_participants, uint64_t seed)
{
    struct registry *registry = calloc(1, sizeof *registry);
    if (!registry)
        return NULL;
    if (pool_init(&registry->rooms, sizeof(struct registry_room), max_rooms) < 0 ||
        pool_init(&registry->participants, sizeof(struct registry_participant),
                  max_participants) < 0 ||
        map_init(&registry->room_by_id, max_rooms, seed) < 0 ||
        map_init(&registry->participant_by_id, max_participants, seed) < 0) {
        registry_free(registry);
        return NULL;
    }
    return registry;
}

static void clear(struct registry_bytes *bytes)
{
    free(bytes->bytes);
    *bytes = (struct registry_bytes){NULL, 0};
}

static int replace(struct registry_bytes *bytes, const uint8_t *with, size_t len)
{
    uint8_t *copy = NULL;
    if (len > 0) {
        copy = malloc(len);
        if (!copy)
            return -1;
        memcpy(copy, with, len);
    }
    clear(bytes);
    *bytes = (struct registry_bytes){copy, len};
    return 0;
}

static struct registry_room *find_room(const struct registry *registry, uint64_t id)
{
    uint64_t slot;
    return map_get(&registry->room_by_id, id, &slot) ? pool_find(&registry->rooms, slot) : NULL;
}

struct registry_participant *registry_participant(struct registry *registry, uint64_t id)
{
    uint64_t slot;
    return map_get(&registry->participant_by_id, id, &slot)
               ? pool_find(&registry->participants, slot)
               : NULL;
}

/* A new slot of pool under id in map; NULL: full. */
static void *add(struct pool *pool, struct map *map, uint64_t id)
{
    void *slot = pool_take(pool);
    if (slot && map_put(map, id, pool_id(pool, slot)) < 0) {
        pool_give(pool, slot);
        slot = NULL;
    }
    return slot;
}

int registry_put_room(struct registry *registry, uint64_t id, const uint8_t *note, size_t len)
{
    struct registry_room *room = find_room(registry, id);
    if (len > IPC_MAX_NOTE_BYTES)
        return -1;
    if (!room) {
        room = add(&registry->rooms, &registry->room_by_id, id);
        if (!room)
            return -1;
        room->id = id;
    }
    return replace(&room->note, note, len);
}

int registry_put_participant(struct registry *registry, uint64_t id, uint64_t room,
                             const uint8_t *note, size_t len)
{
    struct registry_participant *participant = registry_participant(registry, id);
    if (len > IPC_MAX_NOTE_BYTES)
        return -1;
    if (!participant) {
        participant = add(&registry->participants, &registry->participant_by_id, id);
        if (!participant)
            return -1;
        participant->id = id;
        participant->room = room;
        participant->enabled = (1u << IPC_SOURCES) - 1;
    }
    return replace(&participant->note, note, len);
}

static void drop_participant(struct registry *registry, struct registry_participant *participant)
{
    map_remove(&registry->participant_by_id, participant->id);
    clear(&participant->note);
    clear(&participant->seats);
    pool_give(&registry->participants, participant);
}

void registry_remove_participant(struct registry *registry, uint64_t id)
{
    struct registry_participant *participant = registry_participant(registry, id);
    if (participant)
        drop_participant(registry, participant);
}

void registry_remove_room(struct registry *registry, uint64_t id)
{
    struct registry_room *room = find_room(registry, id);
    for (uint32_t i = 0; i < registry->participants.capacity; i++) {
        struct registry_participant *participant = pool_at(&registry->participants, i);
        if (participant && participant->room == id)
            drop_participant(registry, participant);
    }
    if (!room)
        return;
    map_remove(&registry->room_by_id, id);
    clear(&room->note);
    pool_give(&registry->rooms, room);
}

void registry_set_seats(struct registry_participant *participant, const uint8_t *seats, size_t len)
{
    if (replace(&participant->seats, seats, len) < 0)
        clear(&participant->seats);
}

const struct registry_room *registry_room_at(const struct registry *registry, uint32_t index)
{
    return pool_at(&registry->rooms, index);
}

const struct registry_participant *registry_participant_at(const struct registry *registry,
                                                           uint32_t index)
{
    return pool_at(&registry->participants, index);
}

uint32_t registry_room_limit(const struct registry *registry)
{
    return registry->rooms.capacity;
}

uint32_t registry_participant_limit(const struct registry *registry)
{
    return registry->participants.capacity;
}

void registry_free(struct registry *registry)
{
    if (!registry)
        return;
    for (uint32_t i = 0; i < registry->rooms.capacity; i++) {
        struct registry_room *room = pool_at(&registry->rooms, i);
        if (room)
            clear(&room->note);
    }
    for (uint32_t i = 0; i < registry->participants.capacity; i++) {
        struct registry_participant *participant = pool_at(&registry->participants, i);
        if (participant) {
            clear(&participant->note);
            clear(&participant->seats);
        }
    }
    map_fini(&registry->participant_by_id);
    map_fini(&registry->room_by_id);
    pool_fini(&registry->participants);
    pool_fini(&registry->rooms);
    free(registry);
}
