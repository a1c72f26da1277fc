/* Bounded reading of bit fields, most significant bit first. Past the end it gives 0 and the sticky
 * failed flag is set. */
#ifndef PARLEY_WIRE_BITS_H
#define PARLEY_WIRE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct bits {
    struct span span;
    size_t at; /* in bits */
    bool failed;
};

struct bits bits_of(struct span span);
/* f(count): the next count (0..32) bits. */
uint32_t bits_get(struct bits *bits, unsigned count);
bool bits_flag(struct bits *bits);
/* ns(range): a number 0..range-1 in as few bits as possible (AV1 specification 4.10.7). range is
 * 1..2^31. */
uint32_t bits_ns(struct bits *bits, uint32_t range);

#endif
