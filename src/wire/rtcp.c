/* RTCP packets. Nothing here keeps state: what a report means is the engine's matter. */
#include "wire/rtcp.h"

#include "base/seq.h"
#include "wire/wire.h"

/* RFC 3550 6.4:
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P| count   |      PT       |     length in words - 1       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ */
#define VERSION_2    0x80u
#define PADDING_FLAG 0x20u
#define COUNT_MASK   0x1fu
#define SENDER_BYTES 24u /* of an SR: ssrc and sender info */
#define REPORT_BYTES 24u

/* ---- reading -------------------------------------------------------------------------------- */

int rtcp_open(const uint8_t *bytes, size_t len, struct rtcp_compound *out)
{
    out->reader = reader_of(bytes, len);
    if (len > WIRE_DATAGRAM_BYTES)
        return WIRE_OVERSIZE;
    return len == 0 ? WIRE_TRUNCATED : 0;
}

/* RFC 3550 6.4.1 wants a multiple of four; libwebrtc pads its transport-wide feedback by 1 to 3
 * bytes (Chromium 156). */
static int take_padding(struct span *body)
{
    uint8_t padding = body->len > 0 ? body->bytes[body->len - 1] : 0;

    if (padding == 0 || padding > body->len)
        return WIRE_MALFORMED;
    body->len -= padding;
    return 0;
}

int rtcp_next(struct rtcp_compound *compound, struct rtcp_packet *out)
{
    struct reader *reader = &compound->reader;
    struct reader body;
    uint8_t flags;
    size_t len;

    if (reader_left(reader) == 0)
        return 0;
    flags = reader_u8(reader);
    out->type = reader_u8(reader);
    len = 4u * (size_t)reader_u16(reader);
    body = reader_sub(reader, len);
    out->count = flags & COUNT_MASK;
    out->body = reader_rest(&body);
    if (reader->failed)
        return WIRE_TRUNCATED;
    if (flags >> 6 != VERSION_2 >> 6 ||
        ((flags & PADDING_FLAG) != 0 && take_padding(&out->body) != 0)) {
        reader->failed = true;
        return WIRE_MALFORMED;
    }
    return 1;
}

int rtcp_read_sr(const struct rtcp_packet *packet, struct rtcp_sender *out)
{
    struct reader reader = reader_of(packet->body.bytes, packet->body.len);

    out->ssrc = reader_u32(&reader);
    out->ntp = reader_u64(&reader);
    out->rtp_timestamp = reader_u32(&reader);
    out->packets = reader_u32(&reader);
    out->bytes = reader_u32(&reader);
    return reader.failed ? WIRE_TRUNCATED : 0;
}

static int32_t sign_extend_24(uint32_t value)
{
    return (value & 0x800000u) != 0 ? (int32_t)value - 0x1000000 : (int32_t)value;
}

int rtcp_read_report(const struct rtcp_packet *packet, size_t index, struct rtcp_report *out)
{
    struct reader reader = reader_of(packet->body.bytes, packet->body.len);

    if (index >= packet->count)
        return WIRE_TRUNCATED;
    reader_skip(&reader, (packet->type == RTCP_SR ? SENDER_BYTES : 4u) + index * REPORT_BYTES);
    out->ssrc = reader_u32(&reader);
    out->fraction_lost = reader_u8(&reader);
    out->lost = sign_extend_24(reader_u24(&reader));
    out->highest_seq = reader_u32(&reader);
    out->jitter = reader_u32(&reader);
    out->last_sr = reader_u32(&reader);
    out->delay_since_sr = reader_u32(&reader);
    return reader.failed ? WIRE_TRUNCATED : 0;
}

int rtcp_read_bye(const struct rtcp_packet *packet, size_t index, uint32_t *ssrc)
{
    struct reader reader = reader_of(packet->body.bytes, packet->body.len);

    if (index >= packet->count)
        return WIRE_TRUNCATED;
    reader_skip(&reader, 4u * index);
    *ssrc = reader_u32(&reader);
    return reader.failed ? WIRE_TRUNCATED : 0;
}

int rtcp_read_feedback(const struct rtcp_packet *packet, struct rtcp_feedback *out)
{
    struct reader reader = reader_of(packet->body.bytes, packet->body.len);

    out->sender_ssrc = reader_u32(&reader);
    out->media_ssrc = reader_u32(&reader);
    out->fci = reader_rest(&reader);
    return reader.failed ? WIRE_TRUNCATED : 0;
}

/* RFC 4585 6.2.1: PID (16 bits), and BLP, in which bit i stands for PID + i + 1. */
size_t rtcp_read_nack(struct span fci, uint16_t *seqs, size_t max)
{
    struct reader reader = reader_of(fci.bytes, fci.len);
    size_t count = 0;

    while (reader_left(&reader) >= 4) {
        uint16_t pid = reader_u16(&reader);
        uint16_t blp = reader_u16(&reader);

        if (count < max)
            seqs[count++] = pid;
        for (unsigned bit = 0; bit < 16 && count < max; bit++) {
            if (((unsigned)blp >> bit & 1u) != 0)
                seqs[count++] = (uint16_t)(pid + bit + 1u);
        }
    }
    return count;
}

/* RFC 5104 4.3.1.1: SSRC, sequence number (8 bits), reserved (24 bits). */
bool rtcp_read_fir(struct span fci, size_t index, uint32_t *ssrc, uint8_t *command_seq)
{
    struct reader reader = reader_of(fci.bytes, fci.len);

    if (index >= fci.len / 8u)
        return false;
    reader_skip(&reader, 8u * index);
    *ssrc = reader_u32(&reader);
    *command_seq = reader_u8(&reader);
    return !reader.failed;
}

/* draft-alvestrand-rmcat-remb-03 2.2:
 * |  Unique identifier 'R' 'E' 'M' 'B'                            |
 * |  Num SSRC     | BR Exp    |  BR Mantissa (18 bits)            |
 * |   SSRC feedback ...                                           | */
#define REMB_NAME 0x52454d42u

bool rtcp_read_remb(struct span fci, uint64_t *bitrate_bps)
{
    struct reader reader = reader_of(fci.bytes, fci.len);
    uint32_t name = reader_u32(&reader);
    uint32_t rate;
    unsigned exponent;

    reader_skip(&reader, 1);
    rate = reader_u24(&reader);
    if (reader.failed || name != REMB_NAME)
        return false;
    exponent = rate >> 18;
    /* 18 + 46 bits: beyond that the shift would lose bits, and no link is that fast. */
    if (exponent > 46)
        *bitrate_bps = UINT64_MAX;
    else
        *bitrate_bps = (uint64_t)(rate & 0x3ffffu) << exponent;
    return true;
}

/* ---- writing -------------------------------------------------------------------------------- */

size_t rtcp_begin(struct writer *writer, uint8_t type, uint8_t count)
{
    size_t start = writer->at;

    writer_u8(writer, (uint8_t)(VERSION_2 | (count & COUNT_MASK)));
    writer_u8(writer, type);
    writer_u16(writer, 0);
    return start;
}

int rtcp_end(struct writer *writer, size_t start)
{
    writer_zeros(writer, (4u - (writer->at - start) % 4u) % 4u);
    writer_patch_u16(writer, start + 2, (uint16_t)((writer->at - start) / 4u - 1u));
    return writer->failed ? WIRE_NO_ROOM : 0;
}

static uint32_t clamp_lost(int32_t lost)
{
    if (lost > 0x7fffff)
        lost = 0x7fffff;
    if (lost < -0x800000)
        lost = -0x800000;
    return (uint32_t)lost & 0xffffffu;
}

static void write_reports(struct writer *writer, const struct rtcp_report *reports, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        writer_u32(writer, reports[i].ssrc);
        writer_u8(writer, reports[i].fraction_lost);
        writer_u24(writer, clamp_lost(reports[i].lost));
        writer_u32(writer, reports[i].highest_seq);
        writer_u32(writer, reports[i].jitter);
        writer_u32(writer, reports[i].last_sr);
        writer_u32(writer, reports[i].delay_since_sr);
    }
}

int rtcp_write_sr(struct writer *writer, const struct rtcp_sender *sender,
                  const struct rtcp_report *reports, size_t count)
{
    size_t start;

    if (count > RTCP_MAX_REPORTS)
        return WIRE_LIMIT;
    start = rtcp_begin(writer, RTCP_SR, (uint8_t)count);
    writer_u32(writer, sender->ssrc);
    writer_u64(writer, sender->ntp);
    writer_u32(writer, sender->rtp_timestamp);
    writer_u32(writer, sender->packets);
    writer_u32(writer, sender->bytes);
    write_reports(writer, reports, count);
    return rtcp_end(writer, start);
}

int rtcp_write_rr(struct writer *writer, uint32_t sender_ssrc, const struct rtcp_report *reports,
                  size_t count)
{
    size_t start;

    if (count > RTCP_MAX_REPORTS)
        return WIRE_LIMIT;
    start = rtcp_begin(writer, RTCP_RR, (uint8_t)count);
    writer_u32(writer, sender_ssrc);
    write_reports(writer, reports, count);
    return rtcp_end(writer, start);
}

/* RFC 3550 6.5: items end with at least one zero byte, which rtcp_end() pads to a whole word. */
int rtcp_write_sdes_cname(struct writer *writer, uint32_t ssrc, struct span cname)
{
    size_t start;

    if (cname.len > RTCP_MAX_CNAME)
        return WIRE_LIMIT;
    start = rtcp_begin(writer, RTCP_SDES, 1);
    writer_u32(writer, ssrc);
    writer_u8(writer, 1); /* CNAME, RFC 3550 6.5.1 */
    writer_u8(writer, (uint8_t)cname.len);
    writer_bytes(writer, cname.bytes, cname.len);
    writer_u8(writer, 0);
    return rtcp_end(writer, start);
}

int rtcp_write_bye(struct writer *writer, const uint32_t *ssrcs, size_t count)
{
    size_t start;

    if (count > RTCP_MAX_SSRCS)
        return WIRE_LIMIT;
    start = rtcp_begin(writer, RTCP_BYE, (uint8_t)count);
    for (size_t i = 0; i < count; i++)
        writer_u32(writer, ssrcs[i]);
    return rtcp_end(writer, start);
}

static size_t begin_feedback(struct writer *writer, uint8_t type, uint8_t format,
                             uint32_t sender_ssrc, uint32_t media_ssrc)
{
    size_t start = rtcp_begin(writer, type, format);

    writer_u32(writer, sender_ssrc);
    writer_u32(writer, media_ssrc);
    return start;
}

/* The bitmask for what of seqs[1..] lies within 16 after seqs[0]; *used counts seqs taken. */
static uint16_t mask_after(const uint16_t *seqs, size_t count, size_t *used)
{
    uint16_t mask = 0;

    for (*used = 1; *used < count; (*used)++) {
        int16_t distance = seq16_diff(seqs[*used], seqs[0]);

        if (distance < 1 || distance > 16)
            break;
        mask |= (uint16_t)(1u << (distance - 1));
    }
    return mask;
}

int rtcp_write_nack(struct writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc,
                    const uint16_t *seqs, size_t count)
{
    size_t start = begin_feedback(writer, RTCP_RTPFB, RTCP_NACK, sender_ssrc, media_ssrc);

    while (count > 0) {
        size_t used;
        uint16_t mask = mask_after(seqs, count, &used);

        writer_u16(writer, seqs[0]);
        writer_u16(writer, mask);
        seqs += used;
        count -= used;
    }
    return rtcp_end(writer, start);
}

int rtcp_write_pli(struct writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc)
{
    return rtcp_end(writer, begin_feedback(writer, RTCP_PSFB, RTCP_PLI, sender_ssrc, media_ssrc));
}

int rtcp_write_fir(struct writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc,
                   uint8_t command_seq)
{
    /* RFC 5104 4.3.1.2: "the SSRC of media source is not used and SHALL be set to 0" */
    size_t start = begin_feedback(writer, RTCP_PSFB, RTCP_FIR, sender_ssrc, 0);

    writer_u32(writer, media_ssrc);
    writer_u8(writer, command_seq);
    writer_u24(writer, 0);
    return rtcp_end(writer, start);
}

int rtcp_write_remb(struct writer *writer, uint32_t sender_ssrc, uint64_t bitrate_bps,
                    const uint32_t *ssrcs, size_t count)
{
    unsigned exponent = 0;
    size_t start;

    if (count > RTCP_MAX_SSRCS)
        return WIRE_LIMIT;
    while (bitrate_bps >> exponent > 0x3ffffu)
        exponent++;
    start = begin_feedback(writer, RTCP_PSFB, RTCP_AFB, sender_ssrc, 0);
    writer_u32(writer, REMB_NAME);
    writer_u8(writer, (uint8_t)count);
    writer_u24(writer, exponent << 18 | (uint32_t)(bitrate_bps >> exponent));
    for (size_t i = 0; i < count; i++)
        writer_u32(writer, ssrcs[i]);
    return rtcp_end(writer, start);
}
