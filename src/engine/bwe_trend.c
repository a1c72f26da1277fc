/* The trendline and the detector of overuse. All numbers are libwebrtc's. */
#include "engine/bwe_trend.h"

#include <stdbool.h>
#include <string.h>

#define SMOOTHING 0.9
#define GAIN      4.0
/* The slope counts as many times as there were deltas, up to this: a young line is believed less.
 */
#define DELTAS_MAX 60u

#define THRESHOLD_START_MS 12.5
#define THRESHOLD_MIN_MS   6.0
#define THRESHOLD_MAX_MS   600.0
/* gcc-02 5.4: the threshold goes up slowly, so that a flow does not starve beside TCP, and down
 * faster. */
#define THRESHOLD_UP   0.0087
#define THRESHOLD_DOWN 0.039
/* A sudden jump (a route change) is not learnt from. */
#define ADAPT_OFFSET_MAX_MS 15.0
#define ADAPT_STEP_MAX_MS   100.0
#define OVERUSE_MS          10.0

void bwe_trend_init(struct bwe_trend *trend)
{
    memset(trend, 0, sizeof *trend);
    trend->threshold_ms = THRESHOLD_START_MS;
    trend->over_ms = -1;
}

/* Least squares over the window; false if all points have the same time. */
static bool fit_slope(const struct bwe_trend *trend, double *slope)
{
    double mean_at = 0;
    double mean_delay = 0;
    for (size_t i = 0; i < BWE_TREND_WINDOW; i++) {
        mean_at += trend->points[i].at_ms / BWE_TREND_WINDOW;
        mean_delay += trend->points[i].delay_ms / BWE_TREND_WINDOW;
    }
    double above = 0;
    double below = 0;
    for (size_t i = 0; i < BWE_TREND_WINDOW; i++) {
        const double at = trend->points[i].at_ms - mean_at;
        above += at * (trend->points[i].delay_ms - mean_delay);
        below += at * at;
    }
    if (below <= 0)
        return false;
    *slope = above / below;
    return true;
}

static double absolute(double value)
{
    return value < 0 ? -value : value;
}

static void adapt_threshold(struct bwe_trend *trend, double strength, int64_t at_us)
{
    const double size = absolute(strength);
    double step_ms = (double)(at_us - trend->threshold_at_us) / 1000.0;
    trend->threshold_at_us = at_us;
    if (size > trend->threshold_ms + ADAPT_OFFSET_MAX_MS)
        return;
    if (step_ms > ADAPT_STEP_MAX_MS)
        step_ms = ADAPT_STEP_MAX_MS;
    const double gain = size < trend->threshold_ms ? THRESHOLD_DOWN : THRESHOLD_UP;
    trend->threshold_ms += gain * (size - trend->threshold_ms) * step_ms;
    if (trend->threshold_ms < THRESHOLD_MIN_MS)
        trend->threshold_ms = THRESHOLD_MIN_MS;
    if (trend->threshold_ms > THRESHOLD_MAX_MS)
        trend->threshold_ms = THRESHOLD_MAX_MS;
}

/* Overuse has to last, and must not be getting better by itself. */
static void count_overuse(struct bwe_trend *trend, double sent_ms, double last_slope)
{
    trend->over_ms = trend->over_ms < 0 ? sent_ms / 2 : trend->over_ms + sent_ms;
    trend->over_count++;
    if (trend->over_ms <= OVERUSE_MS || trend->over_count < 2 || trend->slope < last_slope)
        return;
    trend->over_ms = 0;
    trend->over_count = 0;
    trend->usage = BWE_OVERUSE;
}

static void detect(struct bwe_trend *trend, const struct bwe_group_delta *delta, double last_slope)
{
    const uint32_t deltas = trend->count < DELTAS_MAX ? trend->count : DELTAS_MAX;
    const double strength = (double)deltas * trend->slope * GAIN;
    if (strength > trend->threshold_ms) {
        count_overuse(trend, (double)delta->sent_us / 1000.0, last_slope);
    } else {
        trend->over_ms = -1;
        trend->over_count = 0;
        trend->usage = strength < -trend->threshold_ms ? BWE_UNDERUSE : BWE_NORMAL;
    }
    adapt_threshold(trend, strength, delta->at_us);
}

enum bwe_usage bwe_trend_add(struct bwe_trend *trend, const struct bwe_group_delta *delta)
{
    const double last_slope = trend->slope;
    if (trend->count == 0) {
        trend->first_at_us = delta->at_us;
        trend->threshold_at_us = delta->at_us;
    }
    if (trend->count < UINT32_MAX)
        trend->count++;
    trend->accumulated_ms += (double)(delta->arrival_us - delta->sent_us) / 1000.0;
    trend->smoothed_ms = SMOOTHING * trend->smoothed_ms + (1 - SMOOTHING) * trend->accumulated_ms;
    trend->points[trend->next].at_ms = (double)(delta->at_us - trend->first_at_us) / 1000.0;
    trend->points[trend->next].delay_ms = trend->smoothed_ms;
    trend->next = (trend->next + 1) % BWE_TREND_WINDOW;
    if (trend->count >= BWE_TREND_WINDOW && !fit_slope(trend, &trend->slope))
        trend->slope = last_slope;
    if (trend->count >= 2)
        detect(trend, delta, last_slope);
    return trend->usage;
}
