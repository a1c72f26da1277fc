/* RFC 3711 4.3.3: the pseudo-random function is AES in counter mode under the master key. */
#include "engine/srtp_kdf.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "engine/cipher.h"

struct srtp_kdf {
    /* owned */
    struct cipher_ctr *ctr;
    /* state */
    uint8_t salt[SRTP_KDF_SALT_BYTES];
};

struct srtp_kdf *srtp_kdf_new(const uint8_t *key, size_t key_len,
                              const uint8_t salt[static SRTP_KDF_SALT_BYTES])
{
    struct srtp_kdf *kdf = malloc(sizeof(*kdf));

    if (kdf == NULL)
        return NULL;
    kdf->ctr = cipher_ctr_new(key, key_len);
    memcpy(kdf->salt, salt, sizeof(kdf->salt));
    if (kdf->ctr == NULL) {
        srtp_kdf_free(kdf);
        return NULL;
    }
    return kdf;
}

void srtp_kdf_free(struct srtp_kdf *kdf)
{
    if (kdf == NULL)
        return;
    cipher_ctr_free(kdf->ctr);
    OPENSSL_cleanse(kdf, sizeof(*kdf));
    free(kdf);
}

int srtp_kdf_derive(struct srtp_kdf *kdf, enum srtp_label label, uint8_t *out, size_t out_len)
{
    /* "IV = x * 2^16", x = key_id XOR master_salt, key_id = <label> || r with r = 0 (48 bits):
     *
     *      0           6 7     8        13 14 15
     *     +-------------+-------+----------+-----+
     *     | salt        | ^label| salt     | 0 0 |
     *     +-------------+-------+----------+-----+ */
    uint8_t iv[CIPHER_CTR_IV_BYTES] = {0};

    memcpy(iv, kdf->salt, sizeof(kdf->salt));
    iv[7] ^= (uint8_t)label;
    memset(out, 0, out_len);
    return cipher_ctr_apply(kdf->ctr, iv, (struct span){out, out_len}, out);
}
