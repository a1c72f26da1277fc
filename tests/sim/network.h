/* A seeded model of the network between each client and the server: two one-way links with rate,
 * queue, delay, jitter, loss, duplication and reordering, behind a NAT that may rebind. */
#ifndef PARLEY_TESTS_SIM_NETWORK_H
#define PARLEY_TESTS_SIM_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"

#define NETWORK_BYTES 1500u

/* Probabilities are in parts per thousand. */
struct link {
    uint64_t rate_bps; /* 0: no limit */
    uint64_t queue_us; /* what would wait longer is dropped; with a rate */
    uint64_t delay_us;
    uint64_t jitter_us; /* up to this much more, in order */
    uint32_t loss;
    uint32_t duplicate;
    uint32_t reorder; /* these overtake or are overtaken: up to 30 ms more delay */
    bool cut;         /* partition: nothing passes */
    /* state */
    uint64_t free_us; /* when the last one has left */
    uint64_t last_us; /* when the last one in order arrives */
    uint64_t dropped;
};

struct datagram {
    uint64_t due_us;
    uint64_t order; /* equal times: as they were sent */
    uint32_t to;    /* client, or NETWORK_SERVER */
    uint32_t from;  /* client */
    uint16_t port;  /* of the client's address when it passed its NAT */
    uint16_t len;
    uint8_t bytes[NETWORK_BYTES];
};
#define NETWORK_SERVER UINT32_MAX

struct network {
    struct rng rng;
    struct datagram **heap; /* [1..count] */
    size_t count, capacity;
    uint64_t order;
};

void network_init(struct network *network, uint64_t seed);
void network_fini(struct network *network);
/* Takes a copy through the link; it arrives once, twice or never. */
void network_send(struct network *network, struct link *link, uint64_t now_us,
                  const struct datagram *datagram);
/* UINT64_MAX: nothing is under way. */
uint64_t network_next_us(const struct network *network);
/* The earliest one that is due; to be given back with network_done(). NULL: none. */
struct datagram *network_pop(struct network *network, uint64_t now_us);
void network_done(struct datagram *datagram);

#endif
