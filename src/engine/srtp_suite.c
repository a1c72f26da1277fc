/* AEAD_AES_128_GCM, AEAD_AES_256_GCM (RFC 7714) and AES128_CM_HMAC_SHA1_80 (RFC 3711 4). */
#include "engine/srtp_suite.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/assert.h"
#include "base/prefetch.h"
#include "engine/srtp_kdf.h"

#define RTCP_HEADER_BYTES 8u
#define INDEX_BYTES       4u
#define E_FLAG            UINT32_C(0x80000000)
/* RFC 3711 4.2.1: "n_a = 160 bits", "n_tag = 80 bits". */
#define AUTH_KEY_BYTES    20u
#define SHA1_80_TAG_BYTES 10u

struct srtp_suite {
    /* owned; either gcm, or ctr and hmac */
    struct cipher_gcm *gcm;
    struct cipher_ctr *ctr;
    struct cipher_hmac *hmac;
    /* state */
    uint8_t salt[SRTP_MAX_SALT_BYTES];
};

size_t srtp_profile_key_bytes(enum srtp_profile profile)
{
    switch (profile) {
    case SRTP_PROFILE_CM_128_SHA1_80:
    case SRTP_PROFILE_GCM_128:
        return 16;
    case SRTP_PROFILE_GCM_256:
        return 32;
    case SRTP_PROFILE_NONE:
        break;
    }
    return 0;
}

size_t srtp_profile_salt_bytes(enum srtp_profile profile)
{
    switch (profile) {
    case SRTP_PROFILE_CM_128_SHA1_80:
        return 14;
    case SRTP_PROFILE_GCM_128:
    case SRTP_PROFILE_GCM_256:
        return 12;
    case SRTP_PROFILE_NONE:
        break;
    }
    return 0;
}

struct srtp_suite *srtp_suite_new_from_session(enum srtp_profile profile, const uint8_t *key,
                                               const uint8_t *salt, const uint8_t *auth,
                                               enum cipher_direction direction)
{
    struct srtp_suite *suite = calloc(1, sizeof(*suite));
    size_t key_len = srtp_profile_key_bytes(profile);

    PARLEY_ASSERT(key_len > 0);
    if (suite == NULL)
        return NULL;
    memcpy(suite->salt, salt, srtp_profile_salt_bytes(profile));
    if (profile == SRTP_PROFILE_CM_128_SHA1_80) {
        suite->ctr = cipher_ctr_new(key, key_len);
        suite->hmac = cipher_hmac_new(auth, AUTH_KEY_BYTES);
    } else {
        suite->gcm = cipher_gcm_new(key, key_len, direction);
    }
    if (suite->gcm == NULL && (suite->ctr == NULL || suite->hmac == NULL)) {
        srtp_suite_free(suite);
        return NULL;
    }
    return suite;
}

struct session_keys {
    uint8_t key[SRTP_MAX_KEY_BYTES];
    uint8_t auth[AUTH_KEY_BYTES];
    uint8_t salt[SRTP_MAX_SALT_BYTES];
};

static int derive(struct srtp_kdf *kdf, enum srtp_profile profile, enum srtp_kind kind,
                  struct session_keys *keys)
{
    bool rtp = kind == SRTP_KIND_RTP;

    if (srtp_kdf_derive(kdf, rtp ? SRTP_LABEL_RTP_KEY : SRTP_LABEL_RTCP_KEY, keys->key,
                        srtp_profile_key_bytes(profile)) != 0 ||
        srtp_kdf_derive(kdf, rtp ? SRTP_LABEL_RTP_AUTH : SRTP_LABEL_RTCP_AUTH, keys->auth,
                        sizeof(keys->auth)) != 0)
        return -1;
    return srtp_kdf_derive(kdf, rtp ? SRTP_LABEL_RTP_SALT : SRTP_LABEL_RTCP_SALT, keys->salt,
                           srtp_profile_salt_bytes(profile));
}

struct srtp_suite *srtp_suite_new(enum srtp_profile profile, const struct srtp_master *master,
                                  enum srtp_kind kind, enum cipher_direction direction)
{
    struct srtp_kdf *kdf = srtp_kdf_new(master->key, srtp_profile_key_bytes(profile), master->salt);
    struct srtp_suite *suite = NULL;
    struct session_keys keys = {0};

    if (kdf == NULL)
        return NULL;
    if (derive(kdf, profile, kind, &keys) == 0)
        suite = srtp_suite_new_from_session(profile, keys.key, keys.salt, keys.auth, direction);
    OPENSSL_cleanse(&keys, sizeof(keys));
    srtp_kdf_free(kdf);
    return suite;
}

void srtp_suite_free(struct srtp_suite *suite)
{
    if (suite == NULL)
        return;
    cipher_gcm_free(suite->gcm);
    cipher_ctr_free(suite->ctr);
    cipher_hmac_free(suite->hmac);
    OPENSSL_cleanse(suite, sizeof(*suite));
    free(suite);
}

size_t srtp_suite_tag_bytes(const struct srtp_suite *suite)
{
    return suite->gcm != NULL ? CIPHER_GCM_TAG_BYTES : SHA1_80_TAG_BYTES;
}

static void xor_bytes(uint8_t *at, const uint8_t *with, size_t len)
{
    for (size_t i = 0; i < len; i++)
        at[i] ^= with[i];
}

/* RFC 7714 8.1 (and 9.1, where the upper 17 bits of the index are zero):
 *
 *      0     2           6                       12
 *     +-----+-----------+-----------------+-------+
 *     | 0 0 |   SSRC    |  ROC            |  SEQ  |  XOR salt
 *     +-----+-----------+-----------------+-------+ */
static void gcm_iv(const struct srtp_suite *suite, const struct srtp_nonce *nonce,
                   uint8_t iv[static CIPHER_GCM_IV_BYTES])
{
    memset(iv, 0, 2);
    bytes_put_u32(iv + 2, nonce->ssrc);
    bytes_put_u32(iv + 6, (uint32_t)(nonce->index >> 16));
    bytes_put_u16(iv + 10, (uint16_t)nonce->index);
    xor_bytes(iv, suite->salt, CIPHER_GCM_IV_BYTES);
}

/* RFC 3711 4.1.1: "IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16)". */
static void ctr_iv(const struct srtp_suite *suite, const struct srtp_nonce *nonce,
                   uint8_t iv[static CIPHER_CTR_IV_BYTES])
{
    memset(iv, 0, CIPHER_CTR_IV_BYTES);
    bytes_put_u32(iv + 4, nonce->ssrc);
    bytes_put_u32(iv + 8, (uint32_t)(nonce->index >> 16));
    bytes_put_u16(iv + 12, (uint16_t)nonce->index);
    xor_bytes(iv, suite->salt, SRTP_MAX_SALT_BYTES);
}

static int ctr_apply(struct srtp_suite *suite, const struct srtp_nonce *nonce, struct span in,
                     uint8_t *out)
{
    uint8_t iv[CIPHER_CTR_IV_BYTES];

    ctr_iv(suite, nonce, iv);
    return cipher_ctr_apply(suite->ctr, iv, in, out);
}

/* ---- RTP ------------------------------------------------------------------------------------ */

/* RFC 3711 4.2: "M = Authenticated Portion || ROC". */
static void rtp_mac(const struct srtp_suite *suite, const struct srtp_nonce *nonce,
                    struct span packet, uint8_t mac[static CIPHER_SHA1_BYTES])
{
    uint8_t roc[4];

    bytes_put_u32(roc, (uint32_t)(nonce->index >> 16));
    cipher_hmac_sha1(suite->hmac, packet, (struct span){roc, sizeof(roc)}, mac);
}

int srtp_suite_seal_rtp(struct srtp_suite *suite, const struct srtp_nonce *nonce,
                        struct span header, struct span payload, uint8_t *out)
{
    uint8_t iv[CIPHER_GCM_IV_BYTES], mac[CIPHER_SHA1_BYTES];

    if (suite->gcm != NULL) {
        gcm_iv(suite, nonce, iv);
        return cipher_gcm_seal(suite->gcm, iv, header, payload, out);
    }
    if (ctr_apply(suite, nonce, payload, out) != 0)
        return -1;
    rtp_mac(suite, nonce, (struct span){out - header.len, header.len + payload.len}, mac);
    memcpy(out + payload.len, mac, SHA1_80_TAG_BYTES);
    return 0;
}

int srtp_suite_open_rtp(struct srtp_suite *suite, const struct srtp_nonce *nonce, uint8_t *bytes,
                        size_t len, size_t header_len)
{
    uint8_t iv[CIPHER_GCM_IV_BYTES], mac[CIPHER_SHA1_BYTES];
    uint8_t *payload = bytes + header_len;
    size_t tag_at = len - srtp_suite_tag_bytes(suite);

    if (suite->gcm != NULL) {
        gcm_iv(suite, nonce, iv);
        return cipher_gcm_open(suite->gcm, iv, (struct span){bytes, header_len},
                               (struct span){payload, len - header_len}, payload);
    }
    rtp_mac(suite, nonce, (struct span){bytes, tag_at}, mac);
    if (CRYPTO_memcmp(mac, bytes + tag_at, SHA1_80_TAG_BYTES) != 0)
        return -1;
    return ctr_apply(suite, nonce, (struct span){payload, tag_at - header_len}, payload);
}

/* ---- RTCP ----------------------------------------------------------------------------------- */

/*  GCM (RFC 7714 9.2)                            CM (RFC 3711 3.4)
 *     +--------+-------------+-------+---------+    +--------+-------------+---------+---------+
 *     | header | cipher text | tag   | E+index |    | header | cipher text | E+index | tag     |
 *     +--------+-------------+-------+---------+    +--------+-------------+---------+---------+
 *         8                     16        4             8                       4        10
 *  associated data: header and E+index           authenticated: all before the tag */

static void rtcp_aad(const uint8_t *header, uint32_t index_word,
                     uint8_t aad[static RTCP_HEADER_BYTES + INDEX_BYTES])
{
    memcpy(aad, header, RTCP_HEADER_BYTES);
    bytes_put_u32(aad + RTCP_HEADER_BYTES, index_word);
}

int srtp_suite_seal_rtcp(struct srtp_suite *suite, const struct srtp_nonce *nonce,
                         struct span packet, uint8_t *out)
{
    uint32_t index_word = E_FLAG | (uint32_t)nonce->index;
    struct span body = {packet.bytes + RTCP_HEADER_BYTES, packet.len - RTCP_HEADER_BYTES};
    uint8_t aad[RTCP_HEADER_BYTES + INDEX_BYTES], iv[CIPHER_GCM_IV_BYTES], mac[CIPHER_SHA1_BYTES];

    memcpy(out, packet.bytes, RTCP_HEADER_BYTES);
    if (suite->gcm != NULL) {
        gcm_iv(suite, nonce, iv);
        rtcp_aad(packet.bytes, index_word, aad);
        bytes_put_u32(out + packet.len + CIPHER_GCM_TAG_BYTES, index_word);
        return cipher_gcm_seal(suite->gcm, iv, (struct span){aad, sizeof(aad)}, body,
                               out + RTCP_HEADER_BYTES);
    }
    if (ctr_apply(suite, nonce, body, out + RTCP_HEADER_BYTES) != 0)
        return -1;
    bytes_put_u32(out + packet.len, index_word);
    cipher_hmac_sha1(suite->hmac, (struct span){out, packet.len + INDEX_BYTES},
                     (struct span){NULL, 0}, mac);
    memcpy(out + packet.len + INDEX_BYTES, mac, SHA1_80_TAG_BYTES);
    return 0;
}

uint32_t srtp_suite_rtcp_index_word(const struct srtp_suite *suite, const uint8_t *bytes,
                                    size_t len)
{
    size_t after = suite->gcm != NULL ? 0 : SHA1_80_TAG_BYTES;

    return bytes_get_u32(bytes + len - after - INDEX_BYTES);
}

int srtp_suite_open_rtcp(struct srtp_suite *suite, const struct srtp_nonce *nonce, uint8_t *bytes,
                         size_t len)
{
    uint8_t aad[RTCP_HEADER_BYTES + INDEX_BYTES], iv[CIPHER_GCM_IV_BYTES], mac[CIPHER_SHA1_BYTES];
    uint8_t *body = bytes + RTCP_HEADER_BYTES;
    size_t tag_at = len - SHA1_80_TAG_BYTES;

    if (suite->gcm != NULL) {
        gcm_iv(suite, nonce, iv);
        rtcp_aad(bytes, srtp_suite_rtcp_index_word(suite, bytes, len), aad);
        return cipher_gcm_open(suite->gcm, iv, (struct span){aad, sizeof(aad)},
                               (struct span){body, len - RTCP_HEADER_BYTES - INDEX_BYTES}, body);
    }
    cipher_hmac_sha1(suite->hmac, (struct span){bytes, tag_at}, (struct span){NULL, 0}, mac);
    if (CRYPTO_memcmp(mac, bytes + tag_at, SHA1_80_TAG_BYTES) != 0)
        return -1;
    return ctr_apply(suite, nonce, (struct span){body, tag_at - INDEX_BYTES - RTCP_HEADER_BYTES},
                     body);
}

void srtp_suite_prefetch(const struct srtp_suite *suite, unsigned depth)
{
    if (depth == 0)
        PREFETCH(*suite);
    else if (suite->gcm != NULL)
        cipher_gcm_prefetch(suite->gcm);
}
