/* Merges, spaces and repeats key-frame requests. */
#include "engine/keyframe.h"

/* A publisher that did not answer is asked at the plain interval a few times (the request or the
 * frame was lost), then seldom: it may be unable to send at all. */
#define FAST_ATTEMPTS    6u
#define SLOW_INTERVAL_US 3000000u

/* Key frames may take this part of what a layer sends. */
#define BUDGET_PART 10u

void keyframe_count(struct keyframe_gate *gate, struct keyframe_asker *asker)
{
    if (asker->gate == gate && asker->round == gate->round)
        return;
    *asker = (struct keyframe_asker){gate, gate->round};
    if (gate->askers < UINT16_MAX)
        gate->askers++;
}

void keyframe_wish(struct keyframe_gate *gate, uint8_t why)
{
    if (!gate->pending)
        gate->why = why;
    gate->pending = true;
}

void keyframe_want(struct keyframe_gate *gate, uint8_t why)
{
    if (!gate->urgent)
        gate->why = why;
    gate->urgent = true;
    gate->pending = true;
}

void keyframe_served(struct keyframe_gate *gate)
{
    keyframe_drop(gate);
}

void keyframe_heard(struct keyframe_gate *gate)
{
    if (gate->unanswered > 1)
        gate->unanswered = 1;
}

void keyframe_charge(struct keyframe_gate *gate, uint32_t bytes, uint32_t layer_bps)
{
    if (layer_bps == 0)
        return;
    gate->budget_us = (uint64_t)bytes * 8u * BUDGET_PART * 1000000u / layer_bps;
    if (gate->budget_us > KEYFRAME_BUDGET_MAX_US)
        gate->budget_us = KEYFRAME_BUDGET_MAX_US;
}

void keyframe_drop(struct keyframe_gate *gate)
{
    gate->pending = false;
    gate->urgent = false;
    gate->unanswered = 0;
}

static uint64_t pause_us(const struct keyframe_gate *gate)
{
    const bool hurry = gate->urgent && gate->askers <= KEYFRAME_CROWD;
    const uint64_t least_us = hurry ? KEYFRAME_INTERVAL_US : KEYFRAME_LONG_US;
    return gate->budget_us > least_us ? gate->budget_us : least_us;
}

uint64_t keyframe_wake_at(const struct keyframe_gate *gate)
{
    if (!gate->pending)
        return UINT64_MAX;
    if (!gate->asked)
        return 0;
    if (gate->unanswered == 0)
        return gate->sent_us + pause_us(gate);
    return gate->sent_us +
           (gate->unanswered < FAST_ATTEMPTS ? KEYFRAME_INTERVAL_US : SLOW_INTERVAL_US);
}

bool keyframe_take(struct keyframe_gate *gate, uint64_t now_us)
{
    if (!gate->pending || keyframe_wake_at(gate) > now_us)
        return false;
    gate->asked = true;
    gate->sent_us = now_us;
    gate->askers = 0;
    gate->round++;
    if (gate->unanswered < UINT8_MAX)
        gate->unanswered++;
    return true;
}
