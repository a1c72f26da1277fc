/* The ciphers of SRTP: AES-GCM by the best routine of gcm.h, the others on OpenSSL. Must never
 * allocate or fetch per packet.
 *
 * HMAC uses the SHA1_* functions, deprecated since OpenSSL 3.0, on purpose: EVP_MAC_init() with a
 * kept key and EVP_DigestInit_ex2() both allocate twice per packet in 3.0 (345 and 410 ns for 60
 * bytes, against 188 ns for copying two SHA_CTX by value). */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "engine/cipher.h"

#include <limits.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "base/assert.h"
#include "base/prefetch.h"
#include "engine/gcm.h"

struct cipher_gcm {
    struct gcm_key key;
};

/* The opaque struct is OpenSSL's context under another name: one allocation less. */
static EVP_CIPHER_CTX *ctr_context(struct cipher_ctr *ctr)
{
    return (EVP_CIPHER_CTX *)(void *)ctr;
}

static int length_of(struct span span)
{
    PARLEY_ASSERT(span.len <= INT_MAX);
    return (int)span.len;
}

struct cipher_gcm *cipher_gcm_new(const uint8_t *key, size_t key_len,
                                  enum cipher_direction direction)
{
    struct cipher_gcm *gcm = aligned_alloc(alignof(struct cipher_gcm), sizeof(*gcm));

    PARLEY_ASSERT(key_len == 16 || key_len == 32);
    if (gcm != NULL && gcm_best()->init(&gcm->key, key, key_len, direction) != 0) {
        free(gcm);
        return NULL;
    }
    return gcm;
}

void cipher_gcm_free(struct cipher_gcm *gcm)
{
    if (gcm != NULL)
        gcm->key.routine->fini(&gcm->key);
    free(gcm);
}

int cipher_gcm_seal(struct cipher_gcm *gcm, const uint8_t iv[static CIPHER_GCM_IV_BYTES],
                    struct span aad, struct span plain, uint8_t *out)
{
    return gcm->key.routine->seal(&gcm->key, iv, aad, plain, out);
}

int cipher_gcm_open(struct cipher_gcm *gcm, const uint8_t iv[static CIPHER_GCM_IV_BYTES],
                    struct span aad, struct span sealed, uint8_t *out)
{
    return gcm->key.routine->open(&gcm->key, iv, aad, sealed, out);
}

struct cipher_ctr *cipher_ctr_new(const uint8_t *key, size_t key_len)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    PARLEY_ASSERT(key_len == 16 || key_len == 32);
    if (context != NULL &&
        EVP_EncryptInit_ex(context, key_len == 16 ? EVP_aes_128_ctr() : EVP_aes_256_ctr(), NULL,
                           key, NULL) != 1) {
        EVP_CIPHER_CTX_free(context);
        context = NULL;
    }
    return (struct cipher_ctr *)(void *)context;
}

void cipher_ctr_free(struct cipher_ctr *ctr)
{
    EVP_CIPHER_CTX_free(ctr_context(ctr));
}

int cipher_ctr_apply(struct cipher_ctr *ctr, const uint8_t iv[static CIPHER_CTR_IV_BYTES],
                     struct span in, uint8_t *out)
{
    EVP_CIPHER_CTX *context = ctr_context(ctr);
    int written = 0;

    if (EVP_EncryptInit_ex(context, NULL, NULL, NULL, iv) != 1 ||
        EVP_EncryptUpdate(context, out, &written, in.bytes, length_of(in)) != 1)
        return -1;
    return 0;
}

/* RFC 2104: H(K xor opad, H(K xor ipad, text)); the hashes' states after their first block. */
struct cipher_hmac {
    SHA_CTX inner;
    SHA_CTX outer;
};

static void hash_pad(SHA_CTX *state, const uint8_t *key, size_t key_len, uint8_t filler)
{
    uint8_t pad[SHA_CBLOCK];

    memset(pad, filler, sizeof(pad));
    for (size_t i = 0; i < key_len; i++)
        pad[i] ^= key[i];
    SHA1_Init(state);
    SHA1_Update(state, pad, sizeof(pad));
    OPENSSL_cleanse(pad, sizeof(pad));
}

struct cipher_hmac *cipher_hmac_new(const uint8_t *key, size_t key_len)
{
    struct cipher_hmac *hmac = malloc(sizeof(*hmac));

    PARLEY_ASSERT(key_len <= SHA_CBLOCK);
    if (hmac == NULL)
        return NULL;
    hash_pad(&hmac->inner, key, key_len, 0x36);
    hash_pad(&hmac->outer, key, key_len, 0x5c);
    return hmac;
}

void cipher_hmac_free(struct cipher_hmac *hmac)
{
    if (hmac != NULL)
        OPENSSL_cleanse(hmac, sizeof(*hmac));
    free(hmac);
}

void cipher_hmac_sha1(const struct cipher_hmac *hmac, struct span first, struct span second,
                      uint8_t out[static CIPHER_SHA1_BYTES])
{
    SHA_CTX state = hmac->inner;

    SHA1_Update(&state, first.bytes, first.len);
    if (second.len > 0)
        SHA1_Update(&state, second.bytes, second.len);
    SHA1_Final(out, &state);
    state = hmac->outer;
    SHA1_Update(&state, out, CIPHER_SHA1_BYTES);
    SHA1_Final(out, &state);
}

void cipher_gcm_prefetch(const struct cipher_gcm *gcm)
{
    PREFETCH(*gcm);
}
