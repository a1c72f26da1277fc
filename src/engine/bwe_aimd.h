/* The rate that the delay allows: additive or multiplicative increase, multiplicative decrease
 * (draft-ietf-rmcat-gcc-02 5.5). */
#ifndef PARLEY_ENGINE_BWE_AIMD_H
#define PARLEY_ENGINE_BWE_AIMD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/bwe_trend.h"

enum bwe_aimd_state { BWE_HOLD, BWE_INCREASE };

/* Where the link was full the last times. */
struct bwe_capacity {
    bool known;
    double kbps;
    double deviation; /* normalised variance */
};

struct bwe_aimd {
    uint64_t rate_bps;
    uint64_t min_bps, max_bps;
    enum bwe_aimd_state state;
    struct bwe_capacity capacity;
    uint64_t changed_us;      /* last increase step or state change */
    uint64_t ceiling_bps;     /* where a probe found the link full, */
    uint64_t ceiling_us;      /* at that time; 0: never */
    uint64_t set_us;          /* bwe_aimd_set(); 0: never */
    uint64_t decreased_us;    /* 0: never */
    uint64_t drained_bps;     /* to go on with when the queue is empty; 0: with what there is */
    uint64_t before_drop_bps; /* the rate before the last run of decreases */
    uint64_t dropped_us;      /* when that was; 0: never, or found to be a mistake */
    uint64_t drop_acked_bps;  /* what arrived before */
    uint64_t drop_full_bps;   /* what the link delivered at the last one; 0: not known */
};

struct bwe_aimd_input {
    uint64_t now_us;
    enum bwe_usage usage;
    uint64_t acked_bps; /* 0: not known */
    uint64_t full_bps;  /* what the link delivers while packets wait; 0: not known */
    uint64_t full_us;   /* for so long */
    uint64_t past_bps;  /* what it delivered of a queue that has just gone; 0: none has */
    uint64_t rtt_us;
    uint64_t queue_us;
    uint64_t waited_us;   /* in queues, the last packet */
    uint64_t level_bps;   /* of all who share the link; 0: not known to share it */
    bool jumped;          /* the queue grew by a jump: the receiver may have stood still */
    bool probing;         /* or has just been: the queue is its own */
    bool rival;           /* the queue is another's: only loss is an overuse */
    bool limited;         /* the application did not use the rate lately */
    double inherent_loss; /* 0..1: of what is sent, so much never arrives */
};

void bwe_aimd_init(struct bwe_aimd *aimd, uint64_t now_us, uint64_t start_bps, uint64_t min_bps,
                   uint64_t max_bps);
void bwe_aimd_update(struct bwe_aimd *aimd, const struct bwe_aimd_input *input);
/* The queue was another's (bwe_rival.h): what was given up because of it is taken again, but for
 * half, as TCP would have done at one loss. */
void bwe_aimd_resist(struct bwe_aimd *aimd, uint64_t now_us);
/* A probe (or the end of a silence) showed what the link takes. */
void bwe_aimd_set(struct bwe_aimd *aimd, uint64_t now_us, uint64_t rate_bps);
/* A probe found the link full at that rate: growth ends there, until another probe shows more, or
 * for a while. */
void bwe_aimd_set_ceiling(struct bwe_aimd *aimd, uint64_t now_us, uint64_t rate_bps);
/* The rate as it will be when the queue is gone that is being emptied now; for as long as that
 * should take after the link got narrow. */
uint64_t bwe_aimd_settled_bps(const struct bwe_aimd *aimd, uint64_t now_us);
/* Near the rate at which the link was full: go on with small steps. */
bool bwe_aimd_converged(const struct bwe_aimd *aimd);

#endif
