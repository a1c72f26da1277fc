/* How many earlier frames each audio packet to a viewer carries along (RFC 2198): none on a good
 * link, since they cost as much as the sound itself, two on a bad one. At 20 % random loss a frame
 * sent three times is missing in 0.8 % of cases. Where losses come in bursts their mean says
 * little: four frames reach 80 ms back into each, unless the link's own queue may be what loses. */
#ifndef PARLEY_ENGINE_RED_DISTANCE_H
#define PARLEY_ENGINE_RED_DISTANCE_H

#include <stdbool.h>
#include <stdint.h>

#define RED_DISTANCE_RANDOM 2u /* for losses here and there */
#define RED_DISTANCE_MAX    4u /* for bursts */

/* Zeroed: none. */
struct red_distance {
    uint8_t frames;
    bool held;        /* losses ask for more than the link has room for */
    uint64_t calm_us; /* since when fewer would do; 0: they would not */
};

struct red_link {
    unsigned loss_permille;
    bool bursts;        /* several frames in a row were lost at once, lately */
    bool queued;        /* and something stood in the link's queue, lately */
    uint64_t link_bps;  /* what the link takes; 0: not known */
    bool full;          /* and no more: what is lost now is lost for want of room */
    uint64_t frame_bps; /* what one earlier frame in each packet adds */
};

/* The link is like this now; to be told about once a second. True: frames changed. */
bool red_distance_update(struct red_distance *distance, uint64_t now_us,
                         const struct red_link *link);

#endif
