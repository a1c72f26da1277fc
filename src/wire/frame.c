/* RFC 4571 2:
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |             LENGTH            |  RTP or RTCP packet ...       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * "LENGTH [...] the value zero is a legal value, null packets" */
#include "wire/frame.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

void frame_reader_init(struct frame_reader *reader, uint8_t *buffer, size_t capacity)
{
    PARLEY_ASSERT(capacity >= FRAME_BUFFER_BYTES);
    *reader = (struct frame_reader){.buffer = buffer, .capacity = capacity};
}

uint8_t *frame_room(struct frame_reader *reader, size_t *len)
{
    if (reader->taken > 0) {
        memmove(reader->buffer, reader->buffer + reader->taken, reader->filled - reader->taken);
        reader->filled -= reader->taken;
        reader->taken = 0;
    }
    *len = reader->capacity - reader->filled;
    return reader->buffer + reader->filled;
}

void frame_fill(struct frame_reader *reader, size_t len)
{
    PARLEY_ASSERT(len <= reader->capacity - reader->filled);
    reader->filled += len;
}

int frame_next(struct frame_reader *reader, uint8_t **bytes, size_t *len)
{
    while (reader->filled - reader->taken >= FRAME_HEADER_BYTES) {
        uint8_t *head = reader->buffer + reader->taken;
        size_t body_len = bytes_get_u16(head);

        if (body_len > WIRE_DATAGRAM_BYTES)
            return WIRE_OVERSIZE;
        if (reader->filled - reader->taken - FRAME_HEADER_BYTES < body_len)
            return 0;
        reader->taken += FRAME_HEADER_BYTES + body_len;
        if (body_len > 0) {
            *bytes = head + FRAME_HEADER_BYTES;
            *len = body_len;
            return 1;
        }
    }
    return 0;
}

void frame_put_header(uint8_t out[static FRAME_HEADER_BYTES], size_t len)
{
    PARLEY_ASSERT(len <= WIRE_DATAGRAM_BYTES);
    bytes_put_u16(out, (uint16_t)len);
}
