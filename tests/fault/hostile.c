/* A participant who misbehaves: a whole WebRTC endpoint (src/client) on a UDP socket, whose
 * signalling the test does. Usage: hostile MODE SECONDS SEED
 *
 * none: does nothing wrong.
 *
 * rtcp: authentic RTCP that no receiver would send: NACKs for everything, floods of PLI and FIR,
 * REMB of zero, all lost, goodbyes for others' SSRCs, feedback for nothing, junk.
 *
 * rtp: authentic RTP that no sender would send: other SSRCs, codecs and sizes all the time,
 * dependency descriptors of random bytes.
 *
 * flood: authentic RTP, 9,000 packets a second of it.
 *
 * dtls: checks the path, and then sends no handshake but pieces of ones: of no length, out of
 * bounds, overlapping, never whole.
 *
 * Writes its offer, a line with a dot alone behind it; reads the answer in the same form; prints
 * what became of it as a line of JSON. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/rng.h"
#include "client/client.h"
#include "engine/dtls.h"
#include "engine/engine.h"
#include "support/identities.h"
#include "wire/rtcp.h"
#include "wire/wire.h"

#define SDP_BYTES   65536u
#define SEATS       4u
#define ACT_US      5000u
#define PIECES      40u
#define NTP_UNIX_US (INT64_C(2208988800) * 1000000)

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "hostile.c:%d: %s\n", __LINE__, #what);                                \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

struct hostile {
    const char *mode;
    struct client *client;
    struct rng rng;
    int fd;
    uint64_t sent, received, odd;
};

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static bool is(const struct hostile *hostile, const char *mode)
{
    return strcmp(hostile->mode, mode) == 0;
}

/* ---- what nobody should send ----------------------------------------------------------------- */

static void inject(struct hostile *hostile, const struct writer *writer)
{
    client_inject_rtcp(hostile->client, writer->bytes, writer_len(writer));
    hostile->odd++;
}

static void ask_for_everything(struct hostile *hostile, unsigned seat)
{
    uint8_t bytes[1200];
    struct writer writer = writer_of(bytes, sizeof bytes);
    const uint32_t ssrc = client_seat_ssrc(hostile->client, seat, true);
    uint16_t seqs[64], first = (uint16_t)rng_u32(&hostile->rng);
    for (unsigned i = 0; i < 64; i++)
        seqs[i] = (uint16_t)(first + i);
    if (rtcp_write_nack(&writer, 1, ssrc, seqs, 64) == 0 && rtcp_write_pli(&writer, 1, ssrc) == 0 &&
        rtcp_write_fir(&writer, 1, ssrc, (uint8_t)first) == 0)
        inject(hostile, &writer);
}

static void complain(struct hostile *hostile, unsigned seat)
{
    uint8_t bytes[256];
    struct writer writer = writer_of(bytes, sizeof bytes);
    const uint32_t ssrc = client_seat_ssrc(hostile->client, seat, true);
    const struct rtcp_report report = {.ssrc = ssrc,
                                       .highest_seq = rng_u32(&hostile->rng),
                                       .lost = 0x7fffff,
                                       .fraction_lost = 255};
    if (rtcp_write_rr(&writer, 1, &report, 1) == 0 &&
        rtcp_write_remb(&writer, 1, 0, &ssrc, 1) == 0 && rtcp_write_bye(&writer, &ssrc, 1) == 0)
        inject(hostile, &writer);
}

/* A right header, and what comes. */
static void send_junk(struct hostile *hostile)
{
    uint8_t bytes[200];
    const unsigned len = 8u + 4u * rng_below(&hostile->rng, 40);
    for (unsigned i = 0; i < len; i++)
        bytes[i] = (uint8_t)rng_u32(&hostile->rng);
    bytes[0] = (uint8_t)(0x80 | (bytes[0] & 0x1f));
    bytes[1] = (uint8_t)(200 + bytes[1] % 8);
    bytes_put_u16(bytes + 2, (uint16_t)(len / 4 - 1));
    client_inject_rtcp(hostile->client, bytes, len);
    hostile->odd++;
}

static void send_odd_streams(struct hostile *hostile)
{
    static const unsigned lines[] = {90, 180, 720, 1080};
    static uint8_t descriptor[16];
    const unsigned turn = (unsigned)hostile->odd++;
    if (turn % 4 == 0)
        client_change_ssrcs(hostile->client);
    if (turn % 6 == 0)
        client_change_codec(hostile->client, turn % 12 == 0 ? CLIENT_H264 : CLIENT_VP8);
    client_change_height(hostile->client, lines[turn % 4]);
    for (unsigned i = 0; i < sizeof descriptor; i++)
        descriptor[i] = (uint8_t)rng_u32(&hostile->rng);
    client_set_descriptor(hostile->client, descriptor, rng_below(&hostile->rng, sizeof descriptor));
}

/* RFC 6347 4.1 and 4.2.2: records of handshake fragments. */
static void send_pieces_of_handshakes(struct hostile *hostile)
{
    for (unsigned i = 0; i < PIECES; i++) {
        uint8_t bytes[1200] = {0};
        struct writer writer = writer_of(bytes, sizeof bytes);
        const unsigned len = rng_below(&hostile->rng, 3) == 0 ? 0 : rng_below(&hostile->rng, 1000);
        writer_u8(&writer, 22);
        writer_u16(&writer, 0xfefd);
        writer_u16(&writer, 0); /* epoch */
        writer_u24(&writer, 0);
        writer_u24(&writer, (uint32_t)hostile->odd++);
        writer_u16(&writer, (uint16_t)(12 + len));
        writer_u8(&writer, (uint8_t)(1 + rng_below(&hostile->rng, 20)));
        writer_u24(&writer, rng_u32(&hostile->rng) & 0xffffff); /* of the whole */
        writer_u16(&writer, (uint16_t)rng_below(&hostile->rng, 20));
        writer_u24(&writer, rng_u32(&hostile->rng) & 0xffff);
        writer_u24(&writer, len);
        (void)writer_reserve(&writer, len);
        (void)!send(hostile->fd, bytes, writer_len(&writer), 0);
    }
}

static void act(struct hostile *hostile)
{
    if (client_state(hostile->client) != CLIENT_CONNECTED)
        return;
    for (unsigned seat = 0; seat < SEATS && is(hostile, "rtcp"); seat++) {
        ask_for_everything(hostile, seat);
        complain(hostile, seat);
        send_junk(hostile);
    }
    if (is(hostile, "rtp"))
        send_odd_streams(hostile);
}

/* ---- a participant --------------------------------------------------------------------------- */

static void drain(struct hostile *hostile)
{
    struct engine_tx tx;
    while (client_next_tx(hostile->client, &tx)) {
        if (is(hostile, "dtls") && wire_kind_of(tx.bytes, tx.len) == WIRE_DTLS) {
            send_pieces_of_handshakes(hostile);
        } else {
            hostile->sent++;
            (void)!send(hostile->fd, tx.bytes, tx.len, 0);
        }
    }
}

static void receive(struct hostile *hostile)
{
    uint8_t bytes[2048];
    ssize_t len;
    while ((len = recv(hostile->fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
        hostile->received++;
        client_receive(hostile->client, now_us(), bytes, (size_t)len);
        drain(hostile);
    }
}

static void run(struct hostile *hostile, uint64_t until_us)
{
    uint64_t act_us = now_us(), at_us;
    while ((at_us = now_us()) < until_us && client_state(hostile->client) != CLIENT_CLOSED) {
        struct pollfd poll_fd = {.fd = hostile->fd, .events = POLLIN};
        const uint64_t wake_us = client_wake_at(hostile->client);
        const uint64_t next_us = wake_us < act_us ? wake_us : act_us;
        poll(&poll_fd, 1, next_us > at_us ? (int)((next_us - at_us) / 1000u) : 0);
        receive(hostile);
        client_tick(hostile->client, now_us());
        if (now_us() >= act_us) {
            act(hostile);
            act_us = now_us() + ACT_US;
        }
        drain(hostile);
    }
}

/* ---- signalling ------------------------------------------------------------------------------ */

static void write_offer(struct client *client)
{
    static char text[SDP_BYTES];
    MUST(client_offer(client, text, sizeof text) > 0);
    printf("%s.\n", text);
    fflush(stdout);
}

/* Up to a dot; the lines end as SDP's do. */
static size_t read_answer(char text[static SDP_BYTES])
{
    size_t len = 0;
    while (len < SDP_BYTES - 1024 && fgets(text + len, 1024, stdin) &&
           strcmp(text + len, ".\n") != 0)
        len += strlen(text + len);
    return len;
}

/* The port of the answer's candidate, on loopback. */
static int connect_to(const char *answer)
{
    const char *candidate = strstr(answer, "a=candidate:"), *udp;
    unsigned port = 0;
    MUST(candidate);
    udp = strstr(candidate, " 127.0.0.1 ");
    MUST(udp);
    port = (unsigned)strtoul(udp + strlen(" 127.0.0.1 "), NULL, 10);
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    MUST(fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0);
    return fd;
}

int main(int count, char **arguments)
{
    static char answer[SDP_BYTES];
    MUST(count == 4);
    const uint64_t seed = strtoull(arguments[3], NULL, 10);
    struct hostile hostile = {.mode = arguments[1]};
    const struct client_config config = {
        .seed = {seed, 7},
        .id = 99,
        .dtls = dtls_context_new(identity_client_certificate, identity_client_key),
        .seats = SEATS,
        .microphone = true,
        .camera = true,
        .fps = strcmp(arguments[1], "flood") == 0 ? 500 : 30,
        .frame_bytes = strcmp(arguments[1], "flood") == 0 ? 20000 : 0,
        .codecs = CLIENT_ALL_CODECS,
        .descriptor = true,
        .ntp_offset_us = NTP_UNIX_US,
    };
    rng_init(&hostile.rng, seed, 11);
    hostile.client = client_new(&config, now_us());
    MUST(config.dtls && hostile.client);
    write_offer(hostile.client);
    const size_t len = read_answer(answer);
    hostile.fd = connect_to(answer);
    MUST(client_answer(hostile.client, now_us(), answer, len) == 0);
    run(&hostile, now_us() + strtoull(arguments[2], NULL, 10) * 1000000u);
    const struct client_stats *stats = client_stats(hostile.client);
    printf("{\"state\": %d, \"sent\": %llu, \"received\": %llu, \"media_bytes\": %llu, \"odd\": "
           "%llu, \"rtx\": %llu}\n",
           (int)client_state(hostile.client), (unsigned long long)hostile.sent,
           (unsigned long long)hostile.received, (unsigned long long)stats->media_bytes,
           (unsigned long long)hostile.odd, (unsigned long long)stats->rtx_sent);
    client_free(hostile.client);
    dtls_context_free(config.dtls);
    close(hostile.fd);
    return 0;
}
