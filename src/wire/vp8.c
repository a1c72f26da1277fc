/* VP8 descriptors.
 *
 * RFC 7741 4.2:
 *       0 1 2 3 4 5 6 7
 *      +-+-+-+-+-+-+-+-+
 *      |X|R|N|S|R| PID | (REQUIRED)
 *      +-+-+-+-+-+-+-+-+
 * X:   |I|L|T|K| RSV   | (OPTIONAL)
 *      +-+-+-+-+-+-+-+-+
 * I:   |M| PictureID   | (OPTIONAL)
 *      +-+-+-+-+-+-+-+-+
 *      |   PictureID   |
 *      +-+-+-+-+-+-+-+-+
 * L:   |   TL0PICIDX   | (OPTIONAL)
 *      +-+-+-+-+-+-+-+-+
 * T/K: |TID|Y| KEYIDX  | (OPTIONAL)
 *      +-+-+-+-+-+-+-+-+ */
#include "wire/vp8.h"

#include <string.h>

#include "base/bytes.h"
#include "wire/wire.h"

static void parse_picture_id(struct reader *reader, struct vp8_payload *out)
{
    uint8_t first;

    out->picture_id_at = (uint8_t)reader->at;
    first = reader_u8(reader);
    out->picture_id_bits = (first & 0x80u) != 0 ? 15 : 7;
    out->picture_id = first & 0x7fu;
    if (out->picture_id_bits == 15)
        out->picture_id = (uint16_t)(out->picture_id << 8 | reader_u8(reader));
}

static void parse_extension(struct reader *reader, struct vp8_payload *out)
{
    uint8_t present = reader_u8(reader);

    if ((present & 0x80u) != 0)
        parse_picture_id(reader, out);
    if ((present & 0x40u) != 0) {
        out->tl0picidx_at = (uint8_t)reader->at;
        out->tl0picidx = reader_u8(reader);
    }
    out->has_tid = (present & 0x20u) != 0;
    out->has_keyidx = (present & 0x10u) != 0;
    if (out->has_tid || out->has_keyidx) {
        uint8_t both = reader_u8(reader);

        /* "If the T bit is 0 [...] TID and Y MUST be ignored", likewise KEYIDX for K. */
        out->tid = out->has_tid ? both >> 6 : 0;
        out->layer_sync = out->has_tid && (both & 0x20u) != 0;
        out->keyidx = out->has_keyidx ? both & 0x1fu : 0;
    }
}

/* RFC 6386 9.1: a 3-byte tag whose bit 0 is 0 for key frames, then the start code 9d 01 2a and
 * little endian 14-bit width and height with 2 bits of scale each. */
static void parse_frame_header(struct reader reader, struct vp8_payload *out)
{
    uint8_t first = reader_u8(&reader);
    const uint8_t *rest;

    out->key_frame = !reader.failed && (first & 1u) == 0;
    reader_skip(&reader, 2);
    rest = reader_bytes(&reader, 7);
    if (!out->key_frame || rest == NULL || memcmp(rest, "\x9d\x01\x2a", 3) != 0)
        return;
    out->width = (uint16_t)((rest[3] | rest[4] << 8) & 0x3fff);
    out->height = (uint16_t)((rest[5] | rest[6] << 8) & 0x3fff);
}

int vp8_parse(const uint8_t *payload, size_t len, struct vp8_payload *out)
{
    struct reader reader = reader_of(payload, len);
    uint8_t first;

    memset(out, 0, sizeof *out);
    if (len > WIRE_DATAGRAM_BYTES)
        return WIRE_OVERSIZE;
    first = reader_u8(&reader);
    out->non_reference = (first & 0x20u) != 0;
    out->frame_start = (first & 0x10u) != 0 && (first & 0x07u) == 0;
    if ((first & 0x80u) != 0)
        parse_extension(&reader, out);
    if (reader.failed)
        return WIRE_TRUNCATED;
    out->descriptor_len = (uint8_t)reader.at;
    if (out->frame_start)
        parse_frame_header(reader, out);
    return 0;
}

void vp8_rewrite(uint8_t *payload, const struct vp8_payload *parsed, uint16_t picture_id,
                 uint8_t tl0picidx)
{
    if (parsed->picture_id_bits == 15)
        bytes_put_u16(payload + parsed->picture_id_at, (uint16_t)(0x8000u | picture_id));
    else if (parsed->picture_id_bits == 7)
        payload[parsed->picture_id_at] = picture_id & 0x7fu;
    if (parsed->tl0picidx_at != 0)
        payload[parsed->tl0picidx_at] = tl0picidx;
}
