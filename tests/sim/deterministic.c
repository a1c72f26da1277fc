/* RAND_set_rand_method() is deprecated, but no other way makes every draw of libssl and libcrypto
 * ours; for tests it will do. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "sim/deterministic.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/rng.h"
#include "sim/failing.h"
#include "sim/sim.h"

static struct rng randomness;
static uint64_t allocations;
static int64_t held;

void *__real_malloc(size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *old);
void *__wrap_malloc(size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *old);

static void *take(enum failing_whose whose, size_t size)
{
    if (failing_hits(whose))
        return NULL;
    allocations++;
    held++;
    return __real_malloc(size);
}

static void *take_again(enum failing_whose whose, void *old, size_t size)
{
    if (failing_hits(whose))
        return NULL;
    allocations++;
    held += old == NULL;
    return __real_realloc(old, size);
}

void *__wrap_malloc(size_t size)
{
    return take(FAILING_OURS, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    if (failing_hits(FAILING_OURS))
        return NULL;
    allocations++;
    held++;
    return __real_aligned_alloc(alignment, size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    if (failing_hits(FAILING_OURS))
        return NULL;
    allocations++;
    held++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return take_again(FAILING_OURS, old, size);
}

void __wrap_free(void *old)
{
    held -= old != NULL;
    __real_free(old);
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return take(FAILING_OPENSSL, size);
}

static void *openssl_realloc(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return take_again(FAILING_OPENSSL, old, size);
}

static void openssl_free(void *old, const char *file, int line)
{
    (void)file;
    (void)line;
    __wrap_free(old);
}

uint64_t sim_allocations(void)
{
    return allocations;
}

int64_t sim_allocations_held(void)
{
    return held;
}

static int draw(unsigned char *out, int len)
{
    rng_bytes(&randomness, out, (size_t)len);
    return 1;
}

static int seeded(void)
{
    return 1;
}

void deterministic_seed(uint64_t seed)
{
    rng_init(&randomness, seed, 0x6f70656e73736c);
}

void deterministic_install(void)
{
    static const RAND_METHOD method = {.bytes = draw, .pseudorand = draw, .status = seeded};

    if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1 ||
        RAND_set_rand_method(&method) != 1)
        abort();
    deterministic_seed(0);
}
