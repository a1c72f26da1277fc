#include "sim/swarm.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/counters.h"
#include "sim/guard.h"

#define SECOND      UINT64_C(1000000)
#define MILLISECOND UINT64_C(1000)
#define MAX_PEOPLE  5u
#define MAX_ROOMS   2u
#define GOOD_US     (3 * SECOND)  /* from a good network to pictures and sound */
#define REACHED_US  (4 * SECOND)  /* until all are reached */
#define TRUSTED_US  (12 * SECOND) /* until the links are known to be good */
/* If a key frame was asked for just before, the next may have to wait (KEYFRAME_BUDGET_MAX_US). */
#define LATE_US  (2 * SECOND)
#define LIVE_US  (1 * SECOND) /* what is live shows a frame in this time */
#define MAX_SAID 8u           /* violations printed of one run */

struct swarm {
    struct sim *sim;
    struct guard *guard;
    struct rng rng;
    bool verbose, warming_up;
    unsigned said;
    bool untrusted; /* some link was not known to be good in time */
    unsigned late;  /* tracks that were not there in time */
    unsigned people, rooms;
    int64_t held;                        /* allocations, with an engine that nobody was in */
    bool hidden[MAX_PEOPLE][MAX_PEOPLE]; /* [viewer][publisher] */
    bool audio_only[MAX_PEOPLE];
};

/* ---- telling --------------------------------------------------------------------------------- */

static double seconds(const struct swarm *swarm)
{
    return (double)swarm->sim->now_us / 1e6;
}

__attribute__((format(printf, 2, 3))) static void tell(const struct swarm *swarm,
                                                       const char *format, ...)
{
    va_list arguments;

    if (!swarm->verbose)
        return;
    printf("%8.3f  ", seconds(swarm));
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
}

__attribute__((format(printf, 2, 3))) static void violation(struct swarm *swarm, const char *format,
                                                            ...)
{
    va_list arguments;

    if (swarm->said++ >= MAX_SAID || swarm->warming_up)
        return;
    printf("seed %" PRIu64 ": VIOLATION at %.3f s: ", swarm->sim->seed, seconds(swarm));
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    fflush(stdout);
}

static void on_guard(void *context, unsigned client, const char *what)
{
    violation(context, "client %u: %s", client, what);
}

/* ---- drawing --------------------------------------------------------------------------------- */

static uint32_t draw(struct swarm *swarm, uint32_t below)
{
    return rng_below(&swarm->rng, below);
}

static bool draw_percent(struct swarm *swarm, uint32_t percent)
{
    return draw(swarm, 100) < percent;
}

static uint64_t draw_between(struct swarm *swarm, uint64_t from, uint64_t to)
{
    return from + draw(swarm, (uint32_t)(to - from));
}

static struct link draw_link(struct swarm *swarm)
{
    struct link link = {.delay_us = draw_between(swarm, 1, 120) * MILLISECOND};

    if (draw_percent(swarm, 50))
        link.jitter_us = draw_between(swarm, 1, 40) * MILLISECOND;
    if (draw_percent(swarm, 50))
        link.loss = draw(swarm, 150);
    if (draw_percent(swarm, 25))
        link.bursts = (struct bursts){.mean_us = draw_between(swarm, 20, 400) * MILLISECOND,
                                      .share = 1 + draw(swarm, 150)};
    if (draw_percent(swarm, 20))
        link.stalls = (struct bursts){.mean_us = draw_between(swarm, 20, 200) * MILLISECOND,
                                      .share = 1 + draw(swarm, 100)};
    if (draw_percent(swarm, 25))
        link.duplicate = draw(swarm, 100);
    if (draw_percent(swarm, 25))
        link.reorder = draw(swarm, 150);
    if (draw_percent(swarm, 30))
        link.own = (struct bottleneck){.rate_bps = draw_between(swarm, 80, 2000) * 1000,
                                       .queue_us = draw_between(swarm, 20, 500) * MILLISECOND};
    return link;
}

static struct client_config draw_person(struct swarm *swarm)
{
    struct client_config config = {.microphone = draw_percent(swarm, 60),
                                   .camera = draw_percent(swarm, 80),
                                   .layers = draw_percent(swarm, 25) ? 3 : 1,
                                   .fps = 15 + draw(swarm, 11),
                                   .frame_bytes = 100 + draw(swarm, 400),
                                   .temporal_layers = draw_percent(swarm, 40) ? 3 : 1,
                                   .red = draw_percent(swarm, 50),
                                   .audio_nack = draw_percent(swarm, 50),
                                   .codecs = CLIENT_ALL_CODECS,
                                   .feedback_us = 100000,
                                   .seats = 1 + draw(swarm, 4)};

    if (draw_percent(swarm, 20))
        config.codec = CLIENT_H264;
    else if (draw_percent(swarm, 12)) {
        config.codec = CLIENT_VP9;
        config.layers = 3;
        config.layer_bps[0] = 20000;
        config.layer_bps[1] = 50000;
        config.layer_bps[2] = 100000;
    }
    if (config.codec == CLIENT_H264)
        config.temporal_layers = 1;
    return config;
}

/* ---- who does what --------------------------------------------------------------------------- */

static struct sim_client *person(const struct swarm *swarm, unsigned who)
{
    return &swarm->sim->clients[who];
}

/* In the room, as control sees it. */
static bool is_in(const struct swarm *swarm, unsigned who)
{
    return !person(swarm, who)->left;
}

/* With a page that runs. */
static bool is_there(const struct swarm *swarm, unsigned who)
{
    return is_in(swarm, who) && person(swarm, who)->client != NULL;
}

/* What it saw is forgotten with it; errors must not be. */
static void judge_seats(struct swarm *swarm, unsigned who)
{
    const struct sim_client *client = person(swarm, who);

    for (unsigned seat = 0; client->client != NULL && seat < client->config.seats; seat++) {
        const struct client_seat_stats *both[] = {client_seat_audio(client->client, seat),
                                                  client_seat_video(client->client, seat)};

        for (unsigned i = 0; i < 2; i++) {
            if (client_seat_errors(both[i]) > 0)
                violation(swarm,
                          "client %u seat %u %s: conflicts %" PRIu64 " timestamps back %" PRIu64
                          " pictures skipped %" PRIu64 " broken chains %" PRIu64
                          " malformed %" PRIu64,
                          who, seat, i == 0 ? "audio" : "video", both[i]->conflicts,
                          both[i]->timestamps_back, both[i]->pictures_skipped,
                          both[i]->broken_chains, both[i]->malformed);
            if (both[i]->owner != 0 && person(swarm, both[i]->owner - 1)->room != client->room)
                violation(swarm, "client %u sees client %u of another room", who,
                          both[i]->owner - 1);
        }
    }
}

static void look(struct swarm *swarm, unsigned who)
{
    struct engine_view views[MAX_PEOPLE];
    size_t count = 0;

    swarm->audio_only[who] = draw_percent(swarm, 10);
    for (unsigned other = 0; other < swarm->people; other++) {
        swarm->hidden[who][other] = draw_percent(swarm, 15);
        if (other == who || person(swarm, other)->room != person(swarm, who)->room)
            continue;
        views[count++] = (struct engine_view){
            .participant = person(swarm, other)->participant,
            .group = person(swarm, other)->screen ? ENGINE_GROUP_SCREEN : ENGINE_GROUP_CAMERA,
            .width = (uint16_t)(160 + draw(swarm, 1200)),
            .height = (uint16_t)(90 + draw(swarm, 700)),
            .visible = !swarm->hidden[who][other],
            .pinned = draw_percent(swarm, 10)};
    }
    sim_look(swarm->sim, who, views, count, swarm->audio_only[who]);
}

/* A new page, or one whose peer connection is new, says again what is muted. */
static void say_muted(struct swarm *swarm, unsigned who)
{
    const struct sim_client *client = person(swarm, who);

    sim_mute(swarm->sim, who, client->microphone_muted, client->camera_muted);
}

static void join(struct swarm *swarm, unsigned who)
{
    tell(swarm, "client %u joins", who);
    memset(swarm->hidden[who], 0, sizeof(swarm->hidden[who]));
    swarm->audio_only[who] = false;
    person(swarm, who)->microphone_muted = person(swarm, who)->camera_muted = false;
    sim_join(swarm->sim, who);
}

static void leave(struct swarm *swarm, unsigned who)
{
    tell(swarm, "client %u leaves", who);
    judge_seats(swarm, who);
    sim_leave(swarm->sim, who);
    guard_forget(swarm->guard, who);
}

static void new_leg(struct swarm *swarm, unsigned who)
{
    tell(swarm, "client %u makes a new peer connection", who);
    judge_seats(swarm, who);
    sim_new_leg(swarm->sim, who);
    say_muted(swarm, who);
}

static void restart_ice(struct swarm *swarm, unsigned who)
{
    tell(swarm, "client %u restarts ICE", who);
    sim_ice_restart(swarm->sim, who);
    say_muted(swarm, who);
}

/* The page would notice, and make a new peer connection. */
static bool is_lost(const struct swarm *swarm, unsigned who)
{
    const struct sim_client *client = person(swarm, who);

    return client->client == NULL || client->deaf || client->leg_state == ENGINE_LEG_FAILED ||
           client_state(client->client) == CLIENT_CLOSED;
}

static bool is_connected(const struct swarm *swarm, unsigned who)
{
    return !is_lost(swarm, who) && person(swarm, who)->leg_state != ENGINE_LEG_CONNECTING &&
           client_state(person(swarm, who)->client) == CLIENT_CONNECTED;
}

/* An answer that never comes: of the first offer, or of an ICE restart. */
static void lose_answer(struct swarm *swarm, unsigned who)
{
    tell(swarm, "client %u does not hear its answer", who);
    person(swarm, who)->deaf = true;
    if (draw_percent(swarm, 50))
        restart_ice(swarm, who);
    else
        new_leg(swarm, who);
}

static void come_back(struct swarm *swarm, unsigned who)
{
    person(swarm, who)->deaf = false;
    new_leg(swarm, who);
}

/* Things that must stay zero. */
static void judge_counters(struct swarm *swarm)
{
    static const unsigned zero[] = {ENGINE_COUNTER_srtp_index_reuse_refused,
                                    ENGINE_COUNTER_srtp_send_failed, ENGINE_COUNTER_tx_arena_full,
                                    ENGINE_COUNTER_demux_full, ENGINE_COUNTER_forward_full};

    for (size_t i = 0; i < sizeof(zero) / sizeof(zero[0]); i++)
        if (sim_counter(swarm->sim, zero[i]) > 0)
            violation(swarm, "%s is %" PRIu64, engine_counter_texts[zero[i]].name,
                      sim_counter(swarm->sim, zero[i]));
}

/* As when a worker was killed: control notices, and tells all pages. */
static void replace_engine(struct swarm *swarm)
{
    tell(swarm, "the engine dies");
    judge_counters(swarm);
    sim_replace_engine(swarm->sim);
    guard_forget_all(swarm->guard);
    for (unsigned room = 0; room < swarm->rooms; room++)
        sim_open_room(swarm->sim, SIM_ROOM + room);
    sim_run(swarm->sim, draw_between(swarm, 50, 800) * MILLISECOND);
    for (unsigned who = 0; who < swarm->people; who++) {
        if (!is_in(swarm, who))
            continue;
        judge_seats(swarm, who);
        person(swarm, who)->deaf = false;
        memset(swarm->hidden[who], 0, sizeof(swarm->hidden[who]));
        swarm->audio_only[who] = false;
        sim_rejoin(swarm->sim, who);
        say_muted(swarm, who);
    }
}

static void change_network(struct swarm *swarm, unsigned who)
{
    struct sim_client *client = person(swarm, who);

    tell(swarm, "client %u has another network", who);
    client->up = draw_link(swarm);
    client->down = draw_link(swarm);
}

static void change_camera(struct swarm *swarm, unsigned who)
{
    struct client *client = person(swarm, who)->client;
    enum client_codec codec = person(swarm, who)->config.codec;

    tell(swarm, "client %u changes its video", who);
    if (draw_percent(swarm, 40))
        client_change_ssrcs(client);
    else if (codec != CLIENT_VP9 && draw_percent(swarm, 50))
        client_change_codec(client, draw_percent(swarm, 50) ? CLIENT_H264 : CLIENT_VP8);
    else if (codec != CLIENT_VP9)
        client_change_height(client, 90u << (1 + draw(swarm, 4)));
}

/* A stranger sends again what it saw of somebody else, or what looks like it. */
static void disturb(struct swarm *swarm)
{
    uint8_t bytes[NETWORK_BYTES];
    size_t len = 1 + draw(swarm, 600);

    rng_bytes(&swarm->rng, bytes, len);
    if (swarm->sim->network.count > 0) {
        const struct datagram *seen =
            swarm->sim->network.heap[1 + draw(swarm, (uint32_t)swarm->sim->network.count)];

        len = seen->len;
        memcpy(bytes, seen->bytes, len);
        /* A check, unchanged, would be the peer's: STUN does not say from where it is. */
        bytes[bytes[0] < 4 ? len - 1 : draw(swarm, (uint32_t)len)] ^= bytes[0] < 4;
    }
    tell(swarm, "a stranger sends %zu bytes", len);
    sim_junk(swarm->sim, bytes, len);
}

static void fall_silent(struct swarm *swarm, unsigned who)
{
    bool long_time = draw_percent(swarm, 6);

    tell(swarm, "client %u is cut off", who);
    sim_partition(swarm->sim, who, true);
    sim_run(swarm->sim, long_time ? draw_between(swarm, 14000, 36000) * MILLISECOND
                                  : draw_between(swarm, 200, 4000) * MILLISECOND);
    sim_partition(swarm->sim, who, false);
    tell(swarm, "client %u is reached again", who);
}

static void toggle_mute(struct swarm *swarm, unsigned who)
{
    struct sim_client *client = person(swarm, who);

    client->microphone_muted ^= draw_percent(swarm, 50);
    client->camera_muted ^= draw_percent(swarm, 60);
    tell(swarm, "client %u: microphone %s, video %s", who, client->microphone_muted ? "off" : "on",
         client->camera_muted ? "off" : "on");
    say_muted(swarm, who);
}

/* What somebody who is connected may do. */
static void act_connected(struct swarm *swarm, unsigned who)
{
    uint32_t what = draw(swarm, 100);

    if (what < 20)
        toggle_mute(swarm, who);
    else if (what < 40) {
        tell(swarm, "client %u looks elsewhere", who);
        look(swarm, who);
    } else if (what < 52)
        restart_ice(swarm, who);
    else if (what < 66) {
        tell(swarm, "client %u has another address", who);
        sim_rebind(swarm->sim, who);
    } else if (what < 72)
        lose_answer(swarm, who);
    else if (what < 86 && person(swarm, who)->config.camera)
        change_camera(swarm, who);
    else
        fall_silent(swarm, who);
}

static void act_present(struct swarm *swarm, unsigned who)
{
    uint32_t what = draw(swarm, 100);

    if (what < 15)
        leave(swarm, who);
    else if (what < 35)
        change_network(swarm, who);
    else if (what < 40) {
        tell(swarm, "client %u vanishes", who);
        judge_seats(swarm, who);
        sim_vanish(swarm->sim, who);
    } else if (is_lost(swarm, who) && what < 85)
        come_back(swarm, who);
    else if (what < 50)
        come_back(swarm, who);
    else if (is_connected(swarm, who))
        act_connected(swarm, who);
}

static void act(struct swarm *swarm)
{
    unsigned who = draw(swarm, swarm->people);

    if (draw_percent(swarm, 2))
        replace_engine(swarm);
    else if (draw_percent(swarm, 6))
        disturb(swarm);
    else if (is_in(swarm, who))
        act_present(swarm, who);
    else
        join(swarm, who);
}

/* ---- a good network -------------------------------------------------------------------------- */

/* [0] sound, [1] video. */
static const struct client_seat_stats *shown(const struct swarm *swarm, unsigned who, unsigned k,
                                             unsigned kind)
{
    const struct client *client = person(swarm, who)->client;

    return kind == 0 ? client_seat_audio(client, k) : client_seat_video(client, k);
}

/* There is such a track, this viewer wants it, and it does not come. */
static bool is_missing(const struct swarm *swarm, unsigned who, unsigned k, unsigned kind)
{
    const struct engine_seat *seat = &person(swarm, who)->seats[k];
    const struct client_seat_stats *stats = shown(swarm, who, k, kind);
    bool wanted = kind == 0 ? seat->audio : seat->video && seat->paused == ENGINE_PAUSE_NONE;

    return seat->participant != 0 && wanted &&
           (stats->owner + 1000 != seat->participant + 1 ||
            swarm->sim->now_us - stats->last_frame_us > LIVE_US);
}

static unsigned count_missing(const struct swarm *swarm)
{
    unsigned count = 0;

    for (unsigned who = 0; who < swarm->people; who++)
        for (unsigned k = 0; is_there(swarm, who) && k < person(swarm, who)->config.seats; k++)
            count += is_missing(swarm, who, k, 0) + is_missing(swarm, who, k, 1);
    return count;
}

static void judge_seat(struct swarm *swarm, unsigned who, unsigned k)
{
    const struct engine_seat *seat = &person(swarm, who)->seats[k];
    unsigned owner = (unsigned)(seat->participant - 1000);

    if (seat->paused == ENGINE_PAUSE_BANDWIDTH && swarm->untrusted)
        violation(swarm, "client %u seat %u is paused for want of bandwidth", who, k);
    if (seat->paused == ENGINE_PAUSE_HIDDEN && !swarm->hidden[who][owner])
        violation(swarm, "client %u seat %u is paused, but looked at", who, k);
    if (seat->paused == ENGINE_PAUSE_AUDIO_ONLY && !swarm->audio_only[who])
        violation(swarm, "client %u seat %u is paused, but video is wanted", who, k);
    for (unsigned kind = 0; kind < 2; kind++) {
        const struct client_seat_stats *stats = shown(swarm, who, k, kind);

        if (is_missing(swarm, who, k, kind))
            violation(swarm,
                      "client %u does not get client %u's %s: seat %u, owner %d, %" PRIu64
                      " frames, last %.3f s ago",
                      who, owner, kind == 0 ? "sound" : "video", k, (int)stats->owner - 1,
                      stats->frames, (double)(swarm->sim->now_us - stats->last_frame_us) / 1e6);
    }
}

/* How many seats this viewer could fill. */
static unsigned seatable(const struct swarm *swarm, unsigned who)
{
    unsigned count = 0;

    for (unsigned other = 0; other < swarm->people; other++) {
        const struct sim_client *client = person(swarm, other);
        bool screen = client->screen && client->config.camera;

        if (other == who || !is_there(swarm, other) || client->room != person(swarm, who)->room)
            continue;
        count += screen;
        count += client->config.microphone || (client->config.camera && !screen);
    }
    return count < person(swarm, who)->config.seats ? count : person(swarm, who)->config.seats;
}

static void judge_viewer(struct swarm *swarm, unsigned who, bool wants_all)
{
    const struct sim_client *client = person(swarm, who);
    unsigned filled = 0;

    if (!is_connected(swarm, who)) {
        violation(swarm, "client %u is not connected: leg %d, client %d", who,
                  (int)client->leg_state, (int)client_state(client->client));
        return;
    }
    for (unsigned k = 0; k < client->config.seats; k++)
        if (client->seats[k].participant != 0) {
            filled++;
            judge_seat(swarm, who, k);
        }
    if (wants_all && filled != seatable(swarm, who))
        violation(swarm, "client %u has %u seats taken, not %u", who, filled, seatable(swarm, who));
}

/* Whoever finds its connection lost makes another one; and who has another address is not reached
 * until the next check comes from there, 2.5 s at most. */
static bool all_are_reached(struct swarm *swarm)
{
    bool all = true;

    for (unsigned who = 0; who < swarm->people; who++) {
        if (!is_in(swarm, who))
            continue;
        if (is_lost(swarm, who))
            come_back(swarm, who);
        all &= guard_is_reached(swarm->guard, who);
    }
    return all;
}

/* A link that was bad has to be probed before it is trusted again, and the viewer is told. */
static bool all_are_trusted(const struct swarm *swarm)
{
    for (unsigned who = 0; who < swarm->people; who++)
        for (unsigned k = 0; is_in(swarm, who) && k < person(swarm, who)->config.seats; k++)
            if (person(swarm, who)->seats[k].participant != 0 &&
                person(swarm, who)->seats[k].paused == ENGINE_PAUSE_BANDWIDTH)
                return false;
    return true;
}

/* The time until all are in their places again counts from where the network is good for all. */
static void run_good(struct swarm *swarm)
{
    uint64_t start_us = swarm->sim->now_us, end_us = start_us + GOOD_US;

    while (swarm->sim->now_us < end_us) {
        uint64_t passed_us = swarm->sim->now_us - start_us;

        if ((!all_are_reached(swarm) && passed_us < REACHED_US) ||
            (!all_are_trusted(swarm) && passed_us < TRUSTED_US))
            end_us = swarm->sim->now_us + GOOD_US;
        sim_run(swarm->sim, 50 * MILLISECOND);
    }
    swarm->untrusted = swarm->sim->now_us - start_us > TRUSTED_US;
}

static void get_well(struct swarm *swarm)
{
    const struct link good = {.delay_us = 20 * MILLISECOND};
    bool wants_all = draw_percent(swarm, 70);

    tell(swarm, "the network is good again%s", wants_all ? ", and all want to see all" : "");
    sim_set_links(swarm->sim, &good);
    for (unsigned who = 0; who < swarm->people; who++) {
        if (!is_in(swarm, who))
            continue;
        if (!is_connected(swarm, who))
            come_back(swarm, who);
        if (!wants_all)
            continue;
        person(swarm, who)->microphone_muted = person(swarm, who)->camera_muted = false;
        say_muted(swarm, who);
        memset(swarm->hidden[who], 0, sizeof(swarm->hidden[who]));
        swarm->audio_only[who] = false;
        sim_look(swarm->sim, who, NULL, 0, false);
    }
    run_good(swarm);
    swarm->late = count_missing(swarm);
    if (swarm->late > 0)
        sim_run(swarm->sim, LATE_US);
    for (unsigned who = 0; who < swarm->people; who++)
        if (is_in(swarm, who))
            judge_viewer(swarm, who, wants_all);
    if (swarm->verbose && swarm->said > 0) {
        sim_print(swarm->sim);
        sim_print_timeline(swarm->sim);
    }
}

/* ---- the end --------------------------------------------------------------------------------- */

static void judge_empty(struct swarm *swarm)
{
    char why[SIM_WHY_BYTES];

    if (!sim_is_empty(swarm->sim, swarm->held, sim_allocations_held(), why))
        violation(swarm, "%s", why);
}

static void go_home(struct swarm *swarm)
{
    unsigned first = draw(swarm, swarm->people);

    for (unsigned i = 0; i < swarm->people; i++) {
        unsigned who = (first + i) % swarm->people;

        if (!is_in(swarm, who))
            continue;
        if (draw_percent(swarm, 90))
            leave(swarm, who);
        sim_run(swarm->sim, draw(swarm, 200) * MILLISECOND);
    }
    for (unsigned who = 0; who < swarm->people; who++)
        judge_seats(swarm, who);
    for (unsigned room = 0; room < swarm->rooms; room++)
        sim_close_room(swarm->sim, SIM_ROOM + room);
    for (unsigned who = 0; who < swarm->people; who++)
        sim_vanish(swarm->sim, who);
    guard_forget_all(swarm->guard);
    sim_run(swarm->sim, SECOND);
    judge_counters(swarm);
    judge_empty(swarm);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void open_rooms(struct swarm *swarm)
{
    swarm->people = 2 + draw(swarm, MAX_PEOPLE - 1);
    swarm->rooms = swarm->people > 3 && draw_percent(swarm, 40) ? MAX_ROOMS : 1;
    for (unsigned room = 0; room < swarm->rooms; room++)
        sim_open_room(swarm->sim, SIM_ROOM + room);
    for (unsigned who = 0; who < swarm->people; who++) {
        struct client_config config = draw_person(swarm);

        (void)sim_add(swarm->sim, &config);
        person(swarm, who)->room = SIM_ROOM + draw(swarm, swarm->rooms);
        person(swarm, who)->screen = draw_percent(swarm, 20);
        person(swarm, who)->left = true;
        tell(swarm,
             "client %u: room %" PRIu64 ", %s%s%s, codec %d, layers %u, %u fps, temporal layers %u,"
             " seats %u",
             who, person(swarm, who)->room, config.microphone ? "microphone " : "",
             config.camera ? "video" : "", person(swarm, who)->screen ? " of a screen" : "",
             (int)config.codec, config.layers, config.fps, config.temporal_layers, config.seats);
        if (draw_percent(swarm, 70))
            change_network(swarm, who);
    }
}

static struct swarm_result run(uint64_t seed, bool verbose, bool warming_up)
{
    struct swarm swarm = {.sim = sim_new(seed), .verbose = verbose, .warming_up = warming_up};
    struct swarm_result result;
    uint64_t start_us = swarm.sim->now_us, end_us;

    rng_init(&swarm.rng, seed, UINT64_C(0x737761726d));
    swarm.guard = guard_new(swarm.sim, on_guard, &swarm);
    if (swarm.guard == NULL)
        abort();
    swarm.held = sim_allocations_held();
    open_rooms(&swarm);
    end_us = swarm.sim->now_us + draw_between(&swarm, 6, 14) * SECOND;
    for (unsigned who = 0; who < swarm.people; who++)
        if (draw_percent(&swarm, 70))
            join(&swarm, who);
    while (swarm.sim->now_us < end_us) {
        sim_run(swarm.sim, draw_between(&swarm, 20, 900) * MILLISECOND);
        act(&swarm);
    }
    get_well(&swarm);
    go_home(&swarm);
    result = (struct swarm_result){.simulated_us = swarm.sim->now_us - start_us,
                                   .datagrams = guard_judged(swarm.guard),
                                   .late = swarm.late,
                                   .violations = swarm.said};
    guard_free(swarm.guard);
    sim_free(swarm.sim);
    return result;
}

void swarm_warm_up(void)
{
    (void)run(1, false, true);
}

struct swarm_result swarm_run(uint64_t seed, bool verbose)
{
    return run(seed, verbose, false);
}
