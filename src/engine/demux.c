/* From datagram to owner. */
#include "engine/demux.h"

#include <string.h>

#include "engine/limits.h"
#include "wire/stun.h"
#include "wire/wire.h"

int demux_init(struct demux *demux, uint32_t max_owners, uint64_t seed)
{
    *demux = (struct demux){.seed = seed};
    /* Two ufrags while an ICE restart or a new peer connection takes over. */
    if (map_init(&demux->paths, max_owners * LIMIT_ICE_PATHS, map_hash(1, seed)) != 0 ||
        map_init(&demux->ufrags, max_owners * 2, map_hash(2, seed)) != 0) {
        demux_fini(demux);
        return -1;
    }
    return 0;
}

void demux_fini(struct demux *demux)
{
    map_fini(&demux->paths);
    map_fini(&demux->ufrags);
}

static uint64_t nonzero(uint64_t key)
{
    return key != 0 ? key : 1;
}

static uint64_t ufrag_key(const struct demux *demux, const char *ufrag, size_t len)
{
    uint64_t key = map_hash(len, demux->seed);
    for (size_t at = 0; at < len; at += 8) {
        uint64_t word = 0;
        memcpy(&word, ufrag + at, len - at < 8 ? len - at : 8);
        key = map_hash(word, key);
    }
    return nonzero(key);
}

static uint64_t path_key(const struct demux *demux, const struct net_path *path)
{
    return nonzero(net_path_hash(path, demux->seed));
}

static uint64_t find(const struct map *map, uint64_t key)
{
    uint64_t owner = 0;
    return map_get(map, key, &owner) ? owner : 0;
}

static uint64_t add(struct map *map, uint64_t key, uint64_t owner)
{
    return map_put(map, key, owner) == 0 ? key : 0;
}

static void take_out(struct map *map, uint64_t key, uint64_t owner)
{
    if (key != 0 && find(map, key) == owner)
        map_remove(map, key);
}

/* Responses and indications carry no USERNAME: they can only belong to a path that is known. */
static uint64_t find_by_username(const struct demux *demux, const uint8_t *bytes, size_t len)
{
    struct stun_message message;
    struct span receiver, sender;
    if (stun_parse(bytes, len, &message) != 0 || message.class != STUN_REQUEST ||
        !stun_username_split(&message, &receiver, &sender))
        return 0;
    return find(&demux->ufrags, ufrag_key(demux, (const char *)receiver.bytes, receiver.len));
}

uint64_t demux_find(const struct demux *demux, const struct net_path *path, const uint8_t *bytes,
                    size_t len)
{
    switch (wire_kind_of(bytes, len)) {
    case WIRE_STUN:
        return find_by_username(demux, bytes, len);
    case WIRE_DTLS:
    case WIRE_RTP:
    case WIRE_RTCP:
        return find(&demux->paths, path_key(demux, path));
    case WIRE_UNKNOWN:
        break;
    }
    return 0;
}

uint64_t demux_add_ufrag(struct demux *demux, const char *ufrag, uint64_t owner)
{
    return add(&demux->ufrags, ufrag_key(demux, ufrag, strlen(ufrag)), owner);
}

uint64_t demux_add_path(struct demux *demux, const struct net_path *path, uint64_t owner)
{
    return add(&demux->paths, path_key(demux, path), owner);
}

void demux_remove_ufrag(struct demux *demux, uint64_t key, uint64_t owner)
{
    take_out(&demux->ufrags, key, owner);
}

void demux_remove_path(struct demux *demux, uint64_t key, uint64_t owner)
{
    take_out(&demux->paths, key, owner);
}
