/* Joins what delay, loss and probes say. */
#include "engine/bwe_gcc.h"

#include <string.h>

#include "engine/bwe.h"
#include "engine/bwe_history.h"
#include "engine/timeline.h"

/* A probe's length: 15 ms and some, so that senders that wake every few ms make it even. Later ones
 * are to tell what others leave, who send their frames in bursts, and are longer: as long as they
 * leave no longer a queue than this on a link that was full before. */
#define PROBE_LEAST_US  20000u
#define PROBE_MOST_US   100000u
#define PROBE_LEAVES_US 30000u
/* Received slower than this part of the rate it was sent at, a probe found the link full. */
#define FULL_PERCENT          90u
#define CORRECT_PERCENT       90u
#define CORRECT_ABOVE_PERCENT 105u
#define CEILING_PERCENT       102u
/* With more loss what comes through is less than what the link takes: bwe_loss_probed() judges. */
#define CORRECT_LOSS_MAX 0.03
/* No probe on top of a queue, nor while the last one may still be there. */
#define PROBE_QUEUE_MAX_US     40000u
#define PROBE_AFTER_OVERUSE_US 1500000u
#define OVERUSE_QUEUE_US       25000u
/* What the last feedback said of a queue and of loss is not true for ever: where all is paused
 * nothing is sent, no other feedback comes, and a probe alone can end it. */
#define STALE_US 2000000u
/* A probe leaves a queue for so long. */
#define PROBE_ECHO_US       400000u
#define PROBE_ECHO_QUEUE_US 60000u
#define LONG_QUEUE_US       100000u
#define TAKEN_LOSS_LEAST    0.03
#define TAKEN_LOSS_USUAL    1.5
#define TAKEN_PACKETS       15u
/* Where others share the link: so much of the level, or of what the next step needs or the link
 * takes already, and no more. */
#define LEVEL_MOST_PERCENT 115u
#define STEP_MOST_PERCENT  120u
#define TAKEN_MOST_PERCENT 105u
#define TRUST_US           2500000u
#define TRUST_LEAST        0.25
/* A full link delivers at least this part of what the probe found. */
#define TRUST_PERCENT 75u
/* For each one that passes while the first is not taken back. */
#define TRUST_MORE 1.25
/* What arrives tells nothing about the link until the application has used it for so long. */
#define LIMITED_ECHO_US 1500000u
/* Beside two round trips. */
#define SILENCE_US      1000000u
#define SILENCE_STEP_US 500000u
#define SILENCE_PERCENT 80u
/* A silence is not proof of anything: what is left is enough for sound. */
#define SILENCE_LEAST_PART 8u

void bwe_gcc_init(struct bwe_gcc *gcc, uint64_t now_us, uint64_t start_bps, uint64_t min_bps,
                  uint64_t max_bps)
{
    memset(gcc, 0, sizeof *gcc);
    bwe_trend_init(&gcc->trend);
    bwe_aimd_init(&gcc->aimd, now_us, start_bps, min_bps, max_bps);
    bwe_probe_plan_init(&gcc->plan, now_us, start_bps);
    gcc->target_bps = start_bps;
    gcc->settled_bps = start_bps;
    gcc->why = TIMELINE_WHY_START;
    gcc->trust = 1;
}

void bwe_gcc_sent(struct bwe_gcc *gcc, const struct bwe_record *record)
{
    gcc->sent_us = record->sent_us;
    bwe_rival_sent(&gcc->rival, record->sent_us, record->bytes);
    const bool repeated = record->kind == BWE_RTX && record->probe != 0;
    if (record->kind != BWE_PADDING && !repeated)
        bwe_alr_sent(&gcc->alr, record->sent_us, record->bytes, gcc->target_bps);
    if (record->probe != 0 && gcc->cluster.running && record->probe == gcc->cluster.asked.id)
        bwe_cluster_sent(&gcc->cluster, record->sent_us, record->bytes);
}

static bool of_cluster(const struct bwe_gcc *gcc, const struct bwe_record *record)
{
    return record->probe != 0 && gcc->cluster.running && record->probe == gcc->cluster.asked.id;
}

void bwe_gcc_arrived(struct bwe_gcc *gcc, uint64_t now_us, const struct bwe_record *record,
                     const struct bwe_path *path)
{
    const int64_t arrival_us = (int64_t)record->sent_us + path->last_delay_us;
    struct bwe_group_delta delta;
    const bool limited = bwe_alr_limited(&gcc->alr, now_us, gcc->target_bps);
    bwe_acked_add(&gcc->acked, arrival_us, record->bytes, limited);
    bwe_full_add(&gcc->full, arrival_us, record->bytes, path->waited_us);
    if (of_cluster(gcc, record))
        bwe_cluster_arrived(&gcc->cluster, record->sent_us, arrival_us, record->bytes);
    if (bwe_groups_add(&gcc->groups, record->sent_us, arrival_us, &delta))
        bwe_trend_add(&gcc->trend, &delta);
}

void bwe_gcc_lost(struct bwe_gcc *gcc, const struct bwe_record *record)
{
    bwe_full_lost(&gcc->full);
    if (of_cluster(gcc, record))
        bwe_cluster_lost(&gcc->cluster);
}

void bwe_gcc_untold(struct bwe_gcc *gcc)
{
    bwe_full_lost(&gcc->full);
}

static void forget_trend(struct bwe_gcc *gcc)
{
    memset(&gcc->groups, 0, sizeof gcc->groups);
    bwe_trend_init(&gcc->trend);
}

void bwe_gcc_restart(struct bwe_gcc *gcc)
{
    forget_trend(gcc);
    bwe_acked_restart(&gcc->acked);
    memset(&gcc->full, 0, sizeof gcc->full);
    bwe_cluster_abort(&gcc->cluster);
}

/* ---- those who share the link --------------------------------------------------------------- */

static uint64_t most_of_level(const struct bwe_gcc *gcc)
{
    const uint64_t sums_bps[] = {
        gcc->level_bps / 100u * LEVEL_MOST_PERCENT,
        gcc->plan.next_step_bps / 100u * STEP_MOST_PERCENT,
        bwe_acked_bps(&gcc->acked) / 100u * TAKEN_MOST_PERCENT,
    };
    uint64_t most_bps = 0;
    for (size_t i = 0; i < sizeof sums_bps / sizeof sums_bps[0]; i++)
        most_bps = sums_bps[i] > most_bps ? sums_bps[i] : most_bps;
    return most_bps;
}

/* A probe finds the room that all of them leave: who took it for its own would have most of the
 * link a moment later. Unused, such a rate would wait for its hour. */
static void keep_near_level(struct bwe_gcc *gcc, uint64_t now_us)
{
    if (gcc->level_bps == 0)
        return;
    const uint64_t most_bps = most_of_level(gcc);
    if (gcc->aimd.rate_bps > most_bps)
        bwe_aimd_set(&gcc->aimd, now_us, most_bps);
}

/* Of what a probe found above what comes now, each has its part. */
static void share_room(struct bwe_gcc *gcc, uint64_t rate_bps)
{
    const uint64_t acked_bps = bwe_acked_bps(&gcc->acked);
    if (gcc->sharing > 0 && gcc->level_bps != 0 && rate_bps > acked_bps)
        gcc->level_bps += (rate_bps - acked_bps) / gcc->sharing;
}

/* ---- the target ----------------------------------------------------------------------------- */

static uint64_t settled_bps(const struct bwe_gcc *gcc, uint64_t now_us, const struct bwe_loss *loss)
{
    const uint64_t delay_bps = bwe_aimd_settled_bps(&gcc->aimd, now_us);
    const uint64_t loss_bps = bwe_loss_limit_bps(loss);
    const uint64_t bps = loss->limiting && loss_bps < delay_bps ? loss_bps : delay_bps;
    return bps > gcc->target_bps ? bps : gcc->target_bps;
}

static void join(struct bwe_gcc *gcc, uint64_t now_us, const struct bwe_loss *loss, uint8_t why_up)
{
    const bool lossy = loss->limiting && bwe_loss_limit_bps(loss) < gcc->aimd.rate_bps;
    uint64_t target_bps = lossy ? bwe_loss_limit_bps(loss) : gcc->aimd.rate_bps;
    if (target_bps < gcc->aimd.min_bps)
        target_bps = gcc->aimd.min_bps;
    if (target_bps < gcc->target_bps)
        gcc->why = lossy ? TIMELINE_WHY_LOSS : TIMELINE_WHY_DELAY;
    else if (target_bps > gcc->target_bps)
        gcc->why = why_up;
    gcc->target_bps = target_bps;
    gcc->settled_bps = settled_bps(gcc, now_us, loss);
}

static bool is_probing(const struct bwe_gcc *gcc, uint64_t now_us)
{
    return now_us - gcc->cluster.last_activity_us < PROBE_ECHO_US;
}

/* The trend tells early, and of things that pass: a probe, a key frame. It counts when there is a
 * queue. A queue that is full does not grow any more, and the trend is silent: as long as it is
 * long after an overuse it is one. Beside a rival it is the rival's, and loss decides. */
static enum bwe_usage judge(struct bwe_gcc *gcc, uint64_t now_us,
                            const struct bwe_measured *measured)
{
    const uint64_t least_us = is_probing(gcc, now_us) ? PROBE_ECHO_QUEUE_US : OVERUSE_QUEUE_US;
    const uint64_t queue_us = bwe_path_queue_us(measured->path);
    if (gcc->rival.there)
        return bwe_rival_answers_loss(&gcc->rival, now_us, bwe_loss_latest_permille(measured->loss))
                   ? BWE_OVERUSE
                   : BWE_NORMAL;
    if (gcc->trend.usage == BWE_OVERUSE)
        return queue_us > least_us ? BWE_OVERUSE : BWE_NORMAL;
    if (gcc->trend.usage == BWE_NORMAL && queue_us > LONG_QUEUE_US && gcc->overuse_us != 0)
        return BWE_OVERUSE;
    return gcc->trend.usage;
}

static void watch_rival(struct bwe_gcc *gcc, uint64_t now_us, const struct bwe_measured *measured)
{
    const struct bwe_rival_view view = {
        .now_us = now_us,
        .queue_us = bwe_path_queue_us(measured->path),
        .full_bps = bwe_full_bps(&gcc->full),
    };
    if (bwe_rival_watch(&gcc->rival, &view))
        bwe_aimd_resist(&gcc->aimd, now_us);
}

/* A probe is short: where others send, too, it finds room that is theirs a moment later. A raise
 * that is taken back soon makes the next one smaller, one that lasts makes it larger. */
static void judge_raise(struct bwe_gcc *gcc, uint64_t now_us, bool fell)
{
    if (gcc->trusted_us == 0)
        return;
    if (fell && gcc->aimd.drop_full_bps >= gcc->probe_measured_bps / 100u * TRUST_PERCENT) {
        gcc->trusted_us = 0; /* full, but as found */
    } else if (fell) {
        gcc->trust = gcc->trust / 2 > TRUST_LEAST ? gcc->trust / 2 : TRUST_LEAST;
        gcc->trusted_us = 0;
    } else if (now_us - gcc->trusted_us > TRUST_US) {
        gcc->trust = gcc->trust * 2 < 1 ? gcc->trust * 2 : 1;
        gcc->trusted_us = 0;
    }
}

/* What a probe found above the present rate, as far as it is believed. */
static uint64_t believed_bps(const struct bwe_gcc *gcc, uint64_t rate_bps)
{
    const uint64_t now_bps = gcc->aimd.rate_bps;
    return now_bps + (uint64_t)(gcc->trust * (double)(rate_bps - now_bps));
}

/* What the link takes: behind it some is lost whatever the rate. A little is lost by full queues,
 * too. */
static uint64_t taken_bps(const struct bwe_gcc *gcc, const struct bwe_loss *loss)
{
    const double inherent = loss->inherent > TAKEN_LOSS_LEAST ? loss->inherent : 0;
    return (uint64_t)((double)bwe_full_bps(&gcc->full) / (1 - inherent));
}

static void update_delay(struct bwe_gcc *gcc, uint64_t now_us, const struct bwe_measured *measured)
{
    const uint64_t rate_bps = gcc->aimd.rate_bps;
    if (bwe_alr_limited(&gcc->alr, now_us, gcc->target_bps))
        gcc->limited_us = now_us;
    watch_rival(gcc, now_us, measured);
    const struct bwe_aimd_input input = {
        .now_us = now_us,
        .usage = judge(gcc, now_us, measured),
        .acked_bps = bwe_acked_bps(&gcc->acked),
        .full_bps = taken_bps(gcc, measured->loss),
        .full_us = bwe_full_us(&gcc->full),
        .jumped = bwe_full_jumped(&gcc->full),
        .past_bps = bwe_full_take_past_bps(&gcc->full),
        .rtt_us = bwe_path_rtt_us(measured->path),
        .waited_us = measured->path->waited_us > 0 ? (uint64_t)measured->path->waited_us : 0,
        .queue_us = bwe_path_queue_us(measured->path),
        .inherent_loss = measured->loss->inherent,
        .limited = gcc->limited_us != 0 && now_us - gcc->limited_us < LIMITED_ECHO_US,
        .probing = is_probing(gcc, now_us),
        .rival = gcc->rival.there,
        .level_bps = gcc->level_bps,
    };
    if (input.usage == BWE_OVERUSE && gcc->trend.usage == BWE_OVERUSE)
        gcc->overuse_us = now_us;
    bwe_aimd_update(&gcc->aimd, &input);
    judge_raise(gcc, now_us, gcc->aimd.rate_bps < rate_bps);
    if (gcc->aimd.rate_bps < rate_bps)
        bwe_probe_plan_dropped(&gcc->plan, now_us, gcc->aimd.before_drop_bps, gcc->aimd.rate_bps);
}

static bool is_stale(const struct bwe_gcc *gcc, uint64_t now_us)
{
    return now_us - gcc->heard_us > STALE_US;
}

static struct bwe_probe_view look(const struct bwe_gcc *gcc, uint64_t now_us,
                                  const struct bwe_measured *measured)
{
    const bool after_overuse =
        gcc->overuse_us != 0 && now_us - gcc->overuse_us < PROBE_AFTER_OVERUSE_US;
    const bool full = gcc->trend.usage != BWE_NORMAL || measured->loss->decreasing ||
                      bwe_path_queue_us(measured->path) > PROBE_QUEUE_MAX_US;
    const bool stale = is_stale(gcc, now_us);
    const bool silence = gcc->cut_at_us != 0 && now_us - gcc->sent_us <= STALE_US;
    return (struct bwe_probe_view){
        .now_us = now_us,
        .target_bps = gcc->target_bps,
        .max_bps = gcc->aimd.max_bps,
        .blocked = (full && !stale) || after_overuse || silence,
        .lossy = measured->loss->limiting,
    };
}

/* The rate grew beyond what the link takes, unused. A full probe's figure is 5 % below the link,
 * and not exact: down to a tenth above it. And by a tenth at a time: others may have been in the
 * way. */
static void correct(struct bwe_gcc *gcc, uint64_t now_us, uint64_t rate_bps)
{
    const uint64_t least_bps = gcc->aimd.rate_bps / 100u * CORRECT_PERCENT;
    const uint64_t most_bps = rate_bps / 100u * CORRECT_ABOVE_PERCENT;
    if (most_bps < gcc->aimd.rate_bps)
        bwe_aimd_set(&gcc->aimd, now_us, most_bps > least_bps ? most_bps : least_bps);
}

/* What the link took of a probe, if this came of it: the path's own loss is behind the link. More
 * than usual may have been lost in front of it. */
static uint64_t probe_taken_bps(const struct bwe_gcc *gcc, const struct bwe_loss *loss,
                                uint64_t rate_bps)
{
    const struct bwe_cluster *cluster = &gcc->cluster;
    const double most = TAKEN_LOSS_USUAL * loss->inherent;
    if (rate_bps == 0 || loss->inherent < TAKEN_LOSS_LEAST || cluster->answered < TAKEN_PACKETS)
        return rate_bps;
    const double lost = 1 - (double)cluster->packets / (double)cluster->answered;
    return (uint64_t)((double)rate_bps / (1 - (lost < most ? lost : most)));
}

/* True: the target may go up because of it. */
static bool take_probe(struct bwe_gcc *gcc, uint64_t now_us, const struct bwe_measured *measured)
{
    uint64_t rate_bps = 0;
    const struct bwe_probe_view view = look(gcc, now_us, measured);
    switch (bwe_cluster_poll(&gcc->cluster, now_us, bwe_path_rtt_us(measured->path), &rate_bps)) {
    case BWE_CLUSTER_WAIT:
        return false;
    case BWE_CLUSTER_UNSENT:
        bwe_probe_plan_unsent(&gcc->plan, now_us);
        return false;
    case BWE_CLUSTER_FAILED:
        rate_bps = 0;
        break;
    case BWE_CLUSTER_MEASURED:
        break;
    }
    rate_bps = probe_taken_bps(gcc, measured->loss, rate_bps);
    gcc->probe_ended = true;
    gcc->probe_measured_bps = rate_bps;
    if (gcc->trend.usage == BWE_OVERUSE) {
        bwe_probe_plan_result(&gcc->plan, &view, 0);
        return false;
    }
    bwe_probe_plan_result(&gcc->plan, &view, rate_bps);
    const bool full = rate_bps < gcc->plan.rate_bps / 100u * FULL_PERCENT;
    bwe_loss_probed(measured->loss, now_us, rate_bps, full);
    /* Far less than what was known to pass is no end of the link: the receiver stood still. */
    if (rate_bps >= gcc->aimd.rate_bps / 100u * CORRECT_PERCENT)
        bwe_aimd_set_ceiling(&gcc->aimd, full ? now_us : 0, rate_bps / 100u * CEILING_PERCENT);
    share_room(gcc, rate_bps);
    if (rate_bps > gcc->aimd.rate_bps) {
        bwe_aimd_set(&gcc->aimd, now_us, believed_bps(gcc, rate_bps));
        if (gcc->trusted_us == 0)
            gcc->trusted_us = now_us;
        else
            gcc->trust = gcc->trust * TRUST_MORE < 1 ? gcc->trust * TRUST_MORE : 1;
    } else if (rate_bps != 0 && full && measured->loss->inherent < CORRECT_LOSS_MAX)
        correct(gcc, now_us, rate_bps);
    return rate_bps > gcc->target_bps;
}

void bwe_gcc_update(struct bwe_gcc *gcc, uint64_t now_us, const struct bwe_measured *measured)
{
    gcc->heard_us = now_us;
    if (gcc->cut_at_us != 0) {
        gcc->cut_at_us = 0;
        bwe_probe_plan_resume(&gcc->plan, now_us, gcc->target_bps);
    }
    update_delay(gcc, now_us, measured);
    const bool probed = take_probe(gcc, now_us, measured);
    keep_near_level(gcc, now_us);
    const struct bwe_loss_input input = {
        .now_us = now_us, .delay_bps = gcc->aimd.rate_bps, .min_bps = gcc->aimd.min_bps};
    bwe_loss_update(measured->loss, &input);
    join(gcc, now_us, measured->loss, probed ? TIMELINE_WHY_PROBED : TIMELINE_WHY_GROWTH);
}

/* ---- time ----------------------------------------------------------------------------------- */

static uint64_t silence_limit_us(const struct bwe_path *path)
{
    return SILENCE_US + 2 * bwe_path_rtt_us(path);
}

static void cut_for_silence(struct bwe_gcc *gcc, uint64_t now_us)
{
    if (gcc->cut_at_us == 0)
        gcc->cut_floor_bps = gcc->target_bps / SILENCE_LEAST_PART;
    gcc->cut_at_us = now_us + SILENCE_STEP_US;
    uint64_t rate_bps = gcc->target_bps / 100u * SILENCE_PERCENT;
    if (rate_bps < gcc->cut_floor_bps)
        rate_bps = gcc->cut_floor_bps;
    bwe_aimd_set(&gcc->aimd, now_us, rate_bps);
    if (gcc->aimd.rate_bps < gcc->target_bps) {
        gcc->target_bps = gcc->aimd.rate_bps;
        gcc->settled_bps = gcc->target_bps;
        gcc->why = TIMELINE_WHY_NO_FEEDBACK;
    }
}

void bwe_gcc_tick(struct bwe_gcc *gcc, uint64_t now_us, const struct bwe_measured *measured,
                  uint64_t silent_us)
{
    take_probe(gcc, now_us, measured);
    if (silent_us == UINT64_MAX || now_us < silent_us + silence_limit_us(measured->path))
        return;
    if (gcc->cut_at_us == 0 || now_us >= gcc->cut_at_us)
        cut_for_silence(gcc, now_us);
}

uint64_t bwe_gcc_wake_at(const struct bwe_gcc *gcc, const struct bwe_path *path, uint64_t silent_us)
{
    const uint64_t wake_us = bwe_cluster_wake_at(&gcc->cluster, bwe_path_rtt_us(path));
    if (silent_us == UINT64_MAX)
        return wake_us;
    const uint64_t cut_us =
        gcc->cut_at_us != 0 ? gcc->cut_at_us : silent_us + silence_limit_us(path);
    return cut_us < wake_us ? cut_us : wake_us;
}

static uint32_t probe_us(const struct bwe_gcc *gcc, uint64_t rate_bps)
{
    if (gcc->plan.starting || gcc->plan.reason == BWE_PROBE_START)
        return PROBE_LEAST_US;
    const uint64_t us = gcc->target_bps * PROBE_LEAVES_US / (rate_bps - gcc->target_bps);
    if (us < PROBE_LEAST_US)
        return PROBE_LEAST_US;
    return us < PROBE_MOST_US ? (uint32_t)us : PROBE_MOST_US;
}

bool bwe_gcc_probe_wanted(struct bwe_gcc *gcc, uint64_t now_us, const struct bwe_measured *measured,
                          struct bwe_probe *out)
{
    if (gcc->cluster.running)
        return false;
    const struct bwe_probe_view view = look(gcc, now_us, measured);
    const uint64_t rate_bps = bwe_probe_plan_rate(&gcc->plan, &view);
    if (rate_bps == 0)
        return false;
    /* Or the overuse that was seen last would end the probe before it began. */
    if (is_stale(gcc, now_us))
        forget_trend(gcc);
    bwe_cluster_begin(&gcc->cluster, now_us, rate_bps, probe_us(gcc, rate_bps), out);
    return true;
}

bool bwe_gcc_probe_goes_on(const struct bwe_gcc *gcc, uint64_t now_us)
{
    return gcc->cluster.running && gcc->trend.usage != BWE_OVERUSE &&
           now_us - gcc->cluster.asked_us <= 2u * gcc->cluster.asked.duration_us + PROBE_LEAST_US;
}
