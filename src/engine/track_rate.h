/* How fast each layer of one received stream comes, over the last second; O(1) per packet. */
#ifndef PARLEY_ENGINE_TRACK_RATE_H
#define PARLEY_ENGINE_TRACK_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/packet.h"

#define TRACK_RATE_BUCKETS   5u /* of 200 ms */
#define TRACK_RATE_BUCKET_US 200000u
#define TRACK_RATE_TEMPORAL  4u

/* What a packet is longer on the wire than its payload: RTP header and extensions, SRTP tag, UDP,
 * IPv4. */
#define TRACK_RATE_OVERHEAD_BYTES 66u

struct track_rate_bucket {
    uint32_t all;  /* bytes */
    uint16_t seen; /* bit spatial * TRACK_RATE_TEMPORAL + temporal: a packet of that layer came */
    /* by what a viewer's highest spatial layer would be, and the packet's own temporal layer */
    uint32_t bytes[PACKET_SPATIAL_LAYERS][TRACK_RATE_TEMPORAL];
};

/* Zeroed: nothing came. */
struct track_rate {
    uint64_t bucket_us; /* when the present bucket began */
    uint8_t at;         /* the present one */
    uint8_t full;       /* buckets before it that count */
    struct track_rate_bucket buckets[TRACK_RATE_BUCKETS + 1];
};

/* True: track_rate_top() may have changed. */
bool track_rate_note(struct track_rate *rate, const struct packet *packet);
/* What a viewer of these layers gets: cumulative. 0: nothing came for a second. */
uint32_t track_rate_bps(const struct track_rate *rate, uint64_t now_us, unsigned spatial,
                        unsigned temporal);
/* All that comes, whoever needs it. */
uint32_t track_rate_all_bps(const struct track_rate *rate, uint64_t now_us);
/* The highest layers that packets came of in the last second. */
struct track_rate_top {
    uint8_t spatial, temporal;
};
struct track_rate_top track_rate_top(const struct track_rate *rate, uint64_t now_us);

#endif
