/* Chains of the dependency descriptor: whether what a viewer was sent can be decoded.
 *
 * "A Chain is a sequence of frames for which it can be determined instantly if a frame from that
 * sequence has been lost" (AV1 RTP specification, A.3): each frame names, for every chain, the
 * chain's frame before it. A decode target is protected by one chain: while all frames of that
 * came, the target can be decoded, whatever else is missing.
 *
 *     frame           10    11    12    13    14        A frame of the chain is missing: what comes
 *     chain's before   0     1     2     1     2        after it is sent for
 * LAYER_CHAIN_PATIENCE_MS [10] <- 11               |        (it may be repaired), then no more,
 * until
 *                       `--- - [12] <- 13      |        a frame begins the chain anew (0). A
 * missing
 *                                `- - - - - - -'        frame outside of it is nobody's concern. */
#ifndef PARLEY_ENGINE_LAYER_CHAIN_H
#define PARLEY_ENGINE_LAYER_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/packet.h"

/* The publisher is asked for it again ten times, a round trip apart (nack_generator.h); on most
 * links that is over by then. */
#define LAYER_CHAIN_PATIENCE_MS 600u

struct layer_filter;
struct layer_filter_frame;

/* Of a frame in the filter's memory. */
struct layer_chain_frame {
    uint8_t fdiffs[PACKET_CHAINS]; /* the chain's frame before this one; 0: it begins here */
    uint8_t intact;                /* chains known to be whole up to here, this frame included */
    bool begun, ended;             /* its first, last packet came */
    uint16_t first, last;          /* their sequence numbers */
    uint16_t came;                 /* packets */
    uint16_t since_ms;             /* known or missed since then, modulo 65.5 s */
};

/* One more packet of this frame. */
void layer_chain_note(struct layer_filter_frame *frame, const struct packet *packet);

/* A new frame came: which of the first `count` chains are broken before it, a bit each. */
uint8_t layer_chain_broken(struct layer_filter *filter, const struct layer_filter_frame *frame,
                           unsigned count);

#endif
