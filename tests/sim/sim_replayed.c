/* Records calls as the server would tell of them, replays each from its JSON alone, and holds the
 * replay to the recording. With a folder as argument it leaves the recordings there. */
#include <stdlib.h>
#include <string.h>

#include "sim/call.h"
#include "sim/deterministic.h"
#include "sim/replay_tries.h"

#define UNIX_OFFSET_US UINT64_C(1700000000000000)
/* Neither is near the sum of any layers: what is decided on the edge is chance. */
#define WIDE_BPS   4000000u
#define NARROW_BPS 750000u
#define TRIES      7u
#define FIRST_SEED UINT64_C(101) /* others than the recordings' */

static void save(struct sim *sim, uint64_t *after, FILE *file)
{
    json_t *page;

    while ((page = replay_log_page(sim->engine, SIM_ROOM, UNIX_OFFSET_US, after)) != NULL) {
        if (json_dumpf(page, file, JSON_COMPACT) != 0)
            abort();
        fputc('\n', file);
        json_decref(page);
    }
}

/* As an operator would, who asks for what is new now and then: the log is bounded. */
static void run(struct call *call, uint64_t duration_us, uint64_t *after, FILE *file)
{
    for (uint64_t passed_us = 0; passed_us < duration_us; passed_us += 5 * SECOND) {
        call_run(call, 5 * SECOND);
        save(call->sim, after, file);
    }
}

/* Three tiles of different sizes: which of two equal ones gets better first is chance. */
static void show(struct call *call)
{
    struct engine_view views[CALL_PUBLISHERS];

    for (unsigned i = 0; i < CALL_PUBLISHERS; i++)
        views[i] = (struct engine_view){.participant = call->sim->clients[i].participant,
                                        .group = ENGINE_GROUP_CAMERA,
                                        .width = (uint16_t)(1280u >> i),
                                        .height = (uint16_t)(720u >> i),
                                        .visible = true};
    sim_view(call->sim, call->viewer, views, CALL_PUBLISHERS);
}

/* A link that gets narrow for 20 s. */
static void step(uint64_t seed, FILE *file)
{
    struct call *call =
        call_open(&(struct call_options){.seed = seed, .rate_bps = WIDE_BPS, .settle_us = SECOND});
    uint64_t after = 0;

    show(call);
    run(call, 25 * SECOND, &after, file);
    call_set_rate(call, NARROW_BPS);
    run(call, 20 * SECOND, &after, file);
    call_set_rate(call, WIDE_BPS);
    run(call, 30 * SECOND, &after, file);
    call_close(call);
}

/* The same where three layers and two equal tiles just fit, or just do not: chance decides much. */
static void edge(uint64_t seed, FILE *file)
{
    struct call *call =
        call_open(&(struct call_options){.seed = seed, .rate_bps = 2500000, .settle_us = SECOND});
    uint64_t after = 0;

    run(call, 25 * SECOND, &after, file);
    call_set_rate(call, 500000);
    run(call, 20 * SECOND, &after, file);
    call_set_rate(call, 2500000);
    run(call, 30 * SECOND, &after, file);
    call_close(call);
}

/* A good link that loses packets later on. */
static void loss(uint64_t seed, FILE *file)
{
    struct call *call = call_open(&(struct call_options){
        .seed = seed, .rate_bps = 6000000, .rtt_us = 100000, .settle_us = SECOND});
    uint64_t after = 0;

    run(call, 30 * SECOND, &after, file);
    call_set_loss(call, 50);
    run(call, 30 * SECOND, &after, file);
    call_close(call);
}

/* Muting, other tiles, leaving: what people do. */
static void people(uint64_t seed, FILE *file)
{
    struct call *call =
        call_open(&(struct call_options){.seed = seed, .rate_bps = 8000000, .settle_us = SECOND});
    struct sim *sim = call->sim;
    struct engine_view view = {.participant = sim->clients[1].participant,
                               .group = ENGINE_GROUP_CAMERA,
                               .width = 1280,
                               .height = 720,
                               .visible = true};
    uint64_t after = 0;

    run(call, 15 * SECOND, &after, file);
    sim_mute(sim, 0, false, true);
    sim_view(sim, call->viewer, &view, 1);
    run(call, 15 * SECOND, &after, file);
    sim_mute(sim, 0, false, false);
    sim_leave(sim, 2);
    run(call, 15 * SECOND, &after, file);
    call_close(call);
}

/* What a replay must come to: percent of the time that layers agree in the nearest one and in the
 * median, and how far its estimates may be off. Where a link has no limit that shows, estimates are
 * free to grow. */
static const struct scene {
    const char *name;
    void (*record)(uint64_t seed, FILE *file);
    double layers, median, estimates;
} scenes[] = {
    {"step", step, 90, 85, 35},
    {"loss", loss, 90, 85, 20},
    {"people", people, 90, 85, 200},
    {"edge", edge, 70, 55, 30},
};

static bool judge(const struct scene *scene, const struct replay_people *found,
                  const struct replay_log *recorded)
{
    struct replay_agreement agreement;
    struct replay_tries tries;
    struct replay_log replayed;
    bool fine;

    replay_tries_run(found, recorded, FIRST_SEED, TRIES, &replayed, &tries);
    replay_report(found, recorded, &replayed, NULL, &agreement);
    fine = found->count == CALL_PUBLISHERS + 1 && tries.nearest_percent >= scene->layers &&
           tries.median_percent >= scene->median &&
           agreement.estimate_off_percent <= scene->estimates;
    printf("%-8s layers agree %5.1f %% (>= %.0f), in the median %5.1f %% (>= %.0f), estimates off "
           "by %4.1f %% (<= %.0f): %s\n",
           scene->name, tries.nearest_percent, scene->layers, tries.median_percent, scene->median,
           agreement.estimate_off_percent, scene->estimates, fine ? "held" : "NOT HELD");
    if (!fine)
        replay_summarise(found, recorded, &agreement, stdout);
    replay_log_fini(&replayed);
    return fine;
}

static bool holds(const struct scene *scene, FILE *file)
{
    struct replay_log recorded = {0};
    struct replay_people *found = NULL;
    bool fine = replay_log_read(&recorded, file, scene->name);

    if (fine)
        found = replay_people_find(&recorded);
    fine = found != NULL && judge(scene, found, &recorded);
    replay_log_fini(&recorded);
    free(found);
    return fine;
}

static FILE *open_file(const char *folder, const char *name)
{
    char path[512];

    if (folder == NULL)
        return tmpfile();
    snprintf(path, sizeof(path), "%s/%s.json", folder, name);
    return fopen(path, "w+");
}

int main(int argc, char **argv)
{
    bool fine = true;

    deterministic_install();
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
        FILE *file = open_file(argc > 1 ? argv[1] : NULL, scenes[i].name);

        if (file == NULL) {
            perror(scenes[i].name);
            return 1;
        }
        scenes[i].record(i + 1, file);
        rewind(file);
        fine &= holds(&scenes[i], file);
        fclose(file);
    }
    return fine ? 0 : 1;
}
