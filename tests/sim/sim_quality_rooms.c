/* What viewers do to each other and to publishers: Q13, Q14 and Q16. */
#include <stdlib.h>

#include "sim/call.h"
#include "sim/scenario.h"

/* ---- Q13: forced switches -------------------------------------------------------------------- */

#define SWITCHES 250u /* of 1,000 over the seeds */

struct gaps {
    double ms[2 * SWITCHES];
    unsigned count;
};

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return left < right ? -1 : left > right;
}

static double percentile(struct gaps *gaps, unsigned percent)
{
    if (gaps->count == 0)
        return 1e9;
    qsort(gaps->ms, gaps->count, sizeof(gaps->ms[0]), compare);
    return gaps->ms[(gaps->count - 1) * percent / 100];
}

static void show_at(struct sim *sim, unsigned viewer, unsigned lines)
{
    const struct engine_view view = {.participant = sim->clients[0].participant,
                                     .group = ENGINE_GROUP_CAMERA,
                                     .width = (uint16_t)(lines * 16 / 9),
                                     .height = (uint16_t)lines,
                                     .visible = true,
                                     .pinned = true};

    sim_view(sim, viewer, &view, 1);
}

/* Until the switch is seen, at most 3 s. */
static void wait_for_switch(struct sim *sim, const struct client_seat_stats *video,
                            struct gaps *ups, struct gaps *downs)
{
    uint64_t up = video->ups, down = video->downs, end_us = sim->now_us + 3 * SECOND;

    while (sim->now_us < end_us && video->ups == up && video->downs == down)
        sim_run(sim, 5 * MILLISECOND);
    if (video->ups > up && ups->count < 2 * SWITCHES)
        ups->ms[ups->count++] = (double)video->switch_gap_us / 1000.0;
    if (video->downs > down && downs->count < 2 * SWITCHES)
        downs->ms[downs->count++] = (double)video->switch_gap_us / 1000.0;
}

static void switches(uint64_t seed, enum client_codec codec, double *values)
{
    static const unsigned heights[] = {180, 360, 720};
    static struct gaps ups, downs;
    const struct client_config publisher = {
        .camera = true,
        .layers = 3,
        .fps = 30,
        .temporal_layers = codec == CLIENT_H264 ? 1 : 3,
        .codecs = CLIENT_ALL_CODECS,
        .codec = (uint8_t)codec,
        .layer_bps = {CALL_LOW_BPS, CALL_MIDDLE_BPS, CALL_HIGH_BPS}};
    const struct client_config viewer = {.seats = 1, .codecs = CLIENT_ALL_CODECS};
    struct sim *sim = sim_new(seed);
    const struct client_seat_stats *video;
    unsigned shown = 2, next;
    uint64_t undecodable;

    ups.count = downs.count = 0;
    sim_join(sim, sim_add(sim, &publisher));
    sim_join(sim, sim_add(sim, &viewer));
    video = client_seat_video(sim->clients[1].client, 0);
    show_at(sim, 1, 720);
    sim_run(sim, 15 * SECOND);
    undecodable = video->undecodable;
    for (unsigned i = 0; i < SWITCHES; i++) {
        next = (shown + 1 + rng_below(&sim->network.rng, 2)) % 3;
        show_at(sim, 1, heights[next]);
        shown = next;
        wait_for_switch(sim, video, &ups, &downs);
        sim_run(sim, 500 * MILLISECOND + rng_below(&sim->network.rng, 2 * SECOND));
    }
    values[0] = percentile(&ups, 50);
    values[1] = percentile(&ups, 95);
    values[2] = percentile(&downs, 50);
    values[3] = percentile(&downs, 95);
    values[4] = (double)(video->undecodable - undecodable + client_seat_errors(video));
    values[5] = 100.0 * (ups.count + downs.count) / SWITCHES;
    sim_free(sim);
}

static void switches_vp8(uint64_t seed, double *values)
{
    switches(seed, CLIENT_VP8, values);
}

static void switches_h264(uint64_t seed, double *values)
{
    switches(seed, CLIENT_H264, values);
}

static void switches_vp9(uint64_t seed, double *values)
{
    switches(seed, CLIENT_VP9, values);
}

/* ---- Q14: key frames ------------------------------------------------------------------------- */

static void fifty_joins(uint64_t seed, double *values)
{
    struct sim *sim = sim_new(seed);
    const struct client_stats *publisher;
    uint64_t before[CLIENT_MAX_LAYERS];

    call_add_publishers(sim);
    sim_run(sim, 5 * SECOND);
    publisher = client_stats(sim->clients[0].client);
    for (unsigned i = 0; i < CLIENT_MAX_LAYERS; i++)
        before[i] = publisher->layer_plis[i];
    for (unsigned i = 0; i < 50; i++) {
        unsigned viewer = call_add_viewer(sim, 50 * MILLISECOND);

        sim_join(sim, viewer);
        call_show(sim, viewer);
        sim_run(sim, SECOND / 10);
    }
    sim_run(sim, 3 * SECOND);
    for (unsigned i = 0; i < CLIENT_MAX_LAYERS; i++) {
        double asked = (double)(publisher->layer_plis[i] - before[i]);

        values[0] = asked > values[0] ? asked : values[0];
    }
    sim_free(sim);
}

/* Key frames are four times the mean frame; at 30 fps each layer's share follows. */
static double key_percent(const struct client_stats *before, const struct client_stats *after)
{
    static const double mean_bytes[] = {CALL_LOW_BPS / 240.0, CALL_MIDDLE_BPS / 240.0,
                                        CALL_HIGH_BPS / 240.0};
    double worst = 0;

    for (unsigned i = 0; i < CLIENT_MAX_LAYERS; i++) {
        double keys = (double)(after->layer_key_frames[i] - before->layer_key_frames[i]);
        double bytes = (double)(after->layer_bytes[i] - before->layer_bytes[i]) + 1e-9;
        double percent = 100.0 * keys * 4 * mean_bytes[i] / bytes;

        worst = percent > worst ? percent : worst;
    }
    return worst;
}

/* Ten viewers who change what they show twice a second, for a minute. */
static void restless_viewers(uint64_t seed, double *values)
{
    struct sim *sim = sim_new(seed);
    struct client_stats before, last;
    unsigned in_second[CLIENT_MAX_LAYERS] = {0};

    call_add_publishers(sim);
    for (unsigned i = 0; i < 10; i++)
        sim_join(sim, call_add_viewer(sim, 50 * MILLISECOND));
    sim_run(sim, 10 * SECOND);
    before = last = *client_stats(sim->clients[0].client);
    for (unsigned i = 0; i < 120; i++) {
        const struct client_stats *now = client_stats(sim->clients[0].client);

        show_at(sim, CALL_PUBLISHERS + rng_below(&sim->network.rng, 10),
                180u << rng_below(&sim->network.rng, 3));
        sim_run(sim, SECOND / 2);
        for (unsigned k = 0; i % 2 == 1 && k < CLIENT_MAX_LAYERS; k++) {
            unsigned asked = (unsigned)(now->layer_plis[k] - last.layer_plis[k]);

            in_second[k] = asked > in_second[k] ? asked : in_second[k];
        }
        last = i % 2 == 1 ? *now : last;
    }
    for (unsigned k = 0; k < CLIENT_MAX_LAYERS; k++)
        values[0] = in_second[k] > values[0] ? in_second[k] : values[0];
    values[1] = key_percent(&before, client_stats(sim->clients[0].client));
    sim_free(sim);
}

/* ---- Q16: one bad subscriber of twenty ------------------------------------------------------- */

#define VIEWERS 20u

struct look {
    int64_t transit;
    uint64_t transits, switches;
};

static struct look look_at(const struct sim *sim, unsigned viewer)
{
    struct look look = {0};

    for (unsigned seat = 0; seat < CALL_SEATS; seat++) {
        const struct client_seat_stats *video =
            client_seat_video(sim->clients[viewer].client, seat);

        look.transit += video->transit_ticks;
        look.transits += video->transits;
        look.switches += video->ups + video->downs;
    }
    return look;
}

static double mean_ms(const struct look *from, const struct look *to)
{
    return (double)(to->transit - from->transit) / 90.0 /
           ((double)(to->transits - from->transits) + 1e-9);
}

static void bad_subscriber(uint64_t seed, double *values)
{
    struct sim *sim = sim_new(seed);
    struct look start[VIEWERS], middle[VIEWERS];
    struct link *down;

    call_add_publishers(sim);
    for (unsigned i = 0; i < VIEWERS; i++) {
        unsigned viewer = call_add_viewer(sim, 50 * MILLISECOND);

        sim_join(sim, viewer);
        call_show(sim, viewer);
    }
    sim_run(sim, 15 * SECOND);
    for (unsigned i = 0; i < VIEWERS; i++)
        start[i] = look_at(sim, CALL_PUBLISHERS + i);
    sim_run(sim, 10 * SECOND);
    for (unsigned i = 0; i < VIEWERS; i++)
        middle[i] = look_at(sim, CALL_PUBLISHERS + i);
    down = &sim->clients[CALL_PUBLISHERS + VIEWERS - 1].down;
    down->own = (struct bottleneck){.rate_bps = 300000, .queue_us = 300 * MILLISECOND};
    down->loss = 100;
    sim_run(sim, 10 * SECOND);
    values[1] = -1e9;
    for (unsigned i = 0; i + 1 < VIEWERS; i++) {
        struct look end = look_at(sim, CALL_PUBLISHERS + i);
        double more_ms = mean_ms(&middle[i], &end) - mean_ms(&start[i], &middle[i]);

        values[0] += (double)(end.switches - middle[i].switches);
        values[1] = more_ms > values[1] ? more_ms : values[1];
    }
    sim_free(sim);
}

static const struct scenario scenarios[] = {
    {"switches_vp8",
     4,
     switches_vp8,
     {{"Q13", "VP8, gap of a switch up, p50", "ms", GOAL_AT_MOST, 95, 100, 0},
      {"Q13", "VP8, gap of a switch up, p95", "ms", GOAL_AT_MOST, 95, 200, 0},
      {"Q13", "VP8, gap of a switch down, p50", "ms", GOAL_AT_MOST, 95, 150, 0},
      {"Q13", "VP8, gap of a switch down, p95", "ms", GOAL_AT_MOST, 95, 300, 0},
      {"Q13", "VP8, undecodable frames and errors", "", GOAL_AT_MOST, 100, 0, 0},
      {"Q13", "VP8, switches that were asked for and came", "%", GOAL_AT_LEAST, 95, 99, 0}},
     {0, 1, 2, 3, 4, 5}},
    {"switches_h264",
     4,
     switches_h264,
     {{"Q13", "H.264, gap of a switch up, p50", "ms", GOAL_AT_MOST, 95, 100, 0},
      {"Q13", "H.264, gap of a switch up, p95", "ms", GOAL_AT_MOST, 95, 200, 0},
      {"Q13", "H.264, gap of a switch down, p50", "ms", GOAL_AT_MOST, 95, 150, 0},
      {"Q13", "H.264, gap of a switch down, p95", "ms", GOAL_AT_MOST, 95, 300, 0},
      {"Q13", "H.264, undecodable frames and errors", "", GOAL_AT_MOST, 100, 0, 0},
      {"Q13", "H.264, switches that were asked for and came", "%", GOAL_AT_LEAST, 95, 99, 0}},
     {0, 1, 2, 3, 4, 5}},
    {"switches_vp9",
     4,
     switches_vp9,
     {{"Q13", "VP9 L3T3_KEY, gap of a switch up, p50", "ms", GOAL_AT_MOST, 95, 100, 0},
      {"Q13", "VP9 L3T3_KEY, gap of a switch up, p95", "ms", GOAL_AT_MOST, 95, 200, 0},
      {"Q13", "VP9 L3T3_KEY, gap of a switch down, p50", "ms", GOAL_AT_MOST, 95, 150, 0},
      {"Q13", "VP9 L3T3_KEY, gap of a switch down, p95", "ms", GOAL_AT_MOST, 95, 300, 0},
      {"Q13", "VP9 L3T3_KEY, undecodable frames and errors", "", GOAL_AT_MOST, 100, 0, 0},
      {"Q13", "VP9 L3T3_KEY, switches that were asked for and came", "%", GOAL_AT_LEAST, 95, 99,
       0}},
     {0, 1, 2, 3, 4, 5}},
    {"fifty_joins",
     2,
     fifty_joins,
     {{"Q14", "50 joins in 5 s: key frames asked for, worst layer", "", GOAL_AT_MOST, 100, 3, 0}},
     {0}},
    {"restless_viewers",
     3,
     restless_viewers,
     {{"Q14", "restless viewers: asked for in a second, worst layer", "", GOAL_AT_MOST, 100, 1, 0},
      {"Q14", "restless viewers: key frames' share of a layer", "%", GOAL_AT_MOST, 100, 10, 0}},
     {0, 1}},
    {"bad_subscriber",
     2,
     bad_subscriber,
     {{"Q16", "one bad viewer of 20: switches of the others", "", GOAL_AT_MOST, 100, 0, 0},
      {"Q16", "one bad viewer of 20: delay added to the others", "ms", GOAL_AT_MOST, 100, 1, 0}},
     {0, 1}},
};

int main(int argc, char **argv)
{
    return scenarios_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
