/* A transport against a minimal peer: checks by hand, its own DTLS and SRTP. */
#include "test.h"

#include <string.h>

#include "base/counters.h"
#include "base/rng.h"
#include "engine/dtls.h"
#include "engine/engine.h"
#include "engine/transport.h"
#include "engine/tx.h"
#include "support/clock.h"
#include "support/identities.h"
#include "wire/stun.h"
#include "wire/wire.h"

#define START_US 1000000u

struct datagram {
    uint8_t bytes[1500];
    size_t len;
};

struct fixture {
    struct dtls_context *ours, *theirs;
    struct transport *transport;
    struct transport_remote remote;
    struct tx *tx;
    struct rng rng;
    uint64_t counters[ENGINE_COUNTERS];
    uint64_t now_us;
    /* the peer */
    struct dtls *dtls;
    struct srtp *srtp;
    struct net_path path;
    struct net_path last_path; /* of the last datagram that came out */
    unsigned stun_out, dtls_out, srtp_out;
    uint8_t last_srtp[256];
    size_t last_srtp_len;
    bool last_checked;
    uint8_t given[1500];
    size_t given_len;
    struct datagram waiting[16];
    size_t waiting_count;
};

/* What the peer's DTLS says waits here: it must not be answered while it is still talking. */
static void peer_sends(void *context, const uint8_t *bytes, size_t len)
{
    struct fixture *f = context;

    assert_true(f->waiting_count < TEST_COUNT(f->waiting));
    memcpy(f->waiting[f->waiting_count].bytes, bytes, len);
    f->waiting[f->waiting_count++].len = len;
}

static void peer_gets(struct fixture *f, const struct engine_tx *tx)
{
    uint8_t bytes[2000];

    memcpy(bytes, tx->bytes, tx->len);
    f->last_path = tx->path;
    switch (wire_kind_of(bytes, tx->len)) {
    case WIRE_STUN:
        f->stun_out++;
        break;
    case WIRE_DTLS:
        f->dtls_out++;
        dtls_receive(f->dtls, f->now_us, bytes, tx->len);
        break;
    case WIRE_RTP:
    case WIRE_RTCP:
        f->srtp_out++;
        memcpy(f->last_srtp, bytes, tx->len);
        f->last_srtp_len = tx->len;
        break;
    case WIRE_UNKNOWN:
        fail();
    }
}

static void drain(struct fixture *f)
{
    struct engine_tx out;

    while (tx_next(f->tx, &out))
        peer_gets(f, &out);
}

static enum transport_packet give(struct fixture *f, const uint8_t *bytes, size_t len)
{
    enum transport_packet packet;

    memcpy(f->given, bytes, len);
    f->given_len = len;
    tx_reset(f->tx);
    packet = transport_receive(f->transport, f->now_us, &f->path, f->given, &f->given_len, f->tx,
                               &f->last_checked);
    drain(f);
    return packet;
}

static void settle(struct fixture *f)
{
    while (f->waiting_count > 0) {
        struct datagram first = f->waiting[0];

        memmove(&f->waiting[0], &f->waiting[1], --f->waiting_count * sizeof(f->waiting[0]));
        (void)give(f, first.bytes, first.len);
    }
}

static void peer_starts_dtls(struct fixture *f)
{
    dtls_start(f->dtls, f->now_us);
    settle(f);
}

static void check(struct fixture *f, bool nominate)
{
    static const uint8_t transaction[STUN_TRANSACTION_BYTES] = {9};
    char username[32];
    uint8_t bytes[256];
    struct writer writer = writer_of(bytes, sizeof(bytes));
    struct stun_check fields = {
        .transaction = transaction, .use_candidate = nominate, .role = STUN_CONTROLLING};
    const char *pwd = transport_pwd(f->transport);

    strcpy(username, transport_ufrag(f->transport));
    strcat(username, ":");
    strcat(username, f->remote.ufrag);
    fields.username = (struct span){(const uint8_t *)username, strlen(username)};
    assert_int_equal(
        stun_write_check(&writer, &fields, (struct span){(const uint8_t *)pwd, strlen(pwd)}), 0);
    (void)give(f, bytes, writer_len(&writer));
    settle(f);
}

static int setup(void **state)
{
    static struct fixture fixture;
    struct fixture *f = &fixture;
    struct dtls_config config = {
        .role = DTLS_CLIENT, .hash = DTLS_HASH_SHA256, .send = peer_sends, .send_context = f};

    memset(f, 0, sizeof(*f));
    f->now_us = START_US;
    rng_init(&f->rng, 3, 4);
    f->tx = tx_new(65536, 64);
    f->ours = dtls_context_new(identity_server_certificate, identity_server_key);
    f->theirs = dtls_context_new(identity_client_certificate, identity_client_key);
    f->path = (struct net_path){.remote = {.ip = {192, 0, 2, 1}, .port = 4000, .family = NET_IPV4}};
    f->transport = transport_new(f->ours, &f->rng, f->counters);
    strcpy(f->remote.ufrag, "peer");
    strcpy(f->remote.pwd, "peerpeerpeerpeerpeerpeer");
    f->remote.fingerprint_hash = DTLS_HASH_SHA256;
    f->remote.fingerprint_len = DTLS_SHA256_BYTES;
    memcpy(f->remote.fingerprint, dtls_context_fingerprint_sha256(f->theirs), DTLS_SHA256_BYTES);
    assert_int_equal(transport_start(f->transport, f->now_us, &f->remote), 0);
    config.context = f->theirs;
    memcpy(config.fingerprint, dtls_context_fingerprint_sha256(f->ours), DTLS_SHA256_BYTES);
    f->dtls = dtls_new(&config, f->now_us);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    transport_free(f->transport);
    dtls_free(f->dtls);
    srtp_free(f->srtp);
    dtls_context_free(f->ours);
    dtls_context_free(f->theirs);
    tx_free(f->tx);
    return 0;
}

static void connect_up(struct fixture *f)
{
    struct srtp_config config = {.max_ssrcs_in = 16, .max_ssrcs_out = 16};

    check(f, true);
    peer_starts_dtls(f);
    assert_int_equal(dtls_state(f->dtls), DTLS_CONNECTED);
    assert_int_equal(transport_state(f->transport), TRANSPORT_CONNECTED);
    assert_int_equal(dtls_export_srtp(f->dtls, &config), 0);
    f->srtp = srtp_new(&config);
}

static const uint8_t header[12] = {0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5};
static const uint8_t payload[4] = {1, 2, 3, 4};
static const uint8_t report[8] = {0x80, 201, 0, 1, 0, 0, 0, 5};

static size_t peer_rtp(struct fixture *f, uint16_t seq, uint8_t *out)
{
    uint8_t fields[12];
    size_t len;

    memcpy(fields, header, sizeof(fields));
    bytes_put_u16(fields + 2, seq);
    assert_int_equal(srtp_protect_rtp(f->srtp, (struct span){fields, sizeof(fields)},
                                      (struct span){payload, sizeof(payload)}, out, &len),
                     0);
    return len;
}

static void media_flows_both_ways(void **state)
{
    struct fixture *f = *state;
    uint8_t packet[128];
    size_t len;

    connect_up(f);
    assert_int_equal(give(f, packet, peer_rtp(f, 1, packet)), TRANSPORT_RTP);
    assert_int_equal(f->given_len, 16);
    assert_memory_equal(f->given, header, 12);
    assert_memory_equal(f->given + 12, payload, 4);
    assert_int_equal(
        srtp_protect_rtcp(f->srtp, (struct span){report, sizeof(report)}, packet, &len), 0);
    assert_int_equal(give(f, packet, len), TRANSPORT_RTCP);
    assert_memory_equal(f->given, report, sizeof(report));

    tx_reset(f->tx);
    assert_int_equal(transport_send_rtp(f->transport, header, 12, payload, sizeof(payload), f->tx),
                     0);
    drain(f);
    assert_int_equal(srtp_unprotect_rtp(f->srtp, f->last_srtp, &f->last_srtp_len), 0);
    assert_memory_equal(f->last_srtp + 12, payload, sizeof(payload));
    assert_int_equal(transport_send_rtcp(f->transport, report, sizeof(report), f->tx), 0);
    drain(f);
    assert_int_equal(srtp_unprotect_rtcp(f->srtp, f->last_srtp, &f->last_srtp_len), 0);
    assert_true(net_path_equal(&f->last_path, &f->path));
}

static void nothing_is_sent_before_a_check(void **state)
{
    struct fixture *f = *state;

    peer_starts_dtls(f);
    assert_int_equal(f->dtls_out, 0);
    assert_int_equal(f->counters[ENGINE_COUNTER_dtls_from_unchecked_path], 1);
    tx_reset(f->tx);
    assert_int_equal(transport_send_rtp(f->transport, header, 12, payload, 4, f->tx), -1);
    assert_int_equal(transport_state(f->transport), TRANSPORT_CONNECTING);
}

static void dtls_from_elsewhere_gets_no_answer(void **state)
{
    struct fixture *f = *state;

    check(f, true);
    f->path.remote.port = 4001;
    peer_starts_dtls(f);
    assert_int_equal(f->dtls_out, 0);
    assert_int_equal(dtls_state(f->dtls), DTLS_HANDSHAKING);
}

static void media_from_elsewhere_is_dropped_and_moves_nothing(void **state)
{
    struct fixture *f = *state;
    struct net_path good;
    uint8_t packet[128];

    connect_up(f);
    good = f->path;
    f->path.remote.port = 4001;
    assert_int_equal(give(f, packet, peer_rtp(f, 1, packet)), TRANSPORT_NOTHING);
    assert_int_equal(f->counters[ENGINE_COUNTER_srtp_unexpected], 1);
    tx_reset(f->tx);
    assert_int_equal(transport_send_rtp(f->transport, header, 12, payload, 4, f->tx), 0);
    drain(f);
    assert_true(net_path_equal(&f->last_path, &good));
}

static void a_rebound_nat_moves_the_media(void **state)
{
    struct fixture *f = *state;

    connect_up(f);
    f->path.remote.port = 4001;
    check(f, true);
    assert_true(f->last_checked);
    tx_reset(f->tx);
    assert_int_equal(transport_send_rtp(f->transport, header, 12, payload, 4, f->tx), 0);
    drain(f);
    assert_int_equal(f->last_path.remote.port, 4001);
}

static void bad_srtp_is_counted_and_harmless(void **state)
{
    struct fixture *f = *state;
    uint8_t packet[128];
    size_t len;

    connect_up(f);
    len = peer_rtp(f, 1, packet);
    packet[len - 1] ^= 1;
    for (int i = 0; i < 200; i++)
        assert_int_equal(give(f, packet, len), TRANSPORT_NOTHING);
    assert_int_equal(f->counters[ENGINE_COUNTER_srtp_bad_tag], 200);
    packet[len - 1] ^= 1;
    assert_int_equal(give(f, packet, len), TRANSPORT_RTP);
    assert_int_equal(give(f, packet, len), TRANSPORT_NOTHING);
    assert_int_equal(f->counters[ENGINE_COUNTER_srtp_replayed], 1);
    assert_int_equal(transport_state(f->transport), TRANSPORT_CONNECTED);
}

static void the_wrong_certificate_fails(void **state)
{
    struct fixture *f = *state;
    struct dtls_config config = {.context = f->ours, /* not the one in the SDP */
                                 .role = DTLS_CLIENT,
                                 .hash = DTLS_HASH_SHA256,
                                 .send = peer_sends,
                                 .send_context = f};

    memcpy(config.fingerprint, dtls_context_fingerprint_sha256(f->ours), DTLS_SHA256_BYTES);
    dtls_free(f->dtls);
    f->dtls = dtls_new(&config, f->now_us);
    check(f, true);
    peer_starts_dtls(f);
    assert_int_equal(transport_state(f->transport), TRANSPORT_FAILED);
    assert_int_equal(f->counters[ENGINE_COUNTER_dtls_failed], 1);
    assert_int_equal(transport_send_rtp(f->transport, header, 12, payload, 4, f->tx), -1);
}

static void sleep_until(struct fixture *f, uint64_t now_us)
{
    f->now_us = now_us;
    tx_reset(f->tx);
    transport_tick(f->transport, f->now_us, f->tx);
}

static void silence_disconnects_and_a_check_brings_it_back(void **state)
{
    struct fixture *f = *state;

    connect_up(f);
    assert_int_equal(transport_wake_at(f->transport), START_US + 15000000);
    sleep_until(f, START_US + 15000000);
    assert_int_equal(transport_state(f->transport), TRANSPORT_DISCONNECTED);
    assert_int_equal(transport_send_rtp(f->transport, header, 12, payload, 4, f->tx), -1);
    check(f, true);
    assert_int_equal(transport_state(f->transport), TRANSPORT_CONNECTED);
    sleep_until(f, START_US + 30000000);
    sleep_until(f, START_US + 45000000);
    assert_int_equal(transport_state(f->transport), TRANSPORT_FAILED);
    assert_true(transport_wake_at(f->transport) == UINT64_MAX);
}

static void a_peer_that_never_comes_fails(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(transport_wake_at(f->transport), START_US + 30000000);
    sleep_until(f, START_US + 30000000);
    assert_int_equal(transport_state(f->transport), TRANSPORT_FAILED);
}

static void a_restart_keeps_dtls_but_not_for_another_certificate(void **state)
{
    struct fixture *f = *state;
    char ufrag[64];
    uint8_t packet[128];

    connect_up(f);
    strcpy(ufrag, transport_ufrag(f->transport));
    strcpy(f->remote.ufrag, "peer2");
    assert_int_equal(transport_restart(f->transport, f->now_us, &f->rng, &f->remote), 0);
    assert_string_not_equal(transport_ufrag(f->transport), ufrag);
    assert_int_equal(give(f, packet, peer_rtp(f, 1, packet)), TRANSPORT_RTP);
    f->path.remote.port = 4002;
    check(f, true);
    assert_int_equal(give(f, packet, peer_rtp(f, 2, packet)), TRANSPORT_RTP);
    f->remote.fingerprint[0] ^= 1;
    assert_int_equal(transport_restart(f->transport, f->now_us, &f->rng, &f->remote), -1);
}

static void a_closed_tcp_connection_disconnects(void **state)
{
    struct fixture *f = *state;

    f->path.proto = NET_TCP;
    f->path.connection = 5;
    connect_up(f);
    transport_connection_closed(f->transport, 5);
    assert_int_equal(transport_state(f->transport), TRANSPORT_DISCONNECTED);
    f->path.connection = 6;
    check(f, true);
    assert_int_equal(transport_state(f->transport), TRANSPORT_CONNECTED);
}

static void goodbye_reaches_the_other_end(void **state)
{
    struct fixture *f = *state;

    connect_up(f);
    tx_reset(f->tx);
    transport_close(f->transport, f->tx);
    drain(f);
    assert_int_equal(dtls_state(f->dtls), DTLS_CLOSED);
}

static void we_can_be_the_dtls_client(void **state)
{
    struct fixture *f = *state;
    struct dtls_config config = {.context = f->theirs,
                                 .role = DTLS_SERVER,
                                 .hash = DTLS_HASH_SHA256,
                                 .send = peer_sends,
                                 .send_context = f};

    memcpy(config.fingerprint, dtls_context_fingerprint_sha256(f->ours), DTLS_SHA256_BYTES);
    dtls_free(f->dtls);
    f->dtls = dtls_new(&config, f->now_us);
    transport_free(f->transport);
    f->transport = transport_new(f->ours, &f->rng, f->counters);
    f->remote.dtls_client = true;
    assert_int_equal(transport_start(f->transport, f->now_us, &f->remote), 0);
    connect_up(f);
}

static void a_full_arena_is_counted(void **state)
{
    struct fixture *f = *state;

    connect_up(f);
    tx_free(f->tx);
    f->tx = tx_new(64, 2);
    assert_int_equal(transport_send_rtp(f->transport, header, 12, payload, 4, f->tx), 0);
    assert_int_equal(transport_send_rtp(f->transport, header, 12, payload, 4, f->tx), -1);
    assert_int_equal(f->counters[ENGINE_COUNTER_tx_arena_full], 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(media_flows_both_ways),
        TEST(nothing_is_sent_before_a_check),
        TEST(dtls_from_elsewhere_gets_no_answer),
        TEST(media_from_elsewhere_is_dropped_and_moves_nothing),
        TEST(a_rebound_nat_moves_the_media),
        TEST(bad_srtp_is_counted_and_harmless),
        TEST(the_wrong_certificate_fails),
        TEST(silence_disconnects_and_a_check_brings_it_back),
        TEST(a_peer_that_never_comes_fails),
        TEST(a_restart_keeps_dtls_but_not_for_another_certificate),
        TEST(a_closed_tcp_connection_disconnects),
        TEST(goodbye_reaches_the_other_end),
        TEST(we_can_be_the_dtls_client),
        TEST(a_full_arena_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
