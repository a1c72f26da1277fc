/* One peer connection's transport: sorts datagrams (RFC 7983), and keeps the order of things: ICE
 * first, then DTLS, then SRTP. */
#include "engine/transport.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/counters.h"
#include "base/prefetch.h"
#include "engine/dtls.h"
#include "engine/ice.h"
#include "engine/srtp.h"
#include "engine/tx.h"
#include "wire/wire.h"

#define COUNT(transport, name) ((transport)->counters[ENGINE_COUNTER_##name]++)
/* A STUN response of ours: header, mapped address (24), integrity (24), fingerprint (8). */
#define STUN_RESPONSE_BYTES 128u

struct transport {
    /* borrowed */
    struct dtls_context *context;
    uint64_t *counters;
    struct tx *tx; /* during a call: where DTLS sends to */
    /* owned */
    struct dtls *dtls; /* made at the first checked path */
    struct srtp *srtp; /* made when DTLS is through */
    /* state */
    struct ice ice;
    struct transport_remote remote;
    enum transport_state state;
    bool heard; /* SRTP that is authentic */
};

struct transport *transport_new(struct dtls_context *dtls, struct rng *rng, uint64_t *counters)
{
    struct transport *transport = calloc(1, sizeof(*transport));

    if (transport == NULL)
        return NULL;
    transport->context = dtls;
    transport->counters = counters;
    transport->state = TRANSPORT_NEW;
    ice_init(&transport->ice, rng);
    return transport;
}

void transport_free(struct transport *transport)
{
    if (transport == NULL)
        return;
    srtp_free(transport->srtp);
    dtls_free(transport->dtls);
    free(transport);
}

const char *transport_ufrag(const struct transport *transport)
{
    return transport->ice.now.ufrag;
}

const char *transport_pwd(const struct transport *transport)
{
    return transport->ice.now.pwd;
}

const struct net_path *transport_path(const struct transport *transport)
{
    return ice_selected(&transport->ice);
}

enum transport_state transport_state(const struct transport *transport)
{
    return transport->state;
}

/* ---- sending --------------------------------------------------------------------------------- */

/* NULL: nowhere to send, or the arena is full. */
static uint8_t *reserve(struct transport *transport, struct tx *tx, size_t max_len)
{
    uint8_t *out = tx_reserve(tx, max_len);

    if (out == NULL)
        COUNT(transport, tx_arena_full);
    return out;
}

/* DTLS' datagrams go where the peer was last nominated; lost if there is no such place, and then
 * retransmitted like any lost one. */
static void send_dtls(void *context, const uint8_t *bytes, size_t len)
{
    struct transport *transport = context;
    const struct net_path *path = ice_selected(&transport->ice);
    uint8_t *out;

    PARLEY_ASSERT(transport->tx != NULL);
    if (path == NULL)
        return;
    out = reserve(transport, transport->tx, len);
    if (out == NULL)
        return;
    memcpy(out, bytes, len);
    tx_commit(transport->tx, path, len);
}

static const struct net_path *media_path(const struct transport *transport)
{
    return transport->state == TRANSPORT_CONNECTED ? ice_selected(&transport->ice) : NULL;
}

static void count_protect_error(struct transport *transport, int error)
{
    if (error == SRTP_ERROR_REPLAY)
        COUNT(transport, srtp_index_reuse_refused);
    else
        COUNT(transport, srtp_send_failed);
}

int transport_send_rtp(struct transport *transport, const uint8_t *header, size_t header_len,
                       const uint8_t *payload, size_t payload_len, struct tx *tx)
{
    const struct net_path *path = media_path(transport);
    uint8_t *out;
    size_t len;
    int error;

    if (path == NULL)
        return -1;
    out = reserve(transport, tx, header_len + payload_len + SRTP_MAX_OVERHEAD);
    if (out == NULL)
        return -1;
    error = srtp_protect_rtp(transport->srtp, (struct span){header, header_len},
                             (struct span){payload, payload_len}, out, &len);
    if (error != 0) {
        count_protect_error(transport, error);
        return -1;
    }
    tx_commit(tx, path, len);
    return 0;
}

int transport_send_rtcp(struct transport *transport, const uint8_t *bytes, size_t len,
                        struct tx *tx)
{
    const struct net_path *path = media_path(transport);
    uint8_t *out;
    size_t out_len;
    int error;

    if (path == NULL)
        return -1;
    out = reserve(transport, tx, len + SRTP_MAX_OVERHEAD);
    if (out == NULL)
        return -1;
    error = srtp_protect_rtcp(transport->srtp, (struct span){bytes, len}, out, &out_len);
    if (error != 0) {
        count_protect_error(transport, error);
        return -1;
    }
    tx_commit(tx, path, out_len);
    return 0;
}

/* ---- DTLS ------------------------------------------------------------------------------------ */

/* Nothing is allocated for a peer before it proved, by a check, that it knows our password. */
static void dtls_open(struct transport *transport, uint64_t now_us)
{
    struct dtls_config config = {
        .context = transport->context,
        .role = transport->remote.dtls_client ? DTLS_CLIENT : DTLS_SERVER,
        .hash = (enum dtls_hash)transport->remote.fingerprint_hash,
        .send = send_dtls,
        .send_context = transport,
    };

    memcpy(config.fingerprint, transport->remote.fingerprint, sizeof(config.fingerprint));
    transport->dtls = dtls_new(&config, now_us);
    if (transport->dtls == NULL) {
        transport->state = TRANSPORT_FAILED;
        return;
    }
    if (config.role == DTLS_CLIENT)
        dtls_start(transport->dtls, now_us);
}

static void on_dtls_connected(struct transport *transport)
{
    struct srtp_config config = {.max_ssrcs_in = LIMIT_SRTP_SSRCS_IN,
                                 .max_ssrcs_out = LIMIT_SRTP_SSRCS_OUT};

    if (dtls_export_srtp(transport->dtls, &config) == 0)
        transport->srtp = srtp_new(&config);
    if (transport->srtp == NULL) {
        transport->state = TRANSPORT_FAILED;
        return;
    }
    transport->state = TRANSPORT_CONNECTED;
    COUNT(transport, dtls_connected);
}

static void follow_dtls(struct transport *transport)
{
    if (transport->dtls == NULL || transport->state == TRANSPORT_FAILED)
        return;
    switch (dtls_state(transport->dtls)) {
    case DTLS_HANDSHAKING:
        break;
    case DTLS_CONNECTED:
        if (transport->srtp == NULL)
            on_dtls_connected(transport);
        break;
    case DTLS_FAILED:
        COUNT(transport, dtls_failed);
        transport->state = TRANSPORT_FAILED;
        break;
    case DTLS_CLOSED:
        transport->state = TRANSPORT_FAILED;
        break;
    }
}

static void receive_dtls(struct transport *transport, uint64_t now_us, const struct net_path *path,
                         struct span datagram)
{
    if (transport->dtls == NULL || !ice_is_checked(&transport->ice, path)) {
        COUNT(transport, dtls_from_unchecked_path);
        return;
    }
    dtls_receive(transport->dtls, now_us, datagram.bytes, datagram.len);
    follow_dtls(transport);
}

/* ---- STUN ------------------------------------------------------------------------------------ */

static void on_checked(struct transport *transport, uint64_t now_us)
{
    COUNT(transport, ice_checks);
    if (transport->dtls == NULL)
        dtls_open(transport, now_us);
    if (transport->state == TRANSPORT_DISCONNECTED)
        transport->state = TRANSPORT_CONNECTED;
}

static bool receive_stun(struct transport *transport, uint64_t now_us, const struct net_path *path,
                         struct span datagram)
{
    uint8_t *out = reserve(transport, transport->tx, STUN_RESPONSE_BYTES);
    struct writer response;

    if (out == NULL)
        return false;
    response = writer_of(out, STUN_RESPONSE_BYTES);
    switch (ice_receive(&transport->ice, now_us, path, datagram, &response)) {
    case ICE_IGNORED:
        COUNT(transport, stun_ignored);
        return false;
    case ICE_REFUSED:
        COUNT(transport, stun_refused);
        tx_commit(transport->tx, path, writer_len(&response));
        return false;
    case ICE_CHECKED:
        tx_commit(transport->tx, path, writer_len(&response));
        on_checked(transport, now_us);
        return true;
    }
    return false;
}

/* ---- SRTP ------------------------------------------------------------------------------------ */

static void count_unprotect_error(struct transport *transport, int error)
{
    switch ((enum srtp_error)error) {
    case SRTP_ERROR_TAG:
        COUNT(transport, srtp_bad_tag);
        break;
    case SRTP_ERROR_REPLAY:
        COUNT(transport, srtp_replayed);
        break;
    case SRTP_ERROR_FULL:
        COUNT(transport, srtp_streams_full);
        break;
    case SRTP_ERROR_MALFORMED:
    case SRTP_ERROR_EXHAUSTED:
    case SRTP_ERROR_LIBRARY:
        COUNT(transport, srtp_malformed);
        break;
    }
}

/* Media may come on any checked path (the peer switches before it nominates), but moves nothing. */
static enum transport_packet receive_srtp(struct transport *transport, const struct net_path *path,
                                          enum wire_kind kind, uint8_t *bytes, size_t *len)
{
    int error;

    if (transport->srtp == NULL || transport->state == TRANSPORT_FAILED ||
        !ice_is_checked(&transport->ice, path)) {
        COUNT(transport, srtp_unexpected);
        return TRANSPORT_NOTHING;
    }
    error = kind == WIRE_RTP ? srtp_unprotect_rtp(transport->srtp, bytes, len)
                             : srtp_unprotect_rtcp(transport->srtp, bytes, len);
    if (error != 0) {
        count_unprotect_error(transport, error);
        return TRANSPORT_NOTHING;
    }
    transport->heard = true;
    return kind == WIRE_RTP ? TRANSPORT_RTP : TRANSPORT_RTCP;
}

/* ---- the whole ------------------------------------------------------------------------------- */

int transport_start(struct transport *transport, uint64_t now_us,
                    const struct transport_remote *remote)
{
    PARLEY_ASSERT(transport->state == TRANSPORT_NEW);
    PARLEY_ASSERT(remote->fingerprint_len ==
                  dtls_hash_bytes((enum dtls_hash)remote->fingerprint_hash));
    transport->remote = *remote;
    ice_start(&transport->ice, now_us, remote->ufrag);
    transport->state = TRANSPORT_CONNECTING;
    return 0;
}

int transport_restart(struct transport *transport, uint64_t now_us, struct rng *rng,
                      const struct transport_remote *remote)
{
    const struct transport_remote *old = &transport->remote;

    PARLEY_ASSERT(transport->state != TRANSPORT_NEW);
    if (transport->state == TRANSPORT_FAILED || remote->fingerprint_hash != old->fingerprint_hash ||
        memcmp(remote->fingerprint, old->fingerprint, old->fingerprint_len) != 0)
        return -1;
    transport->remote = *remote;
    ice_restart(&transport->ice, now_us, rng, remote->ufrag);
    return 0;
}

enum transport_packet transport_receive(struct transport *transport, uint64_t now_us,
                                        const struct net_path *path, uint8_t *bytes, size_t *len,
                                        struct tx *tx, bool *path_checked)
{
    enum transport_packet packet = TRANSPORT_NOTHING;
    enum wire_kind kind = wire_kind_of(bytes, *len);

    *path_checked = false;
    if (transport->state == TRANSPORT_NEW)
        return TRANSPORT_NOTHING;
    transport->tx = tx;
    switch (kind) {
    case WIRE_STUN:
        *path_checked = receive_stun(transport, now_us, path, (struct span){bytes, *len});
        break;
    case WIRE_DTLS:
        receive_dtls(transport, now_us, path, (struct span){bytes, *len});
        break;
    case WIRE_RTP:
    case WIRE_RTCP:
        packet = receive_srtp(transport, path, kind, bytes, len);
        break;
    case WIRE_UNKNOWN:
        COUNT(transport, dropped_unknown);
        break;
    }
    transport->tx = NULL;
    return packet;
}

void transport_tick(struct transport *transport, uint64_t now_us, struct tx *tx)
{
    if (transport->state == TRANSPORT_NEW || transport->state == TRANSPORT_FAILED)
        return;
    transport->tx = tx;
    if (transport->dtls != NULL)
        dtls_tick(transport->dtls, now_us);
    transport->tx = NULL;
    follow_dtls(transport);
    ice_tick(&transport->ice, now_us);
    if (transport->state == TRANSPORT_CONNECTED && ice_selected(&transport->ice) == NULL)
        transport->state = TRANSPORT_DISCONNECTED;
    if (ice_has_failed(&transport->ice, now_us)) {
        COUNT(transport, ice_consent_expired);
        transport->state = TRANSPORT_FAILED;
    }
}

uint64_t transport_wake_at(const struct transport *transport)
{
    uint64_t dtls_us, ice_us;

    if (transport->state == TRANSPORT_NEW || transport->state == TRANSPORT_FAILED)
        return UINT64_MAX;
    dtls_us = transport->dtls == NULL ? UINT64_MAX : dtls_wake_at(transport->dtls);
    ice_us = ice_wake_at(&transport->ice);
    return dtls_us < ice_us ? dtls_us : ice_us;
}

void transport_connection_closed(struct transport *transport, uint32_t connection)
{
    ice_connection_closed(&transport->ice, connection);
    if (transport->state == TRANSPORT_CONNECTED && ice_selected(&transport->ice) == NULL)
        transport->state = TRANSPORT_DISCONNECTED;
}

void transport_retire_dtls(struct transport *transport)
{
    if (transport->dtls != NULL && transport->heard)
        dtls_retire(transport->dtls);
}

void transport_close(struct transport *transport, struct tx *tx)
{
    if (transport->dtls == NULL)
        return;
    transport->tx = tx;
    dtls_close(transport->dtls);
    transport->tx = NULL;
}

void transport_prefetch(const struct transport *transport, unsigned depth)
{
    if (depth == 0) {
        PREFETCH(transport->srtp);
        PREFETCH(transport->state);
        ice_prefetch(&transport->ice);
    } else if (transport->srtp) {
        srtp_prefetch(transport->srtp, depth - 1);
    }
}
