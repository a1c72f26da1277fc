/* The choice among the routines for AES-GCM. */
#include "engine/gcm.h"

#include <string.h>

#include "base/assert.h"

static const struct gcm_routine *const routines[] = {
#if GCM_X86
    &gcm_vaes512, &gcm_vaes, &gcm_aesni,
#endif
    &gcm_evp, NULL};

const struct gcm_routine *const *gcm_routines(void)
{
    return routines;
}

#if GCM_X86
#include <cpuid.h>

/* Not __builtin_cpu_supports(): clang 14 does not know "vaes" there. The bits are from Intel's
 * manual, volume 2, CPUID. */
#define LEAF1_ECX_PCLMULQDQ  (1u << 1)
#define LEAF1_ECX_SSSE3      (1u << 9)
#define LEAF1_ECX_SSE4_1     (1u << 19)
#define LEAF1_ECX_AES        (1u << 25)
#define LEAF1_ECX_OSXSAVE    (1u << 27)
#define LEAF1_ECX_AVX        (1u << 28)
#define LEAF7_EBX_AVX2       (1u << 5)
#define LEAF7_EBX_AVX512F    (1u << 16)
#define LEAF7_EBX_AVX512BW   (1u << 30)
#define LEAF7_EBX_AVX512VL   (1u << 31)
#define LEAF7_ECX_VAES       (1u << 9)
#define LEAF7_ECX_VPCLMULQDQ (1u << 10)

#define XCR0_YMM 0x06u /* SSE and AVX state */
#define XCR0_ZMM 0xe6u /* and the masks, and both parts of the zmm registers */

static bool has(uint32_t bits, uint32_t wanted)
{
    return (bits & wanted) == wanted;
}

/* Which registers the system saves. Only where OSXSAVE is set. */
static uint32_t xcr0(void)
{
    uint32_t low, high;

    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

bool gcm_runs(const struct gcm_routine *routine)
{
    uint32_t eax, ebx = 0, ecx = 0, edx, leaf1, saved = 0;

    if (routine == &gcm_evp)
        return true;
    if (!__get_cpuid(1, &eax, &ebx, &leaf1, &edx) ||
        !has(leaf1, LEAF1_ECX_AES | LEAF1_ECX_PCLMULQDQ | LEAF1_ECX_SSSE3 | LEAF1_ECX_SSE4_1))
        return false;
    if (routine == &gcm_aesni)
        return true;
    if (!has(leaf1, LEAF1_ECX_OSXSAVE | LEAF1_ECX_AVX) ||
        !__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx))
        return false;
    saved = xcr0();
    if (!has(saved, XCR0_YMM) || !has(ebx, LEAF7_EBX_AVX2) ||
        !has(ecx, LEAF7_ECX_VAES | LEAF7_ECX_VPCLMULQDQ))
        return false;
    return routine == &gcm_vaes ||
           (has(saved, XCR0_ZMM) &&
            has(ebx, LEAF7_EBX_AVX512F | LEAF7_EBX_AVX512BW | LEAF7_EBX_AVX512VL));
}
#else
bool gcm_runs(const struct gcm_routine *routine)
{
    return routine == &gcm_evp;
}
#endif

/* ---- the self-test -------------------------------------------------------------------------- */

#define CHECK_AAD_BYTES  61u
#define CHECK_TEXT_BYTES 700u

/* One message both ways, against OpenSSL's answer. */
static bool agrees_on(const struct gcm_routine *routine, const struct gcm_key *own,
                      const struct gcm_key *evp, struct span aad, struct span plain)
{
    static const uint8_t iv[CIPHER_GCM_IV_BYTES] = "parley check";
    uint8_t expected[CHECK_TEXT_BYTES + CIPHER_GCM_TAG_BYTES], got[sizeof(expected)];
    const size_t sealed_len = plain.len + CIPHER_GCM_TAG_BYTES;

    if (gcm_evp.seal(evp, iv, aad, plain, expected) != 0 ||
        routine->seal(own, iv, aad, plain, got) != 0 || memcmp(got, expected, sealed_len) != 0)
        return false;
    if (routine->open(own, iv, aad, (struct span){got, sealed_len}, got) != 0 ||
        memcmp(got, plain.bytes, plain.len) != 0)
        return false;
    expected[plain.len] ^= 1u;
    return routine->open(own, iv, aad, (struct span){expected, sealed_len}, got) != 0;
}

static bool agrees_with_key(const struct gcm_routine *routine, const uint8_t *bytes, size_t key_len)
{
    struct gcm_key own, evp;
    bool agrees = true;

    if (gcm_evp.init(&evp, bytes, key_len, CIPHER_SEAL) != 0)
        return false;
    if (routine->init(&own, bytes, key_len, CIPHER_SEAL) != 0) {
        gcm_evp.fini(&evp);
        return false;
    }
    for (size_t len = 0; agrees && len <= CHECK_TEXT_BYTES; len += 7)
        agrees = agrees_on(routine, &own, &evp, (struct span){bytes, len % CHECK_AAD_BYTES},
                           (struct span){bytes, len});
    routine->fini(&own);
    gcm_evp.fini(&evp);
    return agrees;
}

bool gcm_agrees(const struct gcm_routine *routine)
{
    uint8_t bytes[CHECK_TEXT_BYTES];

    if (routine == &gcm_evp)
        return true;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * i + 7u * i + 1u);
    return agrees_with_key(routine, bytes, 16) && agrees_with_key(routine, bytes, 32);
}

const struct gcm_routine *gcm_best(void)
{
    /* Threads that come here together find the same. */
    static const struct gcm_routine *found;
    const struct gcm_routine *best = __atomic_load_n(&found, __ATOMIC_RELAXED);

    for (size_t i = 0; best == NULL && routines[i] != NULL; i++)
        if (gcm_runs(routines[i]) && gcm_agrees(routines[i]))
            best = routines[i];
    PARLEY_ASSERT(best != NULL);
    __atomic_store_n(&found, best, __ATOMIC_RELAXED);
    return best;
}
