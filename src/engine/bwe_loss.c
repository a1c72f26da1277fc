/* Observations of loss, and the experiment. */
#include "engine/bwe_loss.h"

#include <stddef.h>
#include <string.h>

#define OBSERVATION_US  250000u
#define OBSERVATION_MIN 10u      /* packets, or … */
#define OBSERVATION_MAX 1000000u /* … it lasts so long */

#define INHERENT_START 0.01
#define INHERENT_MIN   0.005
/* More is not believed to be harmless, whatever the rate: nobody sees or hears anything then. */
#define INHERENT_MAX      0.35
#define INHERENT_LEARNING 16.0

/* New loss: so far above the inherent one, and further than chance goes (squared deviations). */
#define EXCESS            0.03
#define EXCESS_DEVIATIONS 6.25
#define EXCESS_RUN        3u
/* The cut has to be large enough to be seen in the loss. */
#define CUT_MIN 0.92
/* The sender follows a new target with its next frame. */
#define FOLLOW_US 50000u
/* Sent so much less than before the cut: time to compare. */
#define CHECK_RATE 0.96
/* Beyond what was proven the inherent loss is not believed to grow. */
#define UNPROVEN      0.02
#define FORGET_PROVEN 64.0

/* With less loss a full link is the delay's matter. */
#define FULL_PERMILLE 30u
/* The limit was so far above what the link takes that the experiment must have been wrong. */
#define CONTRADICTION 1.15

#define BURST_PACKETS 3u

#define INCREASE_FACTOR 1.02
#define HOLD_US         300000u
#define HOLD_MAX_US     4800000u
#define CALM_US         10000000u

static double clamp(double value, double low, double high)
{
    if (value < low)
        return low;
    return value > high ? high : value;
}

/* ---- observations --------------------------------------------------------------------------- */

static struct bwe_loss_observation *at_age(struct bwe_loss *loss, size_t age)
{
    return &loss->window[(loss->count - 1u - age) % BWE_LOSS_WINDOW];
}

static double loss_of(const struct bwe_loss_observation *seen)
{
    return (double)seen->lost / (double)seen->packets;
}

void bwe_loss_init(struct bwe_loss *loss, uint64_t start_bps)
{
    memset(loss, 0, sizeof *loss);
    loss->limit_kbps = (double)start_bps / 1000.0;
    loss->inherent = INHERENT_START;
    loss->proven = INHERENT_START;
    loss->hold_us = HOLD_US;
}

static void follow_run(struct bwe_loss *loss, uint64_t sent_us, bool lost)
{
    if (!lost) {
        loss->run = 0;
        return;
    }
    if (loss->run++ == 0)
        loss->run_from_us = sent_us;
    if (loss->run >= BURST_PACKETS && sent_us >= loss->run_from_us + BWE_LOSS_BURST_US)
        loss->burst_us = sent_us;
}

void bwe_loss_add(struct bwe_loss *loss, uint64_t sent_us, uint32_t bytes, bool lost)
{
    follow_run(loss, sent_us, lost);
    if (sent_us < loss->from_us)
        return;
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
    else if (loss->count > 0 && at_age(loss, 0)->lost > 0)
        at_age(loss, 0)->lost--;
}

static void clear(struct bwe_loss *loss)
{
    loss->packets = 0;
    loss->lost = 0;
    loss->bytes = 0;
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
    clear(loss);
    return true;
}

/* ---- the experiment ------------------------------------------------------------------------- */

static bool is_excess(const struct bwe_loss *loss, const struct bwe_loss_observation *seen)
{
    const double excess = loss_of(seen) - loss->inherent;
    const double variance = loss->inherent * (1 - loss->inherent) / (double)seen->packets;
    return excess > EXCESS && excess * excess > EXCESS_DEVIATIONS * variance;
}

/* So many times in a row: a burst of the radio's is over by then. */
static bool is_new_loss(struct bwe_loss *loss)
{
    for (size_t age = 0; age < EXCESS_RUN; age++)
        if (loss->count <= age || !is_excess(loss, at_age(loss, age)))
            return false;
    return true;
}

static void hold(struct bwe_loss *loss, uint64_t now_us)
{
    const bool calm = now_us - loss->decreased_us > CALM_US;
    loss->hold_us = calm ? HOLD_US : loss->hold_us * 2;
    if (loss->hold_us > HOLD_MAX_US)
        loss->hold_us = HOLD_MAX_US;
    loss->decreased_us = now_us;
    loss->decreasing = true;
}

/* What the new loss was seen in: what was sent in a quarter of a second swings. The loss may have
 * begun within the first one. */
static struct bwe_loss_observation run_of(struct bwe_loss *loss)
{
    struct bwe_loss_observation run = {0};
    for (size_t age = 0; age < EXCESS_RUN; age++) {
        const struct bwe_loss_observation *seen = at_age(loss, age);
        run.sent_kbps += seen->sent_kbps / EXCESS_RUN;
        if (age + 1 == EXCESS_RUN)
            continue;
        run.packets += seen->packets;
        run.lost += seen->lost;
    }
    return run;
}

/* What came through is what the link takes, if it is the link. */
static void cut(struct bwe_loss *loss, uint64_t now_us)
{
    const struct bwe_loss_observation run = run_of(loss);
    const double delivered = 1 - loss_of(&run) + loss->inherent;
    const double limit_kbps = run.sent_kbps * (delivered < CUT_MIN ? delivered : CUT_MIN);
    if (limit_kbps >= loss->limit_kbps)
        return;
    loss->before_kbps = loss->limit_kbps;
    loss->cut_kbps = run.sent_kbps;
    loss->cut_loss = loss_of(&run);
    loss->limit_kbps = limit_kbps;
    loss->from_us = now_us + FOLLOW_US;
    clear(loss);
    hold(loss, now_us);
}

/* The first observation that was sent wholly at the lower rate decides. */
static void check_cut(struct bwe_loss *loss)
{
    const struct bwe_loss_observation *seen = at_age(loss, 0);
    if (seen->sent_kbps > CHECK_RATE * loss->cut_kbps)
        return;
    /* What would be lost now if the link took no more than came through before; half way between
     * that and no change lies the verdict. */
    const double came_through = 1 - loss->cut_loss;
    const double if_full = clamp(1 - came_through * loss->cut_kbps / seen->sent_kbps, 0, 1);
    loss->cut_kbps = 0;
    if (loss_of(seen) < (if_full + loss->cut_loss) / 2)
        return;
    loss->inherent = clamp((loss_of(seen) + loss->cut_loss) / 2, INHERENT_MIN, INHERENT_MAX);
    loss->proven = loss->inherent;
    if (loss->before_kbps > loss->limit_kbps)
        loss->limit_kbps = loss->before_kbps;
    loss->hold_us = HOLD_US;
}

/* The inherent loss comes and goes, in small steps. */
static void learn(struct bwe_loss *loss)
{
    const double step = (loss_of(at_age(loss, 0)) - loss->inherent) / INHERENT_LEARNING;
    loss->inherent = clamp(loss->inherent + step, INHERENT_MIN, loss->proven + UNPROVEN);
    if (loss->inherent < loss->proven)
        loss->proven += (loss->inherent - loss->proven) / FORGET_PROVEN;
}

static void conclude(struct bwe_loss *loss, uint64_t now_us)
{
    if (loss->cut_kbps > 0) {
        check_cut(loss);
        if (loss->cut_kbps > 0 && now_us - loss->decreased_us > OBSERVATION_MAX)
            loss->cut_kbps = 0; /* the sender does not follow: nothing is learnt */
    } else if (is_new_loss(loss)) {
        cut(loss, now_us);
    } else {
        learn(loss);
        if (now_us - loss->decreased_us > loss->hold_us)
            loss->limit_kbps *= INCREASE_FACTOR;
    }
}

void bwe_loss_update(struct bwe_loss *loss, const struct bwe_loss_input *input)
{
    const double delay_kbps = (double)input->delay_bps / 1000.0;
    const double min_kbps = (double)input->min_bps / 1000.0;
    if (!loss->limiting)
        loss->limit_kbps = delay_kbps;
    if (!close_observation(loss))
        return;
    loss->decreasing = false;
    conclude(loss, input->now_us);
    if (loss->limit_kbps < min_kbps)
        loss->limit_kbps = min_kbps;
    loss->limiting = loss->limit_kbps < delay_kbps;
}

void bwe_loss_probed(struct bwe_loss *loss, uint64_t now_us, uint64_t rate_bps, bool full)
{
    const double rate_kbps = (double)rate_bps / 1000.0;
    /* Lost with its answers, it says nothing. */
    if (rate_bps == 0)
        return;
    if (rate_kbps > loss->limit_kbps) {
        loss->limit_kbps = loss->limiting ? rate_kbps : loss->limit_kbps;
        return;
    }
    /* The link is full below what is sent, and loses: whatever an experiment said, that is why. */
    if (!full || bwe_loss_recent_permille(loss) < FULL_PERMILLE)
        return;
    const struct bwe_loss_observation *seen = at_age(loss, 0);
    const double delivered_kbps = seen->sent_kbps * (1 - loss_of(seen));
    const double before_kbps = loss->limit_kbps;
    loss->limit_kbps = rate_kbps > delivered_kbps ? rate_kbps : delivered_kbps;
    loss->limiting = true;
    hold(loss, now_us);
    if (before_kbps > CONTRADICTION * loss->limit_kbps) {
        loss->inherent = INHERENT_START;
        loss->proven = INHERENT_START;
    }
}

uint64_t bwe_loss_limit_bps(const struct bwe_loss *loss)
{
    return (uint64_t)(loss->limit_kbps * 1000.0);
}

bool bwe_loss_in_bursts(const struct bwe_loss *loss, uint64_t since_us)
{
    return loss->burst_us != 0 && loss->burst_us >= since_us;
}

unsigned bwe_loss_latest_permille(const struct bwe_loss *loss)
{
    if (loss->count == 0)
        return 0;
    const struct bwe_loss_observation *seen = &loss->window[(loss->count - 1u) % BWE_LOSS_WINDOW];
    return (unsigned)(seen->lost * 1000u / seen->packets);
}

unsigned bwe_loss_recent_permille(const struct bwe_loss *loss)
{
    uint64_t packets = 0;
    uint64_t lost = 0;
    for (size_t i = 0; i < BWE_LOSS_WINDOW; i++) {
        packets += loss->window[i].packets;
        lost += loss->window[i].lost;
    }
    return packets > 0 ? (unsigned)((lost * 1000u + packets / 2) / packets) : 0;
}
