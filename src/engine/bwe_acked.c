/* The acknowledged rate. Numbers are libwebrtc's. */
#include "engine/bwe_acked.h"

#define FIRST_WINDOW_US 500000
#define WINDOW_US       150000
/* No rate can be read off a window with a hole so long in it. */
#define HOLE_US         1000000
#define FIRST_VARIANCE  50.0
#define DRIFT           5.0
#define UNCERTAINTY     10.0
#define UNCERTAINTY_ALR 20.0
#define FLOOR_KBPS      40.0

static void begin_window(struct bwe_acked *acked, int64_t arrival_us, uint32_t bytes)
{
    acked->started = true;
    acked->window_start_us = arrival_us;
    acked->window_bytes = bytes;
}

/* Prior and sample meet in the middle, nearer to the surer one; a sample is the less sure the more
 * it surprises. */
static void learn(struct bwe_acked *acked, double sample_kbps, bool limited)
{
    if (!acked->known) {
        acked->known = true;
        acked->rate_kbps = sample_kbps > FLOOR_KBPS ? sample_kbps : FLOOR_KBPS;
        acked->variance = FIRST_VARIANCE;
        return;
    }
    const double surprise = sample_kbps - acked->rate_kbps;
    const double scale = limited && surprise < 0 ? UNCERTAINTY_ALR : UNCERTAINTY;
    const double uncertainty = scale * (surprise < 0 ? -surprise : surprise) / acked->rate_kbps;
    const double sample_variance = uncertainty * uncertainty;
    const double prior_variance = acked->variance + DRIFT;
    const double sum = sample_variance + prior_variance;
    acked->rate_kbps = (sample_variance * acked->rate_kbps + prior_variance * sample_kbps) / sum;
    acked->variance = sample_variance * prior_variance / sum;
    if (acked->rate_kbps < FLOOR_KBPS)
        acked->rate_kbps = FLOOR_KBPS;
}

void bwe_acked_add(struct bwe_acked *acked, int64_t arrival_us, uint32_t bytes, bool limited)
{
    const int64_t window_us = acked->known ? WINDOW_US : FIRST_WINDOW_US;
    const int64_t elapsed_us = arrival_us - acked->window_start_us;
    if (!acked->started || elapsed_us < -WINDOW_US || elapsed_us > HOLE_US) {
        begin_window(acked, arrival_us, bytes);
        return;
    }
    if (elapsed_us >= window_us) {
        learn(acked, (double)acked->window_bytes * 8000.0 / (double)elapsed_us, limited);
        begin_window(acked, arrival_us, bytes);
        return;
    }
    acked->window_bytes += bytes;
}

uint64_t bwe_acked_bps(const struct bwe_acked *acked)
{
    return acked->known ? (uint64_t)(acked->rate_kbps * 1000.0) : 0;
}

void bwe_acked_restart(struct bwe_acked *acked)
{
    acked->started = false;
}
