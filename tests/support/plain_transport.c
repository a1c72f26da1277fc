/* Stands in for engine/transport.c in tests of the engine: no ICE, no DTLS, no encryption. What a
 * test sends is what the engine reads, and the other way round. Linked instead of the real one.
 *
 *   a STUN request          this path is the peer's now
 *   {20, state}             the transport's state is that enum transport_state now
 *   RTP, RTCP               handed on as they are */
#include "engine/transport.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "engine/tx.h"
#include "wire/wire.h"

#define UFRAG_CHARS 8u
#define PWD_CHARS   24u

struct transport {
    char ufrag[UFRAG_CHARS + 1];
    char pwd[PWD_CHARS + 1];
    enum transport_state state;
    struct net_path path;
    uint64_t wake_at_us;
};

struct transport *transport_new(struct dtls_context *dtls, struct rng *rng, uint64_t *counters)
{
    struct transport *transport = calloc(1, sizeof *transport);
    (void)dtls;
    (void)counters;
    if (!transport)
        return NULL;
    rng_text(rng, transport->ufrag, UFRAG_CHARS);
    rng_text(rng, transport->pwd, PWD_CHARS);
    transport->wake_at_us = UINT64_MAX;
    return transport;
}

void transport_free(struct transport *transport)
{
    free(transport);
}

const char *transport_ufrag(const struct transport *transport)
{
    return transport->ufrag;
}

const char *transport_pwd(const struct transport *transport)
{
    return transport->pwd;
}

enum transport_state transport_state(const struct transport *transport)
{
    return transport->state;
}

int transport_start(struct transport *transport, uint64_t now_us,
                    const struct transport_remote *remote)
{
    (void)now_us;
    (void)remote;
    transport->state = TRANSPORT_CONNECTING;
    return 0;
}

/* As if a password of "otherfingerprint…" came with another certificate. */
int transport_restart(struct transport *transport, uint64_t now_us, struct rng *rng,
                      const struct transport_remote *remote)
{
    (void)now_us;
    if (strncmp(remote->pwd, "otherfingerprint", 16) == 0)
        return -1;
    rng_text(rng, transport->ufrag, UFRAG_CHARS);
    return 0;
}

enum transport_packet transport_receive(struct transport *transport, uint64_t now_us,
                                        const struct net_path *path, uint8_t *bytes, size_t *len,
                                        struct tx *tx, bool *path_checked)
{
    (void)now_us;
    (void)tx;
    *path_checked = false;
    switch (wire_kind_of(bytes, *len)) {
    case WIRE_STUN:
        transport->path = *path;
        *path_checked = true;
        return TRANSPORT_NOTHING;
    case WIRE_DTLS:
        if (*len == 2 && bytes[1] <= TRANSPORT_FAILED)
            transport->state = (enum transport_state)bytes[1];
        return TRANSPORT_NOTHING;
    case WIRE_RTP:
        return TRANSPORT_RTP;
    case WIRE_RTCP:
        return TRANSPORT_RTCP;
    case WIRE_UNKNOWN:
        break;
    }
    return TRANSPORT_NOTHING;
}

int transport_send_rtp(struct transport *transport, const uint8_t *header, size_t header_len,
                       const uint8_t *payload, size_t payload_len, struct tx *tx)
{
    uint8_t *out = tx_reserve(tx, header_len + payload_len);
    if (!out || transport->state != TRANSPORT_CONNECTED)
        return -1;
    memcpy(out, header, header_len);
    memcpy(out + header_len, payload, payload_len);
    tx_commit(tx, &transport->path, header_len + payload_len);
    return 0;
}

int transport_send_rtcp(struct transport *transport, const uint8_t *bytes, size_t len,
                        struct tx *tx)
{
    uint8_t *out = tx_reserve(tx, len);
    if (!out || transport->state != TRANSPORT_CONNECTED)
        return -1;
    memcpy(out, bytes, len);
    tx_commit(tx, &transport->path, len);
    return 0;
}

void transport_tick(struct transport *transport, uint64_t now_us, struct tx *tx)
{
    (void)transport;
    (void)now_us;
    (void)tx;
}

const struct net_path *transport_path(const struct transport *transport)
{
    return &transport->path;
}

uint64_t transport_wake_at(const struct transport *transport)
{
    return transport->wake_at_us;
}

void transport_connection_closed(struct transport *transport, uint32_t connection)
{
    if (transport->path.connection == connection)
        transport->state = TRANSPORT_DISCONNECTED;
}

void transport_retire_dtls(struct transport *transport)
{
    (void)transport;
}

void transport_close(struct transport *transport, struct tx *tx)
{
    (void)transport;
    (void)tx;
}

void transport_prefetch(const struct transport *transport, unsigned depth)
{
    (void)transport;
    (void)depth;
}
