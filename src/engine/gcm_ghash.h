/* GHASH in vectors of any width.
 *
 * It is computed as POLYVAL (RFC 8452 appendix A): with the bytes of each block reversed and the
 * hash key multiplied by x, a product needs no shift, and its reduction (Montgomery's) takes two
 * multiplications. The hash of n blocks is a sum of products with H^n to H^1, so that a whole batch
 * is reduced once. */
#ifndef PARLEY_ENGINE_GCM_GHASH_H
#define PARLEY_ENGINE_GCM_GHASH_H

#include "engine/gcm_vector.h"

#if GCM_X86

/* Of 256 bits, not reduced: bits 0 to 127, 64 to 191 and 128 to 255. */
struct product {
    vector low, middle, high;
};

GCM_INLINE void product_add(struct product *sum, vector a, vector power)
{
    sum->low = VECTOR_XOR(sum->low, VECTOR_MULTIPLY(a, power, 0x00));
    sum->middle = VECTOR_XOR(sum->middle, VECTOR_MULTIPLY(a, power, 0x01));
    sum->middle = VECTOR_XOR(sum->middle, VECTOR_MULTIPLY(a, power, 0x10));
    sum->high = VECTOR_XOR(sum->high, VECTOR_MULTIPLY(a, power, 0x11));
}

GCM_INLINE vector sum_of_halves(vector a)
{
    return VECTOR_XOR(a, VECTOR_SWAP_HALVES(a));
}

/* Karatsuba's way with the power's half of the work done before; the middle lacks low and high. */
GCM_INLINE void product_add_prepared(struct product *sum, vector a, vector power, vector halves)
{
    sum->low = VECTOR_XOR(sum->low, VECTOR_MULTIPLY(a, power, 0x00));
    sum->high = VECTOR_XOR(sum->high, VECTOR_MULTIPLY(a, power, 0x11));
    sum->middle = VECTOR_XOR(sum->middle, VECTOR_MULTIPLY(sum_of_halves(a), halves, 0x00));
    VECTOR_NOW(sum->low);
    VECTOR_NOW(sum->high);
    VECTOR_NOW(sum->middle);
}

GCM_INLINE __m128i product_reduce(struct product sum)
{
    /* x^63 + x^62 + x^57: the polynomial x^128 + x^127 + x^126 + x^121 + 1 without its ends. */
    const vector polynomial =
        VECTOR_REPEAT(_mm_set_epi64x(0, (long long)UINT64_C(0xc200000000000000)));

    sum.middle = VECTOR_XOR(VECTOR_XOR(sum.middle, VECTOR_SWAP_HALVES(sum.low)),
                            VECTOR_MULTIPLY(sum.low, polynomial, 0x00));
    sum.high = VECTOR_XOR(VECTOR_XOR(sum.high, VECTOR_SWAP_HALVES(sum.middle)),
                          VECTOR_MULTIPLY(sum.middle, polynomial, 0x00));
    return VECTOR_SUM(sum.high);
}

GCM_INLINE struct product product_zero(void)
{
    return (struct product){VECTOR_ZERO(), VECTOR_ZERO(), VECTOR_ZERO()};
}

/* H^power, and those below it in the lanes that follow. */
GCM_INLINE vector power_load(const struct gcm_key *key, size_t power)
{
    return VECTOR_LOAD(key->blocks[GCM_POWERS - power]);
}

/* The header: a few blocks, so one lane does. */
GCM_INLINE __m128i hash_header(const struct gcm_key *key, struct span aad)
{
    __m128i hash = _mm_setzero_si128();

    while (aad.len > 0) {
        const size_t blocks = (aad.len + 15) / 16;
        struct product sum = product_zero();

        for (size_t power = blocks < GCM_POWERS ? blocks : GCM_POWERS; power > 0; power--) {
            const size_t len = aad.len < 16 ? aad.len : 16;
            __m128i block = len == 16 ? block_load(aad.bytes) : block_load_part(aad.bytes, len);

            block = _mm_xor_si128(_mm_shuffle_epi8(block, block_reversal()), hash);
            hash = _mm_setzero_si128();
            product_add(&sum, VECTOR_OF(block), power_load(key, power));
            aad.bytes += len;
            aad.len -= len;
        }
        hash = product_reduce(sum);
    }
    return hash;
}

#endif
#endif
