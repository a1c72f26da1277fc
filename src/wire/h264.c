/* H.264 packet types.
 *
 * RFC 6184 5.3:  NAL unit header      5.8:  FU header
 * +---------------+                   +---------------+
 * |0|1|2|3|4|5|6|7|                   |0|1|2|3|4|5|6|7|
 * |F|NRI|  Type   |                   |S|E|R|  Type   |
 * +---------------+                   +---------------+ */
#include "wire/h264.h"

#include <string.h>

#include "base/bytes.h"
#include "wire/wire.h"

/* ITU-T H.264 table 7-1 and RFC 6184 table 1 */
enum nal_type {
    NAL_IDR = 5,
    NAL_SPS = 7,
    NAL_PPS = 8,
    NAL_LAST_SINGLE = 23,
    NAL_STAP_A = 24,
    NAL_FU_A = 28,
};

#define TYPE_MASK  0x1fu
#define START_FLAG 0x80u

static void note_unit(struct h264_payload *out, uint8_t type)
{
    out->sps = out->sps || type == NAL_SPS;
    out->pps = out->pps || type == NAL_PPS;
    out->idr = out->idr || type == NAL_IDR;
}

/* RFC 6184 5.7.1: (size (16), NAL unit)* */
static int parse_stap_a(struct reader *reader, struct h264_payload *out)
{
    while (reader_left(reader) > 0) {
        struct reader unit = reader_sub(reader, reader_u16(reader));
        uint8_t type = reader_u8(&unit) & TYPE_MASK;

        if (unit.failed)
            return WIRE_TRUNCATED;
        note_unit(out, type);
    }
    return 0;
}

static int parse_fu_a(struct reader *reader, struct h264_payload *out)
{
    uint8_t head = reader_u8(reader);

    if (reader->failed)
        return WIRE_TRUNCATED;
    if ((head & START_FLAG) != 0)
        note_unit(out, head & TYPE_MASK);
    return 0;
}

int h264_parse(const uint8_t *payload, size_t len, struct h264_payload *out)
{
    struct reader reader = reader_of(payload, len);
    uint8_t head = reader_u8(&reader);
    uint8_t type = head & TYPE_MASK;
    int result = 0;

    memset(out, 0, sizeof *out);
    if (len > WIRE_DATAGRAM_BYTES)
        return WIRE_OVERSIZE;
    if (reader.failed)
        return WIRE_TRUNCATED;
    out->ref_idc = head >> 5 & 3u;
    if (type == NAL_STAP_A)
        result = parse_stap_a(&reader, out);
    else if (type == NAL_FU_A)
        result = parse_fu_a(&reader, out);
    else if (type >= 1 && type <= NAL_LAST_SINGLE)
        note_unit(out, type);
    else
        return WIRE_MALFORMED;
    out->key_frame = out->sps || out->idr;
    return result;
}
