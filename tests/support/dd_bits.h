/* Dependency descriptors, bit by bit (AV1 RTP specification, A.8.2). */
#ifndef PARLEY_TESTS_SUPPORT_DD_BITS_H
#define PARLEY_TESTS_SUPPORT_DD_BITS_H

#include <stdbool.h>
#include <stdint.h>

/* Bits, most significant first. */
struct bit_string {
    uint8_t bytes[64];
    unsigned at;
};

static inline void put(struct bit_string *bits, unsigned count, unsigned value)
{
    for (unsigned i = count; i > 0; i--, bits->at++)
        if ((value >> (i - 1) & 1u) != 0)
            bits->bytes[bits->at / 8] |= (uint8_t)(0x80u >> bits->at % 8);
}

static inline void put_mandatory(struct bit_string *bits, bool begins, unsigned template_id,
                                 unsigned number)
{
    put(bits, 1, begins);
    put(bits, 1, 1);
    put(bits, 6, template_id);
    put(bits, 16, number);
}

/* L1T2: templates key, delta of T0, delta of T1; decode targets T0 and T1; one chain. */
static inline void put_structure(struct bit_string *bits, unsigned offset)
{
    put(bits, 5, 0x10); /* structure only */
    put(bits, 6, offset);
    put(bits, 5, 1);                                         /* two decode targets */
    put(bits, 2, 0), put(bits, 2, 1), put(bits, 2, 3);       /* T0, T0, T1, no more */
    put(bits, 4, 0xa), put(bits, 4, 0xa), put(bits, 4, 0x1); /* S S | S S | - D */
    put(bits, 1, 0);                                         /* key: refers to nothing */
    put(bits, 1, 1), put(bits, 4, 1), put(bits, 1, 0);       /* to 2 before */
    put(bits, 1, 1), put(bits, 4, 0), put(bits, 1, 0);       /* to 1 before */
    put(bits, 1, 1), put(bits, 1, 0);                        /* ns(3): one chain */
    put(bits, 4, 0), put(bits, 4, 2), put(bits, 4, 1);
    put(bits, 1, 1); /* resolutions */
    put(bits, 16, 639), put(bits, 16, 359);
}

#endif
