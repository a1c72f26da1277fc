/* A script of what can happen to a transport. Each step is an operation byte, a length (2 bytes)
 * and that many bytes:
 *
 *     operation: bits 0..2 what, bits 3..4 from which of four paths
 *       0, 1  these bytes arrive            4  time passes: length, in ms
 *       2     a good check arrives          5  the peer's DTLS says its next flight
 *       3     the same, nominating          6  they arrive as authentic SRTP, or SRTCP
 *                                           7  ICE restarts, or a TCP connection closes */
#include "fuzz.h"

#include "base/counters.h"
#include "base/rng.h"
#include "engine/dtls.h"
#include "engine/engine.h"
#include "engine/transport.h"
#include "engine/tx.h"
#include "support/identities.h"
#include "wire/stun.h"
#include "wire/wire.h"

#define MAX_STEPS   64
#define MAX_WAITING 32

struct datagram {
    uint8_t bytes[1500];
    size_t len;
};

struct peer {
    struct transport *transport;
    struct transport_remote remote;
    struct tx *tx;
    struct dtls *dtls;
    struct srtp *srtp;
    struct rng rng;
    uint64_t now_us;
    uint64_t counters[ENGINE_COUNTERS];
    bool checked[4];
    bool started;
    struct datagram waiting[MAX_WAITING];
    size_t waiting_count;
};

static struct dtls_context *ours, *theirs;

static void wait_for_turn(void *context, const uint8_t *bytes, size_t len)
{
    struct peer *peer = context;

    if (peer->waiting_count == MAX_WAITING)
        return;
    memcpy(peer->waiting[peer->waiting_count].bytes, bytes, len);
    peer->waiting[peer->waiting_count++].len = len;
}

static struct net_path path_of(unsigned place)
{
    return (struct net_path){
        .remote = {.ip = {192, 0, 2, 1}, .port = (uint16_t)(4000 + place), .family = NET_IPV4},
        .connection = place == 3 ? 7 : 0,
        .proto = place == 3 ? NET_TCP : NET_UDP};
}

/* Nothing but an error response leaves for a path that was not checked. */
static void drain(struct peer *peer)
{
    struct engine_tx out;

    while (tx_next(peer->tx, &out)) {
        unsigned place = out.path.remote.port - 4000u;
        enum wire_kind kind = wire_kind_of(out.bytes, out.len);

        fuzz_touch((struct span){out.bytes, out.len});
        FUZZ_CHECK(place < 4 && (peer->checked[place] || kind == WIRE_STUN));
        if (kind == WIRE_DTLS && peer->dtls != NULL)
            dtls_receive(peer->dtls, peer->now_us, out.bytes, out.len);
    }
}

static void arrive(struct peer *peer, unsigned place, const uint8_t *bytes, size_t len)
{
    struct net_path path = path_of(place);
    uint8_t *copy = fuzz_copy(bytes, len);
    enum transport_packet packet;
    bool checked;

    tx_reset(peer->tx);
    packet =
        transport_receive(peer->transport, peer->now_us, &path, copy, &len, peer->tx, &checked);
    peer->checked[place] |= checked;
    FUZZ_CHECK(packet == TRANSPORT_NOTHING || peer->srtp != NULL);
    if (packet != TRANSPORT_NOTHING)
        fuzz_touch((struct span){copy, len});
    drain(peer);
    free(copy);
}

static void check(struct peer *peer, unsigned place, bool nominate)
{
    static const uint8_t transaction[STUN_TRANSACTION_BYTES] = {1};
    uint8_t bytes[700], username[600];
    struct writer writer = writer_of(bytes, sizeof(bytes));
    struct writer name = writer_of(username, sizeof(username));
    const char *ufrag = transport_ufrag(peer->transport), *pwd = transport_pwd(peer->transport);
    struct stun_check fields = {
        .transaction = transaction, .use_candidate = nominate, .role = STUN_CONTROLLING};

    writer_bytes(&name, ufrag, strlen(ufrag));
    writer_u8(&name, ':');
    writer_bytes(&name, peer->remote.ufrag, strlen(peer->remote.ufrag));
    fields.username = (struct span){username, writer_len(&name)};
    FUZZ_CHECK(
        stun_write_check(&writer, &fields, (struct span){(const uint8_t *)pwd, strlen(pwd)}) == 0);
    arrive(peer, place, bytes, writer_len(&writer));
}

static void speak_dtls(struct peer *peer, unsigned place)
{
    struct srtp_config config = {.max_ssrcs_in = 4, .max_ssrcs_out = 4};
    size_t count;

    if (!peer->started)
        dtls_start(peer->dtls, peer->now_us);
    peer->started = true;
    count = peer->waiting_count;
    peer->waiting_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct datagram datagram = peer->waiting[i];

        arrive(peer, place, datagram.bytes, datagram.len);
    }
    if (peer->srtp == NULL && dtls_state(peer->dtls) == DTLS_CONNECTED &&
        dtls_export_srtp(peer->dtls, &config) == 0)
        peer->srtp = srtp_new(&config);
}

/* Behind the tag, so that what parses plain packets is reached. */
static void arrive_protected(struct peer *peer, unsigned place, const uint8_t *bytes, size_t len)
{
    uint8_t out[1500 + SRTP_MAX_OVERHEAD];
    size_t out_len = 0;

    if (peer->srtp == NULL || len < 12 || len > 1400)
        return;
    if (wire_kind_of(bytes, len) == WIRE_RTCP) {
        if (srtp_protect_rtcp(peer->srtp, (struct span){bytes, len}, out, &out_len) != 0)
            return;
    } else if (srtp_protect_rtp(peer->srtp, (struct span){bytes, 12},
                                (struct span){bytes + 12, len - 12}, out, &out_len) != 0) {
        return;
    }
    arrive(peer, place, out, out_len);
}

static void restart_or_close(struct peer *peer, unsigned place)
{
    if (place == 3) {
        transport_connection_closed(peer->transport, 7);
        return;
    }
    /* Refused once it has failed. */
    if (transport_restart(peer->transport, peer->now_us, &peer->rng, &peer->remote) != 0)
        FUZZ_CHECK(transport_state(peer->transport) == TRANSPORT_FAILED);
}

static void pass_time(struct peer *peer, size_t ms)
{
    peer->now_us += ms * 1000;
    tx_reset(peer->tx);
    transport_tick(peer->transport, peer->now_us, peer->tx);
    FUZZ_CHECK(transport_state(peer->transport) != TRANSPORT_FAILED ||
               transport_wake_at(peer->transport) == UINT64_MAX);
    drain(peer);
}

static void step(struct peer *peer, uint8_t operation, const uint8_t *bytes, size_t len)
{
    unsigned place = operation >> 3 & 3;

    switch (operation & 7) {
    case 2:
    case 3:
        check(peer, place, (operation & 1) != 0);
        break;
    case 4:
        pass_time(peer, len);
        break;
    case 5:
        speak_dtls(peer, place);
        break;
    case 6:
        arrive_protected(peer, place, bytes, len);
        break;
    case 7:
        restart_or_close(peer, place);
        break;
    default:
        arrive(peer, place, bytes, len);
    }
}

static void open_peer(struct peer *peer)
{
    struct dtls_config config = {.context = theirs,
                                 .role = DTLS_CLIENT,
                                 .hash = DTLS_HASH_SHA256,
                                 .send = wait_for_turn,
                                 .send_context = peer};

    rng_init(&peer->rng, 1, 2);
    peer->tx = tx_new(1u << 16, 64);
    peer->transport = transport_new(ours, &peer->rng, peer->counters);
    peer->remote = (struct transport_remote){
        .ufrag = "them", .fingerprint_hash = DTLS_HASH_SHA256, .fingerprint_len = 32};
    memcpy(peer->remote.fingerprint, dtls_context_fingerprint_sha256(theirs), DTLS_SHA256_BYTES);
    memcpy(config.fingerprint, dtls_context_fingerprint_sha256(ours), DTLS_SHA256_BYTES);
    peer->dtls = dtls_new(&config, 0);
    FUZZ_CHECK(peer->tx != NULL && peer->transport != NULL && peer->dtls != NULL);
    FUZZ_CHECK(transport_start(peer->transport, 0, &peer->remote) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct reader reader = reader_of(bytes, len);
    static struct peer peer;

    if (ours == NULL) {
        ours = dtls_context_new(identity_server_certificate, identity_server_key);
        theirs = dtls_context_new(identity_client_certificate, identity_client_key);
    }
    memset(&peer, 0, sizeof(peer));
    open_peer(&peer);
    for (int i = 0; i < MAX_STEPS && reader_left(&reader) > 0; i++) {
        uint8_t operation = reader_u8(&reader);
        uint16_t step_len = reader_u16(&reader);
        const uint8_t *step_bytes;

        if ((operation & 7) == 4) {
            pass_time(&peer, step_len);
            continue;
        }
        if (step_len > reader_left(&reader))
            step_len = (uint16_t)reader_left(&reader);
        step_bytes = reader_bytes(&reader, step_len);
        if (step_bytes != NULL)
            step(&peer, operation, step_bytes, step_len);
    }
    tx_reset(peer.tx);
    transport_close(peer.transport, peer.tx);
    drain(&peer);
    transport_free(peer.transport);
    dtls_free(peer.dtls);
    srtp_free(peer.srtp);
    tx_free(peer.tx);
    return 0;
}
