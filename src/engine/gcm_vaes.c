/* AES-GCM with VAES and VPCLMULQDQ on AVX2 registers. */
#define GCM_VECTOR_BYTES 32
#include "engine/gcm_body.h"

#if GCM_X86

static int init(struct gcm_key *key, const uint8_t *bytes, size_t key_len,
                enum cipher_direction direction)
{
    const int result = gcm_aesni_init(key, bytes, key_len, direction);

    key->routine = &gcm_vaes;
    return result;
}

const struct gcm_routine gcm_vaes = {"vaes", init, gcm_aesni_fini, seal, open};

#endif
