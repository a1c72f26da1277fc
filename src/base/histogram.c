#include "base/histogram.h"

#define STEPS (UINT64_C(1) << HISTOGRAM_STEP_BITS)

static unsigned bits_of(uint64_t value)
{
    unsigned bits = 0;

    for (; value != 0; value >>= 1)
        bits++;
    return bits;
}

/* The first octave is exact; each further one has as many steps of twice the size. */
static unsigned bucket_of(uint64_t value)
{
    unsigned bits = bits_of(value), shift;

    if (bits <= HISTOGRAM_STEP_BITS)
        return (unsigned)value;
    if (bits > HISTOGRAM_MAX_BITS)
        return HISTOGRAM_BUCKETS - 1u;
    shift = bits - HISTOGRAM_STEP_BITS - 1u;
    return (unsigned)((shift << HISTOGRAM_STEP_BITS) + (value >> shift));
}

/* The largest value that falls into it. */
static uint64_t top_of(unsigned bucket)
{
    unsigned octave = bucket >> HISTOGRAM_STEP_BITS, shift;
    uint64_t step = bucket & (STEPS - 1u);

    if (octave == 0)
        return step;
    shift = octave - 1u;
    return ((STEPS + step + 1u) << shift) - 1u;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->count++;
    histogram->sum += value;
    if (value > histogram->max)
        histogram->max = value;
    histogram->buckets[bucket_of(value)]++;
}

void histogram_merge(struct histogram *histogram, const struct histogram *other)
{
    histogram->count += other->count;
    histogram->sum += other->sum;
    if (other->max > histogram->max)
        histogram->max = other->max;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        histogram->buckets[i] += other->buckets[i];
}

uint64_t histogram_at(const struct histogram *histogram, unsigned permille)
{
    uint64_t wanted = (histogram->count * permille + 999u) / 1000u, seen = 0;

    if (histogram->count == 0)
        return 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen >= wanted && seen > 0)
            return top_of(i) < histogram->max ? top_of(i) : histogram->max;
    }
    return histogram->max;
}
