/* RTP header and extension blocks, read and written. */
#include "wire/rtp.h"

#include <string.h>

#include "wire/wire.h"

/* RFC 3550 5.1:
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * |                           timestamp                           |
 * |           synchronization source (SSRC) identifier            |
 * |            contributing source (CSRC) identifiers ...         |
 * |      defined by profile       |           length in words     |  if X
 * |                        header extension ...                   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ */
#define VERSION_2      0x80u
#define PADDING_FLAG   0x20u
#define EXTENSION_FLAG 0x10u
#define MARKER_FLAG    0x80u

/* RFC 8285 4.2: 0xBEDE. 4.3: 0x100 and four "appbits". */
#define ONE_BYTE_PROFILE 0xbedeu
#define TWO_BYTE_PROFILE 0x1000u
#define TWO_BYTE_MASK    0xfff0u

static uint8_t form_of(uint16_t profile)
{
    if (profile == ONE_BYTE_PROFILE)
        return RTP_ONE_BYTE;
    return (profile & TWO_BYTE_MASK) == TWO_BYTE_PROFILE ? RTP_TWO_BYTE : RTP_NO_EXTENSION;
}

static void parse_extension_block(struct reader *reader, struct rtp_packet *out)
{
    uint16_t profile = reader_u16(reader);
    size_t len = 4u * (size_t)reader_u16(reader);

    out->extensions_at = (uint16_t)reader->at;
    reader_skip(reader, len);
    if (reader->failed)
        return;
    out->extension_form = form_of(profile);
    out->extensions_len = out->extension_form == RTP_NO_EXTENSION ? 0 : (uint16_t)len;
}

int rtp_parse(const uint8_t *bytes, size_t len, struct rtp_packet *out)
{
    struct reader reader = reader_of(bytes, len);
    uint8_t flags, marker_and_type;
    size_t left;

    memset(out, 0, sizeof *out);
    if (len > WIRE_DATAGRAM_BYTES)
        return WIRE_OVERSIZE;
    flags = reader_u8(&reader);
    if (!reader.failed && flags >> 6 != VERSION_2 >> 6)
        return WIRE_MALFORMED;
    marker_and_type = reader_u8(&reader);
    out->seq = reader_u16(&reader);
    out->timestamp = reader_u32(&reader);
    out->ssrc = reader_u32(&reader);
    out->marker = (marker_and_type & MARKER_FLAG) != 0;
    out->payload_type = marker_and_type & 0x7fu;
    out->csrc_count = flags & 0x0fu;
    reader_skip(&reader, 4u * (size_t)out->csrc_count);
    if ((flags & EXTENSION_FLAG) != 0)
        parse_extension_block(&reader, out);
    if (reader.failed)
        return WIRE_TRUNCATED;
    left = reader_left(&reader);
    out->payload_at = (uint16_t)reader.at;
    if ((flags & PADDING_FLAG) != 0) {
        /* "The last octet of the padding contains a count [...] including itself" */
        out->padding_len = left > 0 ? bytes[len - 1] : 0;
        if (out->padding_len == 0 || out->padding_len > left)
            return WIRE_MALFORMED;
    }
    out->payload_len = (uint16_t)(left - out->padding_len);
    return 0;
}

bool rtp_is_rtcp(const uint8_t *bytes, size_t len)
{
    return wire_kind_of(bytes, len) == WIRE_RTCP;
}

struct rtp_extensions rtp_extensions_of(const struct rtp_packet *packet, const uint8_t *bytes)
{
    return (struct rtp_extensions){
        .reader = reader_of(bytes + packet->extensions_at, packet->extensions_len),
        .form = packet->extension_form,
    };
}

/* RFC 8285 4.2: 4 bits id, 4 bits length - 1. "If the ID value 15 is used, its length field should
 * be ignored, processing of the entire extension should terminate". */
static bool next_one_byte(struct reader *reader, struct rtp_extension *out)
{
    uint8_t head = reader_u8(reader);

    out->id = head >> 4;
    out->len = (uint8_t)((head & 0x0fu) + 1u);
    return out->id != 0 && out->id != 15;
}

/* RFC 8285 4.3: 8 bits id, 8 bits length. */
static bool next_two_byte(struct reader *reader, struct rtp_extension *out)
{
    out->id = reader_u8(reader);
    out->len = reader_u8(reader);
    return out->id != 0;
}

bool rtp_extensions_next(struct rtp_extensions *extensions, struct rtp_extension *out)
{
    struct reader *reader = &extensions->reader;
    bool known;

    /* A zero byte is padding in both forms; in the two-byte form it has no length byte. */
    while (reader_left(reader) > 0 && reader->bytes[reader->at] == 0)
        reader_skip(reader, 1);
    if (extensions->form == RTP_NO_EXTENSION || reader_left(reader) == 0)
        return false;
    known =
        extensions->form == RTP_ONE_BYTE ? next_one_byte(reader, out) : next_two_byte(reader, out);
    if (!known) {
        reader->failed = true;
        return false;
    }
    out->value = reader_bytes(reader, out->len);
    return !reader->failed;
}

/* ---- writing -------------------------------------------------------------------------------- */

static bool fits_one_byte(const struct rtp_extension *extensions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (extensions[i].id > 14 || extensions[i].len == 0 || extensions[i].len > 16)
            return false;
    }
    return true;
}

static void write_extension_block(struct writer *writer, const struct rtp_extension *extensions,
                                  size_t count)
{
    bool one_byte = fits_one_byte(extensions, count);
    size_t length_at, first;

    writer_u16(writer, one_byte ? ONE_BYTE_PROFILE : TWO_BYTE_PROFILE);
    length_at = writer->at;
    writer_u16(writer, 0);
    first = writer->at;
    for (size_t i = 0; i < count; i++) {
        const struct rtp_extension *extension = &extensions[i];

        if (one_byte) {
            writer_u8(writer, (uint8_t)(extension->id << 4 | (extension->len - 1)));
        } else {
            writer_u8(writer, extension->id);
            writer_u8(writer, extension->len);
        }
        writer_bytes(writer, extension->value, extension->len);
    }
    writer_zeros(writer, (4u - (writer->at - first) % 4u) % 4u);
    writer_patch_u16(writer, length_at, (uint16_t)((writer->at - first) / 4u));
}

int rtp_write_header(struct writer *writer, const struct rtp_header *header,
                     const struct rtp_extension *extensions, size_t count)
{
    if (count > RTP_MAX_EXTENSIONS)
        return WIRE_MALFORMED;
    for (size_t i = 0; i < count; i++) {
        if (extensions[i].id == 0)
            return WIRE_MALFORMED;
    }
    writer_u8(writer, (uint8_t)(VERSION_2 | (header->padding ? PADDING_FLAG : 0u) |
                                (count > 0 ? EXTENSION_FLAG : 0u)));
    writer_u8(writer,
              (uint8_t)((header->marker ? MARKER_FLAG : 0u) | (header->payload_type & 0x7fu)));
    writer_u16(writer, header->seq);
    writer_u32(writer, header->timestamp);
    writer_u32(writer, header->ssrc);
    if (count > 0)
        write_extension_block(writer, extensions, count);
    return writer->failed ? WIRE_NO_ROOM : 0;
}
