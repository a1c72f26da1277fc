/* What the engine costs by itself: one publisher, N receivers with keys of their own, no socket and
 * no other process. Real clients (src/client) stand on a network without delay; their time is not
 * counted. Times of a burst are from the datagrams that came to the datagrams to send; the rest
 * (feedback, timers) is counted apart.
 * Usage: bench_engine [--receivers N] [--burst N] [--frames N] [--json FILE] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "client/client.h"
#include "client/client_source.h"
#include "engine/dtls_context.h"
#include "engine/engine.h"
#include "support/identities.h"
#include "measure.h"

#define ROOM        UINT64_C(1)
#define FPS         30u
#define STEP_US     1000u
#define SETTLE_US   3000000u
#define START_US    UINT64_C(1000000)
#define RECEIVERS   4000u
#define BURST_MAX   64u
#define OUT_MAX     65536u
#define NTP_FROM_US INT64_C(3900000000000000)

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                             \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

struct spent {
    double ns;
    uint64_t packets; /* forwarded */
};

struct bench {
    struct engine *engine;
    struct dtls_context *identity;
    uint64_t now_us;
    unsigned count; /* clients; [0] publishes */
    struct client *clients[RECEIVERS + 1u];
    struct engine_tx out[OUT_MAX];
    /* results */
    double *bursts; /* ns per forwarded packet, of each burst that was as long as it should be */
    size_t burst_count;
    double all_ns; /* of the engine, whatever for */
    uint64_t forwarded, short_bursts;
    bool measuring;
};

static const struct engine_candidate SERVER = {
    .address = {.ip = {203, 0, 113, 1}, .port = 3478, .family = NET_IPV4}, .proto = NET_UDP};

static double clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* ---- the network ----------------------------------------------------------------------------- */

static struct net_path path_of(unsigned number)
{
    struct net_path path = {.remote = {.ip = {10, 0, (uint8_t)(number >> 8), (uint8_t)number},
                                       .port = 40000,
                                       .family = NET_IPV4},
                            .local = SERVER.address};
    return path;
}

static void deliver(struct bench *bench, const struct engine_tx *tx)
{
    static uint8_t copy[2048];
    const unsigned number =
        ((unsigned)tx->path.remote.ip[2] << 8 | tx->path.remote.ip[3]) % (RECEIVERS + 1u);
    MUST(number < bench->count && tx->len <= sizeof copy);
    memcpy(copy, tx->bytes, tx->len);
    client_receive(bench->clients[number], bench->now_us, copy, tx->len);
}

/* What the engine made of a call that began at from_ns. Returns how many datagrams. */
static size_t drain_engine(struct bench *bench, double from_ns, double *ns)
{
    size_t total = 0;
    struct engine_event event;
    bool more = true;
    *ns = 0;
    while (more) {
        size_t count = 0;
        while (count < OUT_MAX && engine_next_tx(bench->engine, &bench->out[count]))
            count++;
        *ns += clock_ns() - from_ns;
        total += count;
        for (size_t i = 0; i < count; i++)
            deliver(bench, &bench->out[i]);
        from_ns = clock_ns();
        more = engine_go_on(bench->engine);
    }
    bench->all_ns += *ns;
    while (engine_next_event(bench->engine, &event))
        if (event.type == ENGINE_ANSWER)
            MUST(client_answer(bench->clients[event.participant - 1], bench->now_us, event.text,
                               event.text_len) == 0);
    return total;
}

/* Of a thousand viewers there is always one whose packets stand in line, or who is probed. */
static bool is_whole(size_t sent, size_t expected)
{
    return sent * 20u >= expected * 19u && sent * 20u <= expected * 21u;
}

static void feed(struct bench *bench, struct engine_datagram *datagrams, size_t count, bool media)
{
    double ns;
    const double from_ns = clock_ns();
    engine_receive(bench->engine, bench->now_us, datagrams, count);
    const size_t sent = drain_engine(bench, from_ns, &ns);
    if (!media || !bench->measuring)
        return;
    bench->forwarded += sent;
    if (is_whole(sent, count * (bench->count - 1u)))
        bench->bursts[bench->burst_count++] = ns / (double)sent;
    else
        bench->short_bursts++;
}

static bool is_media(const struct engine_datagram *datagram)
{
    return datagram->len > 1000 && datagram->bytes[0] >= 128 && datagram->bytes[0] < 192;
}

/* All that one client has to say at this moment, as one batch. */
static void drain_client(struct bench *bench, unsigned number, size_t burst)
{
    static uint8_t bytes[BURST_MAX][2048];
    struct engine_datagram datagrams[BURST_MAX];
    struct engine_tx tx;
    size_t count = 0;
    bool media = true;
    while (count < BURST_MAX && client_next_tx(bench->clients[number], &tx)) {
        memcpy(bytes[count], tx.bytes, tx.len);
        datagrams[count] =
            (struct engine_datagram){.path = path_of(number), .bytes = bytes[count], .len = tx.len};
        media = media && is_media(&datagrams[count]);
        count++;
    }
    if (count > 0)
        feed(bench, datagrams, count, number == 0 && media && count == burst);
}

static void run(struct bench *bench, uint64_t duration_us, size_t burst)
{
    for (const uint64_t end_us = bench->now_us + duration_us; bench->now_us < end_us;) {
        bench->now_us += STEP_US;
        for (unsigned i = 0; i < bench->count; i++) {
            if (client_wake_at(bench->clients[i]) <= bench->now_us)
                client_tick(bench->clients[i], bench->now_us);
            drain_client(bench, i, burst);
        }
        if (engine_wake_at(bench->engine) <= bench->now_us) {
            double ns;
            const double from_ns = clock_ns();
            engine_tick(bench->engine, bench->now_us);
            (void)drain_engine(bench, from_ns, &ns);
        }
    }
}

/* ---- who is there ---------------------------------------------------------------------------- */

static void command(struct bench *bench, const struct engine_command *what)
{
    double ns;
    MUST(engine_command(bench->engine, bench->now_us, what) == 0);
    (void)drain_engine(bench, clock_ns(), &ns);
}

static void join(struct bench *bench, const struct client_config *config)
{
    static char text[65536];
    const struct engine_source_mid camera = {.mid = "cam", .source = ENGINE_CAMERA};
    const unsigned number = bench->count++;
    struct client_config own = *config;
    own.seed[0] = number + 1u;
    own.seed[1] = 7;
    own.id = number + 1u;
    own.dtls = bench->identity;
    own.ntp_offset_us = NTP_FROM_US;
    bench->clients[number] = client_new(&own, bench->now_us);
    MUST(bench->clients[number] != NULL);
    struct engine_command what = {
        .type = ENGINE_PARTICIPANT_ADD, .room = ROOM, .participant = number + 1u};
    command(bench, &what);
    what.type = ENGINE_OFFER;
    what.new_leg = true;
    what.sdp = text;
    const int len = client_offer(bench->clients[number], text, sizeof text);
    MUST(len > 0);
    what.sdp_len = (size_t)len;
    what.sources = &camera;
    what.source_count = config->camera;
    command(bench, &what);
    run(bench, 5 * STEP_US, 0);
}

static void open_room(struct bench *bench, unsigned receivers, unsigned burst)
{
    const struct engine_command open = {.type = ENGINE_ROOM_OPEN, .room = ROOM};
    const struct client_config publisher = {
        .camera = true, .layers = 1, .fps = FPS, .frame_bytes = burst * CLIENT_PAYLOAD_BYTES};
    const struct client_config receiver = {.seats = 1};
    command(bench, &open);
    join(bench, &publisher);
    for (unsigned i = 0; i < receivers; i++)
        join(bench, &receiver);
    run(bench, SETTLE_US, burst);
    for (unsigned i = 0; i < bench->count; i++)
        MUST(client_state(bench->clients[i]) == CLIENT_CONNECTED);
}

static void close_room(struct bench *bench)
{
    for (unsigned i = 0; i < bench->count; i++)
        client_free(bench->clients[i]);
    engine_free(bench->engine);
    dtls_context_free(bench->identity);
    free(bench->bursts);
}

static void report(struct bench *bench, unsigned receivers, unsigned burst, FILE *json)
{
    const double middle = bench->burst_count ? median(bench->bursts, bench->burst_count) : 0;
    const double all = bench->forwarded ? bench->all_ns / (double)bench->forwarded : 0;
    printf("%9u %6u %10.0f %10.0f %8zu %6llu\n", receivers, burst, middle, all, bench->burst_count,
           (unsigned long long)bench->short_bursts);
    if (json)
        fprintf(json,
                "{\"receivers\": %u, \"burst\": %u, \"burst_ns\": %.1f, \"all_ns\": %.1f, "
                "\"bursts\": %zu}\n",
                receivers, burst, middle, all, bench->burst_count);
}

static void measure(unsigned receivers, unsigned burst, unsigned frames, FILE *json)
{
    struct bench *bench = calloc(1, sizeof *bench);
    MUST(bench != NULL && receivers <= RECEIVERS && burst <= BURST_MAX);
    bench->now_us = START_US;
    bench->bursts = calloc(frames + FPS, sizeof bench->bursts[0]);
    bench->identity = dtls_context_new(identity_client_certificate, identity_client_key);
    const struct engine_config config = {.seed = {1, 2},
                                         .certificate_pem = identity_server_certificate,
                                         .private_key_pem = identity_server_key,
                                         .candidates = &SERVER,
                                         .candidate_count = 1,
                                         .max_participants = receivers + 2u,
                                         .ntp_offset_us = NTP_FROM_US};
    bench->engine = engine_new(&config, bench->now_us);
    MUST(bench->bursts && bench->identity && bench->engine);
    open_room(bench, receivers, burst);
    bench->all_ns = 0;
    bench->measuring = true;
    run(bench, UINT64_C(1000000) * frames / FPS, burst);
    report(bench, receivers, burst, json);
    close_room(bench);
    free(bench);
}

static unsigned number_after(int argc, char **argv, const char *name, unsigned otherwise)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return (unsigned)strtoul(argv[i + 1], NULL, 10);
    return otherwise;
}

int main(int argc, char **argv)
{
    static const unsigned BURSTS[] = {10, 5, 2, 1};
    static const unsigned COUNTS[] = {10, 100, 1000};
    const unsigned receivers = number_after(argc, argv, "--receivers", 0);
    const unsigned burst = number_after(argc, argv, "--burst", 0);
    const unsigned frames = number_after(argc, argv, "--frames", 300);
    FILE *json = NULL;
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--json") == 0)
            json = fopen(argv[i + 1], "w");
    puts("receivers  burst  ns/packet   all/packet  bursts  short");
    if (receivers || burst) {
        measure(receivers ? receivers : 100, burst ? burst : 10, frames, json);
    } else {
        for (size_t i = 0; i < sizeof BURSTS / sizeof BURSTS[0]; i++)
            measure(100, BURSTS[i], frames, json);
        for (size_t i = 0; i < sizeof COUNTS / sizeof COUNTS[0]; i++)
            measure(COUNTS[i], 10, frames / (COUNTS[i] > 100 ? 4 : 1), json);
    }
    if (json)
        fclose(json);
    return 0;
}
