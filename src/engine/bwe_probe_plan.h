/* When to probe and how fast. Every wish to probe is a reason with its own rate and time; none
 * while packets queue up, and each is answered, tried again or dropped within bounded time. */
#ifndef PARLEY_ENGINE_BWE_PROBE_PLAN_H
#define PARLEY_ENGINE_BWE_PROBE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

enum bwe_probe_reason {
    BWE_PROBE_START,      /* x3, x6 of the start rate, and again after a silence */
    BWE_PROBE_FURTHER,    /* the last one got through */
    BWE_PROBE_STEP,       /* the next layer up would need it */
    BWE_PROBE_RECOVER,    /* was the big drop real? */
    BWE_PROBE_STAGNATION, /* more is wanted, and nothing moves */
};

/* Zeroed but for bwe_probe_plan_init(). */
struct bwe_probe_plan {
    uint64_t wanted_bps, next_step_bps; /* bwe_set_demand() */
    uint8_t start_left;                 /* start probes not made yet: 2, 1, 0 */
    uint64_t start_bps;
    uint64_t further_bps; /* 0: none */
    uint64_t recover_bps; /* 0: none */
    uint64_t recover_until_us;
    bool step_new;                /* the demand rose since the last probe */
    uint64_t last_us;             /* the last probe began */
    uint64_t next_us;             /* none before */
    uint64_t interval_us;         /* between probes out of stagnation */
    enum bwe_probe_reason reason; /* of the last one */
    uint64_t rate_bps;            /* and its rate */
};

struct bwe_probe_view {
    uint64_t now_us;
    uint64_t target_bps;
    uint64_t max_bps;
    uint64_t rtt_us;
    bool blocked; /* delay rises, loss limits and grows, silence */
    bool lossy;   /* the loss is the limit */
};

void bwe_probe_plan_init(struct bwe_probe_plan *plan, uint64_t now_us, uint64_t start_bps);
void bwe_probe_plan_demand(struct bwe_probe_plan *plan, uint64_t wanted_bps,
                           uint64_t next_step_bps);
/* A rate to probe now, 0: none. */
uint64_t bwe_probe_plan_rate(struct bwe_probe_plan *plan, const struct bwe_probe_view *view);
/* How it ended: measured_bps 0: it failed. sent false: the caller could not send it. */
void bwe_probe_plan_result(struct bwe_probe_plan *plan, const struct bwe_probe_view *view,
                           bool sent, uint64_t measured_bps);
/* The target fell from before_bps because of delay. */
void bwe_probe_plan_dropped(struct bwe_probe_plan *plan, uint64_t now_us, uint64_t before_bps,
                            uint64_t target_bps);
/* Feedback came again after a silence. */
void bwe_probe_plan_resume(struct bwe_probe_plan *plan, uint64_t now_us, uint64_t target_bps);
/* UINT64_MAX: nothing is wanted. */
uint64_t bwe_probe_plan_wake_at(const struct bwe_probe_plan *plan, uint64_t target_bps);

#endif
