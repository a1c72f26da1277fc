/* VP9 descriptors.
 *
 * RFC 9628 4.2:
 *         0 1 2 3 4 5 6 7
 *        +-+-+-+-+-+-+-+-+
 *        |I|P|L|F|B|E|V|Z| (REQUIRED)
 *        +-+-+-+-+-+-+-+-+
 *   I:   |M| PICTURE ID  | (REQUIRED in flexible mode)
 *        +-+-+-+-+-+-+-+-+
 *   M:   | EXTENDED PID  | (RECOMMENDED)
 *        +-+-+-+-+-+-+-+-+
 *   L:   | TID |U| SID |D| (CONDITIONALLY RECOMMENDED)
 *        +-+-+-+-+-+-+-+-+
 *        |   TL0PICIDX   | (non-flexible mode only)
 *        +-+-+-+-+-+-+-+-+                             -\
 *   P,F: | P_DIFF      |N| (flexible mode, up to 3)     - up to 3 times
 *        +-+-+-+-+-+-+-+-+                             -/
 *   V:   | SS            |
 *        | ..            |
 *        +-+-+-+-+-+-+-+-+ */
#include "wire/vp9.h"

#include <string.h>

#include "base/bytes.h"
#include "wire/wire.h"

#define I_FLAG 0x80u
#define P_FLAG 0x40u
#define L_FLAG 0x20u
#define F_FLAG 0x10u
#define B_FLAG 0x08u
#define E_FLAG 0x04u
#define V_FLAG 0x02u
#define Z_FLAG 0x01u

static void parse_picture_id(struct reader *reader, struct vp9_payload *out)
{
    uint8_t first;

    out->picture_id_at = (uint8_t)reader->at;
    first = reader_u8(reader);
    out->picture_id_bits = (first & 0x80u) != 0 ? 15 : 7;
    out->picture_id = first & 0x7fu;
    if (out->picture_id_bits == 15)
        out->picture_id = (uint16_t)(out->picture_id << 8 | reader_u8(reader));
}

static void parse_layers(struct reader *reader, struct vp9_payload *out)
{
    uint8_t both = reader_u8(reader);

    out->has_layers = true;
    out->tid = both >> 5;
    out->switching_up = (both & 0x10u) != 0;
    out->sid = both >> 1 & 7u;
    out->inter_layer = (both & 1u) != 0;
    if (!out->flexible) {
        out->tl0picidx_at = (uint8_t)reader->at;
        out->tl0picidx = reader_u8(reader);
    }
}

/* The N bit says that another one follows; a fourth is not allowed. */
static int parse_diffs(struct reader *reader, struct vp9_payload *out)
{
    uint8_t diff;

    do {
        if (out->diff_count == VP9_MAX_DIFFS)
            return WIRE_MALFORMED;
        diff = reader_u8(reader);
        out->diffs[out->diff_count++] = diff >> 1;
    } while ((diff & 1u) != 0);
    return 0;
}

/* RFC 9628 4.2.1:
 *        +-+-+-+-+-+-+-+-+
 *   V:   | N_S |Y|G|-|-|-|
 *        +-+-+-+-+-+-+-+-+              -\
 *   Y:   |     WIDTH     | (OPTIONAL)    .
 *        |               |               .
 *        |     HEIGHT    |               . N_S + 1 times
 *        |               |               .
 *        +-+-+-+-+-+-+-+-+              -/
 *   G:   |      N_G      | (OPTIONAL)
 *        +-+-+-+-+-+-+-+-+                            -\
 *   N_G: | TID |U| R |-|-| (OPTIONAL)                  . N_G times
 *        |    P_DIFF     | (OPTIONAL)    . R times     .
 *        +-+-+-+-+-+-+-+-+                            -/ */
static void parse_structure(struct reader *reader, struct vp9_payload *out)
{
    uint8_t head = reader_u8(reader);
    uint8_t groups;

    out->has_structure = true;
    out->spatial_count = (uint8_t)((head >> 5) + 1);
    if ((head & 0x10u) != 0) {
        for (unsigned i = 0; i < out->spatial_count; i++) {
            out->widths[i] = reader_u16(reader);
            out->heights[i] = reader_u16(reader);
        }
    }
    groups = (head & 0x08u) != 0 ? reader_u8(reader) : 0;
    for (unsigned i = 0; i < groups && !reader->failed; i++)
        reader_skip(reader, reader_u8(reader) >> 2 & 3u);
}

static int parse_optional_fields(struct reader *reader, uint8_t flags, struct vp9_payload *out)
{
    int result = 0;

    if ((flags & I_FLAG) != 0)
        parse_picture_id(reader, out);
    if ((flags & L_FLAG) != 0)
        parse_layers(reader, out);
    if (out->inter_picture && out->flexible)
        result = parse_diffs(reader, out);
    if ((flags & V_FLAG) != 0)
        parse_structure(reader, out);
    return reader->failed ? WIRE_TRUNCATED : result;
}

int vp9_parse(const uint8_t *payload, size_t len, struct vp9_payload *out)
{
    struct reader reader = reader_of(payload, len);
    uint8_t flags;
    int result;

    memset(out, 0, sizeof *out);
    if (len > WIRE_DATAGRAM_BYTES)
        return WIRE_OVERSIZE;
    flags = reader_u8(&reader);
    out->inter_picture = (flags & P_FLAG) != 0;
    out->flexible = (flags & F_FLAG) != 0;
    out->frame_start = (flags & B_FLAG) != 0;
    out->frame_end = (flags & E_FLAG) != 0;
    out->not_reference_above = (flags & Z_FLAG) != 0;
    result = parse_optional_fields(&reader, flags, out);
    if (result != 0)
        return result;
    out->descriptor_len = (uint16_t)reader.at;
    /* "P: Inter-picture predicted frame [...] When set to zero, the frame does not utilize
     * inter-picture prediction." In the lowest spatial layer that is a key frame. */
    out->key_frame = out->frame_start && !out->inter_picture && out->sid == 0 && !out->inter_layer;
    return 0;
}

void vp9_rewrite(uint8_t *payload, const struct vp9_payload *parsed, uint16_t picture_id,
                 uint8_t tl0picidx)
{
    if (parsed->picture_id_bits == 15)
        bytes_put_u16(payload + parsed->picture_id_at, (uint16_t)(0x8000u | picture_id));
    else if (parsed->picture_id_bits == 7)
        payload[parsed->picture_id_at] = picture_id & 0x7fu;
    if (parsed->tl0picidx_at != 0)
        payload[parsed->tl0picidx_at] = tl0picidx;
}
