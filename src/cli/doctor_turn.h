/* Asks a STUN or TURN server what a browser would ask it. */
#ifndef PARLEY_CLI_DOCTOR_TURN_H
#define PARLEY_CLI_DOCTOR_TURN_H

#include <stdint.h>

#include "cli/doctor_net.h"
#include "cli/doctor_turn_message.h"

struct doctor_turn_result {
    char error[DOCTOR_NET_ERROR_BYTES];    /* why there was no answer; "": there was one */
    unsigned code;                         /* it refused with this; 0: it did not */
    struct net_address mapped;             /* our address, as it sees it */
    struct net_address relayed;            /* of the allocation, which is given back */
    struct doctor_certificate certificate; /* of turns: */
};

/* A binding of stun:, an allocation of turn: and turns:. */
void doctor_turn_try(const struct doctor_turn_url *url, const char *username,
                     const char *credential, uint64_t timeout_us, struct doctor_turn_result *out);

#endif
