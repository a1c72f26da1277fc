/* Which link address a packet to somebody needs, as the kernel knows it: asked for over netlink, and
 * remembered for a while. The kernel's own traffic has to keep its table alive: whoever asks is told
 * "not known" once in a while, sends by the socket, and asks again. */
#ifndef PARLEY_WORKER_NEXT_HOP_H
#define PARLEY_WORKER_NEXT_HOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/net.h"

#define NEXT_HOP_BYTES 6u /* Ethernet */

struct next_hops;

/* For what leaves by that interface. NULL: out of memory or no netlink. Before the sandbox. */
struct next_hops *next_hops_new(unsigned interface);
void next_hops_free(struct next_hops *hops); /* accepts NULL */

/* False: not by this interface, not known, or to be asked for again: let the kernel send. */
bool next_hops_find(struct next_hops *hops, uint64_t now_us, const struct net_address *remote,
                    uint8_t out[static NEXT_HOP_BYTES]);

#endif
