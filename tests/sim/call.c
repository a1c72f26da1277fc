#include "sim/call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_US  300000u
#define RTT_US    50000u
#define SETTLE_US (20 * SECOND)

void call_add_publishers(struct sim *sim)
{
    static const struct client_config publisher = {
        .microphone = true,
        .camera = true,
        .layers = 3,
        .fps = 30,
        .temporal_layers = 3,
        .layer_bps = {CALL_LOW_BPS, CALL_MIDDLE_BPS, CALL_HIGH_BPS},
    };

    for (unsigned i = 0; i < CALL_PUBLISHERS; i++)
        sim_join(sim, sim_add(sim, &publisher));
}

static unsigned add_viewer(struct sim *sim, uint64_t rtt_us, bool talks_back)
{
    const struct client_config config = {
        .seats = CALL_SEATS,
        .red = true,
        .audio_nack = true,
        .microphone = talks_back,
        .camera = talks_back,
        .layers = talks_back ? 2 : 0,
        .fps = 30,
        .temporal_layers = 3,
        .layer_bps = {CALL_LOW_BPS, CALL_MIDDLE_BPS},
    };
    unsigned viewer = sim_add(sim, &config);

    sim->clients[viewer].down.delay_us = rtt_us / 2;
    sim->clients[viewer].up.delay_us = rtt_us / 2;
    return viewer;
}

unsigned call_add_viewer(struct sim *sim, uint64_t rtt_us)
{
    return add_viewer(sim, rtt_us, false);
}

void call_show(struct sim *sim, unsigned viewer)
{
    struct engine_view views[CALL_PUBLISHERS];

    for (unsigned i = 0; i < CALL_PUBLISHERS; i++)
        views[i] = (struct engine_view){.participant = sim->clients[i].participant,
                                        .group = ENGINE_GROUP_CAMERA,
                                        .width = i == 0 ? 1280 : 640,
                                        .height = i == 0 ? 720 : 360,
                                        .visible = true,
                                        .pinned = i == 0};
    sim_view(sim, viewer, views, CALL_PUBLISHERS);
}

struct call *call_open(const struct call_options *options)
{
    struct call *call = calloc(1, sizeof(*call));

    if (call == NULL)
        abort();
    call->sim = sim_new(options->seed);
    call_add_publishers(call->sim);
    call->viewer =
        add_viewer(call->sim, options->rtt_us == 0 ? RTT_US : options->rtt_us, options->talks_back);
    call->link = &call->sim->clients[call->viewer].down;
    call->link->own.queue_us = options->queue_us == 0 ? QUEUE_US : options->queue_us;
    call_set_rate(call, options->rate_bps);
    call_set_loss(call, options->loss);
    sim_run(call->sim, 2 * SECOND);
    call->opened_us = call->sim->now_us;
    sim_join(call->sim, call->viewer);
    call_show(call->sim, call->viewer);
    call_run(call, options->settle_us == 0 ? SETTLE_US : options->settle_us);
    return call;
}

void call_close(struct call *call)
{
    if (getenv("SIM_TIMELINE") != NULL)
        sim_print_timeline(call->sim);
    if (getenv("SIM_PRINT") != NULL)
        sim_print(call->sim);
    sim_free(call->sim);
    free(call->samples);
    free(call);
}

void call_set_rate(struct call *call, uint64_t rate_bps)
{
    network_bottleneck(call->link)->rate_bps = rate_bps;
}

void call_set_loss(struct call *call, uint32_t loss)
{
    call->link->loss = loss;
    call->sim->clients[call->viewer].up.loss = loss;
}

/* ---- sampling -------------------------------------------------------------------------------- */

static void sample_seat(const struct call *call, unsigned seat, struct call_sample *sample)
{
    const struct client *viewer = call->sim->clients[call->viewer].client;
    const struct client_seat_stats *video = client_seat_video(viewer, seat);
    struct client_audio_view heard = client_seat_heard(viewer, seat);
    struct client_video_view seen = client_seat_seen(viewer, seat, sample->at_us);

    sample->played += heard.played;
    sample->concealed += heard.concealed;
    sample->duplicate_bytes += video->duplicate_bytes;
    sample->packets += video->packets;
    sample->missed += video->missed;
    if (video->owner == 0 || video->owner > CALL_PUBLISHERS)
        return;
    sample->seats[video->owner - 1] = (struct call_seat_sample){
        .frames = video->frames,
        .frozen_us = seen.frozen_us,
        .ups = video->ups,
        .downs = video->downs,
        .undecodable = video->undecodable,
        .last_frame_us = video->last_frame_us,
        .layer = video->layer,
        .paused = call->sim->clients[call->viewer].seats[seat].paused != ENGINE_PAUSE_NONE,
        .seen = sample->at_us - video->last_frame_us < SECOND};
}

/* What is told to users every 2 s, or, if it came later, the last one in the timeline, which has it
 * when it moved by a tenth. */
static void follow_estimate(struct call *call)
{
    const struct sim_client *viewer = &call->sim->clients[call->viewer];
    struct timeline_entry entries[64];
    size_t count;

    while ((count = engine_timeline(call->sim->engine, SIM_ROOM, call->timeline_after, entries,
                                    64)) > 0) {
        for (size_t i = 0; i < count; i++)
            if (entries[i].note.what == TIMELINE_ESTIMATE &&
                entries[i].note.participant == viewer->participant)
                call->estimate_kbps = entries[i].note.b;
        call->timeline_after = entries[count - 1].number;
    }
    if (viewer->quality_us != call->quality_us)
        call->estimate_kbps = viewer->quality.down_kbps;
    call->quality_us = viewer->quality_us;
}

/* With the timeline: when pictures stood still. */
static void print_freezes(const struct call *call, const struct call_sample *fresh)
{
    const struct call_sample *last = call->count == 0 ? fresh : &call->samples[call->count - 1];

    for (unsigned i = 0; i < CALL_SEATS; i++)
        if (fresh->seats[i].frozen_us > last->seats[i].frozen_us)
            fprintf(stderr, "%8.3f  freeze of %u: %" PRIu64 " ms\n",
                    (double)(fresh->at_us - SECOND) / 1e6, i,
                    (fresh->seats[i].frozen_us - last->seats[i].frozen_us) / 1000);
}

/* As the page does it every 2 s (web/src/core/playout-delay.ts): what comes waits a little when a
 * hundredth of the packets of pictures of the last 10 s did not come the first time; longer when
 * more than a hundredth of their sound was made up, and then once more. */
#define PAGE_US        (2 * SECOND)
#define PAGE_LOOK_US   (10 * SECOND)
#define PAGE_CALM_US   (30 * SECOND)
#define PAGE_LOST      1.0
#define PAGE_LOSSY_US  (100 * MILLISECOND)
#define PAGE_CONCEALED 1.0
#define PAGE_LEVELS    2u

static void follow_concealed(struct call *call, bool bad, uint64_t now_us)
{
    if (bad)
        call->bad_until_us = now_us + PAGE_CALM_US;
    if (now_us >= call->bad_until_us) {
        call->longer = 0;
    } else if (bad && call->longer < PAGE_LEVELS &&
               (call->longer == 0 || now_us - call->longer_since_us > PAGE_LOOK_US)) {
        call->longer++;
        call->longer_since_us = now_us;
    }
}

static void follow_page(struct call *call)
{
    static const uint64_t longer_us[PAGE_LEVELS + 1u] = {0, 140 * MILLISECOND, 220 * MILLISECOND};
    uint64_t now_us = call->sim->now_us, delay_us;
    uint64_t from_us = now_us > PAGE_LOOK_US ? now_us - PAGE_LOOK_US : 0;

    if (call->count == 0 || now_us < call->page_us)
        return;
    call->page_us = now_us + PAGE_US;
    if (call_missed_percent(call, from_us, now_us) >= PAGE_LOST)
        call->lossy_until_us = now_us + PAGE_CALM_US;
    follow_concealed(call,
                     now_us > call->opened_us + PAGE_US &&
                         call_concealed_percent(call, from_us, now_us) >= PAGE_CONCEALED,
                     now_us);
    delay_us = longer_us[call->longer];
    if (delay_us == 0 && now_us < call->lossy_until_us)
        delay_us = PAGE_LOSSY_US;
    client_set_jitter_target(call->sim->clients[call->viewer].client, delay_us);
}

static void sample(struct call *call)
{
    const struct client *viewer = call->sim->clients[call->viewer].client;
    const struct bottleneck *bottleneck = network_bottleneck(call->link);
    struct call_sample fresh = {.at_us = call->sim->now_us,
                                .media_bytes = client_stats(viewer)->media_bytes,
                                .padding_bytes = client_stats(viewer)->padding_bytes,
                                .passed = bottleneck->passed,
                                .overflowed = bottleneck->overflowed,
                                .passed_bytes = bottleneck->passed_bytes};

    follow_estimate(call);
    follow_page(call);
    fresh.estimate_kbps = call->estimate_kbps;
    if (bottleneck->free_us > fresh.at_us)
        fresh.delay_us = bottleneck->free_us - fresh.at_us;
    for (unsigned seat = 0; seat < CALL_SEATS; seat++)
        sample_seat(call, seat, &fresh);
    if (getenv("SIM_TIMELINE") != NULL)
        print_freezes(call, &fresh);
    if (call->count == call->capacity) {
        call->capacity = call->capacity == 0 ? 4096 : 2 * call->capacity;
        call->samples = realloc(call->samples, call->capacity * sizeof(*call->samples));
        if (call->samples == NULL)
            abort();
    }
    call->samples[call->count++] = fresh;
}

void call_run(struct call *call, uint64_t duration_us)
{
    for (uint64_t end_us = call->sim->now_us + duration_us; call->sim->now_us < end_us;) {
        uint64_t left_us = end_us - call->sim->now_us;

        sim_run(call->sim, left_us < CALL_SAMPLE_US ? left_us : CALL_SAMPLE_US);
        sample(call);
    }
}

/* ---- questions ------------------------------------------------------------------------------- */

uint64_t call_now(const struct call *call)
{
    return call->sim->now_us;
}

/* The first sample at or after a moment; the last one if there is none. */
static size_t index_at(const struct call *call, uint64_t at_us)
{
    size_t low = 0, high = call->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (call->samples[middle].at_us < at_us)
            low = middle + 1;
        else
            high = middle;
    }
    return low < call->count ? low : call->count - 1;
}

static const struct call_sample *sample_at(const struct call *call, uint64_t at_us)
{
    return &call->samples[index_at(call, at_us)];
}

static double ms_until(const struct call *call, uint64_t from_us, unsigned publisher,
                       unsigned layer, bool below)
{
    size_t i;

    for (i = index_at(call, from_us); i < call->count; i++) {
        const struct call_seat_sample *seat = &call->samples[i].seats[publisher];

        if (below ? seat->paused || (seat->seen && seat->layer < layer)
                  : seat->seen && seat->layer >= layer)
            break;
    }
    i = i < call->count ? i : call->count - 1;
    return (double)(call->samples[i].at_us - from_us) / 1000.0;
}

double call_ms_until_layer(const struct call *call, uint64_t from_us, unsigned publisher,
                           unsigned layer)
{
    return ms_until(call, from_us, publisher, layer, false);
}

double call_ms_until_below(const struct call *call, uint64_t from_us, unsigned publisher,
                           unsigned layer)
{
    return ms_until(call, from_us, publisher, layer, true);
}

/* A picture that never comes is frozen all the time. */
static double frozen_us(const struct call *call, uint64_t from_us, uint64_t to_us, unsigned seat)
{
    const struct call_sample *from = sample_at(call, from_us), *to = sample_at(call, to_us);

    if (to->seats[seat].frames == from->seats[seat].frames)
        return (double)(to->at_us - from->at_us);
    return (double)to->seats[seat].frozen_us - (double)from->seats[seat].frozen_us;
}

double call_frozen_ms(const struct call *call, uint64_t from_us, uint64_t to_us)
{
    double worst = 0;

    for (unsigned i = 0; i < CALL_SEATS; i++) {
        double frozen = frozen_us(call, from_us, to_us, i);

        worst = frozen > worst ? frozen : worst;
    }
    return worst / 1000.0;
}

double call_frozen_percent(const struct call *call, uint64_t from_us, uint64_t to_us)
{
    double frozen = 0;

    for (unsigned i = 0; i < CALL_SEATS; i++)
        frozen += frozen_us(call, from_us, to_us, i);
    return 100.0 * frozen / CALL_SEATS / (double)(to_us - from_us);
}

double call_paused_percent(const struct call *call, uint64_t from_us, uint64_t to_us)
{
    size_t first = index_at(call, from_us), last = index_at(call, to_us), paused = 0;

    for (size_t i = first; i <= last; i++)
        for (unsigned seat = 0; seat < CALL_SEATS; seat++)
            paused += call->samples[i].seats[seat].paused;
    return 100.0 * (double)paused / (double)((last - first + 1) * CALL_SEATS);
}

double call_concealed_percent(const struct call *call, uint64_t from_us, uint64_t to_us)
{
    const struct call_sample *from = sample_at(call, from_us), *to = sample_at(call, to_us);
    double played = (double)to->played - (double)from->played;
    double concealed = (double)to->concealed - (double)from->concealed;

    return played + concealed <= 0 ? 100.0 : 100.0 * concealed / (played + concealed);
}

double call_missed_percent(const struct call *call, uint64_t from_us, uint64_t to_us)
{
    const struct call_sample *from = sample_at(call, from_us), *to = sample_at(call, to_us);
    uint64_t all = to->packets - from->packets;

    return all == 0 ? 0 : 100.0 * (double)(to->missed - from->missed) / (double)all;
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return left < right ? -1 : left > right;
}

double call_queue_ms(const struct call *call, uint64_t from_us, uint64_t to_us, unsigned percent)
{
    size_t first = index_at(call, from_us), count = index_at(call, to_us) - first + 1;
    uint64_t *delays = malloc(count * sizeof(*delays)), result;

    if (delays == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        delays[i] = call->samples[first + i].delay_us;
    qsort(delays, count, sizeof(*delays), compare_u64);
    result = delays[(count - 1) * percent / 100];
    free(delays);
    return (double)result / 1000.0;
}

double call_media_kbps(const struct call *call, uint64_t from_us, uint64_t to_us)
{
    const struct call_sample *from = sample_at(call, from_us), *to = sample_at(call, to_us);

    return (double)(to->media_bytes - from->media_bytes) * 8000.0 /
           (double)(to->at_us - from->at_us);
}

double call_estimate_kbps(const struct call *call, uint64_t from_us, uint64_t to_us)
{
    size_t first = index_at(call, from_us), last = index_at(call, to_us);
    double sum = 0;

    for (size_t i = first; i <= last; i++)
        sum += call->samples[i].estimate_kbps;
    return sum / (double)(last - first + 1);
}

uint64_t call_downs(const struct call *call, uint64_t from_us, uint64_t to_us)
{
    const struct call_sample *from = sample_at(call, from_us), *to = sample_at(call, to_us);
    uint64_t downs = 0;

    for (unsigned i = 0; i < CALL_SEATS; i++)
        downs += to->seats[i].downs - from->seats[i].downs;
    return downs;
}

uint64_t call_switches(const struct call *call, uint64_t from_us, uint64_t to_us)
{
    const struct call_sample *from = sample_at(call, from_us), *to = sample_at(call, to_us);
    uint64_t switches = call_downs(call, from_us, to_us);

    for (unsigned i = 0; i < CALL_SEATS; i++)
        switches += to->seats[i].ups - from->seats[i].ups;
    return switches;
}

double call_padding_percent(const struct call *call, uint64_t from_us, uint64_t to_us)
{
    const struct call_sample *from = sample_at(call, from_us), *to = sample_at(call, to_us);
    double needless = (double)(to->padding_bytes - from->padding_bytes) +
                      (double)(to->duplicate_bytes - from->duplicate_bytes);

    return 100.0 * needless / (double)(to->media_bytes - from->media_bytes + 1);
}

double call_overflow_percent(const struct call *call, uint64_t from_us, uint64_t to_us)
{
    const struct call_sample *from = sample_at(call, from_us), *to = sample_at(call, to_us);
    double lost = (double)(to->overflowed - from->overflowed);

    return 100.0 * lost / ((double)(to->passed - from->passed) + lost + 1e-9);
}

double call_longest_gap_ms(const struct call *call, uint64_t from_us, uint64_t to_us)
{
    uint64_t longest_us = 0;

    for (size_t i = index_at(call, from_us); i <= index_at(call, to_us); i++)
        for (unsigned k = 0; k < CALL_SEATS; k++) {
            uint64_t gap_us = call->samples[i].at_us - call->samples[i].seats[k].last_frame_us;

            longest_us = gap_us > longest_us ? gap_us : longest_us;
        }
    return (double)longest_us / 1000.0;
}

double call_least_fps(const struct call *call, uint64_t from_us, uint64_t to_us)
{
    size_t window = 2 * SECOND / CALL_SAMPLE_US, last = index_at(call, to_us);
    uint64_t least = UINT64_MAX;

    for (size_t i = index_at(call, from_us); i + window <= last; i++)
        for (unsigned k = 0; k < CALL_SEATS; k++) {
            uint64_t frames =
                call->samples[i + window].seats[k].frames - call->samples[i].seats[k].frames;

            least = frames < least ? frames : least;
        }
    return (double)least / 2.0;
}
