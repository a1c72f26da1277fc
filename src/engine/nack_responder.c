/* One NACK in, some RTX packets out, or in line, or none: the downlink knows what the viewer may
 * have. */
#include "engine/nack_responder.h"

#include "engine/downlink.h"

void nack_responder_answer(struct seat_stream *stream, const uint16_t *seqs, size_t count,
                           struct shared *shared)
{
    for (size_t i = 0; i < count; i++)
        downlink_repair(stream, seqs[i], count, shared);
}
