/* For LD_PRELOAD: one allocation of a running child of the server fails, of those that code in a
 * given range of addresses makes. Which one, and of whose, a test says while the process runs, by
 * writing to a file that both have in memory: $NTH_ALLOCATION.control, or .media0, … (the name
 * under which the child was started). Without that file nothing ever fails. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* As tests/fault/allocating.py writes and reads it. */
struct order {
    uint64_t armed;     /* 0: nothing is counted */
    uint64_t low, high; /* return addresses from low on and below high */
    uint64_t nth;       /* 0: none fails, they are counted only */
    uint64_t seen;
    uint64_t failed_at; /* the return address of the one that failed; 0: none has */
};

static volatile struct order *order;

/* The C library's own, by the names under which replacements may call them. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

/* `parley child FD ROLE`; constructors get main's arguments. */
__attribute__((constructor)) static void find_order(int argc, char **argv)
{
    const char *prefix = getenv("NTH_ALLOCATION");
    char path[4096];
    void *memory;
    int fd;

    if (prefix == NULL || argc != 4 || strcmp(argv[1], "child") != 0)
        return;
    snprintf(path, sizeof path, "%s.%s", prefix, argv[3]);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    memory = mmap(NULL, sizeof *order, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (memory != MAP_FAILED)
        order = memory;
}

static bool hits(const void *caller)
{
    const uint64_t at = (uint64_t)(uintptr_t)caller;

    if (order == NULL || order->armed == 0 || at < order->low || at >= order->high ||
        ++order->seen != order->nth)
        return false;
    order->failed_at = at;
    return true;
}

void *malloc(size_t size)
{
    return hits(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return hits(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return hits(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}
