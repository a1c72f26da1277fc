/* RFC 3550 appendices A.1, A.3 and A.8, on extended sequence numbers. */
#include "engine/reception.h"

/* RFC 3550 A.1 has MAX_DROPOUT 3000 and MAX_MISORDER 100. A publisher's video may be reordered by
 * more than 100 through RTX; and a browser that comes back from sleep jumps ahead by any number. */
#define MAX_MISORDER 1000

static void start(struct reception *reception, uint32_t extended)
{
    reception->started = true;
    reception->base = extended;
    reception->highest = extended;
    reception->received = 1;
    reception->expected_prior = 0;
    reception->received_prior = 0;
    reception->transit_known = false;
    reception->jitter_q4 = 0;
}

static enum reception_order handle_far_behind(struct reception *reception, uint16_t sequence,
                                              uint32_t *extended)
{
    if (!reception->jump_pending || sequence != reception->jump_next) {
        reception->jump_pending = true;
        reception->jump_next = (uint16_t)(sequence + 1);
        return RECEPTION_STRAY;
    }
    /* "Two sequential packets -- assume that the other side restarted without telling us" (A.1). */
    reception->jump_pending = false;
    *extended = (reception->highest & 0xffff0000u) + 0x10000u + sequence;
    start(reception, *extended);
    return RECEPTION_RESTARTED;
}

enum reception_order reception_number(struct reception *reception, uint16_t sequence,
                                      uint32_t *extended)
{
    if (!reception->started) {
        /* One cycle up, so that what came before the first packet has a number too. */
        *extended = 0x10000u + sequence;
        start(reception, *extended);
        return RECEPTION_NEWEST;
    }
    const int ahead = (int16_t)(uint16_t)(sequence - (uint16_t)reception->highest);
    if (ahead < -MAX_MISORDER)
        return handle_far_behind(reception, sequence, extended);
    *extended = reception->highest + (uint32_t)ahead;
    reception->jump_pending = false;
    reception->received++;
    if (ahead <= 0)
        return RECEPTION_LATE;
    reception->highest = *extended;
    return RECEPTION_NEWEST;
}

void reception_jitter(struct reception *reception, uint32_t arrival_ticks, uint32_t timestamp)
{
    const uint32_t transit = arrival_ticks - timestamp;
    if (reception->transit_known) {
        const int32_t d = (int32_t)(transit - reception->transit);
        const uint32_t size = d < 0 ? 0u - (uint32_t)d : (uint32_t)d;
        reception->jitter_q4 += size - ((reception->jitter_q4 + 8u) >> 4);
    }
    reception->transit_known = true;
    reception->transit = transit;
}

static int32_t clamp_24_bits(int64_t lost)
{
    if (lost > 0x7fffff)
        return 0x7fffff;
    return lost < -0x800000 ? -0x800000 : (int32_t)lost;
}

struct reception_report reception_take_report(struct reception *reception)
{
    const uint32_t expected = reception->highest - reception->base + 1u;
    const uint32_t expected_interval = expected - reception->expected_prior;
    const uint32_t received_interval = reception->received - reception->received_prior;
    reception->expected_prior = expected;
    reception->received_prior = reception->received;

    struct reception_report report = {
        .cumulative_lost = clamp_24_bits((int64_t)expected - (int64_t)reception->received),
        .highest = reception->highest,
        .jitter = reception->jitter_q4 >> 4,
    };
    if (expected_interval > received_interval)
        report.fraction_lost =
            (uint8_t)((((uint64_t)expected_interval - received_interval) * 255u) /
                      expected_interval);
    return report;
}
