/* AES-GCM in vectors of any width: what gcm_aesni.c, gcm_vaes.c and gcm_vaes512.c share.
 *
 *   seal:  encrypt 1 | encrypt 2, hash 1 | encrypt 3, hash 2 | encrypt the rest, hash 3 | hash it
 *   open:             decrypt 1, hash 1 | decrypt 2, hash 2 | decrypt the rest         | hash it */
#ifndef PARLEY_ENGINE_GCM_BODY_H
#define PARLEY_ENGINE_GCM_BODY_H

#include "engine/gcm_ghash.h"

#if GCM_X86

#define LANES       (GCM_VECTOR_BYTES / 16)
#define VECTORS     (GCM_VECTOR_BYTES == 64 ? 4 : 8) /* of a batch */
#define BATCH_BYTES ((size_t)VECTORS * GCM_VECTOR_BYTES)

/* ---- the key stream ------------------------------------------------------------------------- */

GCM_INLINE vector round_key(const struct gcm_key *key, size_t round)
{
    return VECTOR_REPEAT(block_load(key->blocks[GCM_POWERS + round]));
}

GCM_INLINE void stream_round(const struct gcm_key *key, size_t round, vector *stream, size_t count)
{
    const vector bytes = round_key(key, round);

    GCM_UNROLL
    for (size_t i = 0; i < count; i++)
        stream[i] = VECTOR_ROUND(stream[i], bytes);
}

/* The next counters with the first round key; counter holds a block per lane, bytes reversed. */
GCM_INLINE void stream_start(const struct gcm_key *key, vector *counter, vector *stream,
                             size_t count)
{
    const vector reversal = VECTOR_REPEAT(block_reversal());
    const vector step = VECTOR_REPEAT(_mm_set_epi32(0, 0, 0, LANES));
    const vector first = round_key(key, 0);

    GCM_UNROLL
    for (size_t i = 0; i < count; i++) {
        stream[i] = VECTOR_XOR(VECTOR_SHUFFLE(*counter, reversal), first);
        *counter = VECTOR_ADD(*counter, step);
    }
}

/* All rounds but the last. */
GCM_INLINE void stream_finish(const struct gcm_key *key, size_t round, vector *stream, size_t count)
{
    for (; round < key->rounds; round++)
        stream_round(key, round, stream, count);
}

/* The same, and hashes the batch at from on the way: AES and multiplication have units of their
 * own in the CPU, and each alone would wait for its results most of the time. */
GCM_INLINE __m128i stream_finish_hashing(const struct gcm_key *key, vector *stream, size_t count,
                                         const uint8_t *from, const vector *halves, __m128i hash)
{
    const vector reversal = VECTOR_REPEAT(block_reversal());
    struct product sum = product_zero();

    GCM_UNROLL
    for (size_t i = 0; i < VECTORS; i++) {
        vector text = VECTOR_SHUFFLE(VECTOR_LOAD(from + i * GCM_VECTOR_BYTES), reversal);

        stream_round(key, i + 1, stream, count);
        if (i == 0)
            text = VECTOR_XOR(text, VECTOR_OF(hash));
        product_add_prepared(&sum, text, power_load(key, (VECTORS - i) * LANES), halves[i]);
    }
    stream_round(key, VECTORS + 1, stream, count);
    sum.middle = VECTOR_XOR(sum.middle, VECTOR_XOR(sum.low, sum.high));
    hash = product_reduce(sum);
    stream_finish(key, VECTORS + 2, stream, count);
    return hash;
}

/* in with the stream, whose last round is done on the way. */
GCM_INLINE void stream_apply(const struct gcm_key *key, const vector *stream, const uint8_t *in,
                             uint8_t *out)
{
    const vector last = round_key(key, key->rounds);
    vector text[VECTORS];

    GCM_UNROLL
    for (size_t i = 0; i < VECTORS; i++)
        text[i] = VECTOR_XOR(VECTOR_LOAD(in + i * GCM_VECTOR_BYTES), last);
    GCM_UNROLL
    for (size_t i = 0; i < VECTORS; i++)
        VECTOR_STORE(out + i * GCM_VECTOR_BYTES, VECTOR_LAST_ROUND(stream[i], text[i]));
}

/* ---- a message ------------------------------------------------------------------------------ */

struct message {
    struct span aad, text;
    uint8_t *out;
    bool seal;
};

/* What is left of the text from at on, less than a batch, and the block of lengths. */
GCM_INLINE __m128i crypt_rest(const struct gcm_key *key, const struct message *message, size_t at,
                              const vector *stream, __m128i hash)
{
    const vector reversal = VECTOR_REPEAT(block_reversal()), last = round_key(key, key->rounds);
    const uint8_t *in = message->text.bytes + at;
    uint8_t *out = message->out + at;
    size_t left = message->text.len - at;
    /* With 16 blocks left there is no power for them and the block of lengths together. */
    const bool alone = left > (GCM_POWERS - 1) * GCM_BLOCK_BYTES;
    size_t power = (left + 15) / 16 + (alone ? 0 : 1);
    struct product sum = product_zero();
    vector before = VECTOR_OF(hash), text, sealed;

    for (; left > 0; stream++, power -= LANES) {
        if (left >= GCM_VECTOR_BYTES) {
            text = VECTOR_LOAD(in);
            sealed = VECTOR_LAST_ROUND(*stream, VECTOR_XOR(text, last));
            VECTOR_STORE(out, sealed);
            in += GCM_VECTOR_BYTES;
            out += GCM_VECTOR_BYTES;
            left -= GCM_VECTOR_BYTES;
        } else {
            text = VECTOR_LOAD_PART(in, left);
            sealed = VECTOR_KEEP(VECTOR_LAST_ROUND(*stream, VECTOR_XOR(text, last)), left);
            VECTOR_STORE_PART(out, left, sealed);
            left = 0;
        }
        text = VECTOR_SHUFFLE(message->seal ? sealed : text, reversal);
        product_add(&sum, VECTOR_XOR(text, before), power_load(key, power));
        before = VECTOR_ZERO();
    }
    if (alone) {
        before = VECTOR_OF(product_reduce(sum));
        sum = product_zero();
    }
    text = VECTOR_OF(
        _mm_set_epi64x((long long)(message->aad.len * 8u), (long long)(message->text.len * 8u)));
    product_add(&sum, VECTOR_XOR(text, before), power_load(key, 1));
    return product_reduce(sum);
}

GCM_INLINE void batch_crypt(const struct gcm_key *key, vector *counter, const uint8_t *in,
                            uint8_t *out)
{
    vector stream[VECTORS];

    stream_start(key, counter, stream, VECTORS);
    stream_finish(key, 1, stream, VECTORS);
    stream_apply(key, stream, in, out);
}

GCM_INLINE __m128i batch_crypt_hashing(const struct gcm_key *key, vector *counter,
                                       const struct message *message, size_t at,
                                       const vector *halves, __m128i hash)
{
    const uint8_t *in = message->text.bytes + at;
    vector stream[VECTORS];

    stream_start(key, counter, stream, VECTORS);
    hash = stream_finish_hashing(
        key, stream, VECTORS, message->seal ? message->out + at - BATCH_BYTES : in, halves, hash);
    stream_apply(key, stream, in, message->out + at);
    return hash;
}

/* Returns the tag. */
GCM_INLINE __m128i message_crypt(const struct gcm_key *key, const uint8_t *iv,
                                 const struct message *message)
{
    const __m128i prefix = _mm_shuffle_epi8(block_load_part(iv, 12), block_reversal());
    /* SP 800-38D 7.1: block 1 is for the tag, the text's begin with 2. */
    const __m128i for_tag = _mm_xor_si128(prefix, _mm_set_epi32(0, 0, 0, 1));
    vector counter = VECTOR_ADD(VECTOR_REPEAT(_mm_add_epi32(for_tag, _mm_set_epi32(0, 0, 0, 1))),
                                VECTOR_LANE_NUMBERS());
    __m128i hash = hash_header(key, message->aad);
    vector rest[1 + VECTORS], halves[VECTORS]; /* rest[0]: for the tag */
    bool owed = false;                         /* sealed, not hashed yet: the batch before at */
    size_t at = 0;

    if (message->text.len >= BATCH_BYTES) {
        GCM_UNROLL
        for (size_t i = 0; i < VECTORS; i++)
            halves[i] = sum_of_halves(power_load(key, (VECTORS - i) * LANES));
        if (message->seal) {
            batch_crypt(key, &counter, message->text.bytes, message->out);
            at = BATCH_BYTES;
            owed = true;
        }
        for (; message->text.len - at >= BATCH_BYTES; at += BATCH_BYTES)
            hash = batch_crypt_hashing(key, &counter, message, at, halves, hash);
    }
    rest[0] = VECTOR_OF(_mm_xor_si128(_mm_shuffle_epi8(for_tag, block_reversal()),
                                      block_load(key->blocks[GCM_POWERS])));
    if (owed) {
        stream_start(key, &counter, rest + 1, VECTORS);
        hash = stream_finish_hashing(key, rest, VECTORS + 1, message->out + at - BATCH_BYTES,
                                     halves, hash);
    } else if (message->text.len - at > BATCH_BYTES / 2) {
        stream_start(key, &counter, rest + 1, VECTORS);
        stream_finish(key, 1, rest, VECTORS + 1);
    } else {
        stream_start(key, &counter, rest + 1, VECTORS / 2);
        stream_finish(key, 1, rest, VECTORS / 2 + 1);
    }
    hash = crypt_rest(key, message, at, rest + 1, hash);
    rest[0] = VECTOR_LAST_ROUND(rest[0], round_key(key, key->rounds));
    return _mm_xor_si128(_mm_shuffle_epi8(hash, block_reversal()), VECTOR_LOW(rest[0]));
}

GCM_TARGET static inline int seal(const struct gcm_key *key, const uint8_t *iv, struct span aad,
                                  struct span plain, uint8_t *out)
{
    const struct message message = {aad, plain, out, true};

    block_store(out + plain.len, message_crypt(key, iv, &message));
    return 0;
}

GCM_TARGET static inline int open(const struct gcm_key *key, const uint8_t *iv, struct span aad,
                                  struct span sealed, uint8_t *out)
{
    struct message message = {aad, {sealed.bytes, 0}, out, false};
    __m128i wanted, differing;

    if (sealed.len < GCM_BLOCK_BYTES)
        return -1;
    message.text.len = sealed.len - GCM_BLOCK_BYTES;
    wanted = block_load(sealed.bytes + message.text.len);
    differing = _mm_xor_si128(message_crypt(key, iv, &message), wanted);
    return _mm_test_all_zeros(differing, differing) ? 0 : -1;
}

#endif
#endif
