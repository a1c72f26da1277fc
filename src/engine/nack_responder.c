/* One NACK in, some RTX packets out. */
#include "engine/nack_responder.h"

void nack_responder_answer(struct leg *viewer, struct seat_stream *stream, const uint16_t *seqs,
                           size_t count, struct shared *shared)
{
    for (size_t i = 0; i < count; i++) {
        switch (seat_stream_resend(stream, seqs[i], viewer->rtt_us, shared)) {
        case SEAT_STREAM_RESENT:
            SHARED_COUNT(shared, rtx_sent);
            break;
        case SEAT_STREAM_GONE:
            SHARED_COUNT(shared, rtx_gone);
            break;
        case SEAT_STREAM_TOO_OFTEN:
            SHARED_COUNT(shared, rtx_too_often);
            break;
        }
    }
}
