/* A viewer's link that gets narrow, wide and stays as it is: Q3 to Q7, Q12 and Q25. */
#include "sim/call.h"
#include "sim/scenario.h"

#define WIDE_BPS   2500000u
#define NARROW_BPS 500000u
#define POOR_BPS   100000u

/* Q3, Q4, Q25 */
static void step_down(uint64_t seed, double *values)
{
    struct call *call = call_open(
        &(struct call_options){.seed = seed, .rate_bps = WIDE_BPS, .settle_us = 30 * SECOND});
    uint64_t step_us = call_now(call);

    call_set_rate(call, NARROW_BPS);
    call_run(call, 15 * SECOND);
    values[0] = call_ms_until_below(call, step_us, 0, 2);
    values[1] = call_frozen_ms(call, step_us, step_us + 10 * SECOND);
    values[2] = call_concealed_percent(call, step_us, step_us + 10 * SECOND);
    values[3] = call_queue_ms(call, step_us + 2 * SECOND, step_us + 15 * SECOND, 95);
    values[4] = call_queue_ms(call, step_us + 5 * SECOND, step_us + 15 * SECOND, 95);
    values[5] = call_padding_percent(call, step_us + SECOND / 2, step_us + 3 * SECOND);
    call_close(call);
}

/* Q5 */
static void step_up(uint64_t seed, double *values)
{
    struct call *call = call_open(
        &(struct call_options){.seed = seed, .rate_bps = NARROW_BPS, .settle_us = 25 * SECOND});
    uint64_t step_us = call_now(call);

    call_set_rate(call, WIDE_BPS);
    call_run(call, 30 * SECOND);
    values[0] = call_ms_until_layer(call, step_us, 0, 2);
    call_close(call);
}

/* The best set that fits 0.9 of the link: with three voices (59 kbit/s each on the wire) 2070 are
 * left, which the large picture takes at its highest layer (1790 with headers), one small picture
 * at its lowest (165) and the other at two of its three frame rates (100). As RTP, without UDP, IP
 * and SRTP: */
#define BEST_KBPS (1.04 * (1700 + 150 + 90) + 3 * 45)

/* Q6, Q7, Q25 */
static void stay(uint64_t seed, double *values)
{
    struct call *call = call_open(
        &(struct call_options){.seed = seed, .rate_bps = WIDE_BPS, .settle_us = 30 * SECOND});
    uint64_t from_us = call_now(call), to_us = from_us + 60 * SECOND;

    call_run(call, 60 * SECOND);
    values[0] = 100.0 * call_estimate_kbps(call, from_us, to_us) / (WIDE_BPS / 1000.0);
    values[1] = 100.0 * call_media_kbps(call, from_us, to_us) / BEST_KBPS;
    values[2] = (double)call_switches(call, from_us, to_us);
    values[3] = call_queue_ms(call, from_us, to_us, 95);
    values[4] = call_padding_percent(call, from_us, to_us);
    values[5] = call_frozen_percent(call, from_us, to_us);
    call_close(call);
}

static bool all_told(const struct sim_client *viewer)
{
    for (unsigned seat = 0; seat < CALL_SEATS; seat++)
        if (viewer->seats[seat].paused == ENGINE_PAUSE_NONE)
            return false;
    return true;
}

static double ms_until_told(struct call *call, uint64_t most_us)
{
    uint64_t from_us = call_now(call);

    while (!all_told(&call->sim->clients[call->viewer]) && call_now(call) - from_us < most_us)
        call_run(call, CALL_SAMPLE_US);
    return (double)(call_now(call) - from_us) / 1000.0;
}

/* Q12: one person speaks. */
static void poor_link(uint64_t seed, double *values)
{
    struct call *call = call_open(&(struct call_options){.seed = seed, .rate_bps = WIDE_BPS});
    uint64_t step_us;

    sim_mute(call->sim, 1, true, false);
    sim_mute(call->sim, 2, true, false);
    call_run(call, 5 * SECOND);
    call_set_rate(call, POOR_BPS);
    step_us = call_now(call);
    values[0] = ms_until_told(call, 5 * SECOND);
    call_run(call, step_us + 23 * SECOND - call_now(call));
    values[1] = call_concealed_percent(call, step_us + 3 * SECOND, call_now(call));
    step_us = call_now(call);
    call_set_rate(call, WIDE_BPS);
    call_run(call, 15 * SECOND);
    values[2] = call_ms_until_layer(call, step_us, 0, 0);
    call_close(call);
}

static const struct scenario scenarios[] = {
    {"step_down",
     0,
     step_down,
     {{"Q3", "2.5 M -> 500 k: time to a lower layer", "ms", GOAL_AT_MOST, 50, 800, 0},
      {"Q3", "2.5 M -> 500 k: time to a lower layer", "ms", GOAL_AT_MOST, 95, 1500, 0},
      {"Q3", "frozen in 10 s, worst picture", "ms", GOAL_AT_MOST, 95, 1000, 0},
      {"Q3", "concealed in 10 s", "%", GOAL_AT_MOST, 95, 2, 4.2},
      {"Q4", "queue p95 from 2 s after", "ms", GOAL_AT_MOST, 95, 200, 0},
      {"Q4", "queue p95 from 5 s after", "ms", GOAL_AT_MOST, 95, 80, 0},
      {"Q25", "padding while congested", "%", GOAL_AT_MOST, 95, 0, 0}},
     {0, 0, 1, 2, 3, 4, 5}},
    {"step_up",
     0,
     step_up,
     {{"Q5", "500 k -> 2.5 M: back to 720p", "ms", GOAL_AT_MOST, 50, 4000, 0},
      {"Q5", "500 k -> 2.5 M: back to 720p", "ms", GOAL_AT_MOST, 95, 8000, 0}},
     {0, 0}},
    {"stay",
     0,
     stay,
     {{"Q6", "estimate of 2.5 M, mean", "%", GOAL_AT_LEAST, 95, 85, 0},
      {"Q6", "estimate of 2.5 M, mean", "%", GOAL_AT_MOST, 95, 105, 0},
      {"Q6", "forwarded of the best set in 0.9 x 2.5 M", "%", GOAL_AT_LEAST, 95, 97, 0},
      {"Q6", "layer switches in a minute", "", GOAL_AT_MOST, 95, 1, 0},
      {"Q7", "queue p95", "ms", GOAL_AT_MOST, 95, 60, 0},
      {"Q25", "padding and needless repetitions", "%", GOAL_AT_MOST, 95, 5, 0}},
     {0, 0, 1, 2, 3, 4}},
    {"poor_link",
     0,
     poor_link,
     {{"Q12", "-> 100 k: until all pauses are told", "ms", GOAL_AT_MOST, 95, 2000, 0},
      {"Q12", "concealed in 20 s from 3 s after", "%", GOAL_AT_MOST, 95, 1, 0},
      {"Q12", "-> 2.5 M: until the first picture", "ms", GOAL_AT_MOST, 95, 5000, 0}},
     {0, 1, 2}},
};

int main(int argc, char **argv)
{
    return scenarios_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
