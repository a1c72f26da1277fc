#include "worker/roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/pool.h"
#include "ipc/ipc.h"

struct roster {
    struct pool rooms, participants;
    struct map room_by_id, participant_by_id; /* id → pool id */
};

struct roster *roster_new(uint32_t max_rooms, uint32_t max_participants, uint64_t seed)
{
    struct roster *roster = calloc(1, sizeof *roster);
    if (!roster)
        return NULL;
    if (pool_init(&roster->rooms, sizeof(struct roster_room), max_rooms) < 0 ||
        pool_init(&roster->participants, sizeof(struct roster_participant), max_participants) < 0 ||
        map_init(&roster->room_by_id, max_rooms, seed) < 0 ||
        map_init(&roster->participant_by_id, max_participants, seed) < 0) {
        roster_free(roster);
        return NULL;
    }
    return roster;
}

static void clear(struct roster_bytes *bytes)
{
    free(bytes->bytes);
    *bytes = (struct roster_bytes){NULL, 0};
}

static int replace(struct roster_bytes *bytes, const uint8_t *with, size_t len)
{
    uint8_t *copy = NULL;
    if (len > 0) {
        copy = malloc(len);
        if (!copy)
            return -1;
        memcpy(copy, with, len);
    }
    clear(bytes);
    *bytes = (struct roster_bytes){copy, len};
    return 0;
}

static struct roster_room *find_room(const struct roster *roster, uint64_t id)
{
    uint64_t slot;
    return map_get(&roster->room_by_id, id, &slot) ? pool_find(&roster->rooms, slot) : NULL;
}

struct roster_participant *roster_participant(struct roster *roster, uint64_t id)
{
    uint64_t slot;
    return map_get(&roster->participant_by_id, id, &slot) ? pool_find(&roster->participants, slot)
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

int roster_put_room(struct roster *roster, uint64_t id, const uint8_t *note, size_t len)
{
    struct roster_room *room = find_room(roster, id);
    if (len > IPC_MAX_NOTE_BYTES)
        return -1;
    if (!room) {
        room = add(&roster->rooms, &roster->room_by_id, id);
        if (!room)
            return -1;
        room->id = id;
    }
    return replace(&room->note, note, len);
}

int roster_put_participant(struct roster *roster, uint64_t id, uint64_t room, const uint8_t *note,
                           size_t len)
{
    struct roster_participant *participant = roster_participant(roster, id);
    if (len > IPC_MAX_NOTE_BYTES)
        return -1;
    if (!participant) {
        participant = add(&roster->participants, &roster->participant_by_id, id);
        if (!participant)
            return -1;
        participant->id = id;
        participant->room = room;
        participant->enabled = (1u << IPC_SOURCES) - 1;
    }
    return replace(&participant->note, note, len);
}

static void drop_participant(struct roster *roster, struct roster_participant *participant)
{
    map_remove(&roster->participant_by_id, participant->id);
    clear(&participant->note);
    clear(&participant->seats);
    clear(&participant->publish);
    pool_give(&roster->participants, participant);
}

void roster_remove_participant(struct roster *roster, uint64_t id)
{
    struct roster_participant *participant = roster_participant(roster, id);
    if (participant)
        drop_participant(roster, participant);
}

void roster_remove_room(struct roster *roster, uint64_t id)
{
    struct roster_room *room = find_room(roster, id);
    for (uint32_t i = 0; i < roster->participants.capacity; i++) {
        struct roster_participant *participant = pool_at(&roster->participants, i);
        if (participant && participant->room == id)
            drop_participant(roster, participant);
    }
    if (!room)
        return;
    map_remove(&roster->room_by_id, id);
    clear(&room->note);
    pool_give(&roster->rooms, room);
}

void roster_keep(struct roster_bytes *kept, const uint8_t *bytes, size_t len)
{
    if (replace(kept, bytes, len) < 0)
        clear(kept);
}

const struct roster_room *roster_room_at(const struct roster *roster, uint32_t index)
{
    return pool_at(&roster->rooms, index);
}

const struct roster_participant *roster_participant_at(const struct roster *roster, uint32_t index)
{
    return pool_at(&roster->participants, index);
}

uint32_t roster_room_limit(const struct roster *roster)
{
    return roster->rooms.capacity;
}

uint32_t roster_participant_limit(const struct roster *roster)
{
    return roster->participants.capacity;
}

void roster_free(struct roster *roster)
{
    if (!roster)
        return;
    for (uint32_t i = 0; i < roster->rooms.capacity; i++) {
        struct roster_room *room = pool_at(&roster->rooms, i);
        if (room)
            clear(&room->note);
    }
    for (uint32_t i = 0; i < roster->participants.capacity; i++) {
        struct roster_participant *participant = pool_at(&roster->participants, i);
        if (participant) {
            clear(&participant->note);
            clear(&participant->seats);
            clear(&participant->publish);
        }
    }
    map_fini(&roster->participant_by_id);
    map_fini(&roster->room_by_id);
    pool_fini(&roster->participants);
    pool_fini(&roster->rooms);
    free(roster);
}
