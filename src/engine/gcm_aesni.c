/* AES-GCM with AES-NI and PCLMULQDQ, and the key schedule of all routines for x86-64. */
#define GCM_VECTOR_BYTES 16
#include "engine/gcm_body.h"

#if GCM_X86

#include <openssl/crypto.h>

#include "base/assert.h"

/* SubWord() of the word of a that index says, in all words, after RotWord() where the index turns
 * it: the last round of AES on four equal columns, in which ShiftRows does nothing. */
GCM_INLINE __m128i substituted(__m128i a, __m128i index, uint8_t round_constant)
{
    return _mm_aesenclast_si128(_mm_shuffle_epi8(a, index), _mm_set1_epi32(round_constant));
}

/* Each word with all words before it, and with the word given. */
GCM_INLINE __m128i mixed(__m128i a, __m128i word)
{
    a = _mm_xor_si128(a, _mm_slli_si128(a, 4));
    a = _mm_xor_si128(a, _mm_slli_si128(a, 8));
    return _mm_xor_si128(a, word);
}

/* FIPS 197 5.2. */
GCM_INLINE void expand(struct gcm_key *key, const uint8_t *bytes, size_t key_len)
{
    const __m128i last_turned = _mm_set1_epi32(0x0c0f0e0d), last = _mm_set1_epi32(0x0f0e0d0c);
    uint8_t(*to)[GCM_BLOCK_BYTES] = key->blocks + GCM_POWERS, round_constant = 1;
    __m128i even = block_load(bytes), odd = even;

    key->rounds = key_len == 16 ? 10 : 14;
    block_store(*to++, even);
    if (key_len == 32) {
        odd = block_load(bytes + 16);
        block_store(*to++, odd);
    }
    while (to < key->blocks + GCM_POWERS + key->rounds + 1) {
        even = mixed(even, substituted(odd, last_turned, round_constant));
        block_store(*to++, even);
        round_constant = (uint8_t)((unsigned)round_constant << 1 ^ (round_constant >> 7) * 0x1bu);
        if (key_len == 16) {
            odd = even;
        } else if (to < key->blocks + GCM_POWERS + GCM_MAX_ROUND_KEYS) {
            odd = mixed(odd, substituted(even, last, 0));
            block_store(*to++, odd);
        }
    }
}

/* RFC 8452 appendix A: "mulX_POLYVAL(ByteReverse(H))". */
GCM_INLINE __m128i times_x(__m128i a)
{
    const __m128i polynomial = _mm_set_epi64x((long long)UINT64_C(0xc200000000000000), 1);
    /* All ones where the highest bit is lost. */
    const __m128i lost = _mm_srai_epi32(_mm_shuffle_epi32(a, 0xff), 31);
    const __m128i carry = _mm_slli_si128(_mm_srli_epi64(a, 63), 8);

    return _mm_xor_si128(_mm_or_si128(_mm_slli_epi64(a, 1), carry),
                         _mm_and_si128(lost, polynomial));
}

GCM_TARGET int gcm_aesni_init(struct gcm_key *key, const uint8_t *bytes, size_t key_len,
                              enum cipher_direction direction)
{
    __m128i hash_key, power;

    (void)direction;
    PARLEY_ASSERT(key_len == 16 || key_len == 32);
    memset(key, 0, sizeof(*key));
    expand(key, bytes, key_len);
    hash_key = block_load(key->blocks[GCM_POWERS]);
    for (size_t round = 1; round < key->rounds; round++)
        hash_key = _mm_aesenc_si128(hash_key, round_key(key, round));
    hash_key = _mm_aesenclast_si128(hash_key, round_key(key, key->rounds));
    hash_key = times_x(_mm_shuffle_epi8(hash_key, block_reversal()));
    power = hash_key;
    for (size_t i = GCM_POWERS - 1;; i--) {
        struct product product = product_zero();

        block_store(key->blocks[i], power);
        if (i == 0)
            break;
        product_add(&product, power, hash_key);
        power = product_reduce(product);
    }
    return 0;
}

void gcm_aesni_fini(struct gcm_key *key)
{
    OPENSSL_cleanse(key, sizeof(*key));
}

static int init(struct gcm_key *key, const uint8_t *bytes, size_t key_len,
                enum cipher_direction direction)
{
    const int result = gcm_aesni_init(key, bytes, key_len, direction);

    key->routine = &gcm_aesni;
    return result;
}

const struct gcm_routine gcm_aesni = {"aesni", init, gcm_aesni_fini, seal, open};

#endif
