/* AV1 aggregation header and OBU elements.
 *
 * AV1 RTP specification 4.4:
 *  0 1 2 3 4 5 6 7
 * +-+-+-+-+-+-+-+-+
 * |Z|Y| W |N|-|-|-|
 * +-+-+-+-+-+-+-+-+
 * W: number of OBU elements; 0: each one has a length; else all but the last one have. */
#include "wire/av1.h"

#include <string.h>

#include "base/bytes.h"
#include "wire/wire.h"

#define OBU_SEQUENCE_HEADER 1u /* AV1 specification 6.2.2 */

/* AV1 specification 4.10.5. Lengths over 32 bits cannot be right here. */
static size_t read_leb128(struct reader *reader)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < 8; i++) {
        uint8_t byte = reader_u8(reader);

        value |= (uint64_t)(byte & 0x7fu) << (7 * i);
        if ((byte & 0x80u) == 0)
            return value <= UINT32_MAX ? (size_t)value : SIZE_MAX;
    }
    return SIZE_MAX;
}

static int parse_elements(struct reader *reader, unsigned count, struct av1_payload *out)
{
    for (unsigned i = 1; reader_left(reader) > 0; i++) {
        bool last = i == count;
        size_t len = last ? reader_left(reader) : read_leb128(reader);
        struct reader element = reader_sub(reader, len);
        /* AV1 specification 5.3.2: forbidden (1), type (4), … */
        uint8_t head = reader_u8(&element);

        if (reader->failed)
            return WIRE_MALFORMED;
        if (!element.failed && !(i == 1 && out->continues) &&
            (head >> 3 & 15u) == OBU_SEQUENCE_HEADER)
            out->sequence_header = true;
    }
    return 0;
}

int av1_parse(const uint8_t *payload, size_t len, struct av1_payload *out)
{
    struct reader reader = reader_of(payload, len);
    uint8_t head = reader_u8(&reader);
    int result;

    memset(out, 0, sizeof *out);
    if (len > WIRE_DATAGRAM_BYTES)
        return WIRE_OVERSIZE;
    if (reader.failed)
        return WIRE_TRUNCATED;
    out->continues = (head & 0x80u) != 0;
    out->unfinished = (head & 0x40u) != 0;
    out->new_sequence = (head & 0x08u) != 0;
    /* "N MUST be 0 if Z is 1": a fragment's tail cannot begin a sequence. */
    if (out->new_sequence && out->continues)
        return WIRE_MALFORMED;
    result = parse_elements(&reader, head >> 4 & 3u, out);
    out->key_frame = out->new_sequence || out->sequence_header;
    return result;
}
