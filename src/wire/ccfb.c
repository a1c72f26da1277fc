/* Congestion control feedback messages (RFC 8888 3.1).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P| FMT=11  |   PT = 205    |          length               |
 * |                 SSRC of RTCP packet sender                    |
 * |                   SSRC of 1st RTP Stream                      |
 * |          begin_seq            |          num_reports          |
 * |R|ECN|  Arrival time offset    | ...                           .
 * .                            . . .                              .
 * |                   SSRC of nth RTP Stream                      |
 * |          begin_seq            |          num_reports          |
 * |R|ECN|  Arrival time offset    | ...                           |
 * .                            . . .                              .
 * |                 Report Timestamp (32 bits)                    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ */
#include "wire/ccfb.h"

#include "wire/wire.h"

#define SSRC_BYTES      4u
#define TIMESTAMP_BYTES 4u
#define METRIC_BYTES    2u

#define RECEIVED_FLAG 0x8000u
#define ECN_SHIFT     13u
#define OFFSET_MASK   0x1fffu
/* "If the measured value is greater than 8189/1024 seconds (...), the value 0x1FFE MUST be reported
 * (...). If the measurement is unavailable or if the arrival time of the RTP packet is after the
 * time represented by the RTS field, then an ATO value of 0x1FFF MUST be reported". */
#define OFFSET_TOO_LONG 0x1ffeu

int ccfb_open(struct span body, struct ccfb *out)
{
    if (body.len < SSRC_BYTES + TIMESTAMP_BYTES)
        return WIRE_TRUNCATED;
    out->sender_ssrc = bytes_get_u32(body.bytes);
    out->report_timestamp = bytes_get_u32(body.bytes + body.len - TIMESTAMP_BYTES);
    out->reader = reader_of(body.bytes + SSRC_BYTES, body.len - SSRC_BYTES - TIMESTAMP_BYTES);
    return 0;
}

int ccfb_next(struct ccfb *ccfb, struct ccfb_stream *out)
{
    struct reader *reader = &ccfb->reader;
    if (reader_left(reader) == 0)
        return reader->failed ? WIRE_TRUNCATED : 0;
    out->ssrc = reader_u32(reader);
    out->begin_seq = reader_u16(reader);
    out->count = reader_u16(reader);
    const size_t len = out->count * METRIC_BYTES;
    out->metrics = (struct span){.bytes = reader_bytes(reader, len), .len = len};
    /* "If the number of reports is not a multiple of two, 16 bits of zero padding MUST be added".
     */
    if (out->count % 2u != 0)
        reader_skip(reader, METRIC_BYTES);
    return reader->failed ? WIRE_TRUNCATED : 1;
}

struct ccfb_metric ccfb_metric(const struct ccfb_stream *stream, size_t index)
{
    const unsigned word = bytes_get_u16(stream->metrics.bytes + index * METRIC_BYTES);
    const unsigned offset = word & OFFSET_MASK;
    struct ccfb_metric metric = {.received = (word & RECEIVED_FLAG) != 0};
    /* "If R is 0, the subsequent 15 bits are set to zero and MUST be ignored". */
    if (!metric.received)
        return metric;
    metric.ecn = word >> ECN_SHIFT & 3u;
    metric.time_known = offset < OFFSET_TOO_LONG;
    if (metric.time_known)
        metric.before_report_us = (uint32_t)((uint64_t)offset * 1000000u / 1024u);
    return metric;
}
