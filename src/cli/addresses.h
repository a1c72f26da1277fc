/* The machine's own addresses, and the ICE candidates made of them. */
#ifndef PARLEY_CLI_ADDRESSES_H
#define PARLEY_CLI_ADDRESSES_H

#include "cli/setup.h"

/* Fills setup->addresses: media.addresses, else those of the interfaces that are up; without
 * loopback and link-local ones. */
int addresses_find(struct setup *setup, struct setup_error *error)
    __attribute__((warn_unused_result));
/* The candidates of the worker in one slot, best first: UDP before TCP; public addresses instead of
 * own ones if configured, else the loopback at the end, for browsers on this machine. Returns how
 * many. */
size_t addresses_candidates(const struct setup *setup, size_t slot,
                            struct engine_candidate out[static LIMIT_CANDIDATES]);

#endif
