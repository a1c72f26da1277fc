/* Optional: packets that leave past the kernel's UDP stack, as whole Ethernet frames (AF_XDP, copy
 * mode). Pays for single packets and short runs, three to four times (docs/benchmarks.md); long
 * runs are as cheap by UDP_SEGMENT. Receiving stays with the socket. */
#ifndef PARLEY_WORKER_XDP_H
#define PARLEY_WORKER_XDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/net.h"

#define XDP_RUN_MAX 3u /* packets of a run that are still cheaper this way (make bench-xdp) */

struct xdp;

struct xdp_start {
    int fd;                   /* socket(AF_XDP), from the supervisor: it takes CAP_NET_RAW */
    const char *interface;    /* name */
    uint32_t queue;           /* of the interface; one worker each */
    uint16_t port;            /* source of all packets */
    const uint64_t *clock_us; /* borrowed: the worker's time, for what is remembered */
    uint64_t *counters;       /* WORKER_COUNTER_*, borrowed */
};

/* Owns the fd from now on, and closes it if it fails. NULL: said in the log, the socket does it
 * all. Before the sandbox. */
struct xdp *xdp_new(const struct xdp_start *start);
void xdp_free(struct xdp *xdp); /* accepts NULL */

/* Whether so many packets of at most max_len bytes can go that way now. */
bool xdp_takes(struct xdp *xdp, const struct net_path *path, size_t count, size_t max_len);
/* One of those; copied. */
void xdp_send(struct xdp *xdp, const struct net_path *path, const uint8_t *bytes, size_t len);
void xdp_flush(struct xdp *xdp);

#endif
