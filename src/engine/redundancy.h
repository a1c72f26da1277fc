/* Decides now and then how much redundancy the sound for one viewer needs (red_distance.h), by that
 * viewer's own loss and by what its link takes. */
#ifndef PARLEY_ENGINE_REDUNDANCY_H
#define PARLEY_ENGINE_REDUNDANCY_H

#include <stdint.h>

#include "engine/red_distance.h"
#include "engine/shared.h"

struct leg;

/* Of one viewer's leg. Zeroed: none is needed. */
struct redundancy {
    struct red_distance distance;
    uint64_t link_bps;  /* what the link takes, dips smoothed away */
    uint64_t queued_us; /* when packets last stood in line on it */
    uint64_t full_us;   /* when so many did that some were lost; 0: never */
    uint64_t octets;    /* of sound, sent until the last look */
    uint64_t at_us;     /* the last look; 0: none yet */
};

void redundancy_review(struct leg *viewer, struct shared *shared);

#endif
