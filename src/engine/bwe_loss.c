/* Loss of the path against loss of a full queue.
 *
 * For a link of rate L and inherent loss i, a packet sent at rate s is lost with
 *
 *     p(s) = i + (1 - i) * max(0, (s - L) / s)
 *
 * Each update fits i to the window for a few values of L near the present limit and takes the L
 * that makes what was seen likeliest; where the window cannot tell two apart, the higher. */
#include "engine/bwe_loss.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define OBSERVATION_US   250000u
#define OBSERVATION_MIN  10u      /* packets, or … */
#define OBSERVATION_MAX  1000000u /* … it lasts so long */
#define MIN_OBSERVATIONS 3u
#define AGEING           0.9

#define INHERENT_START 0.01
#define INHERENT_MIN   0.001
#define INHERENT_MAX   0.3
#define FIT_ROUNDS     8
#define P_MIN          1e-4

#define CANDIDATE_UP   1.02
#define CANDIDATE_DOWN 0.95
#define INCREASE_MAX   1.3
/* What a higher limit is worth, per packet and per unit of ln(limit): breaks ties only. */
#define HIGHER_BIAS 0.05

/* Less than this is never a reason to send less: it costs nothing to repair. */
#define HARMLESS_LOSS 0.02
/* So much above what the path's own loss explains needs no statistics. */
#define EXCESS_LOSS 0.1
/* After the rate went down by so much, the loss should have gone down by … if the rate was why. */
#define CHECK_RATE  0.92
#define CHECK_LOSS  0.75
#define HOLD_US     300000u
#define HOLD_MAX_US 4800000u
#define CALM_US     10000000u

#define RECENT_OBSERVATIONS 8u

static const struct bwe_loss_observation *at_age(const struct bwe_loss *loss, size_t age)
{
    return &loss->window[(loss->count - 1u - age) % BWE_LOSS_WINDOW];
}

static size_t window_length(const struct bwe_loss *loss)
{
    return loss->count < BWE_LOSS_WINDOW ? loss->count : BWE_LOSS_WINDOW;
}

/* ---- the model ------------------------------------------------------------------------------ */

static double excess(double sent_kbps, double limit_kbps)
{
    return sent_kbps > limit_kbps ? (sent_kbps - limit_kbps) / sent_kbps : 0;
}

static double clamp(double value, double low, double high)
{
    if (value < low)
        return low;
    return value > high ? high : value;
}

/* The likeliest inherent loss for a limit (expectation-maximisation: of the lost packets, i / p(s)
 * were the path's). */
static double fit_inherent(const struct bwe_loss *loss, double limit_kbps)
{
    double inherent = clamp(loss->inherent, INHERENT_START, INHERENT_MAX);
    for (int round = 0; round < FIT_ROUNDS; round++) {
        double weight = 1;
        double lost = 0;
        double packets = 0;
        for (size_t age = 0; age < window_length(loss); age++, weight *= AGEING) {
            const struct bwe_loss_observation *seen = at_age(loss, age);
            const double p = inherent + (1 - inherent) * excess(seen->sent_kbps, limit_kbps);
            lost += weight * (double)seen->lost * inherent / p;
            packets += weight * (double)seen->packets;
        }
        inherent = clamp(packets > 0 ? lost / packets : 0, INHERENT_MIN, INHERENT_MAX);
    }
    return inherent;
}

/* ln of the likelihood, and the bias. */
static double score(const struct bwe_loss *loss, double limit_kbps, double inherent)
{
    double weight = 1;
    double sum = 0;
    for (size_t age = 0; age < window_length(loss); age++, weight *= AGEING) {
        const struct bwe_loss_observation *seen = at_age(loss, age);
        const double kept = seen->packets - seen->lost;
        const double p = clamp(inherent + (1 - inherent) * excess(seen->sent_kbps, limit_kbps),
                               P_MIN, 1 - P_MIN);
        sum += weight * (seen->lost * log(p) + kept * log(1 - p));
        sum += weight * seen->packets * HIGHER_BIAS * log(limit_kbps);
    }
    return sum;
}

/* The best limit near the present one, and its inherent loss. */
static double best_limit(struct bwe_loss *loss, double delay_kbps)
{
    const double candidates[] = {
        loss->limit_kbps,
        loss->limit_kbps * CANDIDATE_UP,
        loss->limit_kbps * CANDIDATE_DOWN,
        clamp(delay_kbps, loss->limit_kbps, loss->limit_kbps * INCREASE_MAX),
    };
    double best = loss->limit_kbps;
    double best_score = -INFINITY;
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++) {
        const double inherent = fit_inherent(loss, candidates[i]);
        const double its_score = score(loss, candidates[i], inherent);
        if (its_score > best_score) {
            best_score = its_score;
            best = candidates[i];
            loss->fitted = inherent;
        }
    }
    return best;
}

/* ---- observations --------------------------------------------------------------------------- */

void bwe_loss_init(struct bwe_loss *loss, uint64_t start_bps)
{
    memset(loss, 0, sizeof *loss);
    loss->limit_kbps = (double)start_bps / 1000.0;
    loss->inherent = INHERENT_START;
    loss->hold_us = HOLD_US;
}

void bwe_loss_add(struct bwe_loss *loss, uint64_t sent_us, uint32_t bytes, bool lost)
{
    if (loss->packets == 0 || sent_us < loss->first_sent_us)
        loss->first_sent_us = sent_us;
    if (loss->packets == 0 || sent_us > loss->last_sent_us)
        loss->last_sent_us = sent_us;
    loss->packets++;
    loss->bytes += bytes;
    if (lost)
        loss->lost++;
}

void bwe_loss_take_back(struct bwe_loss *loss)
{
    if (loss->lost > 0)
        loss->lost--;
    else if (loss->count > 0 && loss->window[(loss->count - 1u) % BWE_LOSS_WINDOW].lost > 0)
        loss->window[(loss->count - 1u) % BWE_LOSS_WINDOW].lost--;
}

static double loss_over(const struct bwe_loss *loss, size_t observations)
{
    uint64_t packets = 0;
    uint64_t lost = 0;
    for (size_t age = 0; age < observations && age < window_length(loss); age++) {
        packets += at_age(loss, age)->packets;
        lost += at_age(loss, age)->lost;
    }
    return packets > 0 ? (double)lost / (double)packets : 0;
}

/* False: it is not long enough yet. */
static bool close_observation(struct bwe_loss *loss)
{
    const uint64_t length_us = loss->packets > 0 ? loss->last_sent_us - loss->first_sent_us : 0;
    if (length_us < OBSERVATION_US ||
        (loss->packets < OBSERVATION_MIN && length_us < OBSERVATION_MAX))
        return false;
    loss->window[loss->count % BWE_LOSS_WINDOW] = (struct bwe_loss_observation){
        .packets = loss->packets,
        .lost = loss->lost,
        .sent_kbps = (double)loss->bytes * 8000.0 / (double)length_us,
    };
    loss->count++;
    loss->packets = 0;
    loss->lost = 0;
    loss->bytes = 0;
    loss->recent = loss_over(loss, RECENT_OBSERVATIONS);
    return true;
}

/* ---- the limit ------------------------------------------------------------------------------ */

/* The last cut did not help: the loss is the path's own. What was seen before says nothing then. */
static void check_last_cut(struct bwe_loss *loss)
{
    const struct bwe_loss_observation *seen = at_age(loss, 0);
    if (loss->cut_kbps <= 0 || seen->sent_kbps > CHECK_RATE * loss->cut_kbps)
        return;
    const double now = loss_over(loss, 1);
    if (now >= CHECK_LOSS * loss->cut_loss) {
        const struct bwe_loss_observation newest = *seen;
        loss->window[0] = newest;
        loss->count = 1;
        loss->inherent = clamp(now, INHERENT_MIN, INHERENT_MAX);
    }
    loss->cut_kbps = 0;
}

/* Far more loss than the path's own: what came through is what the link takes. */
static bool cut_to_delivered(struct bwe_loss *loss)
{
    const struct bwe_loss_observation *seen = at_age(loss, 0);
    const double now = loss_over(loss, 1);
    if (now < loss->inherent + EXCESS_LOSS || loss_over(loss, 2) < loss->inherent + EXCESS_LOSS / 2)
        return false;
    const double delivered = seen->sent_kbps * (1 - now) / (1 - loss->inherent);
    if (delivered >= loss->limit_kbps)
        return false;
    loss->cut_kbps = seen->sent_kbps;
    loss->cut_loss = now;
    loss->limit_kbps = delivered;
    return true;
}

static void hold_after_decrease(struct bwe_loss *loss, uint64_t now_us)
{
    if (now_us - loss->decreased_us > CALM_US)
        loss->hold_us = HOLD_US;
    loss->decreased_us = now_us;
    loss->hold_until_us = now_us + loss->hold_us;
    loss->hold_us = loss->hold_us * 2 > HOLD_MAX_US ? HOLD_MAX_US : loss->hold_us * 2;
    loss->decreasing = true;
}

static void follow_likelihood(struct bwe_loss *loss, const struct bwe_loss_input *input)
{
    const double best = best_limit(loss, (double)input->delay_bps / 1000.0);
    /* Towards what explains the window, but not by one observation's chance. */
    loss->inherent += (loss->fitted - loss->inherent) / 2;
    if (best < loss->limit_kbps && loss_over(loss, 4) > HARMLESS_LOSS) {
        loss->limit_kbps = best;
        hold_after_decrease(loss, input->now_us);
    } else if (best > loss->limit_kbps && input->now_us >= loss->hold_until_us) {
        loss->limit_kbps = best;
    }
}

void bwe_loss_update(struct bwe_loss *loss, const struct bwe_loss_input *input)
{
    const double delay_kbps = (double)input->delay_bps / 1000.0;
    if (!loss->limiting)
        loss->limit_kbps = delay_kbps;
    if (!close_observation(loss))
        return;
    loss->decreasing = false;
    check_last_cut(loss);
    if (cut_to_delivered(loss))
        hold_after_decrease(loss, input->now_us);
    else if (loss->count >= MIN_OBSERVATIONS)
        follow_likelihood(loss, input);
    const double min_kbps = (double)input->min_bps / 1000.0;
    if (loss->limit_kbps < min_kbps)
        loss->limit_kbps = min_kbps;
    loss->limiting = loss->limit_kbps < delay_kbps;
}

void bwe_loss_probed(struct bwe_loss *loss, uint64_t rate_bps)
{
    if (loss->limiting && (double)rate_bps / 1000.0 > loss->limit_kbps)
        loss->limit_kbps = (double)rate_bps / 1000.0;
}

uint64_t bwe_loss_limit_bps(const struct bwe_loss *loss)
{
    return (uint64_t)(loss->limit_kbps * 1000.0);
}

unsigned bwe_loss_recent_permille(const struct bwe_loss *loss)
{
    return (unsigned)(loss->recent * 1000.0 + 0.5);
}
