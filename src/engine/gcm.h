/* AES-GCM for packets (NIST SP 800-38D with IVs of 12 bytes and tags of 16): routines for several
 * kinds of CPU that give the same bytes, and the choice of one. Behind cipher.h; used directly by
 * tests and benches, which ask for each routine.
 *
 * OpenSSL's EVP is made for long messages: of the time of a packet, more than half goes to what it
 * does once per message. These routines keep powers of the hash key ready, take the header as it
 * comes and hash one batch of blocks while the next one is being encrypted.
 *
 * No routine branches on or looks up by a key, a plain text or a tag: time depends on lengths. */
#ifndef PARLEY_ENGINE_GCM_H
#define PARLEY_ENGINE_GCM_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "engine/cipher.h"

#define GCM_BLOCK_BYTES    16u
#define GCM_POWERS         16u
#define GCM_MAX_ROUND_KEYS 15u

struct gcm_routine;

/* One key: 512 bytes, in whole cache lines. Holds secrets: fini wipes it. */
struct gcm_key {
    alignas(64) union {
        /* H^16 to H^1, then round keys. In this order a vector that is loaded at a low power
         * reaches into the round keys, and no further; zeros are its factors there. */
        uint8_t blocks[GCM_POWERS + GCM_MAX_ROUND_KEYS][GCM_BLOCK_BYTES];
        void *context; /* of the library; owned */
    };
    uint32_t rounds; /* 10 or 14 */
    const struct gcm_routine *routine;
};

struct gcm_routine {
    const char *name;
    /* Sets all of key. key_len: 16 or 32. 0, or -1: out of memory. */
    int (*init)(struct gcm_key *key, const uint8_t *bytes, size_t key_len,
                enum cipher_direction direction);
    void (*fini)(struct gcm_key *key);
    /* As cipher_gcm_seal() and cipher_gcm_open(). Neither reads nor writes a byte outside of the
     * spans given, and out. Keys that no two threads use at once. */
    int (*seal)(const struct gcm_key *key, const uint8_t *iv, struct span aad, struct span plain,
                uint8_t *out);
    int (*open)(const struct gcm_key *key, const uint8_t *iv, struct span aad, struct span sealed,
                uint8_t *out);
};

/* All that were compiled in, the fastest first, NULL behind the last. The last, "evp", is OpenSSL's
 * and runs everywhere; the others are "vaes512", "vaes" and "aesni". */
const struct gcm_routine *const *gcm_routines(void);
/* The CPU and the system can run it. */
bool gcm_runs(const struct gcm_routine *routine);
/* Gives what OpenSSL gives for messages of all the shapes that the routine treats differently. */
bool gcm_agrees(const struct gcm_routine *routine);
/* The fastest one that runs and agrees; found once, then remembered. For any thread. */
const struct gcm_routine *gcm_best(void);

#if defined(__x86_64__)
#define GCM_X86 1
extern const struct gcm_routine gcm_aesni;
extern const struct gcm_routine gcm_vaes;
extern const struct gcm_routine gcm_vaes512;
#else
#define GCM_X86 0
#endif
extern const struct gcm_routine gcm_evp;

/* The key schedule and powers of all three above. Needs what "aesni" needs. */
int gcm_aesni_init(struct gcm_key *key, const uint8_t *bytes, size_t key_len,
                   enum cipher_direction direction);
void gcm_aesni_fini(struct gcm_key *key);

#endif
