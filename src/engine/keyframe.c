/* Merges, spaces and repeats key-frame requests. */
#include "engine/keyframe.h"

/* A publisher that did not answer is asked at the plain interval a few times (the request or the
 * frame was lost), then seldom: it may be unable to send at all. */
#define FAST_ATTEMPTS    6u
#define SLOW_INTERVAL_US 3000000u

void keyframe_want(struct keyframe_gate *gate)
{
    gate->pending = true;
}

void keyframe_served(struct keyframe_gate *gate)
{
    gate->pending = false;
    gate->unanswered = 0;
}

void keyframe_drop(struct keyframe_gate *gate)
{
    gate->pending = false;
    gate->unanswered = 0;
}

uint64_t keyframe_wake_at(const struct keyframe_gate *gate)
{
    if (!gate->pending)
        return UINT64_MAX;
    if (!gate->asked)
        return 0;
    return gate->sent_us +
           (gate->unanswered < FAST_ATTEMPTS ? KEYFRAME_INTERVAL_US : SLOW_INTERVAL_US);
}

bool keyframe_take(struct keyframe_gate *gate, uint64_t now_us)
{
    if (!gate->pending || keyframe_wake_at(gate) > now_us)
        return false;
    gate->asked = true;
    gate->sent_us = now_us;
    if (gate->unanswered < UINT8_MAX)
        gate->unanswered++;
    return true;
}
