/* What may pass between the two of a P2P pair. Descriptions and candidates are relayed opaque; but
 * an answer passes only to who has an offer outstanding, and only words of the present epoch. Pure.
 */
#ifndef PARLEY_CONTROL_RELAY_H
#define PARLEY_CONTROL_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/message.h"

struct relay {
    uint32_t epoch;       /* of the offers below */
    uint64_t offerers[2]; /* whose offers are unanswered; 0: none */
};

/* CODE_NONE: pass it on. */
enum message_code relay_description(struct relay *relay, uint64_t from, uint64_t to, bool answer,
                                    uint32_t epoch);

/* A candidate line that would make the server talk to its own or a private network: loopback,
 * private, link-local and other special addresses. A name (mDNS ".local") is never resolved, so it
 * is harmless. A line that is no candidate at all is refused as well; "" is the end of candidates.
 */
bool relay_candidate_is_special(const char *line, size_t len);

#endif
