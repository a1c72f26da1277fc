/* Transport-wide feedback messages.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|  FMT=15 |    PT=205     |           length              |
 * |                     SSRC of packet sender                     |
 * |                      SSRC of media source                     |
 * |      base sequence number     |      packet status count      |
 * |                 reference time                | fb pkt. count |
 * |          packet chunk         |         packet chunk          |
 * |                            . . .                              |
 * |         packet chunk          |  recv delta   |  recv delta   |
 * |                            . . .                              |
 * |           recv delta          |  recv delta   | zero padding  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ */
#include "wire/twcc.h"

#include "wire/rtcp.h"
#include "wire/wire.h"

/* "Deltas are represented as multiples of 250us", "reference time [...] in multiples of 64ms". */
#define TICK_US             250u
#define TICKS_PER_REFERENCE 256u
#define REFERENCE_US        64000

/* 3.1.1 */
enum symbol { NOT_RECEIVED = 0, SMALL_DELTA = 1, LARGE_DELTA = 2, RESERVED = 3 };

/* 3.1.3: 0 | symbol (2) | run length (13).  3.1.4: 1 | two bits each (1) | symbols (14) */
#define VECTOR_FLAG     0x8000u
#define VECTOR_TWO_BITS 0x4000u
#define MAX_RUN         0x1fffu
#define ONE_BIT_SYMBOLS 14u
#define TWO_BIT_SYMBOLS 7u

/* ---- writing -------------------------------------------------------------------------------- */

/* What one message will say: a symbol per packet and the deltas of the received ones. */
struct plan {
    uint64_t reference; /* in units of 64 ms */
    size_t count;       /* packets covered */
    size_t delta_count;
    uint8_t symbols[TWCC_MAX_WRITTEN];
    int16_t deltas[TWCC_MAX_WRITTEN];
};

static bool find_reference(const struct twcc_arrival *arrivals, size_t count, uint64_t *reference)
{
    for (size_t i = 0; i < count; i++) {
        if (arrivals[i].received) {
            *reference = arrivals[i].arrival_us / REFERENCE_US;
            return true;
        }
    }
    return false;
}

static int make_plan(struct plan *plan, const struct twcc_arrival *arrivals, size_t count)
{
    uint64_t last_tick;

    plan->count = 0;
    plan->delta_count = 0;
    if (!find_reference(arrivals, count, &plan->reference))
        return WIRE_MALFORMED;
    last_tick = plan->reference * TICKS_PER_REFERENCE;
    for (size_t i = 0; i < count; i++) {
        /* Rounding the times, not the differences, keeps errors from adding up. */
        uint64_t tick = arrivals[i].arrival_us / TICK_US;
        int64_t delta = (int64_t)(tick - last_tick);

        if (!arrivals[i].received) {
            plan->symbols[plan->count++] = NOT_RECEIVED;
            continue;
        }
        if (delta < INT16_MIN || delta > INT16_MAX)
            break;
        plan->symbols[plan->count++] = delta >= 0 && delta <= 255 ? SMALL_DELTA : LARGE_DELTA;
        plan->deltas[plan->delta_count++] = (int16_t)delta;
        last_tick = tick;
    }
    return 0;
}

static size_t run_length(const uint8_t *symbols, size_t count)
{
    size_t run = 1;

    while (run < count && run < MAX_RUN && symbols[run] == symbols[0])
        run++;
    return run;
}

static bool has_large_delta(const uint8_t *symbols, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (symbols[i] == LARGE_DELTA)
            return true;
    }
    return false;
}

/* The chunk for the next symbols: a run if it covers at least what a vector would. Returns how
 * many symbols it covers. */
static size_t write_chunk(struct writer *writer, const uint8_t *symbols, size_t count)
{
    size_t covered = count < ONE_BIT_SYMBOLS ? count : ONE_BIT_SYMBOLS;
    bool two_bits = has_large_delta(symbols, covered);
    unsigned bits = two_bits ? 2u : 1u;
    unsigned chunk = VECTOR_FLAG | (two_bits ? VECTOR_TWO_BITS : 0u);
    size_t run = run_length(symbols, count);

    if (two_bits && covered > TWO_BIT_SYMBOLS)
        covered = TWO_BIT_SYMBOLS;
    if (run >= covered) {
        writer_u16(writer, (uint16_t)((unsigned)symbols[0] << 13 | (unsigned)run));
        return run;
    }
    for (size_t i = 0; i < covered; i++)
        chunk |= (unsigned)symbols[i] << (ONE_BIT_SYMBOLS - bits * (unsigned)(i + 1));
    writer_u16(writer, (uint16_t)chunk);
    return covered;
}

static void write_deltas(struct writer *writer, const struct plan *plan)
{
    for (size_t i = 0, next = 0; i < plan->count; i++) {
        if (plan->symbols[i] == NOT_RECEIVED)
            continue;
        if (plan->symbols[i] == SMALL_DELTA)
            writer_u8(writer, (uint8_t)plan->deltas[next]);
        else
            writer_u16(writer, (uint16_t)plan->deltas[next]);
        next++;
    }
}

int twcc_write(struct writer *writer, const struct twcc_header *header,
               const struct twcc_arrival *arrivals, size_t count)
{
    struct plan plan;
    size_t start;
    int result = make_plan(&plan, arrivals, count < TWCC_MAX_WRITTEN ? count : TWCC_MAX_WRITTEN);

    if (result != 0)
        return result;
    start = rtcp_begin(writer, RTCP_RTPFB, RTCP_TWCC);
    writer_u32(writer, header->sender_ssrc);
    writer_u32(writer, header->media_ssrc);
    writer_u16(writer, header->base_seq);
    writer_u16(writer, (uint16_t)plan.count);
    writer_u24(writer, (uint32_t)(plan.reference & 0xffffffu));
    writer_u8(writer, header->feedback_count);
    for (size_t done = 0; done < plan.count;)
        done += write_chunk(writer, plan.symbols + done, plan.count - done);
    write_deltas(writer, &plan);
    result = rtcp_end(writer, start);
    return result != 0 ? result : (int)plan.count;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Symbols wait in delta_us until the deltas, which come after all chunks, are read. */
static void put_symbol(struct twcc_feedback *feedback, struct twcc_status *statuses, size_t count,
                       unsigned symbol)
{
    size_t index = feedback->status_count;

    if (index == count)
        return; /* a vector's unused tail */
    statuses[index] = (struct twcc_status){
        .seq = (uint16_t)(feedback->base_seq + index),
        .received = symbol != NOT_RECEIVED,
        .delta_us = (int32_t)symbol,
    };
    feedback->status_count++;
}

static int read_chunk(struct reader *reader, struct twcc_feedback *feedback,
                      struct twcc_status *statuses, size_t count)
{
    unsigned chunk = reader_u16(reader);
    unsigned bits = (chunk & VECTOR_TWO_BITS) != 0 ? 2u : 1u;

    if (reader->failed)
        return WIRE_TRUNCATED;
    if ((chunk & VECTOR_FLAG) == 0) {
        size_t run = chunk & MAX_RUN;

        /* An empty run makes no progress, and a run beyond the count is a lie. */
        if (run == 0 || run > count - feedback->status_count)
            return WIRE_MALFORMED;
        while (run-- > 0)
            put_symbol(feedback, statuses, count, chunk >> 13 & 3u);
        return 0;
    }
    for (unsigned at = bits; at <= ONE_BIT_SYMBOLS; at += bits)
        put_symbol(feedback, statuses, count,
                   chunk >> (ONE_BIT_SYMBOLS - at) & ((1u << bits) - 1u));
    return 0;
}

static int read_delta(struct reader *reader, struct twcc_status *status)
{
    switch (status->delta_us) {
    case NOT_RECEIVED:
        return 0;
    case SMALL_DELTA:
        status->delta_us = reader_u8(reader) * (int32_t)TICK_US;
        break;
    case LARGE_DELTA: {
        int32_t ticks = reader_u16(reader);

        status->delta_us = (ticks > INT16_MAX ? ticks - 0x10000 : ticks) * (int32_t)TICK_US;
        break;
    }
    default:
        return WIRE_MALFORMED;
    }
    return reader->failed ? WIRE_TRUNCATED : 0;
}

int twcc_read(struct span fci, struct twcc_feedback *out, struct twcc_status *statuses, size_t max)
{
    struct reader reader = reader_of(fci.bytes, fci.len);
    size_t count;
    uint32_t reference;
    int result = 0;

    out->status_count = 0;
    out->base_seq = reader_u16(&reader);
    count = reader_u16(&reader);
    reference = reader_u24(&reader);
    out->feedback_count = reader_u8(&reader);
    if (reader.failed)
        return WIRE_TRUNCATED;
    if (count > max)
        return WIRE_LIMIT;
    /* 24 bits, signed */
    out->reference_us = ((int64_t)(reference ^ 0x800000u) - 0x800000) * REFERENCE_US;
    while (result == 0 && out->status_count < count)
        result = read_chunk(&reader, out, statuses, count);
    for (size_t i = 0; result == 0 && i < count; i++)
        result = read_delta(&reader, &statuses[i]);
    return result;
}
