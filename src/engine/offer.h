/* Answers an offer: the way from SDP text to a peer connection that waits for its first packet. */
#ifndef PARLEY_ENGINE_OFFER_H
#define PARLEY_ENGINE_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "engine/negotiate.h"
#include "engine/participant.h"
#include "engine/shared.h"

struct sdp;

/* Room to work in, made once per engine; and the answer, until it is taken. */
struct offer_desk {
    /* owned */
    struct sdp *sdp;
    struct negotiated *negotiated;
    char *text; /* LIMIT_SDP_BYTES + 1 */
    /* state */
    bool ready; /* there is something to tell: ENGINE_ANSWER or ENGINE_REFUSED */
    int error;  /* 0: an answer */
    uint64_t room, participant;
    uint32_t request;
    size_t text_len;
};

/* 0 or -1 (out of memory). */
int offer_desk_init(struct offer_desk *desk) __attribute__((warn_unused_result));
/* Accepts a zeroed struct. */
void offer_desk_fini(struct offer_desk *desk);

/* Deals with an ENGINE_OFFER; owner is the participant's id in the demux. In any case the desk has
 * something to tell afterwards. 0 or enum engine_error; the former peer connection is only touched
 * if a new one takes its place. */
int offer_answer(struct offer_desk *desk, struct participant *participant, uint64_t owner,
                 const struct engine_command *command, struct shared *shared)
    __attribute__((warn_unused_result));

/* The same for a participant that is connected to another worker (pipe.h): no transport, no seats,
 * no answer, nothing to tell. leg: which of its peer connections the offer is of. */
int offer_mirror(struct offer_desk *desk, struct participant *participant, uint64_t owner,
                 const struct engine_command *command, uint64_t leg, struct shared *shared)
    __attribute__((warn_unused_result));

#endif
