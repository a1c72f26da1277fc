/* What a protection profile does to the bytes of one kind of packet in one direction: nonces,
 * layout, tags. Stateless but for the keys; indices come from srtp.c. */
#ifndef PARLEY_ENGINE_SRTP_SUITE_H
#define PARLEY_ENGINE_SRTP_SUITE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "engine/cipher.h"
#include "engine/srtp.h"

enum srtp_kind { SRTP_KIND_RTP, SRTP_KIND_RTCP };

/* What makes a key stream unique under one key. */
struct srtp_nonce {
    uint32_t ssrc;
    uint64_t index; /* 48 bits: ROC and SEQ; SRTCP: 31 bits */
};

struct srtp_suite;

/* Derives the session keys (RFC 3711 4.3). NULL: out of memory. */
struct srtp_suite *srtp_suite_new(enum srtp_profile profile, const struct srtp_master *master,
                                  enum srtp_kind kind, enum cipher_direction direction);
/* The session keys themselves instead (test vectors). auth: 20 bytes, CM only. */
struct srtp_suite *srtp_suite_new_from_session(enum srtp_profile profile, const uint8_t *key,
                                               const uint8_t *salt, const uint8_t *auth,
                                               enum cipher_direction direction);
void srtp_suite_free(struct srtp_suite *suite); /* accepts NULL */
size_t srtp_suite_tag_bytes(const struct srtp_suite *suite);

/* out: after the header, which lies in front of it already (out - header.len holds it). */
int srtp_suite_seal_rtp(struct srtp_suite *suite, const struct srtp_nonce *nonce,
                        struct span header, struct span payload, uint8_t *out)
    __attribute__((warn_unused_result));
/* bytes[0..header_len) is the header, the rest cipher text and tag; decrypts in place.
 * 0, or -1: not authentic. */
int srtp_suite_open_rtp(struct srtp_suite *suite, const struct srtp_nonce *nonce, uint8_t *bytes,
                        size_t len, size_t header_len) __attribute__((warn_unused_result));

int srtp_suite_seal_rtcp(struct srtp_suite *suite, const struct srtp_nonce *nonce,
                         struct span packet, uint8_t *out) __attribute__((warn_unused_result));
int srtp_suite_open_rtcp(struct srtp_suite *suite, const struct srtp_nonce *nonce, uint8_t *bytes,
                         size_t len) __attribute__((warn_unused_result));
/* The E flag and SRTCP index of a packet that has them; not authenticated yet. */
uint32_t srtp_suite_rtcp_index_word(const struct srtp_suite *suite, const uint8_t *bytes,
                                    size_t len);

/* What sealing needs, fetched pointer by pointer: depth 0 and 1 (base/prefetch.h). */
void srtp_suite_prefetch(const struct srtp_suite *suite, unsigned depth);

#endif
