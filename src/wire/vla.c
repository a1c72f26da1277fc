/*  +-+-+-+-+-+-+-+-+
 *  |RID| NS| sl_bm |  stream that it came in, streams - 1, active spatial layers of all streams, or
 *  +-+-+-+-+-+-+-+-+  0: then each stream's own
 *  |sl0_bm |sl1_bm |  (only then)
 *  |sl2_bm |sl3_bm |  (and of three streams and more)
 *  +-+-+-+-+-+-+-+-+
 *  |#tl|#tl|#tl|#tl|  temporal layers - 1 of each spatial layer; as many bytes as it takes
 *  +-+-+-+-+-+-+-+-+
 *  : kbit/s, LEB128:  of each temporal layer
 *  +-+-+-+-+-+-+-+-+
 *  : w-1, h-1, fps  :  16 + 16 + 8 bits of each spatial layer; may be left out
 *  +-+-+-+-+-+-+-+-+ */
#include "wire/vla.h"

#include <stdbool.h>

#include "wire/wire.h"

/* 32 bits take five bytes. */
#define LEB128_BYTES   5u
#define BYTES_OF_SIZES 5u

static void add_layers(struct vla *out, uint8_t stream, unsigned mask)
{
    for (uint8_t spatial = 0; spatial < VLA_MAX_SPATIAL; spatial++)
        if ((mask & 1u << spatial) != 0)
            out->layers[out->count++] = (struct vla_layer){.stream = stream, .spatial = spatial};
}

static void read_masks(struct reader *reader, uint8_t common, struct vla *out)
{
    unsigned pair = 0;

    for (uint8_t stream = 0; stream < out->stream_count; stream++) {
        if (common == 0 && stream % 2 == 0)
            pair = reader_u8(reader);
        const unsigned own = stream % 2 == 0 ? pair >> 4 : pair & 0xfu;
        add_layers(out, stream, common != 0 ? common : own);
    }
}

static void read_temporal(struct reader *reader, struct vla *out)
{
    unsigned four = 0;

    for (size_t i = 0; i < out->count; i++) {
        if (i % 4 == 0)
            four = reader_u8(reader);
        out->layers[i].temporal_count = (uint8_t)(1u + (four >> (6u - 2u * (i % 4)) & 3u));
    }
}

/* False: longer than 32 bits. */
static bool read_leb128(struct reader *reader, uint32_t *out)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < LEB128_BYTES; i++) {
        const uint8_t byte = reader_u8(reader);

        value |= (uint64_t)(byte & 0x7fu) << (7 * i);
        if ((byte & 0x80u) != 0)
            continue;
        *out = (uint32_t)value;
        return value <= UINT32_MAX;
    }
    return false;
}

static bool read_rates(struct reader *reader, struct vla *out)
{
    for (size_t i = 0; i < out->count; i++)
        for (unsigned t = 0; t < out->layers[i].temporal_count; t++)
            if (!read_leb128(reader, &out->layers[i].kbps[t]))
                return false;
    return true;
}

static uint16_t read_length(struct reader *reader)
{
    const uint16_t less_one = reader_u16(reader);

    return less_one == UINT16_MAX ? UINT16_MAX : (uint16_t)(less_one + 1u);
}

static void read_sizes(struct reader *reader, struct vla *out)
{
    for (size_t i = 0; i < out->count; i++) {
        out->layers[i].width = read_length(reader);
        out->layers[i].height = read_length(reader);
        out->layers[i].fps = reader_u8(reader);
    }
}

int vla_parse(struct span value, struct vla *out)
{
    struct reader reader = reader_of(value.bytes, value.len);
    const uint8_t head = reader_u8(&reader);

    *out = (struct vla){.stream = head >> 6, .stream_count = (uint8_t)(1u + (head >> 4 & 3u))};
    /* One byte of zero says that nothing is sent. */
    if (value.len == 1 && head == 0)
        return 0;
    read_masks(&reader, head & 0xfu, out);
    read_temporal(&reader, out);
    if (!read_rates(&reader, out))
        return reader.failed ? WIRE_TRUNCATED : WIRE_MALFORMED;
    if (reader.failed)
        return WIRE_TRUNCATED;
    if (reader_left(&reader) == 0)
        return 0;
    if (reader_left(&reader) != BYTES_OF_SIZES * out->count)
        return WIRE_MALFORMED;
    read_sizes(&reader, out);
    return 0;
}
