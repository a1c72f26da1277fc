/* A window of sent numbers. */
#include "engine/seat_sent.h"

#include "base/prefetch.h"
#include "base/seq.h"

uint16_t seat_sent_capacity(const struct seat_stream *stream)
{
    return stream->video ? LIMIT_SENT_PACKETS : LIMIT_SENT_AUDIO_PACKETS;
}

static struct sent_packet *slot_of(const struct seat_stream *stream, uint16_t sequence)
{
    return &stream->sent[sequence & (seat_sent_capacity(stream) - 1u)];
}

struct sent_packet *seat_sent_find(const struct seat_stream *stream, uint16_t sequence)
{
    struct sent_packet *sent = slot_of(stream, sequence);
    return sent->used && sent->sequence == sequence ? sent : NULL;
}

bool seat_sent_note(struct seat_stream *stream, const struct sent_packet *sent)
{
    /* next_sequence is one ahead already if this is the newest. */
    const int behind = seq16_diff(stream->next_sequence, sent->sequence);
    if (behind <= 0 || behind > (int)seat_sent_capacity(stream) ||
        seat_sent_find(stream, sent->sequence))
        return false;
    *slot_of(stream, sent->sequence) = *sent;
    return true;
}

void seat_sent_prefetch(const struct seat_stream *stream)
{
    prefetch(slot_of(stream, stream->next_sequence), 2 * CACHE_LINE_BYTES);
}
