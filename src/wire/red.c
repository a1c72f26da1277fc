/* RED payloads.
 *
 * RFC 2198 3, for each redundant block, then (F = 0) the primary's one-byte header:
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |F|   block PT  |  timestamp offset         |   block length    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |0|   Block PT  | */
#include "wire/red.h"

#include "wire/wire.h"

#define FOLLOW_FLAG          0x80u
#define MAX_BLOCK_BYTES      0x3ffu
#define MAX_TIMESTAMP_OFFSET 0x3fffu

static int parse_headers(struct reader *reader, struct red_packet *out)
{
    for (;;) {
        struct red_block *block = &out->blocks[out->count];
        uint8_t head = reader_u8(reader);
        uint32_t rest;

        if (reader->failed)
            return WIRE_TRUNCATED;
        if (out->count == RED_MAX_BLOCKS)
            return WIRE_LIMIT;
        out->count++;
        *block = (struct red_block){.payload_type = head & 0x7fu};
        if ((head & FOLLOW_FLAG) == 0)
            return 0;
        rest = reader_u24(reader);
        block->timestamp_offset = (uint16_t)(rest >> 10);
        block->payload.len = rest & MAX_BLOCK_BYTES;
    }
}

int red_parse(const uint8_t *bytes, size_t len, struct red_packet *out)
{
    struct reader reader = reader_of(bytes, len);
    int result;

    out->count = 0;
    if (len > WIRE_DATAGRAM_BYTES)
        return WIRE_OVERSIZE;
    result = parse_headers(&reader, out);
    if (result != 0)
        return result;
    for (size_t i = 0; i + 1 < out->count; i++)
        out->blocks[i].payload.bytes = reader_bytes(&reader, out->blocks[i].payload.len);
    if (reader.failed)
        return WIRE_TRUNCATED;
    out->blocks[out->count - 1].payload = reader_rest(&reader);
    return 0;
}

int red_write(struct writer *writer, const struct red_packet *packet)
{
    size_t redundant = packet->count - 1;

    if (packet->count == 0 || packet->count > RED_MAX_BLOCKS)
        return WIRE_LIMIT;
    for (size_t i = 0; i < redundant; i++) {
        const struct red_block *block = &packet->blocks[i];

        if (block->payload.len > MAX_BLOCK_BYTES || block->timestamp_offset > MAX_TIMESTAMP_OFFSET)
            return WIRE_LIMIT;
        writer_u8(writer, FOLLOW_FLAG | block->payload_type);
        writer_u24(writer, (uint32_t)block->timestamp_offset << 10 | (uint32_t)block->payload.len);
    }
    writer_u8(writer, packet->blocks[redundant].payload_type & 0x7fu);
    for (size_t i = 0; i < packet->count; i++)
        writer_bytes(writer, packet->blocks[i].payload.bytes, packet->blocks[i].payload.len);
    return writer->failed ? WIRE_NO_ROOM : 0;
}
