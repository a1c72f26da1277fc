/* The vectors that gcm_body.h is written in: as wide as GCM_VECTOR_BYTES says (16, 32 or 64), one
 * AES block in each lane of 16 bytes. Included by one .c file per width. */
#ifndef PARLEY_ENGINE_GCM_VECTOR_H
#define PARLEY_ENGINE_GCM_VECTOR_H

#include "engine/gcm.h"

#if GCM_X86
#include <immintrin.h>
#include <string.h>

#ifndef GCM_VECTOR_BYTES
#define GCM_VECTOR_BYTES 16
#endif

#if GCM_VECTOR_BYTES == 16
#define GCM_TARGET __attribute__((target("sse4.1,aes,pclmul")))
#elif GCM_VECTOR_BYTES == 32
#define GCM_TARGET __attribute__((target("avx2,aes,pclmul,vaes,vpclmulqdq")))
#else
#define GCM_TARGET                                                                                 \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx2,aes,pclmul,vaes,vpclmulqdq")))
#endif
#define GCM_INLINE static inline __attribute__((always_inline)) GCM_TARGET

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GCM_SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define GCM_SANITIZED 1
#endif

/* Arrays of vectors live in registers only where the loops over them are gone. Under a sanitizer
 * that would take the compiler a minute and help nobody. */
#if defined(GCM_SANITIZED)
#define GCM_UNROLL
#elif defined(__clang__)
#define GCM_UNROLL _Pragma("clang loop unroll(full)")
#else
#define GCM_UNROLL _Pragma("GCC unroll 16")
#endif

/* The value is needed here. gcc makes a tree of a sum else, whose leaves do not fit in registers.
 */
#define VECTOR_NOW(a) __asm__("" : "+v"(a))

/* ---- single blocks -------------------------------------------------------------------------- */

GCM_INLINE __m128i block_load(const uint8_t *from)
{
    return _mm_loadu_si128((const __m128i *)(const void *)from);
}

GCM_INLINE void block_store(uint8_t *to, __m128i block)
{
    _mm_storeu_si128((__m128i *)(void *)to, block);
}

GCM_INLINE __m128i block_reversal(void)
{
    return _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/* The len bytes (1 to 15) at from and zeros; reads no others. */
GCM_INLINE __m128i block_load_part(const uint8_t *from, size_t len)
{
    uint64_t low = 0, high = 0;
    uint32_t first, last;

    if (len >= 8) {
        memcpy(&low, from, 8);
        memcpy(&high, from + len - 8, 8);
        high = high >> (8u * (15u - len)) >> 8;
    } else if (len >= 4) {
        memcpy(&first, from, 4);
        memcpy(&last, from + len - 4, 4);
        low = first | (uint64_t)last << (8u * (len - 4u));
    } else {
        low = from[0] | (uint64_t)from[len / 2] << (8u * (len / 2)) |
              (uint64_t)from[len - 1] << (8u * (len - 1));
    }
    return _mm_set_epi64x((long long)high, (long long)low);
}

/* The block's first len bytes (1 to 15); writes no others. */
GCM_INLINE void block_store_part(uint8_t *to, size_t len, __m128i block)
{
    uint64_t rest = (uint64_t)_mm_cvtsi128_si64(block);

    if (len >= 8) {
        memcpy(to, &rest, 8);
        rest = (uint64_t)_mm_extract_epi64(block, 1);
        to += 8;
        len -= 8;
    }
    if (len >= 4) {
        memcpy(to, &rest, 4);
        rest >>= 32;
        to += 4;
        len -= 4;
    }
    for (; len > 0; len--, rest >>= 8)
        *to++ = (uint8_t)rest;
}

/* A row of these ends where the bytes to be kept end. */
static const uint8_t gcm_masks[64] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* ---- vectors -------------------------------------------------------------------------------- */

#if GCM_VECTOR_BYTES == 16
typedef __m128i vector;
#define VECTOR_MULTIPLY(a, b, halves) _mm_clmulepi64_si128(a, b, halves)
#define VECTOR_SWAP_HALVES(a)         _mm_shuffle_epi32(a, 0x4e)
#define VECTOR_ZERO()                 _mm_setzero_si128()
#define VECTOR_XOR(a, b)              _mm_xor_si128(a, b)
#define VECTOR_ADD(a, b)              _mm_add_epi32(a, b)
#define VECTOR_SHUFFLE(a, by)         _mm_shuffle_epi8(a, by)
#define VECTOR_ROUND(a, key)          _mm_aesenc_si128(a, key)
#define VECTOR_LAST_ROUND(a, key)     _mm_aesenclast_si128(a, key)
#define VECTOR_REPEAT(block)          (block)
#define VECTOR_OF(block)              (block)
#define VECTOR_SUM(a)                 (a)
#define VECTOR_LOW(a)                 (a)
#define VECTOR_LANE_NUMBERS()         _mm_setzero_si128()
#define VECTOR_LOAD(from)             _mm_loadu_si128((const __m128i *)(const void *)(from))
#define VECTOR_STORE(to, a)           _mm_storeu_si128((__m128i *)(void *)(to), a)

#elif GCM_VECTOR_BYTES == 32
typedef __m256i vector;
#define VECTOR_MULTIPLY(a, b, halves) _mm256_clmulepi64_epi128(a, b, halves)
#define VECTOR_SWAP_HALVES(a)         _mm256_shuffle_epi32(a, 0x4e)
#define VECTOR_ZERO()                 _mm256_setzero_si256()
#define VECTOR_XOR(a, b)              _mm256_xor_si256(a, b)
#define VECTOR_ADD(a, b)              _mm256_add_epi32(a, b)
#define VECTOR_SHUFFLE(a, by)         _mm256_shuffle_epi8(a, by)
#define VECTOR_ROUND(a, key)          _mm256_aesenc_epi128(a, key)
#define VECTOR_LAST_ROUND(a, key)     _mm256_aesenclast_epi128(a, key)
#define VECTOR_REPEAT(block)          _mm256_broadcastsi128_si256(block)
#define VECTOR_OF(block)              _mm256_zextsi128_si256(block)
#define VECTOR_SUM(a)                 _mm_xor_si128(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1))
#define VECTOR_LOW(a)                 _mm256_castsi256_si128(a)
#define VECTOR_LANE_NUMBERS()         _mm256_set_epi32(0, 0, 0, 1, 0, 0, 0, 0)
#define VECTOR_LOAD(from)             _mm256_loadu_si256((const __m256i *)(const void *)(from))
#define VECTOR_STORE(to, a)           _mm256_storeu_si256((__m256i *)(void *)(to), a)

#else
typedef __m512i vector;
#define VECTOR_MULTIPLY(a, b, halves) _mm512_clmulepi64_epi128(a, b, halves)
#define VECTOR_SWAP_HALVES(a)         _mm512_shuffle_epi32(a, _MM_PERM_BADC)
#define VECTOR_ZERO()                 _mm512_setzero_si512()
#define VECTOR_XOR(a, b)              _mm512_xor_si512(a, b)
#define VECTOR_ADD(a, b)              _mm512_add_epi32(a, b)
#define VECTOR_SHUFFLE(a, by)         _mm512_shuffle_epi8(a, by)
#define VECTOR_ROUND(a, key)          _mm512_aesenc_epi128(a, key)
#define VECTOR_LAST_ROUND(a, key)     _mm512_aesenclast_epi128(a, key)
#define VECTOR_REPEAT(block)          _mm512_broadcast_i32x4(block)
#define VECTOR_OF(block)              _mm512_zextsi128_si512(block)
#define VECTOR_SUM(a)                 sum_of_lanes(a)
#define VECTOR_LOW(a)                 _mm512_castsi512_si128(a)
#define VECTOR_LANE_NUMBERS()         _mm512_set_epi32(0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0)
#define VECTOR_LOAD(from)             _mm512_loadu_si512((const void *)(from))
#define VECTOR_STORE(to, a)           _mm512_storeu_si512((void *)(to), a)

GCM_INLINE __m128i sum_of_lanes(__m512i a)
{
    const __m256i sum =
        _mm256_xor_si256(_mm512_castsi512_si256(a), _mm512_extracti64x4_epi64(a, 1));

    return _mm_xor_si128(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
}
#endif

/* ---- the end of a text: less than a vector, at least a byte --------------------------------- */

#if GCM_VECTOR_BYTES == 16
#define VECTOR_LOAD_PART(from, len)   block_load_part(from, len)
#define VECTOR_STORE_PART(to, len, a) block_store_part(to, len, a)
#define VECTOR_KEEP(a, len)           _mm_and_si128(a, block_load(gcm_masks + 32 - (len)))

#elif GCM_VECTOR_BYTES == 32
#define VECTOR_KEEP(a, len) _mm256_and_si256(a, VECTOR_LOAD(gcm_masks + 32 - (len)))

GCM_INLINE vector VECTOR_LOAD_PART(const uint8_t *from, size_t len)
{
    if (len < 16)
        return _mm256_zextsi128_si256(block_load_part(from, len));
    if (len == 16)
        return _mm256_zextsi128_si256(block_load(from));
    return _mm256_set_m128i(block_load_part(from + 16, len - 16), block_load(from));
}

GCM_INLINE void VECTOR_STORE_PART(uint8_t *to, size_t len, vector a)
{
    __m128i block = _mm256_castsi256_si128(a);

    if (len >= 16) {
        block_store(to, block);
        block = _mm256_extracti128_si256(a, 1);
        to += 16;
        len -= 16;
    }
    if (len > 0)
        block_store_part(to, len, block);
}

#else
#define VECTOR_MASK(len)              (~UINT64_C(0) >> (64u - (len)))
#define VECTOR_LOAD_PART(from, len)   _mm512_maskz_loadu_epi8(VECTOR_MASK(len), from)
#define VECTOR_STORE_PART(to, len, a) _mm512_mask_storeu_epi8(to, VECTOR_MASK(len), a)
#define VECTOR_KEEP(a, len)           _mm512_maskz_mov_epi8(VECTOR_MASK(len), a)
#endif

#endif
#endif
