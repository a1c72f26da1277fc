/* When to probe and how fast. Every wish to probe has its own rate and time; none is granted while
 * packets queue up, and each is answered, tried again or dropped within bounded time. */
#ifndef PARLEY_ENGINE_BWE_PROBE_PLAN_H
#define PARLEY_ENGINE_BWE_PROBE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

enum bwe_probe_reason {
    BWE_PROBE_START,     /* nothing is known yet, or nothing any more after a silence */
    BWE_PROBE_FURTHER,   /* the last one got through */
    BWE_PROBE_RECOVER,   /* was the big drop real? */
    BWE_PROBE_STEP,      /* more is wanted since a moment ago */
    BWE_PROBE_STAGNATION /* more is wanted, and nothing moves */
};

struct bwe_probe_plan {
    uint64_t wanted_bps, next_step_bps;        /* bwe_set_demand() */
    uint64_t asked_wanted_bps, asked_step_bps; /* the demand at the last probe for it */
    uint64_t full_us;                          /* when the link was last found full; 0: never */
    uint64_t start_bps;
    bool start_wanted;
    bool starting;               /* the first probes, one upon the other */
    bool step_new;               /* the demand rose since the last probe */
    uint64_t further_bps;        /* 0: none */
    uint64_t recover_bps;        /* 0: none */
    uint64_t recovered_from_bps; /* the last big drop: looked at once only */
    uint64_t recover_from_us;    /* and for five seconds */
    uint64_t next_us;            /* no probe before */
    uint64_t interval_us; /* from one probe to the next that nothing but patience calls for */
    uint64_t rate_bps;    /* of the last probe */
    enum bwe_probe_reason reason;
};

struct bwe_probe_view {
    uint64_t now_us;
    uint64_t target_bps;
    uint64_t max_bps;
    bool blocked; /* delay rises, the loss limit falls, nothing is heard */
    bool lossy;   /* loss is what limits the target */
};

void bwe_probe_plan_init(struct bwe_probe_plan *plan, uint64_t now_us, uint64_t start_bps);
void bwe_probe_plan_demand(struct bwe_probe_plan *plan, uint64_t now_us, uint64_t wanted_bps,
                           uint64_t next_step_bps);
/* A rate to probe at now, 0: none. */
uint64_t bwe_probe_plan_rate(struct bwe_probe_plan *plan, const struct bwe_probe_view *view);
/* How it ended; measured_bps 0: too little came back. */
void bwe_probe_plan_result(struct bwe_probe_plan *plan, const struct bwe_probe_view *view,
                           uint64_t measured_bps);
/* The caller had nothing to send it with. */
void bwe_probe_plan_unsent(struct bwe_probe_plan *plan, uint64_t now_us);
/* The target fell from before_bps because of delay. */
void bwe_probe_plan_dropped(struct bwe_probe_plan *plan, uint64_t now_us, uint64_t before_bps,
                            uint64_t target_bps);
/* Feedback comes again after a silence. */
void bwe_probe_plan_resume(struct bwe_probe_plan *plan, uint64_t now_us, uint64_t target_bps);
/* UINT64_MAX: nothing is wished. */
uint64_t bwe_probe_plan_wake_at(const struct bwe_probe_plan *plan, uint64_t target_bps);

#endif
