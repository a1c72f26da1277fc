/* The packets of one call into the engine that are to be forwarded: first all that came are
 * received, then each viewer gets its share of them in one go. So a viewer's keys and numbers are
 * fetched once, and its datagrams lie side by side and leave as one segmented send. */
#ifndef PARLEY_ENGINE_FORWARD_BATCH_H
#define PARLEY_ENGINE_FORWARD_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

struct layer;
struct track;

#define FORWARD_BATCH_PACKETS 256u

struct forward_packet {
    struct track *track;
    struct layer *layer;
    uint32_t layer_id, seq; /* found again in the ring, if it is still there */
};

/* A frame with so many viewers waits for its last packet, this long at most: one send of six
 * packets costs the kernel half of what six sends do. */
#define FORWARD_HOLD_VIEWERS 16u
#define FORWARD_HOLD_US      2000u

struct forward_batch {
    struct forward_packet packets[FORWARD_BATCH_PACKETS];
    size_t count;
    uint64_t since_us; /* when the first came */
    bool unfinished;   /* the last one is of a frame that goes on, and has many viewers */
    /* Where it goes on. */
    size_t next;              /* the first packet of the track that is next */
    struct list_node *viewer; /* of that track; NULL: the first */
};

#endif
