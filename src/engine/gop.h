/* The group of pictures since the last key frame of a layer: whether all of it is still in the ring
 * and short enough to be sent to somebody who comes late, instead of asking for a key frame. */
#ifndef PARLEY_ENGINE_GOP_H
#define PARLEY_ENGINE_GOP_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/packet.h"
#include "engine/packet_ring.h"

/* As long as key frames are kept apart for a crowd (keyframe.h); of large layers that is too much
 * to be sent at once, of the lowest ones it is not. */
#define GOP_MAX_AGE_US 2750000u
#define GOP_MAX_BYTES  1000000u

/* Zeroed: no key frame came. */
struct gop {
    bool known;
    uint32_t first_seq; /* first packet of the newest key frame */
    uint64_t since_us;
    uint32_t bytes;
    uint32_t timestamp; /* of the key frame */
    uint32_t key_bytes; /* of it, as far as it came */
};

/* A packet of the layer was stored. True: it belongs to the key frame. */
bool gop_note(struct gop *gop, const struct packet *packet);
/* highest: the layer's newest number. */
bool gop_is_whole(const struct gop *gop, const struct packet_ring *ring, uint32_t highest,
                  uint64_t now_us);

#endif
