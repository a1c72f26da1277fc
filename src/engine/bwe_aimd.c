/* AIMD on the delay signal. Numbers are libwebrtc's unless said otherwise. */
#include "engine/bwe_aimd.h"

#include <string.h>

/* gcc-02 5.5 says 0.85 whatever happened. A queue that was seen early needs less, and one that
 * holds up sound more, so that each is empty within a second. */
#define BETA_EARLY 0.92
#define BETA       0.85
#define BETA_LATE  0.7
/* Nothing arrived yet. */
#define BETA_UNKNOWN      0.5
#define QUEUE_SHORT_US    60000u
#define QUEUE_LONG_US     120000u
#define QUEUE_EMPTY_US    15000u
#define QUEUE_NARROWED_US 40000u

/* Towards the level by this part of the way, each time the link is full. */
#define LEVEL_PART 0.5

#define GROWTH_PER_S     0.08
#define ADDITIVE_MIN_BPS 4000.0
#define PACKET_BITS      9600.0 /* 1200 bytes */
#define FRAMES_PER_S     30.0
#define FEEDBACK_WAIT_US 100000u
/* Nothing above this multiple of what arrives is proven. libwebrtc says 1.5: a target far above the
 * link then, when the application sends a layer that just fits. Probes are for that here. */
#define PROVEN_FACTOR         1.05
#define PROVEN_EXTRA_BPS      10000u
#define CEILING_US            10000000u
#define CAPACITY_WEIGHT       0.05
#define DEVIATION_MIN         0.4
#define DEVIATION_MAX         2.5
#define DEVIATIONS            3.0
#define REDUCE_AGAIN_MIN_US   10000u
#define REDUCE_AGAIN_MAX_US   200000u
#define REDUCE_BLIND_US       150000u
#define NARROWED_PERCENT      80u
#define LIMITED_LEAST_US      400000u
#define MISTAKEN_PERCENT      75u
#define SEEMED_NARROW_PERCENT 60u
#define MISTAKEN_US           3000000u
#define NEW_DROP_US           2000000u
#define DRAIN_US              3000000u
#define RESIST_US             8000000u
/* Beside a rival. */
#define RIVAL_BETA          0.8
#define RIVAL_GROWTH_PER_S  0.2
#define RIVAL_PROVEN_FACTOR 1.5

/* ---- where the link is full ----------------------------------------------------------------- */

static void capacity_learn(struct bwe_capacity *capacity, double kbps)
{
    if (!capacity->known) {
        capacity->known = true;
        capacity->kbps = kbps;
        capacity->deviation = DEVIATION_MIN;
        return;
    }
    capacity->kbps += CAPACITY_WEIGHT * (kbps - capacity->kbps);
    const double error = capacity->kbps - kbps;
    const double norm = capacity->kbps > 1 ? capacity->kbps : 1;
    capacity->deviation += CAPACITY_WEIGHT * (error * error / norm - capacity->deviation);
    if (capacity->deviation < DEVIATION_MIN)
        capacity->deviation = DEVIATION_MIN;
    if (capacity->deviation > DEVIATION_MAX)
        capacity->deviation = DEVIATION_MAX;
}

/* Further from it than three deviations (compared as squares). */
static bool capacity_far(const struct bwe_capacity *capacity, double kbps)
{
    const double error = kbps - capacity->kbps;
    return error * error > DEVIATIONS * DEVIATIONS * capacity->deviation * capacity->kbps;
}

/* ---- the rate ------------------------------------------------------------------------------- */

static uint64_t clamp_rate(const struct bwe_aimd *aimd, double rate_bps)
{
    if (rate_bps < (double)aimd->min_bps)
        return aimd->min_bps;
    return rate_bps > (double)aimd->max_bps ? aimd->max_bps : (uint64_t)rate_bps;
}

/* About half a packet per response time. */
static double additive_bps_per_s(const struct bwe_aimd *aimd, uint64_t rtt_us)
{
    const double frame_bits = (double)aimd->rate_bps / FRAMES_PER_S;
    const double packets = (double)(uint64_t)(frame_bits / PACKET_BITS) + 1.0;
    const double response_s = 2.0 * (double)(rtt_us + FEEDBACK_WAIT_US) / 1e6;
    const double step = frame_bits / packets / response_s;
    return step > ADDITIVE_MIN_BPS ? step : ADDITIVE_MIN_BPS;
}

/* How far the rate may grow. */
static double proven_bps(const struct bwe_aimd *aimd, const struct bwe_aimd_input *input,
                         double acked_bps)
{
    const double factor = input->rival ? RIVAL_PROVEN_FACTOR : PROVEN_FACTOR;
    const double proven = factor * acked_bps / (1 - input->inherent_loss) + PROVEN_EXTRA_BPS;
    const bool ends =
        !input->rival && aimd->ceiling_us != 0 && input->now_us - aimd->ceiling_us < CEILING_US;
    return ends && (double)aimd->ceiling_bps < proven ? (double)aimd->ceiling_bps : proven;
}

static void increase(struct bwe_aimd *aimd, const struct bwe_aimd_input *input)
{
    const double rate = (double)aimd->rate_bps;
    const double acked = input->acked_bps != 0 ? (double)input->acked_bps : rate;
    const double proven = proven_bps(aimd, input, acked);
    const double growth = input->rival ? RIVAL_GROWTH_PER_S : GROWTH_PER_S;
    double elapsed_s = (double)(input->now_us - aimd->changed_us) / 1e6;

    aimd->changed_us = input->now_us;
    if (aimd->capacity.known && acked / 1000.0 > aimd->capacity.kbps &&
        capacity_far(&aimd->capacity, acked / 1000.0))
        aimd->capacity.known = false;
    if (rate >= proven)
        return;
    if (elapsed_s > 1)
        elapsed_s = 1;
    double step = bwe_aimd_converged(aimd) ? additive_bps_per_s(aimd, input->rtt_us) * elapsed_s
                                           : rate * growth * elapsed_s;
    if (rate + step > proven)
        step = proven - rate;
    aimd->rate_bps = clamp_rate(aimd, rate + step);
}

/* Again only when the last one had time to show, or is far from enough. */
static bool may_reduce(const struct bwe_aimd *aimd, const struct bwe_aimd_input *input,
                       bool measure)
{
    uint64_t wait_us = input->rtt_us;
    if (wait_us < REDUCE_AGAIN_MIN_US)
        wait_us = REDUCE_AGAIN_MIN_US;
    if (wait_us > REDUCE_AGAIN_MAX_US)
        wait_us = REDUCE_AGAIN_MAX_US;
    if (!measure)
        wait_us = REDUCE_BLIND_US + input->rtt_us;
    return input->now_us - aimd->decreased_us >= wait_us ||
           (measure && input->full_bps < aimd->rate_bps / 2);
}

/* What was cut off only to empty a long queue, when it is empty. */
static void take_back(struct bwe_aimd *aimd, const struct bwe_aimd_input *input)
{
    if (input->queue_us > QUEUE_EMPTY_US)
        return;
    if (aimd->rate_bps < aimd->drained_bps)
        aimd->rate_bps = aimd->drained_bps;
    aimd->drained_bps = 0;
}

/* What a probe left behind goes by itself, and so does what waited for a receiver that stood still.
 */
static double beta_for(const struct bwe_aimd_input *input)
{
    if (input->probing || input->jumped)
        return BETA_EARLY;
    if (input->queue_us > QUEUE_LONG_US)
        return BETA_LATE;
    return input->queue_us > QUEUE_SHORT_US ? BETA : BETA_EARLY;
}

/* What the link takes, in kbit/s: what arrives now, when it is full. Where it was full before is
 * the steadier figure as long as the two agree. */
static double full_kbps(struct bwe_aimd *aimd, double acked_kbps)
{
    if (aimd->capacity.known && capacity_far(&aimd->capacity, acked_kbps))
        aimd->capacity.known = false;
    capacity_learn(&aimd->capacity, acked_kbps);
    return acked_kbps > aimd->capacity.kbps ? acked_kbps : aimd->capacity.kbps;
}

/* Of an application that sends little the link delivers little, in another's queue: no measure of
 * it. Unless it is less than what the application sent until now. */
static bool is_measure(const struct bwe_aimd_input *input)
{
    return input->full_bps != 0 &&
           (!input->limited || (input->full_us > LIMITED_LEAST_US &&
                                input->full_bps < input->acked_bps / 100u * NARROWED_PERCENT));
}

/* What is measured may be less than the link takes; what was acknowledged lately, it did take. */
static bool doubtful(const struct bwe_aimd_input *input)
{
    return input->limited || input->jumped;
}

/* Of what a full link gives it, so much is kept: who has more than the level goes towards it, who
 * has less gives up less, by as much in sum. */
static double kept_bps(const struct bwe_aimd_input *input, double beta, double full_bps)
{
    if (input->level_bps == 0)
        return beta * full_bps;
    const double kept = beta * (full_bps + LEVEL_PART * ((double)input->level_bps - full_bps));
    return kept < full_bps ? kept : full_bps;
}

/* Where the rate has to be for the queue to go. */
static double reduced_bps(struct bwe_aimd *aimd, const struct bwe_aimd_input *input, bool measure)
{
    if (measure) {
        const double rate_bps = kept_bps(
            input, beta_for(input), full_kbps(aimd, (double)input->full_bps / 1000.0) * 1000.0);
        const double least_bps =
            doubtful(input) ? kept_bps(input, BETA, (double)input->acked_bps) : 0;
        aimd->drained_bps = clamp_rate(aimd, kept_bps(input, BETA, (double)input->full_bps));
        return rate_bps > least_bps ? rate_bps : least_bps;
    }
    return kept_bps(input, input->acked_bps != 0 ? BETA : BETA_UNKNOWN, (double)aimd->rate_bps);
}

static void decrease(struct bwe_aimd *aimd, const struct bwe_aimd_input *input)
{
    const double old_bps = (double)aimd->rate_bps;
    const bool measure = is_measure(input);
    /* Too early to tell, or a receiver that stood still and now catches up. */
    if (input->full_bps == 0 && input->acked_bps != 0 && input->queue_us < QUEUE_LONG_US)
        return;
    if (!measure && input->jumped)
        return;
    if (!may_reduce(aimd, input, measure))
        return;
    const double rate_bps = reduced_bps(aimd, input, measure);
    if (rate_bps >= old_bps)
        return;
    if (input->now_us - aimd->decreased_us > NEW_DROP_US) {
        aimd->before_drop_bps = aimd->rate_bps;
        aimd->dropped_us = input->now_us;
        aimd->drop_acked_bps = input->acked_bps;
    }
    aimd->rate_bps = clamp_rate(aimd, rate_bps);
    aimd->drop_full_bps = measure ? input->full_bps : 0;
    aimd->decreased_us = input->now_us;
    aimd->changed_us = input->now_us;
}

/* Packets wait, and the link delivers far less than it is given: no need to wait for a trend. */
static bool is_narrowed(const struct bwe_aimd *aimd, const struct bwe_aimd_input *input)
{
    return input->waited_us > QUEUE_NARROWED_US && is_measure(input) &&
           input->full_bps < aimd->rate_bps / 100u * NARROWED_PERCENT;
}

/* The queue is gone, and in the end nearly all came through that used to: it was the receiver that
 * did not read for a while. Of a narrow link comes what it takes, whatever was sent. */
static bool was_mistaken(const struct bwe_aimd *aimd, const struct bwe_aimd_input *input)
{
    return input->past_bps != 0 && aimd->dropped_us != 0 &&
           input->now_us - aimd->dropped_us < MISTAKEN_US &&
           aimd->drop_full_bps < aimd->drop_acked_bps / 100u * SEEMED_NARROW_PERCENT &&
           input->past_bps > aimd->drop_acked_bps / 100u * MISTAKEN_PERCENT;
}

static void take_all_back(struct bwe_aimd *aimd, const struct bwe_aimd_input *input)
{
    if (aimd->rate_bps < aimd->before_drop_bps)
        aimd->rate_bps = aimd->before_drop_bps;
    aimd->capacity.known = false;
    aimd->dropped_us = 0;
    aimd->drained_bps = 0;
    aimd->changed_us = input->now_us;
}

/* One loss beside a rival. */
static void give_way(struct bwe_aimd *aimd, const struct bwe_aimd_input *input)
{
    aimd->rate_bps = clamp_rate(aimd, RIVAL_BETA * (double)aimd->rate_bps);
    aimd->changed_us = input->now_us;
}

void bwe_aimd_init(struct bwe_aimd *aimd, uint64_t now_us, uint64_t start_bps, uint64_t min_bps,
                   uint64_t max_bps)
{
    memset(aimd, 0, sizeof *aimd);
    aimd->rate_bps = start_bps;
    aimd->min_bps = min_bps;
    aimd->max_bps = max_bps;
    aimd->changed_us = now_us;
}

void bwe_aimd_update(struct bwe_aimd *aimd, const struct bwe_aimd_input *input)
{
    if (was_mistaken(aimd, input)) {
        take_all_back(aimd, input);
    } else if (input->rival && input->usage == BWE_OVERUSE) {
        give_way(aimd, input);
    } else if (input->usage == BWE_OVERUSE || (!input->rival && is_narrowed(aimd, input))) {
        aimd->state = BWE_HOLD;
        decrease(aimd, input);
    } else if (input->usage == BWE_UNDERUSE) {
        /* The queue empties: let it. */
        aimd->state = BWE_HOLD;
    } else if (aimd->state == BWE_HOLD) {
        aimd->state = BWE_INCREASE;
        aimd->changed_us = input->now_us;
    } else {
        take_back(aimd, input);
        increase(aimd, input);
    }
}

void bwe_aimd_resist(struct bwe_aimd *aimd, uint64_t now_us)
{
    if (aimd->decreased_us == 0 || now_us - aimd->decreased_us > RESIST_US)
        return;
    if (aimd->rate_bps < aimd->before_drop_bps / 2)
        aimd->rate_bps = clamp_rate(aimd, (double)aimd->before_drop_bps / 2);
    aimd->capacity.known = false;
    aimd->drained_bps = 0;
    aimd->changed_us = now_us;
}

void bwe_aimd_set(struct bwe_aimd *aimd, uint64_t now_us, uint64_t rate_bps)
{
    if (aimd->capacity.known && capacity_far(&aimd->capacity, (double)rate_bps / 1000.0))
        aimd->capacity.known = false;
    aimd->rate_bps = clamp_rate(aimd, (double)rate_bps);
    aimd->changed_us = now_us;
    aimd->set_us = now_us;
}

void bwe_aimd_set_ceiling(struct bwe_aimd *aimd, uint64_t now_us, uint64_t rate_bps)
{
    aimd->ceiling_bps = rate_bps;
    aimd->ceiling_us = now_us;
}

uint64_t bwe_aimd_settled_bps(const struct bwe_aimd *aimd, uint64_t now_us)
{
    const bool drains = aimd->dropped_us != 0 && now_us - aimd->dropped_us < DRAIN_US &&
                        aimd->drained_bps < aimd->before_drop_bps / 2;
    return drains && aimd->rate_bps < aimd->drained_bps ? aimd->drained_bps : aimd->rate_bps;
}

bool bwe_aimd_converged(const struct bwe_aimd *aimd)
{
    return aimd->capacity.known;
}
