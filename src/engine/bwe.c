/* Matches feedback with what was sent, measures what every algorithm needs, asks the one configured
 * for its rate, and notes what changed. */
#include "engine/bwe.h"

#include <string.h>

#include "base/prefetch.h"
#include "base/seq.h"
#include "engine/bwe_null.h"
#include "engine/timeline.h"

/* Fewer packets without an answer are no silence: the last one of a talk may be lost. */
#define SILENT_PACKETS 8u
/* Beyond this no clock's value is real; within it differences do not overflow. */
#define ARRIVAL_MAX_US (INT64_MAX / 4)
/* A wish that is blocked is looked at again after so long. */
#define LOOK_AGAIN_US 50000u

static uint64_t or_default(uint64_t value, uint64_t fallback)
{
    return value != 0 ? value : fallback;
}

void bwe_init(struct bwe *bwe, const struct bwe_config *config, uint64_t now_us)
{
    memset(bwe, 0, sizeof *bwe);
    bwe->config = *config;
    struct bwe_config *own = &bwe->config;
    own->min_bps = or_default(own->min_bps, BWE_DEFAULT_MIN_BPS);
    own->max_bps = or_default(own->max_bps, BWE_DEFAULT_MAX_BPS);
    if (own->max_bps < own->min_bps)
        own->max_bps = own->min_bps;
    own->start_bps = or_default(own->start_bps, BWE_DEFAULT_START_BPS);
    if (own->start_bps < own->min_bps)
        own->start_bps = own->min_bps;
    if (own->start_bps > own->max_bps)
        own->start_bps = own->max_bps;
    bwe->now_us = now_us;
    bwe->target_bps = own->start_bps;
    bwe->told_bps = own->start_bps;
    bwe_loss_init(&bwe->loss, own->start_bps);
    bwe_gcc_init(&bwe->gcc, now_us, own->start_bps, own->min_bps, own->max_bps);
}

static struct bwe_measured measured(struct bwe *bwe)
{
    return (struct bwe_measured){.path = &bwe->path, .loss = &bwe->loss};
}

/* ---- decisions ------------------------------------------------------------------------------ */

static void decide(struct bwe *bwe, uint8_t what, uint8_t why, uint64_t before_bps,
                   uint64_t after_bps)
{
    bwe->decisions[bwe->decisions_made++ % BWE_DECISIONS] = (struct bwe_decision){
        .what = what,
        .why = why,
        .before_kbps = (uint32_t)(before_bps / 1000u),
        .after_kbps = (uint32_t)(after_bps / 1000u),
    };
    if (bwe->decisions_made - bwe->decisions_taken > BWE_DECISIONS)
        bwe->decisions_taken = bwe->decisions_made - BWE_DECISIONS;
}

bool bwe_take_decision(struct bwe *bwe, struct bwe_decision *out)
{
    if (bwe->decisions_taken == bwe->decisions_made)
        return false;
    *out = bwe->decisions[bwe->decisions_taken++ % BWE_DECISIONS];
    return true;
}

static uint8_t probe_why(const struct bwe_probe_plan *plan)
{
    switch (plan->reason) {
    case BWE_PROBE_START:
        return TIMELINE_WHY_START;
    case BWE_PROBE_FURTHER:
        return TIMELINE_WHY_PROBED;
    case BWE_PROBE_RECOVER:
        return TIMELINE_WHY_DELAY;
    case BWE_PROBE_STEP:
        return TIMELINE_WHY_BUDGET;
    case BWE_PROBE_STAGNATION:
        return TIMELINE_WHY_STAGNATION;
    }
    return TIMELINE_WHY_NONE;
}

/* After anything that may have moved the target. */
static void follow(struct bwe *bwe)
{
    struct bwe_gcc *gcc = &bwe->gcc;
    if (gcc->probe_ended) {
        gcc->probe_ended = false;
        decide(bwe, TIMELINE_PROBE, probe_why(&gcc->plan), gcc->plan.rate_bps,
               gcc->probe_measured_bps);
    }
    bwe->target_bps =
        bwe->config.algorithm == BWE_NULL ? bwe_null_target_bps(&bwe->config) : gcc->target_bps;
    const uint64_t told_bps = bwe->told_bps;
    const uint64_t apart_bps =
        bwe->target_bps > told_bps ? bwe->target_bps - told_bps : told_bps - bwe->target_bps;
    if (apart_bps * 10u < told_bps)
        return;
    decide(bwe, TIMELINE_ESTIMATE, gcc->why, told_bps, bwe->target_bps);
    bwe->told_bps = bwe->target_bps;
}

/* ---- packets -------------------------------------------------------------------------------- */

void bwe_sent(struct bwe *bwe, uint64_t now_us, const struct bwe_packet *packet)
{
    const struct bwe_record record = {
        .sent_us = now_us,
        .bytes = packet->bytes < UINT16_MAX - BWE_OVERHEAD_BYTES
                     ? (uint16_t)(packet->bytes + BWE_OVERHEAD_BYTES)
                     : UINT16_MAX,
        .sequence = packet->sequence,
        .kind = packet->kind,
        .probe = packet->probe,
        .fate = BWE_IN_FLIGHT,
    };
    bwe->now_us = now_us;
    bwe_history_add(&bwe->history, &record);
    if (bwe->config.algorithm == BWE_GCC)
        bwe_gcc_sent(&bwe->gcc, &record);
}

static void settle_lost(struct bwe *bwe, struct bwe_record *record)
{
    if (record->fate == BWE_LOST)
        return;
    record->fate = BWE_LOST;
    bwe_loss_add(&bwe->loss, record->sent_us, record->bytes, true);
    bwe_gcc_lost(&bwe->gcc, record);
}

/* False: its time is impossible. */
static bool settle_arrived(struct bwe *bwe, struct bwe_record *record,
                           const struct bwe_arrival *arrival)
{
    const bool was_lost = record->fate == BWE_LOST;
    if (arrival->arrival_us > ARRIVAL_MAX_US || arrival->arrival_us < -ARRIVAL_MAX_US)
        return false;
    record->fate = BWE_ARRIVED;
    if (was_lost)
        bwe_loss_take_back(&bwe->loss);
    else
        bwe_loss_add(&bwe->loss, record->sent_us, record->bytes, false);
    if (bwe_path_jumped(&bwe->path, record->sent_us, arrival->arrival_us)) {
        bwe_gcc_restart(&bwe->gcc);
        return false;
    }
    bwe_path_add(&bwe->path, bwe->now_us, record->sent_us, arrival->arrival_us);
    if (!was_lost && bwe->config.algorithm == BWE_GCC)
        bwe_gcc_arrived(&bwe->gcc, bwe->now_us, record, &bwe->path);
    return true;
}

/* A message that got lost took with it what came meanwhile: nobody will tell. */
static void follow_messages(struct bwe *bwe, const struct bwe_arrival *arrivals, size_t count)
{
    if (count == 0)
        return;
    if (bwe->heard && seq16_diff(arrivals[0].sequence, bwe->answered) > 1)
        bwe_gcc_untold(&bwe->gcc);
    bwe->heard = true;
    bwe->answered = arrivals[count - 1u].sequence;
}

size_t bwe_feedback(struct bwe *bwe, uint64_t now_us, const struct bwe_arrival *arrivals,
                    size_t count)
{
    size_t ignored = 0;
    bool heard = false;
    uint64_t newest_sent_us = 0;

    bwe->now_us = now_us;
    follow_messages(bwe, arrivals, count);
    for (size_t i = 0; i < count; i++) {
        struct bwe_record *record = bwe_history_find(&bwe->history, arrivals[i].sequence);
        if (record == NULL) {
            ignored++;
            continue;
        }
        heard = true;
        if (!arrivals[i].received) {
            settle_lost(bwe, record);
            continue;
        }
        if (record->sent_us > newest_sent_us)
            newest_sent_us = record->sent_us;
        if (!settle_arrived(bwe, record, &arrivals[i]))
            ignored++;
    }
    if (!heard)
        return ignored;
    bwe_history_answered(&bwe->history);
    if (newest_sent_us != 0)
        bwe_path_answered(&bwe->path, now_us, newest_sent_us);
    const struct bwe_measured seen = measured(bwe);
    bwe_gcc_update(&bwe->gcc, now_us, &seen);
    follow(bwe);
    return ignored;
}

/* ---- time and demand ------------------------------------------------------------------------ */

static uint64_t silent_since(const struct bwe *bwe)
{
    return bwe->history.unanswered >= SILENT_PACKETS ? bwe->history.unanswered_since_us
                                                     : UINT64_MAX;
}

void bwe_tick(struct bwe *bwe, uint64_t now_us)
{
    bwe->now_us = now_us;
    bwe->ticked_us = now_us;
    const struct bwe_measured seen = measured(bwe);
    bwe_gcc_tick(&bwe->gcc, now_us, &seen, silent_since(bwe));
    follow(bwe);
}

uint64_t bwe_wake_at(const struct bwe *bwe)
{
    if (bwe->config.algorithm == BWE_NULL)
        return UINT64_MAX;
    const uint64_t wake_us = bwe_gcc_wake_at(&bwe->gcc, &bwe->path, silent_since(bwe));
    uint64_t probe_us = bwe_probe_plan_wake_at(&bwe->gcc.plan, bwe->target_bps);
    if (bwe->gcc.cluster.running || probe_us == UINT64_MAX)
        return wake_us;
    if (probe_us < bwe->ticked_us + LOOK_AGAIN_US)
        probe_us = bwe->ticked_us + LOOK_AGAIN_US;
    return probe_us < wake_us ? probe_us : wake_us;
}

void bwe_set_demand(struct bwe *bwe, uint64_t wanted_bps, uint64_t next_step_bps)
{
    bwe_probe_plan_demand(&bwe->gcc.plan, bwe->now_us, wanted_bps, next_step_bps);
}

void bwe_set_level(struct bwe *bwe, uint64_t level_bps, unsigned sharing)
{
    bwe->gcc.level_bps = level_bps;
    bwe->gcc.sharing = sharing;
}

bool bwe_probe_wanted(struct bwe *bwe, uint64_t now_us, struct bwe_probe *out)
{
    bwe->now_us = now_us;
    if (bwe->config.algorithm == BWE_NULL)
        return false;
    const struct bwe_measured seen = measured(bwe);
    if (!bwe_gcc_probe_wanted(&bwe->gcc, now_us, &seen, out))
        return false;
    decide(bwe, TIMELINE_PROBE, probe_why(&bwe->gcc.plan), out->rate_bps, 0);
    return true;
}

bool bwe_probe_goes_on(const struct bwe *bwe, uint64_t now_us, uint8_t id)
{
    return bwe->gcc.cluster.asked.id == id && bwe_gcc_probe_goes_on(&bwe->gcc, now_us);
}

/* ---- what is known -------------------------------------------------------------------------- */

uint64_t bwe_target_bps(const struct bwe *bwe)
{
    return bwe->target_bps;
}

uint64_t bwe_settled_bps(const struct bwe *bwe)
{
    const bool moves = bwe->config.algorithm == BWE_GCC;
    return moves && bwe->gcc.settled_bps > bwe->target_bps ? bwe->gcc.settled_bps : bwe->target_bps;
}

uint64_t bwe_delivered_bps(const struct bwe *bwe)
{
    const uint64_t full_bps = bwe_full_bps(&bwe->gcc.full);
    return full_bps != 0 ? full_bps : bwe_acked_bps(&bwe->gcc.acked);
}

unsigned bwe_loss_permille(const struct bwe *bwe)
{
    return bwe_loss_recent_permille(&bwe->loss);
}

uint64_t bwe_rtt_us(const struct bwe *bwe)
{
    return bwe_path_rtt_us(&bwe->path);
}

uint64_t bwe_queue_delay_us(const struct bwe *bwe)
{
    return bwe_path_queue_us(&bwe->path);
}

bool bwe_in_alr(const struct bwe *bwe)
{
    return bwe->gcc.alr.limited;
}

void bwe_prefetch(const struct bwe *bwe, uint16_t sequence)
{
    PREFETCH(bwe->config);
    PREFETCH(bwe->now_us);
    bwe_history_prefetch(&bwe->history, sequence);
    PREFETCH(bwe->gcc.alr);
    PREFETCH(bwe->gcc.cluster);
    PREFETCH(bwe->gcc.rival);
    PREFETCH(bwe->gcc.target_bps);
    PREFETCH(bwe->gcc.sent_us);
}
