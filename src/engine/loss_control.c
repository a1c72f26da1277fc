/* Steps once a second, by the mean of all report blocks since the last one. */
#include "engine/loss_control.h"

#define STEP_US UINT64_C(1000000)
#define CAP_US  UINT64_C(5000000)

/* draft-ietf-rmcat-gcc-02, section 6: below 2 % of loss the rate grows, above 10 % it falls to
 * rate * (1 - loss / 2), in between it stays. */
#define LOSS_LOW_PERMILLE  20u
#define LOSS_HIGH_PERMILLE 100u

/* More than any honest peer sends in a second. */
#define BLOCKS_MAX 4096u

void loss_control_init(struct loss_control *control, uint64_t now_us)
{
    *control = (struct loss_control){.target_bps = LOSS_CONTROL_MAX_BPS, .changed_us = now_us};
}

static void step(struct loss_control *control)
{
    const unsigned loss = control->sum * 1000u / (control->blocks * 256u);
    uint64_t target_bps = control->target_bps;
    if (loss > LOSS_HIGH_PERMILLE)
        target_bps = target_bps * (2000u - loss) / 2000u;
    else if (loss < LOSS_LOW_PERMILLE)
        target_bps = target_bps * 108u / 100u;
    if (target_bps < LOSS_CONTROL_MIN_BPS)
        target_bps = LOSS_CONTROL_MIN_BPS;
    if (target_bps > LOSS_CONTROL_MAX_BPS)
        target_bps = LOSS_CONTROL_MAX_BPS;
    control->target_bps = target_bps;
    control->loss_permille = loss;
}

void loss_control_report(struct loss_control *control, uint64_t now_us, uint8_t fraction_lost)
{
    if (control->blocks < BLOCKS_MAX) {
        control->sum += fraction_lost;
        control->blocks++;
    }
    if (now_us - control->changed_us < STEP_US)
        return;
    step(control);
    control->changed_us = now_us;
    control->sum = 0;
    control->blocks = 0;
}

void loss_control_cap(struct loss_control *control, uint64_t now_us, uint64_t bps)
{
    control->cap_bps = bps > LOSS_CONTROL_MIN_BPS ? bps : LOSS_CONTROL_MIN_BPS;
    control->capped_us = now_us;
}

uint64_t loss_control_target_bps(const struct loss_control *control, uint64_t now_us)
{
    const bool capped = control->cap_bps != 0 && now_us - control->capped_us < CAP_US;
    return capped && control->cap_bps < control->target_bps ? control->cap_bps
                                                            : control->target_bps;
}
