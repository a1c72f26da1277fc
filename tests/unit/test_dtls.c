/* Two DTLS sessions joined by a queue of datagrams that may lose, double and reorder them. */
#include "test.h"

#include <string.h>

#include "base/bytes.h"
#include "engine/dtls.h"
#include "support/clock.h"
#include "support/identities.h"

#define MAX_DATAGRAMS 64
#define START_US      1000000u

struct datagram {
    uint8_t bytes[2048];
    size_t len;
};

struct queue {
    struct datagram datagrams[MAX_DATAGRAMS];
    size_t count;
};

struct end {
    struct dtls_context *context;
    struct dtls *dtls;
    struct queue out;
};

struct pair {
    struct end client, server;
    uint64_t now_us;
};

static void queue_push(void *context, const uint8_t *bytes, size_t len)
{
    struct queue *queue = context;

    assert_true(queue->count < MAX_DATAGRAMS);
    assert_true(len <= DTLS_MTU_BYTES);
    memcpy(queue->datagrams[queue->count].bytes, bytes, len);
    queue->datagrams[queue->count++].len = len;
}

static void end_open(struct end *end, enum dtls_role role, const struct dtls_context *peer)
{
    struct dtls_config config = {.context = end->context,
                                 .role = role,
                                 .hash = DTLS_HASH_SHA256,
                                 .send = queue_push,
                                 .send_context = &end->out};

    memcpy(config.fingerprint, dtls_context_fingerprint_sha256(peer), DTLS_SHA256_BYTES);
    end->dtls = dtls_new(&config, START_US);
    assert_non_null(end->dtls);
}

static int setup(void **state)
{
    static struct pair pair;

    memset(&pair, 0, sizeof(pair));
    pair.now_us = START_US;
    pair.client.context = dtls_context_new(identity_client_certificate, identity_client_key);
    pair.server.context = dtls_context_new(identity_server_certificate, identity_server_key);
    assert_non_null(pair.client.context);
    assert_non_null(pair.server.context);
    end_open(&pair.client, DTLS_CLIENT, pair.server.context);
    end_open(&pair.server, DTLS_SERVER, pair.client.context);
    *state = &pair;
    return 0;
}

static int teardown(void **state)
{
    struct pair *pair = *state;

    dtls_free(pair->client.dtls);
    dtls_free(pair->server.dtls);
    dtls_context_free(pair->client.context);
    dtls_context_free(pair->server.context);
    return 0;
}

static void sleep_us(struct pair *pair, uint64_t duration_us)
{
    pair->now_us += duration_us;
    clock_now_us += duration_us;
}

static void deliver(struct pair *pair, struct end *to, const struct datagram *datagram)
{
    uint8_t bytes[2048];

    memcpy(bytes, datagram->bytes, datagram->len);
    dtls_receive(to->dtls, pair->now_us, bytes, datagram->len);
}

/* Delivers what is queued; the n-th datagram of the run is lost if bit n of lost is set. */
static void exchange(struct pair *pair, uint64_t lost, unsigned *n)
{
    struct end *ends[] = {&pair->client, &pair->server};

    while (pair->client.out.count + pair->server.out.count > 0) {
        for (int from = 0; from < 2; from++) {
            struct queue flight = ends[from]->out;

            ends[from]->out.count = 0;
            for (size_t i = 0; i < flight.count; i++, (*n)++)
                if (*n >= 64 || (lost >> *n & 1) == 0)
                    deliver(pair, ends[1 - from], &flight.datagrams[i]);
        }
    }
}

static bool both_connected(const struct pair *pair)
{
    return dtls_state(pair->client.dtls) == DTLS_CONNECTED &&
           dtls_state(pair->server.dtls) == DTLS_CONNECTED;
}

static void run(struct pair *pair, uint64_t lost)
{
    unsigned n = 0;

    dtls_start(pair->client.dtls, pair->now_us);
    exchange(pair, lost, &n);
    for (int round = 0; round < 200 && !both_connected(pair); round++) {
        sleep_us(pair, 50000);
        dtls_tick(pair->client.dtls, pair->now_us);
        dtls_tick(pair->server.dtls, pair->now_us);
        exchange(pair, lost, &n);
    }
}

static void check_keys(const struct pair *pair, enum srtp_profile profile)
{
    struct srtp_config client = {0}, server = {0};

    assert_true(both_connected(pair));
    assert_int_equal(dtls_export_srtp(pair->client.dtls, &client), 0);
    assert_int_equal(dtls_export_srtp(pair->server.dtls, &server), 0);
    assert_int_equal(client.profile, profile);
    assert_int_equal(server.profile, profile);
    assert_memory_equal(&client.local, &server.remote, sizeof(client.local));
    assert_memory_equal(&client.remote, &server.local, sizeof(client.local));
    assert_memory_not_equal(&client.local, &client.remote, sizeof(client.local));
}

static void both_ends_get_the_same_keys(void **state)
{
    struct pair *pair = *state;

    run(pair, 0);
    check_keys(pair, SRTP_PROFILE_GCM_128);
    assert_true(dtls_wake_at(pair->client.dtls) == UINT64_MAX);
    assert_true(dtls_wake_at(pair->server.dtls) == UINT64_MAX);
}

static void any_single_loss_is_repaired(void **state)
{
    for (unsigned lost = 0; lost < 10; lost++) {
        struct pair *pair = *state;

        run(pair, UINT64_C(1) << lost);
        check_keys(pair, SRTP_PROFILE_GCM_128);
        assert_true(pair->now_us - START_US <= 500000);
        assert_int_equal(teardown(state), 0);
        assert_int_equal(setup(state), 0);
    }
}

static void heavy_loss_is_repaired_in_time(void **state)
{
    struct pair *pair = *state;

    run(pair, UINT64_C(0x5555555555555)); /* every other one */
    check_keys(pair, SRTP_PROFILE_GCM_128);
}

static void a_silent_peer_fails_at_the_deadline(void **state)
{
    struct pair *pair = *state;

    dtls_start(pair->client.dtls, pair->now_us);
    while (dtls_state(pair->client.dtls) == DTLS_HANDSHAKING) {
        uint64_t wake_us = dtls_wake_at(pair->client.dtls);

        assert_true(wake_us > pair->now_us);
        sleep_us(pair, wake_us - pair->now_us);
        dtls_tick(pair->client.dtls, pair->now_us);
    }
    assert_int_equal(pair->now_us, START_US + DTLS_DEADLINE_US);
    /* 100, 200, 400, 800, 1600, 1600 … ms */
    assert_in_range(pair->client.out.count, 8, 12);
}

/* ---- the ClientHello in pieces -------------------------------------------------------------- */

/* Cuts the handshake message of a one-record datagram into fragments, each in a record of its own
 * (RFC 6347 4.2.3). */
static size_t fragment(const struct datagram *whole, size_t pieces, struct datagram *out)
{
    const uint8_t *message = whole->bytes + 13;
    size_t body_len = bytes_get_u24(message + 1), step = (body_len + pieces - 1) / pieces;
    size_t count = 0;

    for (size_t at = 0; at < body_len; at += step, count++) {
        size_t len = body_len - at < step ? body_len - at : step;
        uint8_t *record = out[count].bytes;

        memcpy(record, whole->bytes, 13 + 12);
        record[10] = (uint8_t)(20 + count); /* sequence numbers that the client has not used */
        bytes_put_u16(record + 11, (uint16_t)(12 + len));
        bytes_put_u24(record + 13 + 6, (uint32_t)at);
        bytes_put_u24(record + 13 + 9, (uint32_t)len);
        memcpy(record + 25, message + 12 + at, len);
        out[count].len = 25 + len;
    }
    return count;
}

static void check_fragments_in_order(void **state, const size_t *order, size_t count, size_t pieces)
{
    struct pair *pair = *state;
    struct datagram parts[4];
    unsigned n = 0;

    dtls_start(pair->client.dtls, pair->now_us);
    assert_int_equal(pair->client.out.count, 1);
    assert_int_equal(fragment(&pair->client.out.datagrams[0], pieces, parts), pieces);
    pair->client.out.count = 0;
    for (size_t i = 0; i < count; i++)
        deliver(pair, &pair->server, &parts[order[i]]);
    assert_true(pair->server.out.count > 0); /* answered without waiting for a retransmission */
    exchange(pair, 0, &n);
    check_keys(pair, SRTP_PROFILE_GCM_128);
    assert_int_equal(teardown(state), 0);
    assert_int_equal(setup(state), 0);
}

static void client_hello_fragments_come_in_any_order(void **state)
{
    static const size_t two[][3] = {{0, 1, 1}, {1, 0, 0}, {1, 1, 0}, {0, 0, 1}};
    static const size_t three[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                      {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

    for (size_t i = 0; i < TEST_COUNT(two); i++)
        check_fragments_in_order(state, two[i], 3, 2);
    for (size_t i = 0; i < TEST_COUNT(three); i++)
        check_fragments_in_order(state, three[i], 3, 3);
}

/* Adds a padding extension (RFC 7685), so that the hello is as long as Chromium's with its
 * post-quantum key share: 1413 bytes of datagrams. The extensions come last in the message. */
static void lengthen(struct datagram *hello, size_t len)
{
    size_t more = len - hello->len, at = 13 + 12 + 2 + 32;
    uint8_t *bytes = hello->bytes;

    at += 1u + bytes[at];                 /* session id */
    at += 1u + bytes[at];                 /* cookie */
    at += 2u + bytes_get_u16(bytes + at); /* cipher suites */
    at += 1u + bytes[at];                 /* compression methods */
    bytes_put_u16(bytes + at, (uint16_t)(bytes_get_u16(bytes + at) + more));
    bytes_put_u24(bytes + 13 + 1, (uint32_t)(bytes_get_u24(bytes + 13 + 1) + more));
    memset(bytes + hello->len, 0, more);
    bytes_put_u16(bytes + hello->len, 21);
    bytes_put_u16(bytes + hello->len + 2, (uint16_t)(more - 4));
    hello->len = len;
}

static void a_hello_as_long_as_chromiums_is_understood(void **state)
{
    for (size_t first = 0; first < 2; first++) {
        struct pair *pair = *state;
        struct datagram parts[4];

        dtls_start(pair->client.dtls, pair->now_us);
        lengthen(&pair->client.out.datagrams[0], 1413);
        assert_int_equal(fragment(&pair->client.out.datagrams[0], 2, parts), 2);
        deliver(pair, &pair->server, &parts[first]);
        assert_int_equal(pair->server.out.count, 0);
        deliver(pair, &pair->server, &parts[1 - first]);
        assert_true(pair->server.out.count > 0); /* its flight, from ServerHello on */
        assert_int_equal(pair->server.out.datagrams[0].bytes[0], 22);
        assert_int_equal(pair->server.out.datagrams[0].bytes[13], 2);
        assert_int_equal(teardown(state), 0);
        assert_int_equal(setup(state), 0);
    }
}

/* ---- hostile and unlucky peers -------------------------------------------------------------- */

static void another_certificate_fails_both_ways(void **state)
{
    for (int wrong = 0; wrong < 2; wrong++) {
        struct pair *pair = *state;
        struct end *end = wrong == 0 ? &pair->client : &pair->server;

        dtls_free(end->dtls);
        end_open(end, wrong == 0 ? DTLS_CLIENT : DTLS_SERVER, end->context); /* expects its own */
        run(pair, 0);
        assert_int_equal(dtls_state(end->dtls), DTLS_FAILED);
        assert_false(both_connected(pair));
        assert_int_equal(teardown(state), 0);
        assert_int_equal(setup(state), 0);
    }
}

static void a_spoilt_hello_does_not_end_the_handshake(void **state)
{
    struct pair *pair = *state;
    struct datagram spoilt;
    unsigned n = 0;

    dtls_start(pair->client.dtls, pair->now_us);
    for (size_t at = 13; at < 60; at += 11) {
        spoilt = pair->client.out.datagrams[0];
        memset(spoilt.bytes + at, 0xff, 8);
        deliver(pair, &pair->server, &spoilt);
    }
    assert_int_equal(pair->server.out.count, 0); /* nothing answered, no alert either */
    exchange(pair, 0, &n);
    run(pair, 0);
    check_keys(pair, SRTP_PROFILE_GCM_128);
}

static void junk_changes_nothing(void **state)
{
    struct pair *pair = *state;
    struct datagram junk = {.len = 200};

    memset(junk.bytes, 22, sizeof(junk.bytes));
    deliver(pair, &pair->server, &junk);
    run(pair, 0);
    for (int type = 20; type < 64; type++) {
        junk.bytes[0] = (uint8_t)type;
        deliver(pair, &pair->server, &junk);
    }
    check_keys(pair, SRTP_PROFILE_GCM_128);
    assert_int_equal(pair->server.out.count, 0);
}

static void a_flood_of_handshake_bytes_is_cut_off(void **state)
{
    struct pair *pair = *state;
    struct datagram parts[4];

    dtls_start(pair->client.dtls, pair->now_us);
    (void)fragment(&pair->client.out.datagrams[0], 2, parts);
    for (size_t i = 0; i <= DTLS_MAX_HANDSHAKE_BYTES / parts[0].len; i++)
        deliver(pair, &pair->server, &parts[0]);
    deliver(pair, &pair->server, &parts[1]);
    assert_int_equal(pair->server.out.count, 0);
    assert_int_equal(dtls_state(pair->server.dtls), DTLS_HANDSHAKING);
}

static void close_notify_closes_the_other_end(void **state)
{
    struct pair *pair = *state;
    unsigned n = 0;

    run(pair, 0);
    dtls_close(pair->server.dtls);
    exchange(pair, 0, &n);
    assert_int_equal(dtls_state(pair->client.dtls), DTLS_CLOSED);
}

static void a_retired_session_still_says_goodbye(void **state)
{
    struct pair *pair = *state;
    unsigned n = 0;

    run(pair, 0);
    dtls_retire(pair->server.dtls);
    dtls_retire(pair->server.dtls);
    assert_int_equal(dtls_state(pair->server.dtls), DTLS_CONNECTED);
    dtls_receive(pair->server.dtls, 0, (const uint8_t *)"\x16\xfe\xfd", 3);
    dtls_close(pair->server.dtls);
    exchange(pair, 0, &n);
    assert_int_equal(dtls_state(pair->client.dtls), DTLS_CLOSED);
}

static void an_rsa_certificate_does_too(void **state)
{
    struct pair *pair = *state;

    dtls_free(pair->client.dtls);
    dtls_free(pair->server.dtls);
    dtls_context_free(pair->client.context);
    pair->client.context = dtls_context_new(identity_rsa_certificate, identity_rsa_key);
    end_open(&pair->client, DTLS_CLIENT, pair->server.context);
    end_open(&pair->server, DTLS_SERVER, pair->client.context);
    run(pair, 0);
    check_keys(pair, SRTP_PROFILE_GCM_128);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(both_ends_get_the_same_keys),
        TEST(any_single_loss_is_repaired),
        TEST(heavy_loss_is_repaired_in_time),
        TEST(a_silent_peer_fails_at_the_deadline),
        TEST(client_hello_fragments_come_in_any_order),
        TEST(a_hello_as_long_as_chromiums_is_understood),
        TEST(another_certificate_fails_both_ways),
        TEST(a_spoilt_hello_does_not_end_the_handshake),
        TEST(junk_changes_nothing),
        TEST(a_flood_of_handshake_bytes_is_cut_off),
        TEST(close_notify_closes_the_other_end),
        TEST(a_retired_session_still_says_goodbye),
        TEST(an_rsa_certificate_does_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
