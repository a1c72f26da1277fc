/* What a stream sent, by its own sequence numbers: for NACKs, and so that no number is used twice.
 */
#ifndef PARLEY_ENGINE_SEAT_SENT_H
#define PARLEY_ENGINE_SEAT_SENT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/seat_stream.h"

/* Room for it: entries, a power of two. */
uint16_t seat_sent_capacity(const struct seat_stream *stream);
/* NULL: not sent, or forgotten. */
struct sent_packet *seat_sent_find(const struct seat_stream *stream, uint16_t sequence);
/* Remembers sent->sequence. False: it was used before (or so long ago that it cannot be told): it
 * must not be sent again under the same SSRC, that would reuse an SRTP nonce. */
bool seat_sent_note(struct seat_stream *stream, const struct sent_packet *sent);

/* What the next packets need of it (base/prefetch.h). */
void seat_sent_prefetch(const struct seat_stream *stream);

#endif
