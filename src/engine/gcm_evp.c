/* AES-GCM on OpenSSL's EVP: for CPUs that no routine of ours is made for, and what those are
 * compared with. Must never allocate or fetch per packet. */
#include "engine/gcm.h"

#include <limits.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/assert.h"

static int length_of(struct span span)
{
    PARLEY_ASSERT(span.len <= INT_MAX);
    return (int)span.len;
}

static int init(struct gcm_key *key, const uint8_t *bytes, size_t key_len,
                enum cipher_direction direction)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    PARLEY_ASSERT(key_len == 16 || key_len == 32);
    memset(key, 0, sizeof(*key));
    if (context == NULL)
        return -1;
    if (EVP_CipherInit_ex(context, key_len == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm(), NULL,
                          bytes, NULL, direction == CIPHER_SEAL) != 1) {
        EVP_CIPHER_CTX_free(context);
        return -1;
    }
    key->context = context;
    key->routine = &gcm_evp;
    return 0;
}

static void fini(struct gcm_key *key)
{
    EVP_CIPHER_CTX_free(key->context);
    memset(key, 0, sizeof(*key));
}

static int seal(const struct gcm_key *key, const uint8_t *iv, struct span aad, struct span plain,
                uint8_t *out)
{
    EVP_CIPHER_CTX *context = key->context;
    int written = 0;

    if (EVP_EncryptInit_ex(context, NULL, NULL, NULL, iv) != 1 ||
        EVP_EncryptUpdate(context, NULL, &written, aad.bytes, length_of(aad)) != 1 ||
        EVP_EncryptUpdate(context, out, &written, plain.bytes, length_of(plain)) != 1 ||
        EVP_EncryptFinal_ex(context, out + plain.len, &written) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, CIPHER_GCM_TAG_BYTES,
                            out + plain.len) != 1)
        return -1;
    return 0;
}

static int open(const struct gcm_key *key, const uint8_t *iv, struct span aad, struct span sealed,
                uint8_t *out)
{
    EVP_CIPHER_CTX *context = key->context;
    struct span text = {sealed.bytes, 0};
    uint8_t tag[CIPHER_GCM_TAG_BYTES];
    int written = 0;

    if (sealed.len < CIPHER_GCM_TAG_BYTES)
        return -1;
    text.len = sealed.len - CIPHER_GCM_TAG_BYTES;
    memcpy(tag, sealed.bytes + text.len, sizeof(tag));
    if (EVP_DecryptInit_ex(context, NULL, NULL, NULL, iv) != 1 ||
        EVP_DecryptUpdate(context, NULL, &written, aad.bytes, length_of(aad)) != 1 ||
        EVP_DecryptUpdate(context, out, &written, text.bytes, length_of(text)) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, CIPHER_GCM_TAG_BYTES, tag) != 1 ||
        EVP_DecryptFinal_ex(context, out + text.len, &written) != 1)
        return -1;
    return 0;
}

const struct gcm_routine gcm_evp = {"evp", init, fini, seal, open};
