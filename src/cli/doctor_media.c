#include "cli/doctor_media.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/certificate.h"
#include "cli/load_clip.h"
#include "cli/load_clock.h"
#include "cli/load_peer.h"
#include "cli/load_signal.h"
#include "client/client.h"
#include "engine/dtls.h"
#include "engine/engine.h"
#include "wire/frame.h"
#include "wire/sdp.h"
#include "wire/stun.h"
#include "wire/wire.h"
#include "worker/sockaddr.h"

#define SLICE_MS       20u
#define RETRY_US       UINT64_C(250000)
#define OTHERS_WAIT_US UINT64_C(1000000) /* for the other addresses, once one is connected */
#define NTP_UNIX_US    (INT64_C(2208988800) * 1000000) /* RFC 5905: from 1900 to 1970 */

struct way {
    int fd; /* -1: none, or it failed */
    struct frame_reader reader;
    uint8_t in[2 * FRAME_BUFFER_BYTES];
};

struct attempt {
    struct doctor_media *out;
    uint8_t proto;
    uint64_t timeout_us; /* for the answer, and again for the connection */
    struct way ways[DOCTOR_WAYS];
    /* owned */
    struct client *client; /* NULL until the answer came */
    char *answer;
    size_t answer_len;
    struct dtls_context *dtls;
    /* The last check, for addresses that have not answered it. */
    uint8_t check[WIRE_DATAGRAM_BYTES];
    size_t check_len;
    uint64_t retry_us;
    bool chosen; /* out->by counts */
};

/* ---- signalling ------------------------------------------------------------------------------ */

static int take(void *taker, struct client *client, char *answer, size_t len)
{
    struct attempt *attempt = taker;
    attempt->client = client;
    attempt->answer = answer;
    attempt->answer_len = len;
    return 0;
}

static void await_answer(struct attempt *attempt, struct load_signal *signal,
                         const struct load_peer *peer)
{
    struct doctor_media *out = attempt->out;
    uint64_t until_us = load_clock_us() + attempt->timeout_us;
    while (!attempt->client && !load_signal_settled(signal) && load_clock_us() < until_us)
        load_signal_serve(signal, SLICE_MS);
    if (attempt->client)
        return;
    const char *why = signal->problem[0] ? signal->problem
                      : peer->reason[0]  ? peer->reason
                                         : "no answer in time";
    snprintf(out->problem, sizeof out->problem, "%s", why);
}

/* ---- the ways to the server ------------------------------------------------------------------ */

static void read_candidates(struct attempt *attempt)
{
    struct doctor_media *out = attempt->out;
    struct sdp *sdp = malloc(sizeof *sdp);
    struct sdp_problem problem;
    if (!sdp || sdp_parse(attempt->answer, attempt->answer_len, sdp, &problem) != 0 ||
        sdp->media_count == 0) {
        snprintf(out->problem, sizeof out->problem, "its answer cannot be read");
        free(sdp);
        return;
    }
    const struct sdp_media *media = &sdp->media[0];
    for (unsigned i = 0; i < media->candidate_count && out->count < DOCTOR_WAYS; i++) {
        const struct sdp_candidate *candidate = &media->candidates[i];
        struct net_address address = {.port = candidate->port};
        if (candidate->tcp != (attempt->proto == NET_TCP) ||
            net_ip_parse(candidate->address.at, candidate->address.len, &address) != 0)
            continue;
        out->ways[out->count++].address = address;
    }
    free(sdp);
}

static void open_way(struct attempt *attempt, unsigned i)
{
    struct way *way = &attempt->ways[i];
    const struct net_address *remote = &attempt->out->ways[i].address;
    struct sockaddr_storage address;
    int family = remote->family == NET_IPV6 ? AF_INET6 : AF_INET;
    int type = attempt->proto == NET_TCP ? SOCK_STREAM : SOCK_DGRAM;
    socklen_t len = sockaddr_from_net(remote, family, &address);
    frame_reader_init(&way->reader, way->in, sizeof way->in);
    way->fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (way->fd >= 0 && connect(way->fd, (struct sockaddr *)&address, len) != 0 &&
        errno != EINPROGRESS) {
        close(way->fd);
        way->fd = -1;
    }
}

/* What a TCP connection cannot take now is repeated by ICE and DTLS themselves: these few bytes
 * always fit once it is open. */
static void send_by(const struct attempt *attempt, unsigned i, const uint8_t *bytes, size_t len)
{
    uint8_t framed[FRAME_BUFFER_BYTES];
    if (attempt->ways[i].fd < 0 || len > WIRE_DATAGRAM_BYTES)
        return;
    if (attempt->proto == NET_TCP) {
        frame_put_header(framed, len);
        memcpy(framed + FRAME_HEADER_BYTES, bytes, len);
        bytes = framed;
        len += FRAME_HEADER_BYTES;
    }
    ssize_t sent = send(attempt->ways[i].fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)sent;
}

/* The server takes DTLS from where the last check came from. So: to all of them until one answers,
 * to that one alone until it is connected, then to those that are silent yet. */
static bool wants_check(const struct attempt *attempt, unsigned i)
{
    const struct doctor_media *out = attempt->out;
    if (!attempt->chosen)
        return true;
    return out->connected ? !out->ways[i].answered : i == out->by;
}

static void send_check(struct attempt *attempt)
{
    uint64_t now_us = load_clock_us();
    if (attempt->check_len == 0 || now_us < attempt->retry_us)
        return;
    attempt->retry_us = now_us + RETRY_US;
    for (unsigned i = 0; i < attempt->out->count; i++)
        if (wants_check(attempt, i))
            send_by(attempt, i, attempt->check, attempt->check_len);
}

static void send_all(struct attempt *attempt)
{
    struct engine_tx tx;
    while (client_next_tx(attempt->client, &tx)) {
        bool check = wire_kind_of(tx.bytes, tx.len) == WIRE_STUN && tx.len <= sizeof attempt->check;
        if (!check) {
            send_by(attempt, attempt->out->by, tx.bytes, tx.len);
            continue;
        }
        memcpy(attempt->check, tx.bytes, tx.len);
        attempt->check_len = tx.len;
        attempt->retry_us = 0;
    }
    send_check(attempt);
}

/* ---- one datagram ---------------------------------------------------------------------------- */

static bool is_success(const uint8_t *bytes, size_t len, struct net_address *mapped)
{
    struct stun_message message;
    if (stun_parse(bytes, len, &message) != 0 || message.class != STUN_SUCCESS)
        return false;
    *mapped = message.mapped;
    return true;
}

static void on_datagram(struct attempt *attempt, unsigned i, uint8_t *bytes, size_t len)
{
    struct doctor_media *out = attempt->out;
    struct net_address mapped;
    if (wire_kind_of(bytes, len) == WIRE_STUN && is_success(bytes, len, &mapped)) {
        out->ways[i].answered = true;
        if (!attempt->chosen) {
            attempt->chosen = true;
            out->by = i;
            out->visible = mapped;
            attempt->retry_us = 0; /* before DTLS: others' checks may have come after this one's */
            send_check(attempt);
        }
    }
    client_receive(attempt->client, load_clock_us(), bytes, len);
    send_all(attempt); /* what one call leaves to be sent, the next one takes away */
}

static void read_stream(struct attempt *attempt, unsigned i)
{
    struct way *way = &attempt->ways[i];
    uint8_t *bytes;
    size_t len;
    int result = 0;
    uint8_t *room = frame_room(&way->reader, &len);
    ssize_t got = recv(way->fd, room, len, MSG_DONTWAIT);
    if (got > 0)
        frame_fill(&way->reader, (size_t)got);
    while (got > 0 && (result = frame_next(&way->reader, &bytes, &len)) == 1)
        on_datagram(attempt, i, bytes, len);
    if (result < 0 || got == 0 || (got < 0 && errno != EAGAIN)) {
        close(way->fd);
        way->fd = -1;
    }
}

static void read_datagrams(struct attempt *attempt, unsigned i)
{
    uint8_t bytes[WIRE_DATAGRAM_BYTES];
    ssize_t got;
    while ((got = recv(attempt->ways[i].fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        on_datagram(attempt, i, bytes, (size_t)got);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static void poll_ways(struct attempt *attempt)
{
    struct pollfd fds[DOCTOR_WAYS];
    unsigned count = attempt->out->count;
    for (unsigned i = 0; i < count; i++)
        fds[i] = (struct pollfd){.fd = attempt->ways[i].fd, .events = POLLIN};
    if (poll(fds, count, (int)SLICE_MS) <= 0)
        return;
    for (unsigned i = 0; i < count; i++) {
        if (fds[i].fd < 0 || !(fds[i].revents & (POLLIN | POLLERR | POLLHUP)))
            continue;
        if (attempt->proto == NET_TCP)
            read_stream(attempt, i);
        else
            read_datagrams(attempt, i);
    }
}

static bool all_answered(const struct doctor_media *media)
{
    for (unsigned i = 0; i < media->count; i++)
        if (!media->ways[i].answered)
            return false;
    return true;
}

static void connect_media(struct attempt *attempt)
{
    struct doctor_media *out = attempt->out;
    uint64_t until_us = load_clock_us() + attempt->timeout_us, now_us;
    if (client_answer(attempt->client, load_clock_us(), attempt->answer, attempt->answer_len) !=
        0) {
        snprintf(out->problem, sizeof out->problem, "its answer does not fit the offer");
        return;
    }
    for (unsigned i = 0; i < out->count; i++)
        open_way(attempt, i);
    while (out->count > 0 && (now_us = load_clock_us()) < until_us) {
        client_tick(attempt->client, now_us);
        send_all(attempt);
        poll_ways(attempt);
        if (!out->connected && client_state(attempt->client) == CLIENT_CONNECTED) {
            out->connected = true;
            attempt->retry_us = 0;
            until_us = now_us + OTHERS_WAIT_US < until_us ? now_us + OTHERS_WAIT_US : until_us;
        }
        if (out->connected && all_answered(out))
            break;
    }
    client_close(attempt->client);
    send_all(attempt);
}

static void run(struct attempt *attempt, struct load_signal *signal, const struct load_peer *peer)
{
    await_answer(attempt, signal, peer);
    if (attempt->client)
        read_candidates(attempt);
    if (attempt->client && attempt->out->problem[0] == '\0')
        connect_media(attempt);
    load_signal_leave(signal);
}

static void finish(struct attempt *attempt)
{
    for (unsigned i = 0; i < DOCTOR_WAYS; i++)
        if (attempt->ways[i].fd >= 0)
            close(attempt->ways[i].fd);
    client_free(attempt->client);
    dtls_context_free(attempt->dtls);
    free(attempt->answer);
    free(attempt);
}

void doctor_media_try(const struct load_options *target, uint8_t proto, uint64_t timeout_us,
                      struct doctor_media *out)
{
    struct load_peer peer = {.publisher = true, .audio_only = true};
    struct load_io *no_thread[1] = {NULL};
    struct load_clips no_clips = {.layers = 0};
    uint64_t seed[2];
    *out = (struct doctor_media){.problem = "out of memory"};
    struct attempt *attempt = calloc(1, sizeof *attempt);
    if (!attempt)
        return;
    *attempt = (struct attempt){.out = out, .proto = proto, .dtls = certificate_dtls_context()};
    for (unsigned i = 0; i < DOCTOR_WAYS; i++)
        attempt->ways[i].fd = -1;
    attempt->timeout_us = timeout_us;
    struct load_signal signal = {
        .options = target,
        .clips = &no_clips,
        .dtls = attempt->dtls,
        .peers = &peer,
        .ios = no_thread,
        .take = take,
        .taker = attempt,
        .count = 1,
        .ntp_offset_us = load_clock_offset_us() + NTP_UNIX_US,
    };
    if (attempt->dtls && getrandom(seed, sizeof seed, 0) == sizeof seed) {
        rng_init(&signal.rng, seed[0], seed[1]);
        if (load_signal_init(&signal) == 0) {
            out->problem[0] = '\0';
            run(attempt, &signal, &peer);
        }
        load_signal_fini(&signal);
    }
    finish(attempt);
}
