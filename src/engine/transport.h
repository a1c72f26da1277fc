/* ICE-lite + DTLS + SRTP of one peer connection: datagrams in, plain RTP and RTCP out, and back.
 *
 * A transport owns no socket and no timer: its owner (participant.c) feeds it what demux.c found
 * to be for it, asks transport_wake_at() and calls transport_tick(). What it wants to send goes
 * through the tx arena (tx.h). Rules it keeps (docs/security.md):
 *   - nothing but the response to a check is sent to an address that did not pass an authenticated
 *     STUN check (RFC 8445); a wrong password gets the 401 of RFC 8489 9.1.3, no longer than the
 *     request;
 *   - DTLS is taken only from such an address, and until the fingerprint matched (RFC 8122) no
 *     SRTP is accepted or sent;
 *   - media never moves the selected path, only authenticated STUN does (nomination, RFC 8445 8);
 *   - no check for 15 s: nothing is sent any more; for 30 s: failed (consent, RFC 7675). */
#ifndef PARLEY_ENGINE_TRANSPORT_H
#define PARLEY_ENGINE_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/net.h"
#include "engine/limits.h"

struct transport;
struct tx;           /* engine/tx.h: the arena of datagrams to send */
struct rng;          /* base/rng.h */
struct dtls_context; /* engine/dtls.h: the certificate, shared by all transports */

enum transport_state {
    TRANSPORT_NEW,
    TRANSPORT_CONNECTING,
    TRANSPORT_CONNECTED,
    TRANSPORT_DISCONNECTED,
    TRANSPORT_FAILED
};

/* What a peer's SDP says about its end. */
struct transport_remote {
    char ufrag[LIMIT_ICE_UFRAG_BYTES + 1];
    char pwd[LIMIT_ICE_PWD_BYTES + 1];
    uint8_t fingerprint_hash; /* enum dtls_hash in engine/dtls.h */
    uint8_t fingerprint[64];
    uint8_t fingerprint_len;
    bool dtls_client; /* we are the DTLS client (their a=setup:passive); else server */
};

/* New transport with own random ufrag and pwd. NULL: out of memory. */
struct transport *transport_new(struct dtls_context *dtls, struct rng *rng, uint64_t *counters);
void transport_free(struct transport *transport);

const char *transport_ufrag(const struct transport *transport);
const char *transport_pwd(const struct transport *transport);
/* The path that is selected; NULL: none is. */
const struct net_path *transport_path(const struct transport *transport);
enum transport_state transport_state(const struct transport *transport);
/* Round trip of the DTLS or STUN exchange is unknown to an ICE-lite side; see RTCP. */

/* First offer. 0 or -1 (OpenSSL out of memory). */
int transport_start(struct transport *transport, uint64_t now_us,
                    const struct transport_remote *remote) __attribute__((warn_unused_result));
/* ICE restart: new own ufrag/pwd, remote's new ones; the DTLS session stays if the fingerprint is
 * the same (else -1: the caller makes a new transport). The old path is used until a check on the
 * new credentials succeeds. The caller re-registers transport_ufrag() with demux. */
int transport_restart(struct transport *transport, uint64_t now_us, struct rng *rng,
                      const struct transport_remote *remote) __attribute__((warn_unused_result));

enum transport_packet { TRANSPORT_NOTHING, TRANSPORT_RTP, TRANSPORT_RTCP };
/* One datagram of any kind (RFC 7983 first byte). STUN and DTLS are dealt with inside; for SRTP
 * and SRTCP the plain packet is bytes[0..*len) afterwards and the kind is returned; what is bad is
 * dropped and counted. *path_checked says that this path is now known to be the peer's (the demux
 * may then route by address). */
enum transport_packet transport_receive(struct transport *transport, uint64_t now_us,
                                        const struct net_path *path, uint8_t *bytes, size_t *len,
                                        struct tx *tx, bool *path_checked);

/* Encrypts one plain RTP packet, given as header + payload pieces, into the tx arena. The header
 * (with extensions) is what the seat wrote; payload is borrowed from the track's ring.
 * 0, or -1: not connected, or the arena is full (counted). */
int transport_send_rtp(struct transport *transport, const uint8_t *header, size_t header_len,
                       const uint8_t *payload, size_t payload_len, struct tx *tx);
/* The same for one compound RTCP packet. */
int transport_send_rtcp(struct transport *transport, const uint8_t *bytes, size_t len,
                        struct tx *tx);

void transport_tick(struct transport *transport, uint64_t now_us, struct tx *tx);
uint64_t transport_wake_at(const struct transport *transport);
void transport_connection_closed(struct transport *transport, uint32_t connection);
/* The peer only watches: what memory DTLS holds is given back once its SRTP has come (dtls.h). */
void transport_retire_dtls(struct transport *transport);
/* Sends DTLS close_notify where a session is up. */
void transport_close(struct transport *transport, struct tx *tx);

/* What sending RTP needs, fetched pointer by pointer: depth 0 to 3, each some time after the one
 * before (base/prefetch.h). */
void transport_prefetch(const struct transport *transport, unsigned depth);

#endif
