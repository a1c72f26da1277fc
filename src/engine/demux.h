/* Which peer connection a datagram is for.
 *
 * STUN (by first byte, RFC 7983 7) goes by our own ufrag in its USERNAME, so that a peer is known
 * on a new path; all else goes by the path, which is known here only after an authenticated check.
 *
 * Owners are ids of a pool (base/pool.h), never pointers. */
#ifndef PARLEY_ENGINE_DEMUX_H
#define PARLEY_ENGINE_DEMUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "base/net.h"

struct demux {
    struct map paths;  /* hash of a net_path -> owner */
    struct map ufrags; /* hash of a ufrag -> owner */
    uint64_t seed;
};

/* 0 or -1 (out of memory). seed: secret, else a peer could make keys collide. */
int demux_init(struct demux *demux, uint32_t max_owners, uint64_t seed)
    __attribute__((warn_unused_result));
/* Accepts a zeroed struct. */
void demux_fini(struct demux *demux);

/* The owner of what a datagram asks for, or 0: nobody is known to be meant. A STUN check finds the
 * owner of the ufrag left of the colon in its USERNAME (RFC 8445 7.2.2). */
uint64_t demux_find(const struct demux *demux, const struct net_path *path, const uint8_t *bytes,
                    size_t len);

/* Keys stand for what was put in, for taking it out again. 0: the table is full. */
uint64_t demux_add_ufrag(struct demux *demux, const char *ufrag, uint64_t owner);
/* A path that another owner had moves to this one: it proved that it is there now. */
uint64_t demux_add_path(struct demux *demux, const struct net_path *path, uint64_t owner);
void demux_remove_ufrag(struct demux *demux, uint64_t key, uint64_t owner);
void demux_remove_path(struct demux *demux, uint64_t key, uint64_t owner);

#endif
