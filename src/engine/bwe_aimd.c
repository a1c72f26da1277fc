/* AIMD on the delay signal. Numbers are libwebrtc's unless said otherwise. */
#include "engine/bwe_aimd.h"

#include <string.h>

/* gcc-02 5.5 says 0.85 whatever happened. A queue that was seen early needs less, and one that
 * holds up sound more, so that each is empty within a second. */
#define BETA_EARLY 0.92
#define BETA       0.85
#define BETA_LATE  0.7
/* Nothing arrived yet. */
#define BETA_UNKNOWN   0.5
#define QUEUE_SHORT_US 60000u
#define QUEUE_LONG_US  120000u
#define QUEUE_EMPTY_US 15000u

#define GROWTH_PER_S     0.08
#define ADDITIVE_MIN_BPS 4000.0
#define PACKET_BITS      9600.0 /* 1200 bytes */
#define FRAMES_PER_S     30.0
#define FEEDBACK_WAIT_US 100000u
/* Nothing above this multiple of what arrives is proven. libwebrtc says 1.5: a target far above the
 * link then, when the application sends a layer that just fits. Probes are for that here. */
#define PROVEN_FACTOR       1.05
#define PROVEN_EXTRA_BPS    10000u
#define CAPACITY_WEIGHT     0.05
#define DEVIATION_MIN       0.4
#define DEVIATION_MAX       2.5
#define DEVIATIONS          3.0
#define REDUCE_AGAIN_MIN_US 10000u
#define REDUCE_AGAIN_MAX_US 200000u
#define REDUCE_BLIND_US     150000u
#define SET_RECENTLY_US     1000000u
#define NEW_DROP_US         2000000u

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

static void increase(struct bwe_aimd *aimd, const struct bwe_aimd_input *input)
{
    const double rate = (double)aimd->rate_bps;
    const double acked = input->acked_bps != 0 ? (double)input->acked_bps : rate;
    const double proven = PROVEN_FACTOR * acked / (1 - input->inherent_loss) + PROVEN_EXTRA_BPS;
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
                                           : rate * GROWTH_PER_S * elapsed_s;
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
           (measure && input->acked_bps < aimd->rate_bps / 2);
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

static double beta_for(uint64_t queue_us)
{
    if (queue_us > QUEUE_LONG_US)
        return BETA_LATE;
    return queue_us > QUEUE_SHORT_US ? BETA : BETA_EARLY;
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

/* What arrives lags behind a rate that was only just set, and is little when little is said: then
 * it is no measure of the link, and the rate goes down in steps. */
static bool is_measure(const struct bwe_aimd *aimd, const struct bwe_aimd_input *input)
{
    const bool set_recently = aimd->set_us != 0 && input->now_us - aimd->set_us < SET_RECENTLY_US;
    return input->acked_bps != 0 && !set_recently && !input->limited;
}

static void decrease(struct bwe_aimd *aimd, const struct bwe_aimd_input *input)
{
    const double old_bps = (double)aimd->rate_bps;
    const bool measure = is_measure(aimd, input);
    if (!may_reduce(aimd, input, measure))
        return;
    double rate_bps = (input->acked_bps != 0 ? BETA : BETA_UNKNOWN) * old_bps;
    if (measure || (double)input->acked_bps > old_bps) {
        const double acked_bps = (double)input->acked_bps;
        rate_bps = beta_for(input->queue_us) * full_kbps(aimd, acked_bps / 1000.0) * 1000.0;
        aimd->drained_bps = clamp_rate(aimd, BETA * acked_bps);
    }
    if (input->now_us - aimd->decreased_us > NEW_DROP_US)
        aimd->before_drop_bps = aimd->rate_bps;
    if (rate_bps < old_bps)
        aimd->rate_bps = clamp_rate(aimd, rate_bps);
    aimd->decreased_us = input->now_us;
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
    if (input->usage == BWE_OVERUSE) {
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

void bwe_aimd_set(struct bwe_aimd *aimd, uint64_t now_us, uint64_t rate_bps)
{
    if (aimd->capacity.known && capacity_far(&aimd->capacity, (double)rate_bps / 1000.0))
        aimd->capacity.known = false;
    aimd->rate_bps = clamp_rate(aimd, (double)rate_bps);
    aimd->changed_us = now_us;
    aimd->set_us = now_us;
}

bool bwe_aimd_converged(const struct bwe_aimd *aimd)
{
    return aimd->capacity.known;
}
