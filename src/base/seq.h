/* Numbers that wrap: RTP sequence numbers (16 bit) and timestamps (32 bit). "Newer" means ahead by
 * less than half the range (RFC 1982); exactly half is not newer either way round. */
#ifndef PARLEY_BASE_SEQ_H
#define PARLEY_BASE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/* a - b on the circle: -32768..32767. */
static inline int16_t seq16_diff(uint16_t a, uint16_t b)
{
    uint16_t distance = (uint16_t)(a - b);

    return (int16_t)(distance < 0x8000u ? (int32_t)distance : (int32_t)distance - 0x10000);
}

static inline bool seq16_newer(uint16_t a, uint16_t b)
{
    return seq16_diff(a, b) > 0;
}

/* a - b on the circle. */
static inline int32_t seq32_diff(uint32_t a, uint32_t b)
{
    uint32_t distance = a - b;

    return (int32_t)(distance < 0x80000000u ? (int64_t)distance : (int64_t)distance - 0x100000000);
}

static inline bool seq32_newer(uint32_t a, uint32_t b)
{
    return seq32_diff(a, b) > 0;
}

/* Extends wrapping numbers to 64 bits. The first one lies in the second lap, so that what comes
 * before it (reordering) never goes below zero. Zeroed: fresh. */
struct seq16_unwrapper {
    uint64_t highest;
    bool started;
};

/* The extended number of seq, taken as the one nearest to the highest so far. It may be lower than
 * the highest (late packets); the state never goes back. */
static inline uint64_t seq16_unwrap(struct seq16_unwrapper *unwrapper, uint16_t seq)
{
    uint64_t extended;

    if (!unwrapper->started) {
        unwrapper->started = true;
        unwrapper->highest = 0x10000u + (uint64_t)seq;
        return unwrapper->highest;
    }
    extended =
        unwrapper->highest + (uint64_t)(int64_t)seq16_diff(seq, (uint16_t)unwrapper->highest);
    if (extended > unwrapper->highest)
        unwrapper->highest = extended;
    return extended;
}

/* The same for 32-bit timestamps. */
struct seq32_unwrapper {
    uint64_t highest;
    bool started;
};

static inline uint64_t seq32_unwrap(struct seq32_unwrapper *unwrapper, uint32_t value)
{
    uint64_t extended;

    if (!unwrapper->started) {
        unwrapper->started = true;
        unwrapper->highest = 0x100000000u + (uint64_t)value;
        return unwrapper->highest;
    }
    extended =
        unwrapper->highest + (uint64_t)(int64_t)seq32_diff(value, (uint32_t)unwrapper->highest);
    if (extended > unwrapper->highest)
        unwrapper->highest = extended;
    return extended;
}

#endif
