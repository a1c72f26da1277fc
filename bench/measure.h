/* What the small benches share: giving up, CPU time, the middle of some figures. */
#ifndef PARLEY_BENCH_MEASURE_H
#define PARLEY_BENCH_MEASURE_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline void must(int fine, const char *what)
{
    if (fine)
        return;
    perror(what);
    exit(1);
}

/* Of the whole process. */
static inline double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static inline int compare_doubles(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

/* Sorts them. */
static inline double median(double *values, size_t count)
{
    qsort(values, count, sizeof values[0], compare_doubles);
    return values[count / 2];
}

#endif
