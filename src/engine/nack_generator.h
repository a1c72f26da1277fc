/* What is missing of one received stream, and when to ask for it (RFC 4585 6.2.1).
 *
 * A number is asked for after a short wait (it may only be late), again after a round trip, and
 * at most LIMIT_NACK_RETRIES times. What is given up, or too much to ask for, is told to the
 * caller: only a key frame helps then. */
#ifndef PARLEY_ENGINE_NACK_GENERATOR_H
#define PARLEY_ENGINE_NACK_GENERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/limits.h"

struct nack_entry {
    uint64_t due_us;
    uint32_t seq; /* extended */
    uint8_t asked;
};

/* Zeroed: nothing is missing. */
struct nack_generator {
    struct nack_entry entries[LIMIT_NACK_MISSING]; /* by seq, oldest first */
    uint16_t count;
};

/* The numbers from first up to (not with) next did not come. False: too many at once or in all, the
 * list was emptied and a key frame is needed. */
bool nack_generator_miss(struct nack_generator *nack, uint64_t now_us, uint32_t first,
                         uint32_t next);
/* It came after all. True: it was in the list. */
bool nack_generator_found(struct nack_generator *nack, uint32_t seq);
/* Forgets all numbers before seq: a key frame made them needless. */
void nack_generator_forget_before(struct nack_generator *nack, uint32_t seq);

/* Fills out[] with sequence numbers to ask for now and returns how many; sets *gave_up when one
 * was asked for LIMIT_NACK_RETRIES times in vain and is forgotten now. */
size_t nack_generator_take(struct nack_generator *nack, uint64_t now_us, uint64_t rtt_us,
                           uint16_t out[static LIMIT_NACK_SEQS_PER_RTCP], bool *gave_up);
/* UINT64_MAX: nothing is missing. */
uint64_t nack_generator_wake_at(const struct nack_generator *nack);

#endif
