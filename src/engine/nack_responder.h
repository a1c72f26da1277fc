/* Answers a viewer's NACKs from the packet ring. */
#ifndef PARLEY_ENGINE_NACK_RESPONDER_H
#define PARLEY_ENGINE_NACK_RESPONDER_H

#include <stddef.h>
#include <stdint.h>

#include "engine/leg.h"
#include "engine/shared.h"

/* The viewer misses these sequence numbers of the seat stream. */
void nack_responder_answer(struct seat_stream *stream, const uint16_t *seqs, size_t count,
                           struct shared *shared);

#endif
