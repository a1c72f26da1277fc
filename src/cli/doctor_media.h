/* Joins a room as a browser would, and sees which of the addresses that the server offers answer:
 * ICE to each of them, DTLS to the first one that does. Strangers without a ticket get no answer
 * from a media port, so there is no simpler way to look at it. */
#ifndef PARLEY_CLI_DOCTOR_MEDIA_H
#define PARLEY_CLI_DOCTOR_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/net.h"
#include "cli/load_options.h"

#define DOCTOR_WAYS        16u
#define DOCTOR_MEDIA_BYTES 256u

struct doctor_way {
    struct net_address address;
    bool answered; /* an ICE check */
};

struct doctor_media {
    char problem[DOCTOR_MEDIA_BYTES]; /* there was no answer to the offer; "": there was one */
    unsigned count;                   /* of the ways that were looked at */
    struct doctor_way ways[DOCTOR_WAYS];
    bool connected;             /* ICE and DTLS are complete, by way `by` */
    unsigned by;                /* of ways: the first that answered */
    struct net_address visible; /* where the server saw us */
};

/* target: the server, and the room, which is in mode sfu. proto: enum net_proto, of the candidates
 * to try. */
void doctor_media_try(const struct load_options *target, uint8_t proto, uint64_t timeout_us,
                      struct doctor_media *out);

#endif
