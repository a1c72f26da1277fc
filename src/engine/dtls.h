/* DTLS 1.2 (RFC 6347) for SRTP keys (RFC 5764): datagrams in, datagrams out, keys at the end.
 *
 * Time is the caller's for the deadline, OpenSSL's own for retransmission: libssl asks the wall
 * clock (gettimeofday) whether its timer expired, and there is no way to tell it otherwise: a tiny
 * duration from DTLS_set_timer_cb() makes it retransmit at each read. In the server both clocks run
 * alike; a simulation brings its own gettimeofday(). */
#ifndef PARLEY_ENGINE_DTLS_H
#define PARLEY_ENGINE_DTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/srtp.h"

#define DTLS_SHA256_BYTES      32u
#define DTLS_FINGERPRINT_BYTES 64u /* the longest: SHA-512 */

/* RFC 8122 5: SHA-1 and MD5 no longer prove anything and are not accepted. */
enum dtls_hash { DTLS_HASH_NONE = 0, DTLS_HASH_SHA256, DTLS_HASH_SHA384, DTLS_HASH_SHA512 };
/* "sha-256", … as in a=fingerprint, any case. DTLS_HASH_NONE: not one of ours. */
enum dtls_hash dtls_hash_of_name(const char *name, size_t len);
size_t dtls_hash_bytes(enum dtls_hash hash); /* 0 for DTLS_HASH_NONE */

/* ---- the certificate, shared by all sessions ------------------------------------------------ */

struct dtls_context;

/* NULL: certificate and key do not parse or do not belong together, or out of memory. */
struct dtls_context *dtls_context_new(const char *certificate_pem, const char *private_key_pem);
void dtls_context_free(struct dtls_context *context); /* accepts NULL; after all sessions */
/* DTLS_SHA256_BYTES bytes. */
const uint8_t *dtls_context_fingerprint_sha256(const struct dtls_context *context);

/* ---- a session ------------------------------------------------------------------------------ */

struct dtls;

enum dtls_role { DTLS_SERVER, DTLS_CLIENT };
enum dtls_state {
    DTLS_HANDSHAKING,
    DTLS_CONNECTED, /* the certificate's fingerprint matched and an SRTP profile is agreed */
    DTLS_CLOSED,    /* the peer said close_notify */
    DTLS_FAILED,
};

/* Called within dtls_* calls with one datagram to send. */
typedef void dtls_send(void *context, const uint8_t *bytes, size_t len);

struct dtls_config {
    struct dtls_context *context; /* borrowed */
    enum dtls_role role;
    enum dtls_hash hash; /* of the peer's certificate, from its SDP */
    uint8_t fingerprint[DTLS_FINGERPRINT_BYTES];
    dtls_send *send;
    void *send_context;
};

/* RFC 6347 has no deadline; a peer that is there needs two round trips. */
#define DTLS_DEADLINE_US 10000000u
/* More handshake bytes than this from one peer are dropped. Firefox with an RSA certificate and
 * Chromium with a post-quantum key share send 2 to 4 KB. */
#define DTLS_MAX_HANDSHAKE_BYTES 16384u
/* RFC 8831 5: "the initial path MTU SHOULD NOT exceed 1200 bytes"; fits every relay. */
#define DTLS_MTU_BYTES 1200u

/* NULL: out of memory. A client sends its ClientHello with dtls_start(). */
struct dtls *dtls_new(const struct dtls_config *config, uint64_t now_us);
void dtls_free(struct dtls *dtls); /* accepts NULL */
void dtls_start(struct dtls *dtls, uint64_t now_us);
/* One datagram of DTLS records. Nothing in it can do more harm than fail this session; a bad
 * ClientHello does not even do that. */
void dtls_receive(struct dtls *dtls, uint64_t now_us, const uint8_t *bytes, size_t len);
/* Retransmits, or fails after DTLS_DEADLINE_US. */
void dtls_tick(struct dtls *dtls, uint64_t now_us);
uint64_t dtls_wake_at(const struct dtls *dtls); /* UINT64_MAX: no timer */
enum dtls_state dtls_state(const struct dtls *dtls);
/* Sends close_notify. */
void dtls_close(struct dtls *dtls);
/* Once the peer is known to have finished the handshake, too (its SRTP came): gives back OpenSSL's
 * 60 kB, and keeps of the session no more than a close_notify, ready to be sent. What the peer says
 * in DTLS is not heard any more. No effect unless connected. */
void dtls_retire(struct dtls *dtls);

/* Profile and master keys (RFC 5764 4.2), once connected. 0, or -1: the library failed. */
int dtls_export_srtp(const struct dtls *dtls, struct srtp_config *out)
    __attribute__((warn_unused_result));

#endif
