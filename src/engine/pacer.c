/* The clock and the two lines. */
#include "engine/pacer.h"

#include "base/assert.h"

/* A quarter of the target, but never less than a few packets a second. */
#define REPAIR_SHARE_DEN 4u
#define REPAIR_MIN_BPS   48000u
/* A burst of losses is repaired in one go. */
#define REPAIR_BURST_US 500000u

#define VIDEO_MASK  (LIMIT_PACER_VIDEO - 1u)
#define REPAIR_MASK (LIMIT_PACER_REPAIRS - 1u)

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t time_of(uint64_t bytes, uint64_t rate_bps)
{
    return bytes * 8u * 1000000u / rate_bps;
}

void pacer_init(struct pacer *pacer, uint64_t target_bps)
{
    *pacer = (struct pacer){0};
    pacer_set_target(pacer, target_bps, false);
}

void pacer_set_target(struct pacer *pacer, uint64_t target_bps, bool tight)
{
    const uint64_t percent = tight ? PACER_TIGHT_PERCENT : PACER_FACTOR_PERCENT;
    pacer->target_bps = target_bps;
    pacer->rate_bps = max_u64(target_bps * percent / 100u, PACER_MIN_BPS);
}

static bool has_credit(const struct pacer *pacer, uint64_t now_us)
{
    return pacer->paid_us <= now_us;
}

static bool in_line(const struct pacer *pacer)
{
    return pacer->first != pacer->next || pacer->repair_first != pacer->repair_next;
}

bool pacer_is_open(const struct pacer *pacer, uint64_t now_us)
{
    return !in_line(pacer) && has_credit(pacer, now_us);
}

void pacer_sent(struct pacer *pacer, uint64_t now_us, size_t bytes)
{
    const uint64_t earliest_us = now_us > PACER_BURST_US ? now_us - PACER_BURST_US : 0;
    const uint64_t paid_us = max_u64(pacer->paid_us, earliest_us) + time_of(bytes, pacer->rate_bps);
    pacer->paid_us = paid_us < now_us + PACER_DEBT_US ? paid_us : now_us + PACER_DEBT_US;
}

/* ---- lines ---------------------------------------------------------------------------------- */

bool pacer_queue_video(struct pacer *pacer, const struct pacer_video *video)
{
    PARLEY_ASSERT(video->seat < LIMIT_SEATS);
    if (pacer->next - pacer->first == LIMIT_PACER_VIDEO)
        return false;
    pacer->videos[pacer->next++ & VIDEO_MASK] = *video;
    pacer->queued_bytes += video->bytes;
    pacer->seat_bytes[video->seat] += video->bytes;
    pacer->seat_keys[video->seat] = (uint16_t)(pacer->seat_keys[video->seat] + video->key);
    return true;
}

bool pacer_queue_repair(struct pacer *pacer, const struct pacer_repair *repair)
{
    for (uint16_t i = pacer->repair_first; i != pacer->repair_next; i++) {
        const struct pacer_repair *other = &pacer->repairs[i & REPAIR_MASK];
        if (other->seat == repair->seat && other->sequence == repair->sequence)
            return false;
    }
    if ((uint16_t)(pacer->repair_next - pacer->repair_first) == LIMIT_PACER_REPAIRS)
        return false;
    pacer->repairs[pacer->repair_next++ & REPAIR_MASK] = *repair;
    return true;
}

bool pacer_may_repair(const struct pacer *pacer, uint64_t now_us)
{
    return pacer->repaired_us <= now_us;
}

void pacer_repaired(struct pacer *pacer, uint64_t now_us, size_t bytes)
{
    const uint64_t rate_bps = max_u64(pacer->target_bps / REPAIR_SHARE_DEN, REPAIR_MIN_BPS);
    const uint64_t earliest_us = now_us > REPAIR_BURST_US ? now_us - REPAIR_BURST_US : 0;
    pacer->repaired_us = max_u64(pacer->repaired_us, earliest_us) + time_of(bytes, rate_bps);
}

bool pacer_next_repair(struct pacer *pacer, uint64_t now_us, struct pacer_repair *out)
{
    if (pacer->repair_first == pacer->repair_next || !has_credit(pacer, now_us))
        return false;
    *out = pacer->repairs[pacer->repair_first++ & REPAIR_MASK];
    return true;
}

/* Dropped ones keep their place until it is their turn. */
static void skip_dropped(struct pacer *pacer)
{
    while (pacer->first != pacer->next &&
           pacer->videos[pacer->first & VIDEO_MASK].seat == PACER_NO_SEAT)
        pacer->first++;
}

bool pacer_next_video(struct pacer *pacer, uint64_t now_us, struct pacer_video *out)
{
    if (pacer->first == pacer->next || pacer->repair_first != pacer->repair_next ||
        !has_credit(pacer, now_us))
        return false;
    *out = pacer->videos[pacer->first++ & VIDEO_MASK];
    pacer->queued_bytes -= out->bytes;
    pacer->seat_bytes[out->seat] -= out->bytes;
    pacer->seat_keys[out->seat] = (uint16_t)(pacer->seat_keys[out->seat] - out->key);
    skip_dropped(pacer);
    return true;
}

uint64_t pacer_delay_us(const struct pacer *pacer)
{
    uint64_t bytes = 0;
    if (pacer->queued_bytes == 0)
        return 0;
    for (size_t i = 0; i < LIMIT_SEATS; i++)
        if (pacer->seat_keys[i] == 0)
            bytes += pacer->seat_bytes[i];
    return time_of(bytes, pacer->rate_bps);
}

uint8_t pacer_heaviest(const struct pacer *pacer, bool keys)
{
    uint8_t heaviest = PACER_NO_SEAT;
    uint32_t most = 0;
    for (uint8_t i = 0; i < LIMIT_SEATS; i++) {
        if (pacer->seat_bytes[i] > most && (keys || pacer->seat_keys[i] == 0)) {
            most = pacer->seat_bytes[i];
            heaviest = i;
        }
    }
    return heaviest;
}

size_t pacer_drop(struct pacer *pacer, uint8_t seat)
{
    PARLEY_ASSERT(seat < LIMIT_SEATS);
    size_t dropped = 0;
    for (uint32_t i = pacer->first; i != pacer->next; i++) {
        struct pacer_video *video = &pacer->videos[i & VIDEO_MASK];
        if (video->seat != seat)
            continue;
        video->seat = PACER_NO_SEAT;
        dropped++;
    }
    pacer->queued_bytes -= pacer->seat_bytes[seat];
    pacer->seat_bytes[seat] = 0;
    pacer->seat_keys[seat] = 0;
    skip_dropped(pacer);
    return dropped;
}

uint64_t pacer_wake_at(const struct pacer *pacer)
{
    return in_line(pacer) ? pacer->paid_us : UINT64_MAX;
}
