/* What a full link delivers: the rate of arrivals while packets wait on the way. The acknowledged
 * rate (bwe_acked.h) follows what is sent, and lags; this one begins anew with each queue, so that
 * a link that became narrow is known after a few packets. Of a receiver that stood still and then
 * reads all at once it is high, where the acknowledged rate would be low. */
#ifndef PARLEY_ENGINE_BWE_FULL_H
#define PARLEY_ENGINE_BWE_FULL_H

#include <stdbool.h>
#include <stdint.h>

#define BWE_FULL_SLOTS   16u
#define BWE_FULL_SLOT_US 16000

/* Zeroed: nothing waits. */
struct bwe_full {
    bool waits;
    int64_t since_us;  /* first arrival of this queue; the receiver's clock */
    int64_t last_us;   /* latest one */
    int64_t waited_us; /* the latest one, on the way */
    int64_t slot;      /* of last_us, in BWE_FULL_SLOT_US */
    uint32_t packets;  /* of this queue, at most UINT32_MAX */
    uint32_t bytes[BWE_FULL_SLOTS];
};

/* One arrival, and how long it waited on the way. */
void bwe_full_add(struct bwe_full *full, int64_t arrival_us, uint32_t bytes, int64_t queue_us);
/* Over the last quarter of a second of this queue; 0: none, or too short to tell. */
uint64_t bwe_full_bps(const struct bwe_full *full);

#endif
