/* A seeded model of the network between each client and the server: two one-way links with rate,
 * queue, delay, jitter, loss, duplication and reordering, behind a NAT that may rebind. Several
 * links may share one bottleneck. */
#ifndef PARLEY_TESTS_SIM_NETWORK_H
#define PARLEY_TESTS_SIM_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"

#define NETWORK_BYTES      1500u
#define NETWORK_DELAYS_MS  512u /* queue delays are counted in steps of 1 ms */
#define NETWORK_HEAD_BYTES 28u  /* IPv4 and UDP */

/* What a rate is made of over time: from at_us on it is rate_bps. */
struct rate_step {
    uint64_t at_us;
    uint64_t rate_bps;
};

/* Where packets wait: what would wait longer than the queue is long is dropped (drop-tail). */
struct bottleneck {
    uint64_t rate_bps; /* 0: no limit */
    uint64_t queue_us;
    const struct rate_step *steps; /* borrowed; a trace. NULL: the rate stays */
    size_t step_count;
    /* state */
    size_t step;
    uint64_t free_us; /* when the last one has left */
    /* counts, since network_forget_delays() */
    uint64_t passed, overflowed;
    uint64_t passed_bytes;
    uint32_t delays[NETWORK_DELAYS_MS];
};

/* Losses in bursts (Gilbert-Elliott): in the bad state nothing passes. */
struct bursts {
    uint64_t mean_us; /* of a bad time; 0: none */
    uint32_t share;   /* of the time that is bad, per thousand */
    /* state */
    uint64_t from_us, until_us; /* the next or present bad time */
};

/* Probabilities are in parts per thousand. */
struct link {
    struct bottleneck own;
    struct bottleneck *shared; /* instead of its own; borrowed */
    uint64_t delay_us;
    uint64_t jitter_us; /* up to this much more, in order */
    uint32_t loss;
    struct bursts bursts;
    struct bursts stalls; /* the receiver stands still and reads all afterwards: no processor */
    uint32_t duplicate;
    uint32_t reorder; /* these overtake or are overtaken: up to 30 ms more delay */
    bool cut;         /* partition: nothing passes */
    /* state */
    uint64_t last_us; /* when the last one in order arrives */
    uint64_t dropped;
};

struct datagram {
    uint64_t due_us;
    uint64_t order; /* equal times: as they were sent */
    uint32_t to;    /* client, NETWORK_SERVER or NETWORK_TCP */
    uint32_t from;  /* client */
    uint16_t port;  /* of the client's public address when it was sent */
    uint16_t len;
    uint8_t bytes[NETWORK_BYTES];
};
#define NETWORK_SERVER UINT32_MAX
#define NETWORK_TCP    (UINT32_MAX - 1u) /* an acknowledgement for the competitor (cubic.h) */

struct network {
    struct rng rng;
    struct datagram **heap; /* [1..count] */
    size_t count, capacity;
    uint64_t order;
};

void network_init(struct network *network, uint64_t seed);
void network_fini(struct network *network);
/* Takes a copy through the link; it arrives once, twice or never. True: at least once. */
bool network_send(struct network *network, struct link *link, uint64_t now_us,
                  const struct datagram *datagram);
/* UINT64_MAX: nothing is under way. */
uint64_t network_next_us(const struct network *network);
/* The earliest one that is due; to be given back with network_done(). NULL: none. */
struct datagram *network_pop(struct network *network, uint64_t now_us);
void network_done(struct datagram *datagram);

/* The bottleneck that a link's packets wait in. */
struct bottleneck *network_bottleneck(struct link *link);
/* How long packets waited since the last network_forget_delays(): what `percent` of them did not
 * exceed. 0: none passed. */
uint64_t network_delay_us(const struct bottleneck *bottleneck, unsigned percent);
void network_forget_delays(struct bottleneck *bottleneck);

#endif
