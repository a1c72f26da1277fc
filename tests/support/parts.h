/* One room in two engines (engine/pipe.h): two calls, and what carries their frames. */
#ifndef PARLEY_TESTS_SUPPORT_PARTS_H
#define PARLEY_TESTS_SUPPORT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "support/plain_call.h"

struct parts_frame {
    uint32_t from;
    size_t len;
    uint8_t *bytes;
};

struct parts {
    struct plain_call *calls[2];
    struct {
        struct parts *parts;
        uint32_t own;
    } ends[2];
    struct parts_frame *frames; /* on the way */
    size_t count, capacity;
    unsigned carried[7]; /* by kind */
    bool cut;            /* frames are lost */
};

/* Each knows of the other. */
struct parts *parts_new(uint64_t seed);
void parts_free(struct parts *parts);
/* ENGINE_ROOM_PARTS for one of them. */
void parts_tell(struct parts *parts, unsigned which, uint64_t others);
/* Until no frame is on the way. */
void parts_carry(struct parts *parts);
/* Both, in steps of 10 ms. */
void parts_run(struct parts *parts, unsigned ms);

#endif
