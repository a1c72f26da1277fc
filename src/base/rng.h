/* Seeded deterministic generator: ChaCha20's key stream (RFC 8439), keyed by the seed. With a
 * secret 128-bit seed its output is fit for what an attacker must not guess (ICE passwords,
 * SSRCs); with a known seed a simulation repeats itself byte for byte. */
#ifndef PARLEY_BASE_RNG_H
#define PARLEY_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    uint32_t state[16];
    uint8_t block[64];
    uint32_t used; /* bytes of block that are given out already */
};

/* The 256-bit key is the two words (little endian) and a fixed 16-byte label. Two generators of
 * one seed give the same bytes: draw sub-seeds with rng_u64() instead of sharing a seed. */
void rng_init(struct rng *rng, uint64_t seed_low, uint64_t seed_high);
void rng_bytes(struct rng *rng, uint8_t *out, size_t len);
uint32_t rng_u32(struct rng *rng);
uint64_t rng_u64(struct rng *rng);
/* Uniform in 0..bound-1, without modulo bias; 0 for bound 0. */
uint32_t rng_below(struct rng *rng, uint32_t bound);
/* Writes len ice-char (RFC 8839 5.4: ALPHA / DIGIT / "+" / "/"; 6 bits each) and a NUL: out holds
 * len + 1 bytes. */
void rng_text(struct rng *rng, char *out, size_t len);

#endif
