/* How values are spread: percentiles of any number of them in fixed memory, each right to 1.6 %. */
#ifndef PARLEY_BASE_HISTOGRAM_H
#define PARLEY_BASE_HISTOGRAM_H

#include <stdint.h>

/* Octaves of 64 steps: exact below 64, up to 2^36 (of microseconds: 19 hours). */
#define HISTOGRAM_STEP_BITS 6u
#define HISTOGRAM_MAX_BITS  36u
#define HISTOGRAM_BUCKETS   ((HISTOGRAM_MAX_BITS - HISTOGRAM_STEP_BITS + 1u) << HISTOGRAM_STEP_BITS)

/* Zeroed: empty. */
struct histogram {
    uint64_t count;
    uint64_t sum;
    uint64_t max; /* exact */
    uint32_t buckets[HISTOGRAM_BUCKETS];
};

/* Values over 2^36 count as the largest bucket's. */
void histogram_add(struct histogram *histogram, uint64_t value);
void histogram_merge(struct histogram *histogram, const struct histogram *other);
/* The value that permille of 1000 values do not exceed; 0: it is empty. permille: 0..1000. */
uint64_t histogram_at(const struct histogram *histogram, unsigned permille);

#endif
