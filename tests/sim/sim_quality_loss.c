/* Links that lose packets: Q8, Q9, Q11, Q15 and Q22. */
#include "sim/call.h"
#include "sim/scenario.h"

#define LINK_BPS 3000000u

static void random_loss(uint64_t seed, uint32_t loss, double *values)
{
    struct call *call = call_open(
        &(struct call_options){.seed = seed, .rate_bps = LINK_BPS, .settle_us = 30 * SECOND});
    uint64_t from_us = call_now(call), to_us = from_us + 60 * SECOND;

    call_set_loss(call, loss);
    call_run(call, 60 * SECOND);
    values[0] = call_frozen_percent(call, from_us, to_us);
    values[1] =
        100.0 * call_estimate_kbps(call, from_us + 10 * SECOND, to_us) / (LINK_BPS / 1000.0);
    values[2] = (double)call_downs(call, from_us, to_us);
    values[3] = call_concealed_percent(call, from_us, to_us);
    call_close(call);
}

/* Q8 */
static void loss_2(uint64_t seed, double *values)
{
    random_loss(seed, 20, values);
}

static void loss_5(uint64_t seed, double *values)
{
    random_loss(seed, 50, values);
}

static void loss_10(uint64_t seed, double *values)
{
    random_loss(seed, 100, values);
}

/* Q9 */
static void loss_20(uint64_t seed, double *values)
{
    struct call *call = call_open(
        &(struct call_options){.seed = seed, .rate_bps = LINK_BPS, .settle_us = 30 * SECOND});
    uint64_t from_us = call_now(call), end_us = from_us + 60 * SECOND;

    call_set_loss(call, 200);
    call_run(call, 60 * SECOND);
    call_set_loss(call, 0);
    call_run(call, 30 * SECOND);
    values[0] = call_least_fps(call, from_us, end_us);
    values[1] = call_ms_until_layer(call, end_us, 0, 2);
    values[2] = call_concealed_percent(call, from_us + 5 * SECOND, end_us);
    call_close(call);
}

/* Q11: long enough for the share of bad time to come close to 3 %. */
static void bursts(uint64_t seed, double *values)
{
    struct call *call = call_open(
        &(struct call_options){.seed = seed, .rate_bps = LINK_BPS, .settle_us = 30 * SECOND});
    uint64_t from_us = call_now(call), to_us = from_us + 180 * SECOND;

    call->link->bursts.mean_us = 100 * MILLISECOND;
    call->link->bursts.share = 30;
    call_run(call, 180 * SECOND);
    values[0] = call_frozen_percent(call, from_us, to_us);
    values[1] = call_concealed_percent(call, from_us, to_us);
    call_close(call);
}

/* Q15 */
static void publisher_loses(uint64_t seed, double *values)
{
    struct call *call = call_open(
        &(struct call_options){.seed = seed, .rate_bps = LINK_BPS, .settle_us = 30 * SECOND});
    struct sim_client *publisher = &call->sim->clients[0];
    uint64_t from_us = call_now(call), rtx = client_stats(publisher->client)->rtx_sent;
    uint64_t dropped = publisher->up.dropped;
    double before, after;

    call_run(call, 20 * SECOND);
    publisher->up.loss = 100;
    call_run(call, 30 * SECOND);
    before = call_estimate_kbps(call, from_us, from_us + 20 * SECOND);
    after = call_estimate_kbps(call, from_us + 20 * SECOND, from_us + 50 * SECOND);
    values[0] =
        before <= 0 ? 100 : 100.0 * (after > before ? after - before : before - after) / before;
    values[1] = (double)(client_stats(publisher->client)->rtx_sent - rtx) /
                (double)(publisher->up.dropped - dropped);
    values[2] = call_frozen_percent(call, from_us + 20 * SECOND, from_us + 50 * SECOND);
    call_close(call);
}

/* The time within which 95 % of the gaps were filled, in ms. */
static double repair_ms(const struct call *call)
{
    uint64_t total = 0, sum = 0;
    uint32_t buckets[CLIENT_REPAIR_BUCKETS] = {0};
    unsigned bucket;

    for (unsigned seat = 0; seat < CALL_SEATS; seat++)
        for (unsigned i = 0; i < CLIENT_REPAIR_BUCKETS; i++) {
            const struct client *client = call->sim->clients[call->viewer].client;

            buckets[i] += client_seat_video(client, seat)->repair_buckets[i];
            total += client_seat_video(client, seat)->repair_buckets[i];
        }
    for (bucket = 0; bucket < CLIENT_REPAIR_BUCKETS; bucket++) {
        sum += buckets[bucket];
        if (sum * 100 >= total * 95)
            break;
    }
    return (bucket + 1) * 5.0;
}

/* Q22: 50 ms of round trip. */
static void repair(uint64_t seed, double *values)
{
    struct call *call = call_open(
        &(struct call_options){.seed = seed, .rate_bps = 2 * LINK_BPS, .settle_us = 20 * SECOND});
    const struct client *viewer = call->sim->clients[call->viewer].client;
    uint64_t missed = 0, again = 0;

    for (unsigned seat = 0; seat < CALL_SEATS; seat++) {
        missed -= client_seat_video(viewer, seat)->missed;
        again -= client_seat_video(viewer, seat)->rtx_packets;
    }
    call->link->loss = 20;
    call_run(call, 60 * SECOND);
    for (unsigned seat = 0; seat < CALL_SEATS; seat++) {
        missed += client_seat_video(viewer, seat)->missed;
        again += client_seat_video(viewer, seat)->rtx_packets;
    }
    values[0] = repair_ms(call);
    values[1] = (double)again / ((double)missed + 1e-9);
    call_close(call);
}

/* A viewer whose computer has too much to do: its browser gets no processor half of the time. That
 * is no reason to take pictures away: the link is fine. */
static void starved_viewer(uint64_t seed, double *values)
{
    struct call *call = call_open(
        &(struct call_options){.seed = seed, .rate_bps = 10000000, .settle_us = 20 * SECOND});
    struct sim_client *viewer = &call->sim->clients[call->viewer];
    uint64_t from_us = call_now(call), to_us = from_us + 60 * SECOND;

    viewer->down.stalls = (struct bursts){.mean_us = 300 * MILLISECOND, .share = 500};
    viewer->up.stalls = (struct bursts){.mean_us = 300 * MILLISECOND, .share = 500};
    call_run(call, 60 * SECOND);
    values[0] = call_paused_percent(call, from_us, to_us);
    values[1] = (double)call_downs(call, from_us, to_us);
    call_close(call);
}

static const struct scenario scenarios[] = {
    {"loss_2",
     0,
     loss_2,
     {{"Q8", "2 % random loss: frozen", "%", GOAL_AT_MOST, 95, 0.2, 0},
      {"Q8", "2 % random loss: estimate of 3 M", "%", GOAL_AT_LEAST, 95, 90, 0},
      {"Q8", "2 % random loss: switches down", "", GOAL_AT_MOST, 95, 0, 2}},
     {0, 1, 2}},
    {"loss_5",
     0,
     loss_5,
     {{"Q8", "5 % random loss: frozen", "%", GOAL_AT_MOST, 95, 0.5, 0},
      {"Q8", "5 % random loss: estimate of 3 M", "%", GOAL_AT_LEAST, 95, 80, 0},
      {"Q8", "5 % random loss: switches down", "", GOAL_AT_MOST, 95, 0, 2}},
     {0, 1, 2}},
    {"loss_10",
     0,
     loss_10,
     {{"Q8", "10 % random loss: frozen", "%", GOAL_AT_MOST, 95, 1.5, 0},
      {"Q8", "10 % random loss: estimate of 3 M", "%", GOAL_AT_LEAST, 95, 60, 0}},
     {0, 1}},
    {"loss_20",
     0,
     loss_20,
     {{"Q9", "20 % random loss: least fps of any picture in 2 s", "fps", GOAL_AT_LEAST, 95, 10, 0},
      {"Q9", "after it ends: back to 720p", "ms", GOAL_AT_MOST, 95, 10000, 0},
      {"Q10", "20 % random loss: concealed", "%", GOAL_AT_MOST, 95, 3, 0}},
     {0, 1, 2}},
    {"bursts",
     0,
     bursts,
     {{"Q11", "bursts of 100 ms, 3 %: frozen", "%", GOAL_AT_MOST, 95, 2, 0},
      {"Q11", "bursts of 100 ms, 3 %: concealed", "%", GOAL_AT_MOST, 95, 3, 0}},
     {0, 1}},
    {"publisher_loses",
     0,
     publisher_loses,
     {{"Q15", "publisher loses 10 %: viewer's estimate changes", "%", GOAL_AT_MOST, 95, 5, 8.5},
      {"Q15", "repetitions of the publisher per loss", "", GOAL_AT_MOST, 95, 1.3, 0}},
     {0, 1}},
    {"starved_viewer",
     0,
     starved_viewer,
     {{"none", "no processor half of the time: paused", "%", GOAL_AT_MOST, 95, 0, 0},
      {"none", "no processor half of the time: switches down", "", GOAL_AT_MOST, 95, 3, 6}},
     {0, 1}},
    {"repair",
     0,
     repair,
     {{"Q22", "2 % loss, 50 ms: repaired, p95", "ms", GOAL_AT_MOST, 95, 70, 0},
      {"Q22", "repetitions per loss", "", GOAL_AT_MOST, 95, 1.3, 0}},
     {0, 1}},
};

int main(int argc, char **argv)
{
    return scenarios_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
