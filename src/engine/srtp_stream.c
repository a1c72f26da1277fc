/* The table of SRTP streams: dense records, found through a small open-addressing hash. */
#include "engine/srtp_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/prefetch.h"
#include "base/seq.h"

#define FIRST_STREAMS 4u

int srtp_streams_init(struct srtp_streams *table, unsigned capacity)
{
    unsigned slots = 1;

    PARLEY_ASSERT(capacity > 0 && capacity <= SRTP_MAX_STREAMS);
    while (slots < 2 * capacity)
        slots *= 2;
    *table = (struct srtp_streams){.capacity = capacity, .slot_mask = slots - 1};
    table->slots = calloc(slots, sizeof(*table->slots));
    return table->slots != NULL ? 0 : -1;
}

void srtp_streams_fini(struct srtp_streams *table)
{
    free(table->streams);
    free(table->slots);
    *table = (struct srtp_streams){0};
}

/* Fibonacci hashing. A peer that picks colliding SSRCs slows down its own 128 entries only. */
static unsigned slot_of(const struct srtp_streams *table, uint32_t ssrc)
{
    return ((ssrc * UINT32_C(2654435769)) >> 16) & table->slot_mask;
}

struct srtp_stream *srtp_streams_find(struct srtp_streams *table, uint32_t ssrc)
{
    if (table->last < table->count && table->streams[table->last].ssrc == ssrc)
        return &table->streams[table->last];
    for (unsigned slot = slot_of(table, ssrc); table->slots[slot] != 0;
         slot = (slot + 1) & table->slot_mask) {
        struct srtp_stream *stream = &table->streams[table->slots[slot] - 1];

        if (stream->ssrc == ssrc) {
            table->last = (unsigned)(stream - table->streams);
            return stream;
        }
    }
    return NULL;
}

/* Most peers have two or three, those that see a full room a hundred. */
static int grow(struct srtp_streams *table)
{
    unsigned wanted = table->allocated == 0 ? FIRST_STREAMS : 2 * table->allocated;
    struct srtp_stream *streams;

    if (table->count < table->allocated)
        return 0;
    if (wanted > table->capacity)
        wanted = table->capacity;
    streams = realloc(table->streams, wanted * sizeof(*streams));
    if (streams == NULL)
        return -1;
    table->streams = streams;
    table->allocated = wanted;
    return 0;
}

struct srtp_stream *srtp_streams_add(struct srtp_streams *table, uint32_t ssrc)
{
    unsigned slot = slot_of(table, ssrc);

    if (table->count == table->capacity || grow(table) != 0)
        return NULL;
    while (table->slots[slot] != 0)
        slot = (slot + 1) & table->slot_mask;
    table->streams[table->count] = (struct srtp_stream){.ssrc = ssrc};
    table->slots[slot] = (uint8_t)(table->count + 1);
    return &table->streams[table->count++];
}

bool srtp_stream_rtp_index(const struct srtp_stream *stream, uint16_t seq, uint64_t *index)
{
    int64_t nearest = seq;

    if (stream->rtp.started)
        nearest = (int64_t)stream->rtp.newest + seq16_diff(seq, (uint16_t)stream->rtp.newest);
    if (nearest < 0 || (uint64_t)nearest > SRTP_MAX_RTP_INDEX)
        return false;
    *index = (uint64_t)nearest;
    return true;
}

void srtp_streams_prefetch(const struct srtp_streams *table)
{
    prefetch(table->streams, 4 * sizeof(table->streams[0]));
    prefetch(table->slots, 1);
}
