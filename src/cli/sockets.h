/* Opens what the server listens on. */
#ifndef PARLEY_CLI_SOCKETS_H
#define PARLEY_CLI_SOCKETS_H

#include "cli/setup.h"

/* HTTP, HTTPS, per worker one UDP socket and one TCP listener, and the operator's (its failure is
 * only said). */
int sockets_open(struct setup *setup, struct setup_error *error)
    __attribute__((warn_unused_result));
/* The UDP socket and the TCP listener of one slot, unless they are open. */
int sockets_open_media(struct setup *setup, size_t slot, struct setup_error *error)
    __attribute__((warn_unused_result));
/* Whether a UDP and a TCP socket can be bound to the port on every address (nothing is kept). */
bool sockets_port_free(uint32_t port);

#endif
