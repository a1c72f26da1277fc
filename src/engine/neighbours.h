/* Viewers behind one public address, as in an office, may share one link, or (behind a carrier's
 * NAT, or a relay) none. Those whose queues come and go together do share it, and for these there
 * is a level: with no more than that for anyone, all of them together take what they take now
 * (coupled congestion control as in RFC 8699; shared bottlenecks are told as in RFC 8382, by the
 * delays). Who is above it gives up more when the link is full, who is below it less (bwe_aimd.h);
 * and two of them do not probe at once, for each would find the same room.
 *
 * What a peer reports can be a lie. Rates count no more than what was sent to it, the level only
 * shifts what is given up at a full link, and waiting for others' probes has an end. */
#ifndef PARLEY_ENGINE_NEIGHBOURS_H
#define PARLEY_ENGINE_NEIGHBOURS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "base/net.h"

struct neighbours {
    struct map houses; /* hash of an address -> struct house */
    uint64_t seed;
};

struct house;

/* Two signals in the course of time: moments, older samples fading out. */
struct neighbour_moments {
    double own, others;             /* means */
    double own2, others2, together; /* central second moments */
    uint32_t samples;
};

/* Part of its owner, who keeps it in place. Zeroed: nowhere. */
struct neighbour {
    struct list_node in_house;
    struct house *house; /* NULL: nowhere */
    struct net_address address;
    uint64_t sampled_us;
    uint64_t rate_bps, wanted_bps;
    uint64_t probed_us; /* 0: never */
    double queue_ms;
    bool shares; /* the link, with others */
    struct neighbour_moments moments;
};

struct neighbour_view {
    uint64_t now_us;
    uint64_t queue_us;   /* how long packets wait on its way now */
    uint64_t rate_bps;   /* that reaches it */
    uint64_t wanted_bps; /* with which it would have all it wants */
};

/* 0 or -1 (out of memory). */
int neighbours_init(struct neighbours *neighbours, uint32_t max, uint64_t seed)
    __attribute__((warn_unused_result));
/* Accepts a zeroed struct. Nobody may be in it any more. */
void neighbours_fini(struct neighbours *neighbours);

/* It is reached there now: IPv4 by the whole address, IPv6 by the first 64 bits. Cheap if that did
 * not change. False: there is no memory, or no room for another one there; it is nowhere. */
bool neighbours_move(struct neighbours *neighbours, struct neighbour *neighbour,
                     const struct net_address *address);
void neighbours_leave(struct neighbours *neighbours, struct neighbour *neighbour);

/* As often as anything is known; looked at ten times a second. */
void neighbours_note(struct neighbour *neighbour, const struct neighbour_view *view);
/* 0: it shares with nobody, as far as is known. */
uint64_t neighbours_level_bps(const struct neighbour *neighbour);
/* How many, itself included; 0: as above. */
unsigned neighbours_sharing(const struct neighbour *neighbour);
/* No other one who shares the link is to be waited for. */
bool neighbours_may_probe(const struct neighbour *neighbour, uint64_t now_us);
/* A probe of its showed that so much can reach it: what is more than before is room for all. */
void neighbours_found(struct neighbour *neighbour, uint64_t now_us, uint64_t measured_bps);
void neighbours_probed(struct neighbour *neighbour, uint64_t now_us);

#endif
