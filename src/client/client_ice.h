/* The controlling ICE agent towards a lite one (RFC 8445 7.2, 8.1): one candidate, checked with
 * USE-CANDIDATE until it answers, then every 2.5 s as browsers do (RFC 7675 5.1). */
#ifndef PARLEY_CLIENT_CLIENT_ICE_H
#define PARLEY_CLIENT_CLIENT_ICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/net.h"
#include "base/rng.h"

#define CLIENT_ICE_UFRAG_CHARS  4u
#define CLIENT_ICE_PWD_CHARS    24u
#define CLIENT_ICE_NAME_BYTES   257u
#define CLIENT_ICE_TRANSACTIONS 32u

struct client_ice {
    char ufrag[CLIENT_ICE_UFRAG_CHARS + 1];
    char pwd[CLIENT_ICE_PWD_CHARS + 1];
    char remote_ufrag[CLIENT_ICE_NAME_BYTES];
    char remote_pwd[CLIENT_ICE_NAME_BYTES];
    /* A check goes out before the one before is answered when the way is long. */
    uint8_t transactions[CLIENT_ICE_TRANSACTIONS][12];
    unsigned sent; /* checks so far */
    uint64_t tie_breaker;
    uint64_t next_us;          /* next check; UINT64_MAX: not started */
    struct net_address mapped; /* our address, as the server sees it */
    bool answered;             /* the last check was */
    bool checked;              /* one was, since these names are used */
};

void client_ice_init(struct client_ice *ice, struct rng *rng);
/* New own names. */
void client_ice_restart(struct client_ice *ice, struct rng *rng);
void client_ice_start(struct client_ice *ice, uint64_t now_us);
/* Whether a check is due; it is appended to writer then. */
bool client_ice_tick(struct client_ice *ice, uint64_t now_us, struct rng *rng,
                     struct writer *writer);
/* A STUN message. True: it answers one of the last checks. */
bool client_ice_receive(struct client_ice *ice, struct span datagram);
/* Whether it is a check of the server, which an agent that is not lite makes (RFC 8445 7.3), with
 * our names; the answer is appended to writer then. */
bool client_ice_respond(const struct client_ice *ice, struct span datagram,
                        const struct net_address *from, struct writer *writer);

#endif
