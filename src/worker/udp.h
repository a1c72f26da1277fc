/* The worker's UDP socket: batches in, batches out. */
#ifndef PARLEY_WORKER_UDP_H
#define PARLEY_WORKER_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

#define UDP_BATCH 64u

struct udp;
struct xdp;

/* counters: WORKER_COUNTERS values, borrowed. NULL: out of memory or not such a socket. */
struct udp *udp_new(int fd, uint64_t *counters);
void udp_free(struct udp *udp); /* closes the fd; accepts NULL */

/* Reads up to UDP_BATCH datagrams into slots of its own; they stay until the next call. Returns
 * how many, 0: none there. */
size_t udp_receive(struct udp *udp, struct engine_datagram out[static UDP_BATCH]);
/* More came in one piece than udp_receive() gave: epoll does not know of it. */
bool udp_holds_more(const struct udp *udp);

/* Short runs leave by xdp where it takes them; borrowed. */
void udp_use_xdp(struct udp *udp, struct xdp *xdp);

/* Takes one datagram to send; its bytes are borrowed until udp_flush, which comes by itself when
 * the batch is full. */
void udp_send(struct udp *udp, const struct engine_tx *tx);
void udp_flush(struct udp *udp);

#endif
