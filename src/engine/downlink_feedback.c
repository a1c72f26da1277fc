/* What a viewer's browser says about the packets that came, or did not. All of it may be a lie: it
 * moves this viewer's own rate and nothing else. */
#include "engine/downlink_inner.h"
#include "engine/leg.h"
#include "engine/participant.h"
#include "wire/rtcp.h"
#include "wire/twcc.h"

/* The reference time counts 64 ms steps in 24 bits. */
#define REFERENCE_WRAP_US ((int64_t)64000 << 24)

/* Browsers report every 50 to 250 ms. A message whose time lies off by more than this belongs to
 * another clock: the reckoning begins anew there, and the estimate sees a usual step. */
#define CLOCK_JUMP_US 10000000

/* The time of a message on a clock that never wraps or jumps. */
static int64_t follow(struct downlink_clock *clock, int64_t raw_us, uint64_t now_us)
{
    int64_t step_us = raw_us - clock->raw_us;
    if (step_us > REFERENCE_WRAP_US / 2)
        step_us -= REFERENCE_WRAP_US;
    if (step_us < -REFERENCE_WRAP_US / 2)
        step_us += REFERENCE_WRAP_US;
    const int64_t passed_us = clock->known ? (int64_t)(now_us - clock->heard_us) : 0;
    const int64_t off_us = step_us - passed_us;
    if (!clock->known || off_us > CLOCK_JUMP_US || off_us < -CLOCK_JUMP_US)
        step_us = passed_us;
    clock->known = true;
    clock->raw_us = raw_us;
    clock->heard_us = now_us;
    clock->time_us += step_us;
    return clock->time_us;
}

static size_t list_arrivals(const struct twcc_feedback *feedback,
                            const struct twcc_status *statuses, int64_t time_us,
                            struct bwe_arrival *out)
{
    for (size_t i = 0; i < feedback->status_count; i++) {
        if (statuses[i].received)
            time_us += statuses[i].delta_us;
        out[i] = (struct bwe_arrival){
            .sequence = statuses[i].seq, .received = statuses[i].received, .arrival_us = time_us};
    }
    return feedback->status_count;
}

static void tell_neighbours(struct downlink *downlink, uint64_t now_us)
{
    const uint64_t sent_bps = downlink_meter_bps(&downlink->all, now_us);
    const uint64_t came_bps = bwe_delivered_bps(downlink->bwe);
    const struct neighbour_view view = {
        .now_us = now_us,
        .queue_us = bwe_queue_delay_us(downlink->bwe),
        .rate_bps = came_bps < sent_bps ? came_bps : sent_bps,
        .wanted_bps = downlink->outcome.wanted_bps,
    };
    neighbours_note(&downlink->neighbour, &view);
}

void downlink_feedback(struct leg *viewer, struct span fci, struct shared *shared)
{
    struct downlink *downlink = viewer->downlink;
    struct twcc_status statuses[LIMIT_FEEDBACK_PACKETS];
    struct bwe_arrival arrivals[LIMIT_FEEDBACK_PACKETS];
    struct twcc_feedback feedback;
    if (!downlink || !downlink->bwe)
        return;
    if (twcc_read(fci, &feedback, statuses, LIMIT_FEEDBACK_PACKETS) != 0) {
        SHARED_COUNT(shared, dropped_malformed_rtcp);
        return;
    }
    SHARED_COUNT(shared, feedback_received);
    const int64_t time_us = follow(&downlink->clock, feedback.reference_us, shared->now_us);
    const size_t count = list_arrivals(&feedback, statuses, time_us, arrivals);
    bwe_set_level(downlink->bwe, neighbours_level_bps(&downlink->neighbour),
                  neighbours_sharing(&downlink->neighbour));
    const size_t ignored = bwe_feedback(downlink->bwe, shared->now_us, arrivals, count);
    shared->counters[ENGINE_COUNTER_feedback_ignored] += ignored;
    downlink_take_fates(viewer, arrivals, count, shared);
    if (ignored < count)
        downlink->heard_us = shared->now_us;
    downlink_note_full(viewer, shared->now_us);
    tell_neighbours(downlink, shared->now_us);
    downlink_take_rate(viewer, shared);
    downlink_rate_changed(viewer, shared);
    participant_mark(viewer->participant, shared);
}

void downlink_report(struct leg *viewer, const struct rtcp_report *report, struct shared *shared)
{
    struct downlink *downlink = viewer->downlink;
    if (!downlink || downlink->bwe)
        return;
    downlink->heard_us = shared->now_us;
    loss_control_report(&downlink->loss, shared->now_us, report->fraction_lost);
    downlink_take_rate(viewer, shared);
    downlink_rate_changed(viewer, shared);
}

void downlink_cap(struct leg *viewer, uint64_t bps, struct shared *shared)
{
    struct downlink *downlink = viewer->downlink;
    if (!downlink || downlink->bwe)
        return;
    loss_control_cap(&downlink->loss, shared->now_us, bps);
    downlink_take_rate(viewer, shared);
    downlink_rate_changed(viewer, shared);
}
