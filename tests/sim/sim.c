#include "sim/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/counters.h"
#include "engine/dtls.h"
#include "engine/holdings.h"
#include "sim/deterministic.h"
#include "support/clock.h"
#include "support/identities.h"
#include "wire/wire.h"

#define START_US      UINT64_C(1000000)
#define WALL_CLOCK_US UINT64_C(1700000000000000)
#define NTP_OFFSET_US (INT64_C(2208988800) * 1000000 + (int64_t)WALL_CLOCK_US)
#define BATCH         64u
#define JUNK_PORT     9u
/* More calls than this at one moment: the engine does not sleep. */
#define MAX_CALLS_AT_ONCE 10000u

static const struct net_address server = {.ip = {203, 0, 113, 1}, .port = 3478, .family = NET_IPV4};

#define SIM_CHECK(condition) ((condition) ? (void)0 : sim_fail(__FILE__, __LINE__, #condition))

static _Noreturn void sim_fail(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, condition);
    abort();
}

/* FNV-1a */
static void mix(struct sim *sim, const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        sim->hash = (sim->hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
}

static void mix_u64(struct sim *sim, uint64_t value)
{
    mix(sim, &value, sizeof(value));
}

/* ---- life ------------------------------------------------------------------------------------ */

/* SIM_LINK_KBPS=2500: the engine is told what the links take. Whatever is still wrong is not the
 * estimate's fault. */
static uint64_t known_bps(void)
{
    const char *kbps = getenv("SIM_LINK_KBPS");

    return kbps == NULL ? 0 : strtoull(kbps, NULL, 10) * 1000u;
}

static struct engine *new_engine(struct sim *sim)
{
    static const struct engine_candidate candidate = {
        .address = {.ip = {203, 0, 113, 1}, .port = 3478, .family = NET_IPV4}, .proto = NET_UDP};
    struct engine_config config = {.seed = {sim->seed, ++sim->engines},
                                   .certificate_pem = identity_server_certificate,
                                   .private_key_pem = identity_server_key,
                                   .candidates = &candidate,
                                   .candidate_count = 1,
                                   .max_participants = SIM_MAX_CLIENTS,
                                   .ntp_offset_us = NTP_OFFSET_US,
                                   .loudest = sim->loudest,
                                   .known_bps = known_bps()};
    struct engine *engine = engine_new(&config, sim->now_us);

    SIM_CHECK(engine != NULL);
    return engine;
}

struct sim *sim_new(uint64_t seed)
{
    return sim_new_with(seed, 0);
}

struct sim *sim_new_with(uint64_t seed, uint32_t loudest)
{
    struct sim *sim = calloc(1, sizeof(*sim));

    SIM_CHECK(sim != NULL);
    deterministic_seed(seed);
    sim->seed = seed;
    sim->loudest = loudest;
    sim->now_us = START_US;
    clock_now_us = WALL_CLOCK_US + START_US;
    sim->hash = UINT64_C(0xcbf29ce484222325);
    network_init(&sim->network, seed);
    sim->identity = dtls_context_new(identity_client_certificate, identity_client_key);
    SIM_CHECK(sim->identity != NULL);
    sim->engine = new_engine(sim);
    return sim;
}

void sim_free(struct sim *sim)
{
    for (unsigned i = 0; i < sim->client_count; i++)
        client_free(sim->clients[i].client);
    engine_free(sim->engine);
    dtls_context_free(sim->identity);
    network_fini(&sim->network);
    free(sim);
}

unsigned sim_add(struct sim *sim, const struct client_config *config)
{
    unsigned number = sim->client_count++;
    struct sim_client *client = &sim->clients[number];

    SIM_CHECK(number < SIM_MAX_CLIENTS);
    client->config = *config;
    client->config.id = number + 1;
    client->config.dtls = sim->identity;
    client->config.ntp_offset_us = NTP_OFFSET_US;
    client->layers = (1u << CLIENT_MAX_LAYERS) - 1u;
    client->room = SIM_ROOM;
    client->participant = 1000 + number;
    client->port = (uint16_t)(SIM_FIRST_PORT + 100 * number);
    client->up.delay_us = client->down.delay_us = 10000;
    return number;
}

void sim_set_links(struct sim *sim, const struct link *link)
{
    for (unsigned i = 0; i < sim->client_count; i++)
        sim->clients[i].up = sim->clients[i].down = *link;
}

/* ---- what comes out of the engine -------------------------------------------------------------
 */

static struct sim_client *client_at(struct sim *sim, uint16_t port)
{
    unsigned number = (port - SIM_FIRST_PORT) / 100u;

    if (port < SIM_FIRST_PORT || number >= sim->client_count || sim->clients[number].port != port)
        return NULL;
    return &sim->clients[number];
}

static void take_datagram(struct sim *sim, const struct engine_tx *tx)
{
    uint16_t port = tx->path.remote.port;
    struct sim_client *client = client_at(sim, port);
    struct datagram datagram = {.len = (uint16_t)tx->len};

    sim->engine_datagrams++;
    mix_u64(sim, sim->now_us);
    mix(sim, &tx->path.remote, sizeof(tx->path.remote));
    mix(sim, tx->bytes, tx->len);
    SIM_CHECK(tx->len > 0 && tx->len <= NETWORK_BYTES);
    if (port == JUNK_PORT) {
        SIM_CHECK(wire_kind_of(tx->bytes, tx->len) == WIRE_STUN);
        sim->junk_out_bytes += tx->len;
        return;
    }
    SIM_CHECK(sim->checked_ports[port]);
    if (sim->tap != NULL && sim->tap->engine_sends != NULL)
        sim->tap->engine_sends(sim->tap->context, tx);
    if (client == NULL || client->client == NULL)
        return; /* the NAT has another mapping now, or nobody is there */
    datagram.to = (uint32_t)(client - sim->clients);
    datagram.from = datagram.to;
    datagram.port = port;
    memcpy(datagram.bytes, tx->bytes, tx->len);
    (void)network_send(&sim->network, &client->down, sim->now_us, &datagram);
}

static struct sim_client *client_of(struct sim *sim, uint64_t participant)
{
    SIM_CHECK(participant >= 1000 && participant - 1000 < sim->client_count);
    return &sim->clients[participant - 1000];
}

static void take_seats(struct sim *sim, const struct engine_event *event)
{
    struct sim_client *client = client_of(sim, event->participant);

    SIM_CHECK(event->seat_count <= CLIENT_MAX_SEATS);
    for (size_t i = 0; i < event->seat_count; i++) {
        mix_u64(sim, event->seats[i].participant);
        client->pauses[i] += event->seats[i].paused != ENGINE_PAUSE_NONE &&
                             client->seats[i].paused == ENGINE_PAUSE_NONE;
        client->seats[i] = event->seats[i];
    }
}

static uint8_t video_of(const struct sim_client *client)
{
    return client->screen ? ENGINE_SCREEN : ENGINE_CAMERA;
}

static void take_publish(struct sim *sim, const struct engine_event *event)
{
    struct sim_client *client = client_of(sim, event->participant);

    for (size_t i = 0; i < event->publish_count; i++) {
        mix_u64(sim, event->publishes[i].layers);
        if (event->publishes[i].source != video_of(client) || client->client == NULL)
            continue;
        client->layers = event->publishes[i].layers;
        if (!client->disobedient)
            client_publish(client->client, client->layers);
    }
}

static void take_quality(struct sim *sim, const struct engine_quality *quality)
{
    struct sim_client *client = client_of(sim, quality->participant);

    client->quality = *quality;
    client->quality_us = sim->now_us;
}

static void take_answer(struct sim *sim, const struct engine_event *event)
{
    struct sim_client *client = client_of(sim, event->participant);
    struct span sdp = {(const uint8_t *)event->text, event->text_len};

    mix(sim, event->text, event->text_len);
    sim->answers++;
    if (sim->tap != NULL && sim->tap->engine_answers != NULL)
        sim->tap->engine_answers(sim->tap->context, (unsigned)(client - sim->clients),
                                 client->new_leg, sdp);
    if (client->client != NULL && !client->deaf)
        SIM_CHECK(client_answer(client->client, sim->now_us, event->text, event->text_len) == 0);
}

static void take_event(struct sim *sim, const struct engine_event *event)
{
    mix_u64(sim, (uint64_t)event->type);
    mix_u64(sim, event->participant);
    switch (event->type) {
    case ENGINE_ANSWER:
        take_answer(sim, event);
        break;
    case ENGINE_REFUSED:
        fprintf(stderr, "refused: %.*s\n", (int)event->text_len, event->text);
        sim->refusals++;
        break;
    case ENGINE_LEG_STATE:
        mix_u64(sim, (uint64_t)event->leg_state);
        client_of(sim, event->participant)->leg_state = event->leg_state;
        break;
    case ENGINE_SEATS:
        take_seats(sim, event);
        break;
    case ENGINE_SPEAKERS:
        mix_u64(sim, event->dominant);
        sim->speakers_events++;
        sim->dominant = event->dominant;
        break;
    case ENGINE_PUBLISH:
        take_publish(sim, event);
        break;
    case ENGINE_QUALITY:
        for (size_t i = 0; i < event->quality_count; i++)
            take_quality(sim, &event->qualities[i]);
        break;
    }
}

static void drain_engine(struct sim *sim)
{
    struct engine_event event;
    struct engine_tx tx;

    do {
        while (engine_next_tx(sim->engine, &tx))
            take_datagram(sim, &tx);
    } while (engine_go_on(sim->engine));
    while (engine_next_event(sim->engine, &event))
        take_event(sim, &event);
}

static int command(struct sim *sim, const struct engine_command *command)
{
    int result = engine_command(sim->engine, sim->now_us, command);

    drain_engine(sim);
    return result;
}

/* ---- what clients do --------------------------------------------------------------------------
 */

static void drain_client(struct sim *sim, struct sim_client *client)
{
    struct engine_tx tx;

    while (client->client != NULL && client_next_tx(client->client, &tx)) {
        struct datagram datagram = {.to = NETWORK_SERVER,
                                    .from = (uint32_t)(client - sim->clients),
                                    .port = client->port,
                                    .len = (uint16_t)tx.len};

        SIM_CHECK(net_address_equal(&tx.path.remote, &server));
        SIM_CHECK(tx.len <= NETWORK_BYTES);
        if (sim->tap != NULL && sim->tap->client_sends != NULL)
            sim->tap->client_sends(sim->tap->context, datagram.from, &tx);
        memcpy(datagram.bytes, tx.bytes, tx.len);
        (void)network_send(&sim->network, &client->up, sim->now_us, &datagram);
    }
}

static void open_client(struct sim *sim, struct sim_client *client)
{
    client->config.seed[0] = sim->seed ^ (client->participant * UINT64_C(0x9e3779b97f4a7c15));
    client->config.seed[1] = ++sim->requests;
    /* What is under way to the former one does not reach this one. */
    client->port = (uint16_t)(client->port + (client->first_port != 0));
    client->first_port = client->port;
    client_free(client->client);
    client->client = client_new(&client->config, sim->now_us);
    SIM_CHECK(client->client != NULL);
}

static void offer(struct sim *sim, struct sim_client *client, bool new_leg)
{
    static char text[65536];
    struct engine_source_mid sources[2];
    struct engine_command command_offer = {.type = ENGINE_OFFER,
                                           .room = client->room,
                                           .participant = client->participant,
                                           .request = ++sim->requests,
                                           .new_leg = new_leg,
                                           .sdp = text,
                                           .sources = sources};
    int len = client_offer(client->client, text, sizeof(text));

    SIM_CHECK(len > 0);
    command_offer.sdp_len = (size_t)len;
    if (client->config.microphone)
        sources[command_offer.source_count++] =
            (struct engine_source_mid){.mid = "mic", .source = ENGINE_MICROPHONE};
    if (client->config.camera)
        sources[command_offer.source_count++] =
            (struct engine_source_mid){.mid = "cam", .source = video_of(client)};
    client->new_leg = new_leg;
    SIM_CHECK(command(sim, &command_offer) == 0);
}

void sim_open_room(struct sim *sim, uint64_t room)
{
    struct engine_command open = {.type = ENGINE_ROOM_OPEN, .room = room};

    SIM_CHECK(command(sim, &open) == 0);
}

static void enter(struct sim *sim, const struct sim_client *client)
{
    struct engine_command add = {
        .type = ENGINE_PARTICIPANT_ADD, .room = client->room, .participant = client->participant};

    sim_open_room(sim, client->room);
    SIM_CHECK(command(sim, &add) == 0);
}

void sim_join(struct sim *sim, unsigned number)
{
    struct sim_client *client = &sim->clients[number];

    enter(sim, client);
    client->left = false;
    open_client(sim, client);
    offer(sim, client, true);
}

void sim_new_leg(struct sim *sim, unsigned number)
{
    struct sim_client *client = &sim->clients[number];

    open_client(sim, client);
    offer(sim, client, true);
}

void sim_replace_engine(struct sim *sim)
{
    engine_free(sim->engine);
    sim->engine = new_engine(sim);
    memset(sim->checked_ports, 0, sizeof(sim->checked_ports));
}

void sim_rejoin(struct sim *sim, unsigned number)
{
    enter(sim, &sim->clients[number]);
    sim_new_leg(sim, number);
}

void sim_ice_restart(struct sim *sim, unsigned number)
{
    client_restart_ice(sim->clients[number].client);
    offer(sim, &sim->clients[number], false);
}

void sim_leave(struct sim *sim, unsigned number)
{
    struct sim_client *client = &sim->clients[number];
    struct engine_command remove = {.type = ENGINE_PARTICIPANT_REMOVE,
                                    .room = client->room,
                                    .participant = client->participant};

    if (client->client != NULL) {
        client_close(client->client);
        drain_client(sim, client);
    }
    sim_vanish(sim, number);
    client->left = true;
    SIM_CHECK(command(sim, &remove) == 0);
}

void sim_vanish(struct sim *sim, unsigned number)
{
    client_free(sim->clients[number].client);
    sim->clients[number].client = NULL;
}

void sim_close_room(struct sim *sim, uint64_t room)
{
    struct engine_command close = {.type = ENGINE_ROOM_CLOSE, .room = room};

    SIM_CHECK(command(sim, &close) == 0);
}

void sim_rebind(struct sim *sim, unsigned number)
{
    sim->clients[number].port++;
}

void sim_partition(struct sim *sim, unsigned number, bool cut)
{
    sim->clients[number].up.cut = cut;
    sim->clients[number].down.cut = cut;
}

void sim_mute(struct sim *sim, unsigned number, bool microphone, bool camera)
{
    struct sim_client *client = &sim->clients[number];
    struct engine_command enabled = {
        .type = ENGINE_SOURCES_ENABLED,
        .room = client->room,
        .participant = client->participant,
        .enabled = (uint8_t)((microphone ? 0u : 1u << ENGINE_MICROPHONE) |
                             (camera ? 0u : 1u << video_of(client))),
    };

    client->microphone_muted = microphone;
    client->camera_muted = camera;
    if (client->client != NULL)
        client_mute(client->client, microphone, camera);
    SIM_CHECK(command(sim, &enabled) == 0);
}

void sim_view(struct sim *sim, unsigned number, const struct engine_view *views, size_t count)
{
    sim_look(sim, number, views, count, false);
}

void sim_look(struct sim *sim, unsigned number, const struct engine_view *views, size_t count,
              bool audio_only)
{
    struct engine_command view = {.type = ENGINE_VIEW,
                                  .room = sim->clients[number].room,
                                  .participant = sim->clients[number].participant,
                                  .views = views,
                                  .view_count = count,
                                  .audio_only = audio_only};

    SIM_CHECK(command(sim, &view) == 0);
}

void sim_send_rtcp(struct sim *sim, unsigned number, const uint8_t *bytes, size_t len)
{
    client_inject_rtcp(sim->clients[number].client, bytes, len);
    drain_client(sim, &sim->clients[number]);
}

void sim_junk(struct sim *sim, const uint8_t *bytes, size_t len)
{
    uint8_t copy[NETWORK_BYTES];
    struct engine_datagram datagram = {
        .path = {.remote = {.ip = {198, 51, 100, 9}, .port = JUNK_PORT, .family = NET_IPV4}},
        .bytes = copy,
        .len = len};

    SIM_CHECK(len <= sizeof(copy));
    memcpy(copy, bytes, len);
    sim->junk_in_bytes += len;
    engine_receive(sim->engine, sim->now_us, &datagram, 1);
    drain_engine(sim);
}

/* ---- time -------------------------------------------------------------------------------------
 */

static struct net_path path_of(const struct datagram *datagram)
{
    return (struct net_path){
        .remote = {.ip = {198, 51, 100, 1}, .port = datagram->port, .family = NET_IPV4},
        .local = server};
}

/* Whatever a client sends from an address is preceded by its check; the server must not answer one
 * that it never heard. */
static void note_check(struct sim *sim, const struct datagram *datagram)
{
    if (wire_kind_of(datagram->bytes, datagram->len) == WIRE_STUN)
        sim->checked_ports[datagram->port] = true;
}

static void deliver_to_engine(struct sim *sim, struct datagram **batch, size_t count)
{
    struct engine_datagram datagrams[BATCH];

    for (size_t i = 0; i < count; i++) {
        note_check(sim, batch[i]);
        if (sim->tap != NULL && sim->tap->engine_receives != NULL)
            sim->tap->engine_receives(sim->tap->context, batch[i]);
        datagrams[i] = (struct engine_datagram){
            .path = path_of(batch[i]), .bytes = batch[i]->bytes, .len = batch[i]->len};
    }
    engine_receive(sim->engine, sim->now_us, datagrams, count);
    for (size_t i = 0; i < count; i++)
        network_done(batch[i]);
    drain_engine(sim);
}

static void deliver_to_client(struct sim *sim, struct datagram *datagram)
{
    struct sim_client *client = &sim->clients[datagram->to];

    if (client->client != NULL && datagram->port >= client->first_port) {
        client_receive(client->client, sim->now_us, datagram->bytes, datagram->len);
        drain_client(sim, client);
    }
    network_done(datagram);
}

static void deliver(struct sim *sim)
{
    struct datagram *batch[BATCH], *datagram;
    size_t count = 0;

    while ((datagram = network_pop(&sim->network, sim->now_us)) != NULL) {
        if (datagram->to == NETWORK_TCP) {
            cubic_receive(sim->competitor, &sim->network, sim->now_us, datagram);
            network_done(datagram);
            continue;
        }
        if (datagram->to != NETWORK_SERVER) {
            deliver_to_client(sim, datagram);
            continue;
        }
        batch[count++] = datagram;
        if (count == BATCH) {
            deliver_to_engine(sim, batch, count);
            count = 0;
        }
    }
    if (count > 0)
        deliver_to_engine(sim, batch, count);
}

static void tick(struct sim *sim)
{
    if (engine_wake_at(sim->engine) <= sim->now_us) {
        engine_tick(sim->engine, sim->now_us);
        drain_engine(sim);
    }
    if (sim->competitor != NULL)
        cubic_run(sim->competitor, &sim->network, sim->now_us);
    for (unsigned i = 0; i < sim->client_count; i++) {
        struct sim_client *client = &sim->clients[i];

        if (client->client == NULL || client_wake_at(client->client) > sim->now_us)
            continue;
        client_tick(client->client, sim->now_us);
        drain_client(sim, client);
    }
}

static uint64_t next_us(const struct sim *sim)
{
    uint64_t next = network_next_us(&sim->network), wake = engine_wake_at(sim->engine);

    next = wake < next ? wake : next;
    wake = sim->competitor == NULL ? UINT64_MAX : cubic_wake_at(sim->competitor);
    next = wake < next ? wake : next;
    for (unsigned i = 0; i < sim->client_count; i++) {
        wake = sim->clients[i].client == NULL ? UINT64_MAX : client_wake_at(sim->clients[i].client);
        next = wake < next ? wake : next;
    }
    return next;
}

void sim_run(struct sim *sim, uint64_t duration_us)
{
    uint64_t end_us = sim->now_us + duration_us, next;
    unsigned calls = 0;

    while ((next = next_us(sim)) <= end_us) {
        calls = next > sim->now_us ? 0 : calls + 1;
        SIM_CHECK(calls < MAX_CALLS_AT_ONCE);
        sim->now_us = next > sim->now_us ? next : sim->now_us;
        clock_now_us = WALL_CLOCK_US + sim->now_us;
        deliver(sim);
        tick(sim);
    }
    sim->now_us = end_us;
    clock_now_us = WALL_CLOCK_US + sim->now_us;
}

/* ---- questions --------------------------------------------------------------------------------
 */

typedef const struct client_seat_stats *seat_stats(const struct client *client, unsigned seat);

static unsigned count_live(const struct sim *sim, unsigned number, uint64_t within_us,
                           seat_stats *stats_of)
{
    const struct sim_client *client = &sim->clients[number];
    bool seen[SIM_MAX_CLIENTS + 1] = {false};
    unsigned count = 0;

    for (unsigned seat = 0; client->client != NULL && seat < client->config.seats; seat++) {
        const struct client_seat_stats *stats = stats_of(client->client, seat);

        if (stats->owner == 0 || stats->owner == number + 1 || seen[stats->owner] ||
            sim->now_us - stats->last_frame_us > within_us)
            continue;
        seen[stats->owner] = true;
        count++;
    }
    return count;
}

unsigned sim_videos_live(const struct sim *sim, unsigned client, uint64_t within_us)
{
    return count_live(sim, client, within_us, client_seat_video);
}

unsigned sim_audios_live(const struct sim *sim, unsigned client, uint64_t within_us)
{
    return count_live(sim, client, within_us, client_seat_audio);
}

static void print_seat(unsigned client, unsigned seat, const char *kind,
                       const struct client_seat_stats *stats)
{
    fprintf(stderr,
            "client %u seat %u %s: owner %u packets %" PRIu64 " rtx %" PRIu64 " dup %" PRIu64
            " lost %" PRIu64 " frames %" PRIu64 " keys %" PRIu64 " undecodable %" PRIu64
            " switches %" PRIu64 " gap %" PRIu64 " ms | conflicts %" PRIu64 " ts %" PRIu64
            " pid %" PRIu64 " chain %" PRIu64 " malformed %" PRIu64 "\n",
            client, seat, kind, stats->owner, stats->packets, stats->rtx_packets, stats->duplicates,
            stats->lost, stats->frames, stats->key_frames, stats->undecodable, stats->switches,
            stats->longest_gap_us / 1000, stats->conflicts, stats->timestamps_back,
            stats->pictures_skipped, stats->broken_chains, stats->malformed);
}

uint64_t sim_errors(const struct sim *sim)
{
    uint64_t errors = 0;

    for (unsigned i = 0; i < sim->client_count; i++) {
        const struct sim_client *client = &sim->clients[i];

        for (unsigned seat = 0; client->client != NULL && seat < client->config.seats; seat++) {
            const struct client_seat_stats *audio = client_seat_audio(client->client, seat);
            const struct client_seat_stats *video = client_seat_video(client->client, seat);

            errors += client_seat_errors(audio) + client_seat_errors(video);
            if (client_seat_errors(audio) > 0)
                print_seat(i, seat, "audio", audio);
            if (client_seat_errors(video) > 0)
                print_seat(i, seat, "video", video);
        }
    }
    return errors;
}

uint64_t sim_counter(const struct sim *sim, unsigned counter)
{
    size_t count;
    const uint64_t *values = engine_counters(sim->engine, &count);

    SIM_CHECK(counter < count);
    return values[counter];
}

void sim_print(const struct sim *sim)
{
    for (unsigned i = 0; i < sim->client_count; i++) {
        const struct sim_client *client = &sim->clients[i];
        const struct client_stats *stats;

        if (client->client == NULL)
            continue;
        stats = client_stats(client->client);
        fprintf(stderr,
                "client %u state %d leg %d in %" PRIu64 " out %" PRIu64 " frames %" PRIu64
                " keys %" PRIu64 " plis in %" PRIu64 " out %" PRIu64 " nacks in %" PRIu64
                " out %" PRIu64 " rtx %" PRIu64 " unauthentic %" PRIu64 " unknown %" PRIu64
                " srs %" PRIu64 " reports %" PRIu64 " twcc %" PRIu64 "\n",
                i, (int)client_state(client->client), (int)client->leg_state, stats->datagrams_in,
                stats->datagrams_out, stats->frames_sent, stats->key_frames_sent,
                stats->plis_received, stats->plis_sent, stats->nacks_received, stats->nacks_sent,
                stats->rtx_sent, stats->unauthentic, stats->unknown_ssrcs, stats->sender_reports,
                stats->reports_received, stats->twcc_received);
        for (unsigned seat = 0; seat < client->config.seats; seat++) {
            print_seat(i, seat, "audio", client_seat_audio(client->client, seat));
            print_seat(i, seat, "video", client_seat_video(client->client, seat));
        }
    }
    for (unsigned i = 0; i < ENGINE_COUNTERS; i++)
        if (sim_counter(sim, i) > 0)
            fprintf(stderr, "%s %" PRIu64 "\n", engine_counter_texts[i].name, sim_counter(sim, i));
}

void sim_print_timeline(const struct sim *sim)
{
    struct timeline_entry entries[64];
    uint64_t after = 0;
    size_t count;

    while ((count = engine_timeline(sim->engine, SIM_ROOM, after, entries, 64)) > 0) {
        for (size_t i = 0; i < count; i++) {
            const struct timeline_note *note = &entries[i].note;

            fprintf(stderr,
                    "%8.3f  %" PRIu64 " about %" PRIu64 ": %s %" PRIu32 " %" PRIu32 " (%s)\n",
                    (double)(entries[i].at_us - START_US) / 1e6, note->participant, note->about,
                    timeline_what_word(note->what), note->a, note->b, timeline_why_word(note->why));
        }
        after = entries[count - 1].number;
    }
}

bool sim_is_empty(const struct sim *sim, int64_t before, int64_t held,
                  char why[static SIM_WHY_BYTES])
{
    const struct engine_holdings kept = engine_holdings(sim->engine);
    const int64_t network = sim->network.capacity > 0 ? 1 : 0;
    const int64_t more = held - network - (int64_t)kept.packet_chunks - before;
    const bool sleeps = engine_wake_at(sim->engine) == UINT64_MAX;

    snprintf(why, SIM_WHY_BYTES,
             "left: rooms %u participants %u publishers %u paths %u ufrags %u houses %u packets %u,"
             " other allocations %" PRId64 "%s",
             kept.rooms, kept.participants, kept.publishers, kept.paths, kept.ufrags, kept.houses,
             kept.packets, more, sleeps ? "" : ", a timer");
    return kept.rooms + kept.participants + kept.publishers + kept.paths + kept.ufrags +
                   kept.houses + kept.packets ==
               0 &&
           more == 0 && sleeps;
}
