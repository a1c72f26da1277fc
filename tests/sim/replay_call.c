/* Does what the recording says was done, when it says so. */
#include "sim/replay_call.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Like the queues of the other scenarios. */
#define QUEUE_US UINT64_C(300000)
/* The recording's time is Unix time; only differences of it count. */
#define UNIX_OFFSET_US UINT64_C(1700000000000000)
#define STEP_US        UINT64_C(100000)
/* The last decisions may still be under way when the recording ends. */
#define AFTER_US UINT64_C(1000000)

#define LOUD_DBOV  20u
#define QUIET_DBOV 90u

struct look {
    struct engine_view views[REPLAY_PEOPLE];
    size_t count;
    bool audio_only;
    bool changed;
};

struct run {
    const struct replay_people *people;
    const struct replay_log *recorded;
    struct replay_log *replayed;
    struct sim *sim;
    uint64_t start_us;
    uint64_t after;
    size_t next_loss[REPLAY_PEOPLE];
    bool joined[REPLAY_PEOPLE];
    struct look looks[REPLAY_PEOPLE];
    struct rate_step steps[REPLAY_PEOPLE][REPLAY_LINK_STEPS];
};

/* ---- who comes and goes ---------------------------------------------------------------------- */

static void add_person(struct run *run, unsigned number)
{
    const struct replay_person *person = &run->people->list[number];
    struct sim_client *client = &run->sim->clients[sim_add(run->sim, &person->config)];

    for (size_t i = 0; i < person->link.step_count; i++) {
        run->steps[number][i] = person->link.steps[i];
        run->steps[number][i].at_us += run->start_us;
    }
    client->down.own = (struct bottleneck){
        .queue_us = QUEUE_US, .steps = run->steps[number], .step_count = person->link.step_count};
    client->up.delay_us = client->down.delay_us = person->link.rtt_us / 2;
}

static void show(struct run *run, unsigned number)
{
    struct look *look = &run->looks[number];

    if (!run->joined[number] || !look->changed)
        return;
    look->changed = false;
    sim_look(run->sim, number, look->views, look->count, look->audio_only);
}

static void join(struct run *run, unsigned number)
{
    if (run->joined[number]) {
        sim_new_leg(run->sim, number);
        return;
    }
    run->joined[number] = true;
    sim_join(run->sim, number);
    show(run, number);
}

static void leave(struct run *run, unsigned number)
{
    if (run->joined[number])
        sim_leave(run->sim, number);
    run->joined[number] = false;
}

/* ---- what they do ---------------------------------------------------------------------------- */

static void take_view(struct run *run, unsigned viewer, const struct replay_entry *entry)
{
    struct look *look = &run->looks[viewer];
    unsigned shown = replay_people_number(run->people, entry->about);
    struct engine_view view = {
        .participant = run->sim->clients[shown].participant,
        .group = entry->source == ENGINE_SCREEN ? ENGINE_GROUP_SCREEN : ENGINE_GROUP_CAMERA,
        .width = (uint16_t)replay_value(entry, "width", 0),
        .height = (uint16_t)replay_value(entry, "height", 0),
        .visible = replay_value(entry, "visible", 1) != 0,
        .pinned = replay_value(entry, "pinned", 0) != 0,
    };
    size_t i = 0;

    if (shown == run->people->count)
        return;
    while (i < look->count &&
           (look->views[i].participant != view.participant || look->views[i].group != view.group))
        i++;
    if (i == REPLAY_PEOPLE)
        return;
    look->count += i == look->count;
    look->views[i] = view;
    look->changed = true;
}

static void take_mute(struct run *run, unsigned number, const struct replay_entry *entry)
{
    const struct sim_client *client = &run->sim->clients[number];
    bool muted = replay_value(entry, "unmuted", 1) == 0;
    bool microphone = entry->source == ENGINE_MICROPHONE ? muted : client->microphone_muted;
    bool camera = entry->source == ENGINE_CAMERA ? muted : client->camera_muted;

    if (run->joined[number] &&
        (microphone != client->microphone_muted || camera != client->camera_muted))
        sim_mute(run->sim, number, microphone, camera);
}

/* One speaks, the others listen. */
static void take_speaker(struct run *run, const struct replay_entry *entry)
{
    for (unsigned i = 0; i < run->people->count; i++) {
        bool speaks = run->people->list[i].id == entry->about;

        if (run->sim->clients[i].client != NULL)
            client_set_level(run->sim->clients[i].client, speaks ? LOUD_DBOV : QUIET_DBOV);
    }
}

static void act(struct run *run, const struct replay_entry *entry)
{
    unsigned number = replay_people_number(run->people, entry->participant);

    if (replay_is(entry, "speaker"))
        take_speaker(run, entry);
    if (number == run->people->count)
        return;
    if (replay_is(entry, "leg") && replay_value(entry, "after_state", -1) == ENGINE_LEG_CONNECTING)
        join(run, number);
    else if (replay_is(entry, "leave"))
        leave(run, number);
    else if (replay_is(entry, "source"))
        take_mute(run, number, entry);
    else if (replay_is(entry, "view"))
        take_view(run, number, entry);
    else if (replay_is(entry, "audio_only")) {
        run->looks[number].audio_only = replay_value(entry, "on", 0) != 0;
        run->looks[number].changed = true;
    }
}

static void follow_losses(struct run *run, uint64_t at_us)
{
    for (unsigned i = 0; i < run->people->count; i++) {
        const struct replay_link *link = &run->people->list[i].link;
        struct sim_client *client = &run->sim->clients[i];

        for (size_t *next = &run->next_loss[i];
             *next < link->loss_count && link->losses[*next].at_us <= at_us; (*next)++) {
            client->down.loss = link->losses[*next].down;
            client->up.loss = link->losses[*next].up;
        }
    }
}

/* ---- what comes of it ------------------------------------------------------------------------ */

static uint64_t recorded_id(const struct run *run, uint64_t participant)
{
    return participant == 0 ? 0 : run->people->list[participant - 1000].id;
}

static void collect(struct run *run)
{
    size_t from = run->replayed->count;
    json_t *page;

    while ((page = replay_log_page(run->sim->engine, SIM_ROOM, UNIX_OFFSET_US, &run->after)) !=
           NULL) {
        if (!replay_log_add(run->replayed, page))
            abort();
        json_decref(page);
    }
    for (size_t i = from; i < run->replayed->count; i++) {
        struct replay_entry *entry = &run->replayed->entries[i];

        entry->participant = recorded_id(run, entry->participant);
        entry->about = recorded_id(run, entry->about);
    }
}

static void run_until(struct run *run, uint64_t at_us)
{
    while (run->sim->now_us < run->start_us + at_us) {
        uint64_t left_us = run->start_us + at_us - run->sim->now_us;

        follow_losses(run, run->sim->now_us - run->start_us);
        sim_run(run->sim, left_us < STEP_US ? left_us : STEP_US);
        collect(run);
    }
}

/* All that was done at one moment, before anybody is shown anything. */
static void act_all(struct run *run)
{
    const struct replay_log *log = run->recorded;

    for (size_t i = 0; i < log->count; i++) {
        run_until(run, log->entries[i].at_us);
        act(run, &log->entries[i]);
        if (i + 1 < log->count && log->entries[i + 1].at_us == log->entries[i].at_us)
            continue;
        for (unsigned number = 0; number < run->people->count; number++)
            show(run, number);
    }
}

void replay_call_run(const struct replay_people *people, const struct replay_log *recorded,
                     uint64_t seed, struct replay_log *replayed)
{
    struct run *run = calloc(1, sizeof(*run));

    if (run == NULL)
        abort();
    *run = (struct run){.people = people, .recorded = recorded, .replayed = replayed};
    run->sim = sim_new_with(seed, people->loudest);
    run->start_us = run->sim->now_us;
    replayed->first_ms = (UNIX_OFFSET_US + run->start_us) / 1000u;
    for (unsigned i = 0; i < people->count; i++)
        add_person(run, i);
    for (unsigned i = 0; i < people->count; i++)
        if (people->list[i].begins)
            join(run, i);
    act_all(run);
    run_until(run, people->length_us + AFTER_US);
    sim_free(run->sim);
    free(run);
}
