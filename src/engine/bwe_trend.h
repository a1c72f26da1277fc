/* Is the delay on the way rising? A line through the last groups' delays, its slope held against a
 * threshold that adapts (draft-ietf-rmcat-gcc-02 5.3, 5.4, with libwebrtc's trendline instead of
 * the Kalman filter). */
#ifndef PARLEY_ENGINE_BWE_TREND_H
#define PARLEY_ENGINE_BWE_TREND_H

#include <stdint.h>

#include "engine/bwe_groups.h"

#define BWE_TREND_WINDOW 20u

enum bwe_usage { BWE_NORMAL, BWE_UNDERUSE, BWE_OVERUSE };

struct bwe_trend {
    struct {
        double at_ms;
        double delay_ms;
    } points[BWE_TREND_WINDOW]; /* a ring */
    uint32_t count;             /* deltas ever, saturates */
    uint32_t next;
    int64_t first_at_us;
    double accumulated_ms; /* delay against the first group */
    double smoothed_ms;
    double slope; /* the last one: ms of delay per ms */
    double threshold_ms;
    int64_t threshold_at_us;
    double over_ms; /* sent time during which the slope was above the threshold */
    uint32_t over_count;
    enum bwe_usage usage;
};

void bwe_trend_init(struct bwe_trend *trend);
enum bwe_usage bwe_trend_add(struct bwe_trend *trend, const struct bwe_group_delta *delta);

#endif
