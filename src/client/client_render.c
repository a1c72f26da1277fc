#include "client/client_render.h"

#include "base/seq.h"

#define WINDOW_US 10000000u
/* The delay follows a late frame halfway, and loses 1/64 with each frame in time. */
#define RISE_DIV     2
#define FALL_DIV     64
#define MAX_DELAY_US 500000
/* Decoding and showing. */
#define LEAST_DELAY_US 20000
/* VideoQualityObserver: "freeze if the interval is >= max(3 * average, average + 150 ms)" over the
 * last 30 intervals, of which there must be 5. */
#define FREEZE_FACTOR    3u
#define FREEZE_MORE_US   150000u
#define LEAST_INTERVALS  5u
#define TICKS_PER_SECOND 90000

static int64_t capture_us(const struct client_render *render, uint32_t timestamp)
{
    return (int64_t)seq32_diff(timestamp, render->base) * 1000000 / TICKS_PER_SECOND;
}

static int64_t least_transit(const struct client_render *render)
{
    return render->transit_us[0] < render->transit_us[1] ? render->transit_us[0]
                                                         : render->transit_us[1];
}

static int64_t show_at_us(const struct client_render *render, uint32_t timestamp)
{
    int64_t delay_us = render->delay_us + LEAST_DELAY_US, least_us = (int64_t)render->least_us;

    return capture_us(render, timestamp) + least_transit(render) +
           (delay_us > least_us ? delay_us : least_us);
}

bool client_render_due(const struct client_render *render, uint64_t now_us, uint32_t timestamp)
{
    return !render->started || show_at_us(render, timestamp) <= (int64_t)now_us;
}

/* The timestamps wrap after half a day, and the arithmetic above is good for a quarter. */
static void move_base(struct client_render *render, uint32_t timestamp)
{
    int64_t moved_us = capture_us(render, timestamp);

    render->base = timestamp;
    render->transit_us[0] += moved_us;
    render->transit_us[1] += moved_us;
}

static void note_arrival(struct client_render *render, uint64_t now_us, uint32_t timestamp)
{
    int64_t transit_us, late_us;

    if (!render->started) {
        render->started = true;
        render->base = timestamp;
        render->transit_us[0] = render->transit_us[1] = (int64_t)now_us;
        render->window_end_us = now_us + WINDOW_US;
    }
    move_base(render, timestamp);
    transit_us = (int64_t)now_us;
    if (now_us >= render->window_end_us) {
        render->window_end_us = now_us + WINDOW_US;
        render->transit_us[1] = render->transit_us[0];
        render->transit_us[0] = transit_us;
    }
    if (transit_us < render->transit_us[0])
        render->transit_us[0] = transit_us;
    late_us = transit_us - least_transit(render);
    late_us = late_us > MAX_DELAY_US ? MAX_DELAY_US : late_us;
    if (late_us > render->delay_us)
        render->delay_us += (late_us - render->delay_us) / RISE_DIV;
    else
        render->delay_us -= (render->delay_us - late_us) / FALL_DIV;
}

static uint64_t average_us(const struct client_render *render)
{
    uint64_t count = render->interval_count < CLIENT_RENDER_INTERVALS ? render->interval_count
                                                                      : CLIENT_RENDER_INTERVALS;

    return count == 0 ? 0 : render->interval_sum_us / count;
}

static bool is_freeze(const struct client_render *render, uint64_t interval_us)
{
    uint64_t average = average_us(render);
    uint64_t bound = FREEZE_FACTOR * average;

    if (render->interval_count < LEAST_INTERVALS)
        return false;
    return interval_us >= (bound > average + FREEZE_MORE_US ? bound : average + FREEZE_MORE_US);
}

static void note_interval(struct client_render *render, uint64_t interval_us)
{
    uint32_t *place = &render->intervals_us[render->interval_count % CLIENT_RENDER_INTERVALS];

    render->interval_sum_us += interval_us - *place;
    *place = (uint32_t)interval_us;
    render->interval_count++;
    if (!is_freeze(render, interval_us))
        return;
    render->freezes++;
    render->freeze_us += interval_us;
}

void client_render_frame(struct client_render *render, uint64_t now_us, uint32_t timestamp)
{
    uint64_t shown_us = now_us;

    note_arrival(render, now_us, timestamp);
    if (show_at_us(render, timestamp) > (int64_t)now_us)
        shown_us = (uint64_t)show_at_us(render, timestamp);
    if (shown_us < render->last_us)
        shown_us = render->last_us;
    if (render->last_us != 0)
        note_interval(render, shown_us - render->last_us);
    render->last_us = shown_us;
    render->frames++;
}

uint64_t client_render_frozen_us(const struct client_render *render, uint64_t now_us)
{
    uint64_t interval_us = now_us > render->last_us ? now_us - render->last_us : 0;

    if (render->last_us == 0 || !is_freeze(render, interval_us))
        return render->freeze_us;
    return render->freeze_us + interval_us;
}
