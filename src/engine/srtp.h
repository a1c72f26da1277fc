/* SRTP and SRTCP (RFC 3711, RFC 7714): one session, both directions. Sending encrypts from where
 * the plain payload lies into the caller's buffer; receiving decrypts in place.
 *
 * It never uses a (key, index) pair twice: a sequence number that was protected once is refused
 * the second time. Retransmissions go out under their own SSRC (RFC 4588).
 * What does not authenticate changes no state (RFC 3711 3.3). */
#ifndef PARLEY_ENGINE_SRTP_H
#define PARLEY_ENGINE_SRTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* Numbers as in DTLS' use_srtp: RFC 5764 4.1.2, RFC 7714 14.2. */
enum srtp_profile {
    SRTP_PROFILE_NONE = 0,
    SRTP_PROFILE_CM_128_SHA1_80 = 0x0001,
    SRTP_PROFILE_GCM_128 = 0x0007,
    SRTP_PROFILE_GCM_256 = 0x0008,
};

#define SRTP_MAX_KEY_BYTES  32u
#define SRTP_MAX_SALT_BYTES 14u
/* What protecting adds at most: GCM tag (16) and the SRTCP index (4). */
#define SRTP_MAX_OVERHEAD 20u

/* Key and salt lengths of a profile; 0 for one that is not ours. */
size_t srtp_profile_key_bytes(enum srtp_profile profile);
size_t srtp_profile_salt_bytes(enum srtp_profile profile);

struct srtp_master {
    uint8_t key[SRTP_MAX_KEY_BYTES];
    uint8_t salt[SRTP_MAX_SALT_BYTES]; /* bytes past the profile's length are zero */
};

struct srtp_config {
    enum srtp_profile profile;
    struct srtp_master local;  /* protects what we send */
    struct srtp_master remote; /* unprotects what they send */
    unsigned max_ssrcs_in;     /* 1..SRTP_MAX_STREAMS */
    unsigned max_ssrcs_out;
};

struct srtp;

/* NULL: out of memory. */
struct srtp *srtp_new(const struct srtp_config *config);
void srtp_free(struct srtp *srtp); /* accepts NULL; wipes the keys */

enum srtp_error {
    SRTP_ERROR_MALFORMED = -1, /* too short, not RTP version 2, unencrypted SRTCP */
    SRTP_ERROR_TAG = -2,       /* not authentic */
    SRTP_ERROR_REPLAY = -3,    /* seen before, or too old to tell; sending: index used before */
    SRTP_ERROR_FULL = -4,      /* one SSRC too many */
    SRTP_ERROR_EXHAUSTED = -5, /* 2^48 or 2^31 packets under one key */
    SRTP_ERROR_LIBRARY = -6,
};

/* Writes header, encrypted payload and tag to out, which has room for header.len + payload.len +
 * SRTP_MAX_OVERHEAD. header: RTP header with CSRCs and extension, 12 bytes or more. Returns 0 and
 * the packet's length, or an enum srtp_error. */
int srtp_protect_rtp(struct srtp *srtp, struct span header, struct span payload, uint8_t *out,
                     size_t *out_len) __attribute__((warn_unused_result));
/* The same for a compound RTCP packet of 8 bytes or more. */
int srtp_protect_rtcp(struct srtp *srtp, struct span packet, uint8_t *out, size_t *out_len)
    __attribute__((warn_unused_result));

/* In place: bytes[0..*len) becomes the plain packet. 0, or an enum srtp_error; the bytes are
 * clobbered then. */
int srtp_unprotect_rtp(struct srtp *srtp, uint8_t *bytes, size_t *len)
    __attribute__((warn_unused_result));
int srtp_unprotect_rtcp(struct srtp *srtp, uint8_t *bytes, size_t *len)
    __attribute__((warn_unused_result));

/* What sending RTP needs, fetched pointer by pointer: depth 0 to 2 (base/prefetch.h). */
void srtp_prefetch(const struct srtp *srtp, unsigned depth);

#endif
