/* scrypt by OpenSSL. */
#include "control/password.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

/* The only way so far. It takes 128 * N * r bytes = 8 MiB, and 37 ms on a busy core of a small
 * virtual machine; twice the N took 73 ms there, too long for the one thread of control. The limit
 * leaves OpenSSL's own room. */
#define WAY              1u
#define COST_N           8192u
#define BLOCK_R          8u
#define PARALLEL_P       1u
#define MEMORY_MAX_BYTES (16u * 1024u * 1024u)

int password_keep(const char *text, size_t len, const uint8_t salt[static PASSWORD_SALT_BYTES],
                  uint8_t out[static PASSWORD_KEPT_BYTES])
{
    uint8_t *key = out + 1 + PASSWORD_SALT_BYTES;
    out[0] = WAY;
    memcpy(out + 1, salt, PASSWORD_SALT_BYTES);
    return EVP_PBE_scrypt(text, len, salt, PASSWORD_SALT_BYTES, COST_N, BLOCK_R, PARALLEL_P,
                          MEMORY_MAX_BYTES, key, PASSWORD_KEPT_BYTES - 1 - PASSWORD_SALT_BYTES) == 1
               ? 0
               : -1;
}

bool password_matches(const char *text, size_t len, const uint8_t kept[static PASSWORD_KEPT_BYTES])
{
    uint8_t got[PASSWORD_KEPT_BYTES];
    return kept[0] == WAY && password_keep(text, len, kept + 1, got) == 0 &&
           CRYPTO_memcmp(got, kept, sizeof got) == 0;
}
