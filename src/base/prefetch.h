/* A hint that memory will be needed soon, and written: the CPU fetches it meanwhile. Never faults;
 * changes nothing but time. */
#ifndef PARLEY_BASE_PREFETCH_H
#define PARLEY_BASE_PREFETCH_H

#include <stddef.h>
#include <stdint.h>

#define CACHE_LINE_BYTES 64u

/* All cache lines of bytes from there on. */
static inline void prefetch(const void *from, size_t bytes)
{
    const char *line = (const char *)from - ((uintptr_t)from & (CACHE_LINE_BYTES - 1u));
    for (; line < (const char *)from + bytes; line += CACHE_LINE_BYTES)
        __builtin_prefetch(line, 1);
}

#define PREFETCH(object) prefetch(&(object), sizeof(object))

#endif
