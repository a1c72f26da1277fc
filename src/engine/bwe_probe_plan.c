/* The wishes to probe, most urgent first. */
#include "engine/bwe_probe_plan.h"

#include <string.h>

#define START_FACTOR 3u
/* Without a demand the first probes go this far and no further. */
#define START_GOAL_FACTOR 6u
/* The link took at least this part of the rate tried: try more. */
#define PASSED_PERCENT   70u
#define PROGRESS_PERCENT 105u
/* Above the demand by so much: an estimate that is just enough would wobble around it. */
#define GOAL_PERCENT 120u
/* Others may be there: what is too much fills their queue. At the start somebody waits for it, and
 * after a probe that passed without a trace there is room. */
#define STEP_PERCENT      150u
#define WIDE_STEP_PERCENT 200u
#define EASY_PERCENT      95u
/* A drop that left less than this of the rate is worth a second look. */
#define DROP_PERCENT     66u
#define RECOVER_PERCENT  85u
#define RECOVER_FACTOR   3u
#define RECOVER_AFTER_US 3000000u
#define RECOVER_FOR_US   5000000u
#define RECOVER_PAUSE_US 15000000u
/* Between probes that nothing but patience calls for. */
#define INTERVAL_US        3000000u
#define INTERVAL_MAX_US    4000000u
#define FULL_GAP_US        3000000u
#define NEW_DEMAND_PERCENT 115u
#define GAP_US             300000u /* between probes for a reason */
#define UNSENT_AGAIN_US    250000u

static uint64_t percent(uint64_t rate_bps, uint64_t percentage)
{
    return rate_bps / 100u * percentage;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* No probe is faster. */
static uint64_t goal(const struct bwe_probe_plan *plan, const struct bwe_probe_view *view)
{
    const uint64_t wanted_bps = plan->wanted_bps != 0 ? percent(plan->wanted_bps, GOAL_PERCENT)
                                                      : plan->start_bps * START_GOAL_FACTOR;
    return smaller(wanted_bps, view->max_bps);
}

void bwe_probe_plan_init(struct bwe_probe_plan *plan, uint64_t now_us, uint64_t start_bps)
{
    memset(plan, 0, sizeof *plan);
    plan->start_bps = start_bps;
    plan->start_wanted = true;
    plan->next_us = now_us;
    plan->interval_us = INTERVAL_US;
}

/* A demand that only wavers is no new one, and a link that was found full is not asked again at
 * once because of it. */
void bwe_probe_plan_demand(struct bwe_probe_plan *plan, uint64_t now_us, uint64_t wanted_bps,
                           uint64_t next_step_bps)
{
    const bool more = next_step_bps > percent(plan->asked_step_bps, NEW_DEMAND_PERCENT) ||
                      wanted_bps > percent(plan->asked_wanted_bps, NEW_DEMAND_PERCENT);
    if (more && !plan->step_new) {
        plan->step_new = true;
        if (plan->next_us > now_us + GAP_US && now_us >= plan->full_us + FULL_GAP_US)
            plan->next_us = now_us + GAP_US;
    }
    plan->wanted_bps = wanted_bps;
    plan->next_step_bps = next_step_bps;
}

static bool unmet(const struct bwe_probe_plan *plan, uint64_t target_bps)
{
    return plan->wanted_bps > target_bps;
}

/* Towards the next step, but no more than doubling: what is too much fills a queue. */
static uint64_t step_rate(const struct bwe_probe_plan *plan, const struct bwe_probe_view *view)
{
    const uint64_t most_bps = percent(view->target_bps, STEP_PERCENT);
    const uint64_t step_bps = percent(plan->next_step_bps, GOAL_PERCENT);
    return step_bps > view->target_bps ? smaller(step_bps, most_bps) : most_bps;
}

/* The most urgent wish. */
static uint64_t choose(struct bwe_probe_plan *plan, const struct bwe_probe_view *view)
{
    if (plan->start_wanted) {
        plan->reason = BWE_PROBE_START;
        return plan->start_bps * START_FACTOR;
    }
    if (plan->further_bps != 0) {
        plan->reason = BWE_PROBE_FURTHER;
        return plan->further_bps;
    }
    if (plan->recover_bps != 0) {
        if (view->now_us < plan->recover_from_us)
            return 0;
        plan->reason = BWE_PROBE_RECOVER;
        return smaller(plan->recover_bps, view->target_bps * RECOVER_FACTOR);
    }
    if (!unmet(plan, view->target_bps))
        return 0;
    plan->reason = plan->step_new ? BWE_PROBE_STEP : BWE_PROBE_STAGNATION;
    return step_rate(plan, view);
}

/* Each wish is granted once. */
static void strike(struct bwe_probe_plan *plan)
{
    switch (plan->reason) {
    case BWE_PROBE_START:
        plan->start_wanted = false;
        break;
    case BWE_PROBE_FURTHER:
        plan->further_bps = 0;
        break;
    case BWE_PROBE_RECOVER:
        plan->recover_bps = 0;
        break;
    case BWE_PROBE_STEP:
    case BWE_PROBE_STAGNATION:
        plan->step_new = false;
        plan->asked_wanted_bps = plan->wanted_bps;
        plan->asked_step_bps = plan->next_step_bps;
        break;
    }
}

uint64_t bwe_probe_plan_rate(struct bwe_probe_plan *plan, const struct bwe_probe_view *view)
{
    if (plan->recover_bps != 0 && view->now_us > plan->recover_from_us + RECOVER_FOR_US)
        plan->recover_bps = 0;
    if (view->blocked || view->now_us < plan->next_us)
        return 0;
    const uint64_t wish_bps = choose(plan, view);
    if (wish_bps == 0)
        return 0;
    strike(plan);
    const uint64_t rate_bps = smaller(wish_bps, goal(plan, view));
    if (rate_bps <= view->target_bps)
        return 0;
    plan->rate_bps = rate_bps;
    plan->next_us = view->now_us + plan->interval_us;
    return rate_bps;
}

void bwe_probe_plan_result(struct bwe_probe_plan *plan, const struct bwe_probe_view *view,
                           uint64_t measured_bps)
{
    const bool passed = measured_bps >= percent(plan->rate_bps, PASSED_PERCENT);
    plan->next_us = view->now_us + plan->interval_us;
    if (!passed || measured_bps < percent(view->target_bps, PROGRESS_PERCENT))
        plan->full_us = view->now_us;
    if (!passed) {
        plan->interval_us = smaller(plan->interval_us * 2u, INTERVAL_MAX_US);
        plan->starting = false;
        return;
    }
    plan->interval_us = INTERVAL_US;
    /* Full at what is known already, or enough. */
    if (measured_bps < percent(view->target_bps, PROGRESS_PERCENT) ||
        measured_bps >= goal(plan, view)) {
        plan->starting = false;
        return;
    }
    const bool start = plan->reason == BWE_PROBE_START || plan->starting;
    plan->starting = start;
    const bool easily = measured_bps >= percent(plan->rate_bps, EASY_PERCENT);
    plan->further_bps = percent(measured_bps, start || easily ? WIDE_STEP_PERCENT : STEP_PERCENT);
    plan->next_us = view->now_us + (start ? 0 : GAP_US);
}

void bwe_probe_plan_unsent(struct bwe_probe_plan *plan, uint64_t now_us)
{
    switch (plan->reason) {
    case BWE_PROBE_START:
        plan->start_wanted = true;
        break;
    case BWE_PROBE_FURTHER:
        plan->further_bps = plan->rate_bps;
        break;
    default:
        break;
    }
    plan->next_us = now_us + UNSENT_AGAIN_US;
}

void bwe_probe_plan_dropped(struct bwe_probe_plan *plan, uint64_t now_us, uint64_t before_bps,
                            uint64_t target_bps)
{
    plan->further_bps = 0;
    const bool again =
        before_bps == plan->recovered_from_bps ||
        (plan->recover_from_us != 0 && now_us < plan->recover_from_us + RECOVER_PAUSE_US);
    if (target_bps >= percent(before_bps, DROP_PERCENT) || again)
        return;
    plan->recovered_from_bps = before_bps;
    plan->recover_bps = percent(before_bps, RECOVER_PERCENT);
    plan->recover_from_us = now_us + RECOVER_AFTER_US;
    if (plan->next_us > plan->recover_from_us)
        plan->next_us = plan->recover_from_us;
}

void bwe_probe_plan_resume(struct bwe_probe_plan *plan, uint64_t now_us, uint64_t target_bps)
{
    plan->start_bps = target_bps;
    plan->start_wanted = true;
    plan->interval_us = INTERVAL_US;
    plan->next_us = now_us;
}

uint64_t bwe_probe_plan_wake_at(const struct bwe_probe_plan *plan, uint64_t target_bps)
{
    const bool any = plan->start_wanted || plan->further_bps != 0 || plan->recover_bps != 0 ||
                     unmet(plan, target_bps);
    return any ? plan->next_us : UINT64_MAX;
}
