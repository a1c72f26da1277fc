/* Several viewers, or a viewer and a TCP connection, behind one link: Q17, Q18, and the test cases
 * of RFC 8867 that fit an SFU: Q19. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/call.h"
#include "sim/scenario.h"

#define MAX_VIEWERS 10u
#define QUEUE_US    (300 * MILLISECOND)
#define RTT_US      (50 * MILLISECOND)

struct crowd {
    struct sim *sim;
    struct bottleneck bottleneck;
    unsigned viewers[MAX_VIEWERS];
    unsigned count;
};

static void crowd_open(struct crowd *crowd, uint64_t seed, uint64_t rate_bps)
{
    *crowd = (struct crowd){.sim = sim_new(seed),
                            .bottleneck = {.rate_bps = rate_bps, .queue_us = QUEUE_US}};
    call_add_publishers(crowd->sim);
    sim_run(crowd->sim, 2 * SECOND);
}

static void crowd_close(struct crowd *crowd)
{
    if (getenv("SIM_TIMELINE") != NULL)
        sim_print_timeline(crowd->sim);
    sim_free(crowd->sim);
}

static void crowd_join(struct crowd *crowd, uint64_t rtt_us)
{
    unsigned viewer = call_add_viewer(crowd->sim, rtt_us);

    crowd->sim->clients[viewer].down.shared = &crowd->bottleneck;
    sim_join(crowd->sim, viewer);
    call_show(crowd->sim, viewer);
    crowd->viewers[crowd->count++] = viewer;
}

static uint64_t bytes_of(const struct crowd *crowd, unsigned i)
{
    return client_stats(crowd->sim->clients[crowd->viewers[i]].client)->media_bytes;
}

/* ---- Q17 ------------------------------------------------------------------------------------- */

static double jain(const double *rates, unsigned count)
{
    double sum = 0, squares = 0;

    for (unsigned i = 0; i < count; i++) {
        sum += rates[i];
        squares += rates[i] * rates[i];
    }
    return sum * sum / (count * squares + 1e-9);
}

static double ms_until_half_share(struct crowd *crowd, uint64_t share_bps)
{
    uint64_t from_us = crowd->sim->now_us;

    while (crowd->sim->now_us - from_us < 30 * SECOND) {
        uint64_t before = bytes_of(crowd, crowd->count - 1);

        sim_run(crowd->sim, SECOND);
        if ((bytes_of(crowd, crowd->count - 1) - before) * 8 >= share_bps / 2)
            break;
    }
    return (double)(crowd->sim->now_us - from_us) / 1000.0;
}

static void ten_viewers(uint64_t seed, double *values)
{
    struct crowd crowd;
    double rates[MAX_VIEWERS];
    uint64_t before[MAX_VIEWERS];

    crowd_open(&crowd, seed, 10000000);
    for (unsigned i = 0; i < MAX_VIEWERS; i++)
        crowd_join(&crowd, RTT_US);
    sim_run(crowd.sim, 25 * SECOND);
    for (unsigned i = 0; i < MAX_VIEWERS; i++)
        before[i] = bytes_of(&crowd, i);
    sim_run(crowd.sim, 10 * SECOND);
    for (unsigned i = 0; i < MAX_VIEWERS; i++)
        rates[i] = (double)(bytes_of(&crowd, i) - before[i]);
    for (unsigned i = 0; getenv("SIM_PRINT") != NULL && i < MAX_VIEWERS; i++)
        fprintf(stderr, "%.0f%s", rates[i] * 8 / 10000, i + 1 < MAX_VIEWERS ? " " : " kbit/s\n");
    values[0] = jain(rates, MAX_VIEWERS);
    crowd_close(&crowd);

    crowd_open(&crowd, seed, 10000000);
    for (unsigned i = 0; i + 1 < MAX_VIEWERS; i++)
        crowd_join(&crowd, RTT_US);
    sim_run(crowd.sim, 30 * SECOND);
    crowd_join(&crowd, RTT_US);
    values[1] = ms_until_half_share(&crowd, 1000000);
    crowd_close(&crowd);
}

/* ---- Q18 ------------------------------------------------------------------------------------- */

static void tcp_beside(uint64_t seed, double *values)
{
    static struct cubic competitor;
    struct call *call = call_open(&(struct call_options){.seed = seed, .rate_bps = 2000000});
    uint64_t from_us, bytes, ours;

    competitor = (struct cubic){.return_us = RTT_US / 2};
    competitor.link = (struct link){.shared = &call->link->own, .delay_us = RTT_US / 2};
    call->sim->competitor = &competitor;
    cubic_start(&competitor, call->sim->now_us);
    call_run(call, 10 * SECOND);
    from_us = call_now(call);
    bytes = competitor.delivered_bytes;
    call_run(call, 60 * SECOND);
    ours = (uint64_t)(call_media_kbps(call, from_us, call_now(call)) * 60 * 1000 / 8);
    bytes = competitor.delivered_bytes - bytes;
    values[0] = 100.0 * (double)ours / (double)(ours + bytes);
    values[1] = call_concealed_percent(call, from_us, call_now(call));
    call_close(call);
}

/* ---- Q19 ------------------------------------------------------------------------------------- */

/* RTP and what UDP, IP and SRTP add, of a layer's rate and of a voice. */
#define RTP_SHARE  1.06
#define WIRE_SHARE 1.10
#define VOICE_RTP  45.0
#define VOICE_WIRE 59.0

/* Of what a viewer's pictures can take together, the most that fits 0.9 of its share; as RTP. */
static double best_kbps(double share_kbps)
{
    static const double large[] = {0, 60, 90, 150, 200, 300, 500, 680, 1020, 1700};
    static const double small[] = {0, 60, 90, 150, 200, 300, 500};
    double most = 0, room = 0.9 * share_kbps - CALL_PUBLISHERS * VOICE_WIRE;

    for (unsigned i = 0; i < 10; i++)
        for (unsigned j = 0; j < 7; j++)
            for (unsigned k = 0; k <= j; k++) {
                double total = large[i] + small[j] + small[k];

                if (total * WIRE_SHARE <= room && total > most)
                    most = total;
            }
    return most * RTP_SHARE + CALL_PUBLISHERS * VOICE_RTP;
}

struct step {
    unsigned seconds;
    unsigned kbps;
};

struct verdict {
    double off_percent;   /* worst mean of a step from 5 s on, against the best */
    double lossy_seconds; /* most seconds with > 2 % overflow in one step */
};

/* One step; `flows` of the crowd share it. */
static void judge_step(struct crowd *crowd, const struct step *step, unsigned flows,
                       struct verdict *verdict)
{
    double best = best_kbps((double)step->kbps / flows) * flows, off, rate, lossy = 0;
    uint64_t bytes = 0;

    crowd->bottleneck.rate_bps = step->kbps * UINT64_C(1000);
    for (unsigned second = 0; second < step->seconds; second++) {
        uint64_t passed = crowd->bottleneck.passed, lost = crowd->bottleneck.overflowed;

        for (unsigned i = 0; second == 5 && i < flows; i++)
            bytes -= bytes_of(crowd, i);
        sim_run(crowd->sim, SECOND);
        passed = crowd->bottleneck.passed - passed;
        lost = crowd->bottleneck.overflowed - lost;
        lossy += lost * 50 > passed + lost;
    }
    for (unsigned i = 0; i < flows; i++)
        bytes += bytes_of(crowd, i);
    rate = (double)bytes * 8 / 1000 / (step->seconds - 5);
    off = 100.0 * (rate > best ? rate - best : best - rate) / best;
    if (getenv("SIM_PRINT") != NULL)
        fprintf(stderr, "%u kbit/s for %u: %.0f of %.0f kbit/s, %.0f lossy seconds\n", step->kbps,
                flows, rate, best, lossy);
    verdict->off_percent = off > verdict->off_percent ? off : verdict->off_percent;
    verdict->lossy_seconds = lossy > verdict->lossy_seconds ? lossy : verdict->lossy_seconds;
}

static void judge_steps(struct crowd *crowd, const struct step *steps, unsigned count,
                        double *values)
{
    struct verdict verdict = {0};

    for (unsigned i = 0; i < count; i++)
        judge_step(crowd, &steps[i], crowd->count, &verdict);
    values[0] = verdict.off_percent;
    values[1] = verdict.lossy_seconds;
    crowd_close(crowd);
}

/* 5.1: one flow, 1 Mbit/s and its multiples. The first step has 20 s to start before. */
static void rfc_single(uint64_t seed, double *values)
{
    static const struct step steps[] = {{40, 1000}, {20, 2500}, {20, 600}, {20, 1000}};
    struct crowd crowd;

    crowd_open(&crowd, seed, 1000000);
    crowd_join(&crowd, 100 * MILLISECOND);
    sim_run(crowd.sim, 10 * SECOND);
    judge_steps(&crowd, steps, 4, values);
}

/* 5.2: two flows, 2 Mbit/s and its multiples. */
static void rfc_several(uint64_t seed, double *values)
{
    static const struct step steps[] = {{25, 4000}, {25, 2000}, {25, 3500}, {25, 1000}, {25, 2000}};
    struct crowd crowd;

    crowd_open(&crowd, seed, 4000000);
    crowd_join(&crowd, 100 * MILLISECOND);
    crowd_join(&crowd, 100 * MILLISECOND);
    sim_run(crowd.sim, 10 * SECOND);
    judge_steps(&crowd, steps, 2 + 3, values);
}

/* 5.3: the way back is full too; the viewer's own two layers and voice take 0.78 Mbit/s of it. */
static void rfc_feedback(uint64_t seed, double *values)
{
    static const struct rate_step back[] = {
        {0, 2000000}, {35 * 1000000, 800000}, {70 * 1000000, 2000000}};
    static const struct step steps[] = {{20, 2000}, {20, 1000}, {20, 500}, {40, 2000}};
    struct call *call = call_open(&(struct call_options){
        .seed = seed, .rate_bps = 2000000, .rtt_us = 100 * MILLISECOND, .talks_back = true});
    struct rate_step schedule[3];
    double worst = 0, lossy = 0;

    for (unsigned i = 0; i < 3; i++)
        schedule[i] = (struct rate_step){call_now(call) + back[i].at_us, back[i].rate_bps};
    call->sim->clients[call->viewer].up.own =
        (struct bottleneck){.queue_us = QUEUE_US, .steps = schedule, .step_count = 3};
    for (unsigned i = 0; i < 4; i++) {
        uint64_t from_us = call_now(call);
        double best = best_kbps(steps[i].kbps), rate, second = 0;

        call_set_rate(call, steps[i].kbps * UINT64_C(1000));
        call_run(call, steps[i].seconds * SECOND);
        rate = call_media_kbps(call, from_us + 5 * SECOND, call_now(call));
        rate = 100.0 * (rate > best ? rate - best : best - rate) / best;
        worst = rate > worst ? rate : worst;
        for (unsigned k = 0; k < steps[i].seconds; k++)
            second +=
                call_overflow_percent(call, from_us + k * SECOND, from_us + (k + 1) * SECOND) > 2;
        lossy = second > lossy ? second : lossy;
    }
    values[0] = worst;
    values[1] = lossy;
    call_close(call);
}

static void hide_all(struct sim *sim, unsigned viewer)
{
    struct engine_view views[CALL_PUBLISHERS];

    for (unsigned i = 0; i < CALL_PUBLISHERS; i++)
        views[i] = (struct engine_view){.participant = sim->clients[i].participant,
                                        .group = ENGINE_GROUP_CAMERA};
    sim_view(sim, viewer, views, CALL_PUBLISHERS);
}

/* 5.8: three flows share 3.5 Mbit/s; the last one pauses its pictures for 20 s. Its voices go on.
 */
static void rfc_pause(uint64_t seed, double *values)
{
    static const struct step all = {40, 3500}, less = {20, 3365}, again = {20, 3500};
    struct verdict verdict = {0};
    struct crowd crowd;

    crowd_open(&crowd, seed, 3500000);
    for (unsigned i = 0; i < 3; i++)
        crowd_join(&crowd, 100 * MILLISECOND);
    sim_run(crowd.sim, 10 * SECOND);
    judge_step(&crowd, &all, 3, &verdict);
    hide_all(crowd.sim, crowd.viewers[2]);
    judge_step(&crowd, &less, 2, &verdict);
    call_show(crowd.sim, crowd.viewers[2]);
    judge_step(&crowd, &again, 3, &verdict);
    values[0] = verdict.off_percent;
    values[1] = verdict.lossy_seconds;
    crowd_close(&crowd);
}

#define RFC_GOALS(test, off, lossy)                                                                \
    {                                                                                              \
        {"Q19", "RFC 8867 " test ": off the best layers from 5 s on", "%", GOAL_AT_MOST, 95, 20,   \
         off},                                                                                     \
        {                                                                                          \
            "Q19", "RFC 8867 " test ": seconds with > 2 % overflow", "s", GOAL_AT_MOST, 95, 1,     \
                lossy                                                                              \
        }                                                                                          \
    }

static const struct scenario scenarios[] = {
    {"ten_viewers",
     3,
     ten_viewers,
     {{"Q17", "10 viewers on 10 M: Jain's index, 25-35 s", "", GOAL_AT_LEAST, 95, 0.95, 0},
      {"Q17", "late joiner: until half its share", "ms", GOAL_AT_MOST, 95, 10000, 0}},
     {0, 1}},
    {"tcp_beside",
     0,
     tcp_beside,
     {{"Q18", "against TCP CUBIC on 2 M: our share", "%", GOAL_AT_LEAST, 95, 25, 0},
      {"Q18", "against TCP CUBIC on 2 M: our share", "%", GOAL_AT_MOST, 95, 75, 0},
      {"Q18", "against TCP CUBIC on 2 M: concealed", "%", GOAL_AT_MOST, 95, 2, 0}},
     {0, 0, 1}},
    {"rfc_single", 3, rfc_single, RFC_GOALS("5.1", 0, 0), {0, 1}},
    {"rfc_several", 3, rfc_several, RFC_GOALS("5.2", 0, 0), {0, 1}},
    {"rfc_feedback", 3, rfc_feedback, RFC_GOALS("5.3", 0, 0), {0, 1}},
    {"rfc_pause", 3, rfc_pause, RFC_GOALS("5.8", 0, 0), {0, 1}},
};

int main(int argc, char **argv)
{
    return scenarios_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
