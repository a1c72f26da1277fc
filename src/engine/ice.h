/* An ICE-lite agent (RFC 8445 2.5): answers the peer's connectivity checks, learns from them how
 * the peer is reached, and asks nothing itself. All candidates of the peer are peer-reflexive; the
 * peer controls. */
#ifndef PARLEY_ENGINE_ICE_H
#define PARLEY_ENGINE_ICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/net.h"
#include "engine/limits.h"

struct rng; /* base/rng.h */

/* RFC 8839 5.4: "the ufrag ... MUST contain at least 24 bits of randomness, and the pwd ... at
 * least 128 bits"; six bits a character. */
#define ICE_UFRAG_CHARS 8u
#define ICE_PWD_CHARS   24u

/* RFC 7675 5.1: consent expires after 30 s without a check; nothing is sent to a path that was
 * silent for half of that, since browsers check every 2.5 s. */
#define ICE_SILENT_US 15000000u
#define ICE_FAILED_US 30000000u

/* The two ends' names in one ICE session; a restart makes a new one. */
struct ice_session {
    char ufrag[ICE_UFRAG_CHARS + 1];
    char pwd[ICE_PWD_CHARS + 1];
    char remote_ufrag[LIMIT_ICE_UFRAG_BYTES + 1];
};

/* A path that passed a check. */
struct ice_path {
    struct net_path path;
    uint64_t checked_us; /* last */
    uint64_t nomination; /* number of its last check with USE-CANDIDATE; 0: none */
    uint8_t session;     /* count of restarts when it was checked */
};

struct ice {
    struct ice_session now;
    struct ice_session before; /* ufrag empty: there is none */
    struct ice_path paths[LIMIT_ICE_PATHS];
    unsigned path_count;
    unsigned selected;        /* place in paths; means nothing while there are none */
    uint64_t nominations;     /* checks with USE-CANDIDATE so far */
    uint64_t last_checked_us; /* on any path; at first: when it started */
    uint8_t session;
};

/* Makes the own ufrag and pwd. */
void ice_init(struct ice *ice, struct rng *rng);
void ice_start(struct ice *ice, uint64_t now_us, const char *remote_ufrag);
/* New own names. Until a check under them succeeds, the old ones stay good. */
void ice_restart(struct ice *ice, uint64_t now_us, struct rng *rng, const char *remote_ufrag);

enum ice_result {
    ICE_IGNORED, /* not a check for us: nothing to send */
    ICE_REFUSED, /* an error response was written */
    ICE_CHECKED, /* the path passed; a success response was written */
};
/* One STUN message. The response goes back on the same path and is never longer than the request
 * by more than its mapped address. */
enum ice_result ice_receive(struct ice *ice, uint64_t now_us, const struct net_path *path,
                            struct span datagram, struct writer *response);

/* Whether this path passed a check in the last ICE_SILENT_US. */
bool ice_is_checked(const struct ice *ice, const struct net_path *path);
/* Where to send; NULL: nowhere (nothing was checked, or all is silent). */
const struct net_path *ice_selected(const struct ice *ice);
/* Nothing was heard for ICE_FAILED_US. */
bool ice_has_failed(const struct ice *ice, uint64_t now_us);

/* Forgets silent paths. */
void ice_tick(struct ice *ice, uint64_t now_us);
uint64_t ice_wake_at(const struct ice *ice);
void ice_connection_closed(struct ice *ice, uint32_t connection);

/* The receiver's ufrag out of a STUN request's USERNAME, for routing by it; a view into the
 * datagram. false: there is none. Nothing is authenticated yet. */
bool ice_ufrag_of(struct span datagram, struct span *ufrag);

/* What ice_selected() needs (base/prefetch.h). */
void ice_prefetch(const struct ice *ice);

#endif
