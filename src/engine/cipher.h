/* The ciphers of SRTP, each with its key set once and no allocation per packet. This header is the
 * seam: srtp.c sees nothing of OpenSSL, nor of the routines for AES-GCM (gcm.h) among which the CPU
 * decides. */
#ifndef PARLEY_ENGINE_CIPHER_H
#define PARLEY_ENGINE_CIPHER_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define CIPHER_GCM_IV_BYTES  12u
#define CIPHER_GCM_TAG_BYTES 16u
#define CIPHER_CTR_IV_BYTES  16u
#define CIPHER_SHA1_BYTES    20u

/* ---- AES-GCM, one key in one direction ------------------------------------------------------ */

struct cipher_gcm;
enum cipher_direction { CIPHER_SEAL, CIPHER_OPEN };

/* key_len: 16 or 32. NULL: out of memory. */
struct cipher_gcm *cipher_gcm_new(const uint8_t *key, size_t key_len,
                                  enum cipher_direction direction);
void cipher_gcm_free(struct cipher_gcm *gcm); /* accepts NULL */

/* Encrypts plain to out, where plain.len + 16 bytes are written: cipher text and tag. out may be
 * plain.bytes, else they must not overlap. 0, or -1: the library failed. */
int cipher_gcm_seal(struct cipher_gcm *gcm, const uint8_t iv[static CIPHER_GCM_IV_BYTES],
                    struct span aad, struct span plain, uint8_t *out)
    __attribute__((warn_unused_result));
/* sealed is cipher text and tag; writes sealed.len - 16 bytes to out, which may be sealed.bytes.
 * 0, or -1: the tag is wrong (out holds garbage then) or sealed is shorter than a tag. */
int cipher_gcm_open(struct cipher_gcm *gcm, const uint8_t iv[static CIPHER_GCM_IV_BYTES],
                    struct span aad, struct span sealed, uint8_t *out)
    __attribute__((warn_unused_result));

/* The key (base/prefetch.h). */
void cipher_gcm_prefetch(const struct cipher_gcm *gcm);

/* ---- AES-CTR ("AES-CM" in RFC 3711) --------------------------------------------------------- */

struct cipher_ctr;

struct cipher_ctr *cipher_ctr_new(const uint8_t *key, size_t key_len);
void cipher_ctr_free(struct cipher_ctr *ctr);
/* XORs the key stream that starts at iv into in; out may be in.bytes. 0 or -1. */
int cipher_ctr_apply(struct cipher_ctr *ctr, const uint8_t iv[static CIPHER_CTR_IV_BYTES],
                     struct span in, uint8_t *out) __attribute__((warn_unused_result));

/* ---- HMAC-SHA1 ------------------------------------------------------------------------------ */

struct cipher_hmac;

struct cipher_hmac *cipher_hmac_new(const uint8_t *key, size_t key_len);
void cipher_hmac_free(struct cipher_hmac *hmac);
/* HMAC-SHA1 of first followed by second (second may be empty). */
void cipher_hmac_sha1(const struct cipher_hmac *hmac, struct span first, struct span second,
                      uint8_t out[static CIPHER_SHA1_BYTES]);

#endif
