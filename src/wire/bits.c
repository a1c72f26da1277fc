/* Bit fields; dependency descriptors are a few dozen bytes, so bit by bit is fast enough. */
#include "wire/bits.h"

struct bits bits_of(struct span span)
{
    return (struct bits){.span = span};
}

uint32_t bits_get(struct bits *bits, unsigned count)
{
    uint32_t value = 0;

    if (bits->failed || count > 8u * bits->span.len - bits->at) {
        bits->failed = true;
        return 0;
    }
    for (; count > 0; count--, bits->at++) {
        unsigned byte = bits->span.bytes[bits->at / 8u];

        value = value << 1 | (byte >> (7u - bits->at % 8u) & 1u);
    }
    return value;
}

bool bits_flag(struct bits *bits)
{
    return bits_get(bits, 1) != 0;
}

/* AV1 specification 4.10.7: w bits where 2^w > range, one bit less for the low numbers. */
uint32_t bits_ns(struct bits *bits, uint32_t range)
{
    unsigned width = 0;
    uint32_t short_codes, value;

    while (range >> width != 0)
        width++;
    if (width == 0)
        return 0;
    short_codes = (uint32_t)(((uint64_t)1 << width) - range);
    value = bits_get(bits, width - 1);
    if (value < short_codes)
        return value;
    return (value << 1) - short_codes + bits_get(bits, 1);
}
