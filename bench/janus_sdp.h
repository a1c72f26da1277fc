/* What Janus needs to see of a client, and the client of Janus: its offers and answers as text. */
#ifndef PARLEY_BENCH_JANUS_SDP_H
#define PARLEY_BENCH_JANUS_SDP_H

#include <stddef.h>
#include <stdint.h>

/* Janus starts ICE only when it knows a candidate, and one that is never heard of will do: the
 * checks come from the client. out gets the offer with one in each m-line. Its length, or -1: it
 * does not fit. */
int janus_sdp_offer(const char *offer, char *out, size_t size);

/* The answer of a client that only receives to the offer of Janus. own: an offer of the client's,
 * of which ICE's names are taken; fingerprint: SHA-256 of its certificate. Its length, or -1: one
 * of the texts is no SDP, what is offered are not pairs of sound and picture, or it does not fit.
 */
int janus_sdp_answer(const char *offer, const char *own, const uint8_t *fingerprint, char *out,
                     size_t size);

/* Pairs of sound and picture in an offer of Janus; -1: it is something else. */
int janus_sdp_pairs(const char *offer);

#endif
