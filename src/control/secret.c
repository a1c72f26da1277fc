/* Random secrets and their hashes. */
#include "control/secret.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "control/server.h"

#define SECRET_BYTES 24u

void secret_make(char text[static SECRET_TEXT_BYTES])
{
    unsigned char secret[SECRET_BYTES];
    server_random(secret, sizeof secret);
    EVP_EncodeBlock((unsigned char *)text, secret, (int)sizeof secret);
    OPENSSL_cleanse(secret, sizeof secret);
}

void secret_hash(const char *text, size_t len, uint8_t out[static SECRET_HASH_BYTES])
{
    EVP_Digest(text, len, out, NULL, EVP_sha256(), NULL);
}

bool secret_matches(const char *text, size_t len, const uint8_t hash[static SECRET_HASH_BYTES])
{
    uint8_t got[SECRET_HASH_BYTES];
    secret_hash(text, len, got);
    return CRYPTO_memcmp(got, hash, sizeof got) == 0;
}
