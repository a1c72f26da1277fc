/* ChaCha20 as a random generator. Blocks are used up and wiped, so that what was given out cannot
 * be read from memory later than needed. */
#include "base/rng.h"

#include <string.h>

static uint32_t rotate_left(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

/* RFC 8439 2.1 */
static void quarter_round(uint32_t *x, const uint8_t i[static 4])
{
    uint32_t a = x[i[0]], b = x[i[1]], c = x[i[2]], d = x[i[3]];

    a += b;
    d = rotate_left(d ^ a, 16);
    c += d;
    b = rotate_left(b ^ c, 12);
    a += b;
    d = rotate_left(d ^ a, 8);
    c += d;
    b = rotate_left(b ^ c, 7);
    x[i[0]] = a;
    x[i[1]] = b;
    x[i[2]] = c;
    x[i[3]] = d;
}

static void put_little_u32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* RFC 8439 2.3; the block counter is 64 bits wide, so it never repeats. */
static void next_block(struct rng *rng)
{
    static const uint8_t rounds[8][4] = {
        {0, 4, 8, 12},  {1, 5, 9, 13},  {2, 6, 10, 14}, {3, 7, 11, 15},
        {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13},  {3, 4, 9, 14},
    };
    uint32_t x[16];

    memcpy(x, rng->state, sizeof x);
    for (unsigned i = 0; i < 80; i++)
        quarter_round(x, rounds[i % 8]);
    for (unsigned i = 0; i < 16; i++)
        put_little_u32(rng->block + (size_t)4 * i, x[i] + rng->state[i]);
    rng->used = 0;
    rng->state[12]++;
    if (rng->state[12] == 0)
        rng->state[13]++;
}

void rng_init(struct rng *rng, uint64_t seed_low, uint64_t seed_high)
{
    /* "expand 32-byte k" (RFC 8439 2.3), and "parley generator" as the fixed half of the key. */
    static const uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    static const uint32_t label[4] = {0x6c726170, 0x67207965, 0x72656e65, 0x726f7461};

    memset(rng, 0, sizeof *rng);
    memcpy(rng->state, constants, sizeof constants);
    rng->state[4] = (uint32_t)seed_low;
    rng->state[5] = (uint32_t)(seed_low >> 32);
    rng->state[6] = (uint32_t)seed_high;
    rng->state[7] = (uint32_t)(seed_high >> 32);
    memcpy(rng->state + 8, label, sizeof label);
    rng->used = sizeof rng->block;
}

void rng_bytes(struct rng *rng, uint8_t *out, size_t len)
{
    while (len > 0) {
        size_t piece;

        if (rng->used == sizeof rng->block)
            next_block(rng);
        piece = sizeof rng->block - rng->used;
        if (piece > len)
            piece = len;
        memcpy(out, rng->block + rng->used, piece);
        memset(rng->block + rng->used, 0, piece);
        rng->used += (uint32_t)piece;
        out += piece;
        len -= piece;
    }
}

uint32_t rng_u32(struct rng *rng)
{
    return (uint32_t)rng_u64(rng);
}

uint64_t rng_u64(struct rng *rng)
{
    uint8_t bytes[8];
    uint64_t value = 0;

    rng_bytes(rng, bytes, sizeof bytes);
    for (unsigned i = 0; i < 8; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

uint32_t rng_below(struct rng *rng, uint32_t bound)
{
    uint32_t value;
    uint32_t reject_below;

    if (bound == 0)
        return 0;
    /* 2^32 mod bound: values under it would make the low results likelier. */
    reject_below = (uint32_t)(-bound) % bound;
    do {
        value = rng_u32(rng);
    } while (value < reject_below);
    return value % bound;
}

void rng_text(struct rng *rng, char *out, size_t len)
{
    static const char ice_char[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i++) {
        uint8_t byte;

        rng_bytes(rng, &byte, 1);
        out[i] = ice_char[byte & 63];
    }
    out[len] = '\0';
}
