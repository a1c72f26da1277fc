/* What a full link delivers: the rate of arrivals while packets wait on the way. The acknowledged
 * rate (bwe_acked.h) follows what is sent, and lags; this one begins anew with each queue, so that
 * a link that became narrow is known after a few packets.
 *
 * A receiver that gets no processor looks like a narrow link, for a while; but what it did not read
 * it reads all at once. What comes in such bursts is measured over a longer time, and when the
 * queue is gone the whole of it tells whether there ever was a narrow link. What a burst of loss
 * took out (a radio's) the link did carry: behind such a hole it begins anew. */
#ifndef PARLEY_ENGINE_BWE_FULL_H
#define PARLEY_ENGINE_BWE_FULL_H

#include <stdbool.h>
#include <stdint.h>

#define BWE_FULL_SLOTS   32u
#define BWE_FULL_SLOT_US 16000

struct bwe_full_slot {
    uint32_t bytes, packets;
};

/* Zeroed: nothing waits. */
struct bwe_full {
    bool waits;
    bool jumped;        /* it grew by a jump: something stood still */
    int64_t since_us;   /* first arrival of this queue; the receiver's clock */
    int64_t last_us;    /* latest one */
    int64_t waited_us;  /* the latest one, on the way */
    int64_t slot;       /* of last_us, in BWE_FULL_SLOT_US */
    int64_t short_slot; /* when the queue was last short */
    uint32_t not_short; /* packets since then */
    uint32_t packets;   /* of this queue, at most UINT32_MAX */
    bool lost;          /* something was, since the latest arrival */
    int64_t gap_us;     /* usual time between two arrivals; 0: not known yet */
    uint64_t bytes;     /* of this queue */
    uint64_t past_bps;  /* of the last queue as a whole; 0: none, or a short one */
    struct bwe_full_slot slots[BWE_FULL_SLOTS];
};

/* One arrival, and how long it waited on the way. */
void bwe_full_add(struct bwe_full *full, int64_t arrival_us, uint32_t bytes, int64_t queue_us);
/* A packet between the latest arrival and the next was lost, or nobody told of it. */
void bwe_full_lost(struct bwe_full *full);
/* Of this queue, over the last half second at most; 0: there is none, or it is too young to tell.
 */
uint64_t bwe_full_bps(const struct bwe_full *full);
/* It grew by a jump: a narrow link's queue grows by a packet's time at most. */
bool bwe_full_jumped(const struct bwe_full *full);
/* How long it lasts; 0: there is none. */
uint64_t bwe_full_us(const struct bwe_full *full);
/* Of a whole queue that has just gone, once; 0: no such. */
uint64_t bwe_full_take_past_bps(struct bwe_full *full);

#endif
