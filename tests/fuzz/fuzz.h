/* What every fuzz target includes. A target parses hostile bytes, reads every byte of every view it
 * was given (so that a wrong bound is an ASan report), and checks what must always hold. */
#ifndef PARLEY_TESTS_FUZZ_FUZZ_H
#define PARLEY_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* Reads the view in a way that the compiler cannot leave out. */
static inline void fuzz_touch(struct span view)
{
    volatile uint8_t sum = 0;

    for (size_t i = 0; i < view.len; i++)
        sum = (uint8_t)(sum + view.bytes[i]);
}

/* A heap copy of exactly len bytes, for parsers that change their input; free() it. */
static inline uint8_t *fuzz_copy(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);

    FUZZ_CHECK(copy != NULL);
    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

#endif
