/* The clock and the two lines. */
#include "engine/pacer.h"

#include <string.h>

#include "base/assert.h"

/* A quarter of the target, but never less than a few packets a second. */
#define REPAIR_SHARE_DEN 4u
#define REPAIR_MIN_BPS   48000u
/* A burst of losses is repaired in one go. */
#define REPAIR_BURST_US 500000u

#define VIDEO_MASK (LIMIT_PACER_VIDEO - 1u)

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
    return pacer->first != pacer->next || pacer->repair_count > 0;
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

void pacer_forgive(struct pacer *pacer, uint64_t now_us)
{
    if (pacer->paid_us > now_us)
        pacer->paid_us = now_us;
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
    pacer->seat_spare[video->seat] += video->base ? 0 : video->bytes;
    pacer->seat_keys[video->seat] = (uint16_t)(pacer->seat_keys[video->seat] + video->key);
    return true;
}

/* After those that are as urgent. */
static void insert_repair(struct pacer *pacer, const struct pacer_repair *repair)
{
    size_t at = pacer->repair_count;
    while (repair->base && at > 0 && !pacer->repairs[at - 1].base)
        at--;
    memmove(&pacer->repairs[at + 1], &pacer->repairs[at],
            (pacer->repair_count - at) * sizeof pacer->repairs[0]);
    pacer->repairs[at] = *repair;
    pacer->repair_count++;
}

bool pacer_queue_repair(struct pacer *pacer, const struct pacer_repair *repair)
{
    for (size_t i = 0; i < pacer->repair_count; i++)
        if (pacer->repairs[i].seat == repair->seat &&
            pacer->repairs[i].sequence == repair->sequence)
            return false;
    if (pacer->repair_count == LIMIT_PACER_REPAIRS) {
        if (!repair->base || pacer->repairs[LIMIT_PACER_REPAIRS - 1u].base)
            return false;
        pacer->repair_count--;
    }
    insert_repair(pacer, repair);
    return true;
}

bool pacer_may_repair(const struct pacer *pacer, uint64_t now_us, bool base)
{
    return pacer->repaired_us <= now_us + (base ? REPAIR_BURST_US : 0);
}

void pacer_repaired(struct pacer *pacer, uint64_t now_us, size_t bytes)
{
    const uint64_t rate_bps = max_u64(pacer->target_bps / REPAIR_SHARE_DEN, REPAIR_MIN_BPS);
    const uint64_t earliest_us = now_us > REPAIR_BURST_US ? now_us - REPAIR_BURST_US : 0;
    pacer->repaired_us = max_u64(pacer->repaired_us, earliest_us) + time_of(bytes, rate_bps);
}

bool pacer_next_repair(struct pacer *pacer, uint64_t now_us, struct pacer_repair *out)
{
    if (pacer->repair_count == 0 || !has_credit(pacer, now_us))
        return false;
    *out = pacer->repairs[0];
    pacer->repair_count--;
    memmove(&pacer->repairs[0], &pacer->repairs[1], pacer->repair_count * sizeof pacer->repairs[0]);
    return true;
}

/* Dropped ones keep their place until it is their turn. */
static void skip_dropped(struct pacer *pacer)
{
    while (pacer->first != pacer->next &&
           pacer->videos[pacer->first & VIDEO_MASK].seat == PACER_NO_SEAT)
        pacer->first++;
}

static void forget(struct pacer *pacer, const struct pacer_video *video)
{
    pacer->queued_bytes -= video->bytes;
    pacer->seat_bytes[video->seat] -= video->bytes;
    pacer->seat_spare[video->seat] -= video->base ? 0 : video->bytes;
    pacer->seat_keys[video->seat] = (uint16_t)(pacer->seat_keys[video->seat] - video->key);
}

bool pacer_next_video(struct pacer *pacer, uint64_t now_us, struct pacer_video *out)
{
    if (pacer->first == pacer->next || pacer->repair_count > 0 || !has_credit(pacer, now_us))
        return false;
    *out = pacer->videos[pacer->first++ & VIDEO_MASK];
    forget(pacer, out);
    skip_dropped(pacer);
    return true;
}

static uint32_t needed_bytes(const struct pacer *pacer, size_t seat)
{
    const uint32_t spare = pacer->thin > 1 ? pacer->seat_spare[seat] : 0;
    return pacer->seat_bytes[seat] - spare;
}

uint64_t pacer_delay_us(const struct pacer *pacer)
{
    uint64_t bytes = 0;
    if (pacer->queued_bytes == 0)
        return 0;
    for (size_t i = 0; i < LIMIT_SEATS; i++)
        if (pacer->seat_keys[i] == 0)
            bytes += needed_bytes(pacer, i);
    return time_of(bytes, pacer->rate_bps);
}

/* Long, and not getting shorter. */
static bool stays_long(struct pacer *pacer, uint64_t delay_us, uint64_t now_us)
{
    if (delay_us <= PACER_THIN_US) {
        pacer->long_us = 0;
        return false;
    }
    const bool passed = pacer->long_us != 0 && now_us - pacer->long_us >= PACER_CLUMP_US;
    if (passed && pacer->queued_bytes >= pacer->long_bytes)
        return true;
    if (passed || pacer->long_us == 0) {
        pacer->long_us = now_us;
        pacer->long_bytes = pacer->queued_bytes;
    }
    return false;
}

void pacer_thin(struct pacer *pacer, uint64_t now_us)
{
    const uint64_t delay_us = time_of(pacer->queued_bytes, pacer->rate_bps);
    const bool lasts = stays_long(pacer, delay_us, now_us);
    if (pacer->queued_bytes == 0)
        pacer->line_us = 0;
    else if (pacer->line_us == 0)
        pacer->line_us = now_us;
    if (delay_us > (lasts ? PACER_THINNER_US : PACER_CLUMP_MOST_US))
        pacer->thin = 2;
    else if ((lasts || delay_us > PACER_CLUMP_MAX_US) && pacer->thin == 0)
        pacer->thin = 1;
    else if (delay_us < PACER_SHORT_US)
        pacer->thin = 0;
}

bool pacer_stands(const struct pacer *pacer, uint64_t now_us)
{
    return pacer->line_us != 0 && now_us - pacer->line_us >= PACER_STANDS_US;
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

/* No layer has the id 0. */
size_t pacer_drop(struct pacer *pacer, uint8_t seat)
{
    return pacer_drop_others(pacer, seat, 0);
}

size_t pacer_drop_others(struct pacer *pacer, uint8_t seat, uint32_t layer_id)
{
    PARLEY_ASSERT(seat < LIMIT_SEATS);
    size_t dropped = 0;
    for (uint32_t i = pacer->first; i != pacer->next; i++) {
        struct pacer_video *video = &pacer->videos[i & VIDEO_MASK];
        if (video->seat != seat || video->layer_id == layer_id)
            continue;
        forget(pacer, video);
        video->seat = PACER_NO_SEAT;
        dropped++;
    }
    skip_dropped(pacer);
    return dropped;
}

uint64_t pacer_wake_at(const struct pacer *pacer)
{
    return in_line(pacer) ? pacer->paid_us : UINT64_MAX;
}
