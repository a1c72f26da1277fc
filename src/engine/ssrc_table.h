/* Whose an SSRC of a peer connection is: announced in the offer, or learned from the packets. An
 * SSRC is owned per peer connection, so nobody can claim another participant's. */
#ifndef PARLEY_ENGINE_SSRC_TABLE_H
#define PARLEY_ENGINE_SSRC_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/arrival.h"
#include "engine/limits.h"
#include "engine/negotiate.h"

struct ssrc_role {
    uint32_t ssrc;
    uint8_t source; /* enum engine_source */
    uint8_t layer;
    bool rtx;
};

/* Zeroed: empty. */
struct ssrc_table {
    uint8_t count;
    struct ssrc_role roles[LIMIT_SSRCS];
};

/* NULL: not there. */
const struct ssrc_role *ssrc_table_find(const struct ssrc_table *table, uint32_t ssrc);

/* Enters a role in place of whoever had it, and of whatever the SSRC was. *changed: the role was
 * somebody else's (or nobody's) before. NULL: the table is full. */
const struct ssrc_role *ssrc_table_bind(struct ssrc_table *table, const struct ssrc_role *role,
                                        bool *changed);

/* The sources that are not received any more. */
void ssrc_table_forget(struct ssrc_table *table, uint8_t source);

/* What an unknown SSRC must be, by what its packet says: the mid extension with rid or repaired rid
 * (RFC 8843 9.2, RFC 8852), else by a payload type that only one source has. False: it cannot be
 * told, or was not negotiated. */
bool ssrc_table_guess(const struct negotiated *negotiated, const struct arrival *arrival,
                      struct ssrc_role *out);

#endif
