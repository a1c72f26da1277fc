/* Bytes by slots of the receiver's time. */
#include "engine/bwe_full.h"

#include <string.h>

/* A wait that is longer than a frame's own packets take. */
#define WAIT_US 15000
/* Fewer tell more about bursts, the sender's own and others', than about the link. A long queue
 * comes from no burst. */
#define LEAST_US      150000
#define LEAST_LONG_US 60000
#define LONG_WAIT_US  90000
/* A queue that is long tells of the link since it was no longer than this: before, the link may
 * have been wider. */
#define SHORT_WAIT_US 45000
/* One that jumps tells nothing yet. */
#define LEAST_NOT_SHORT 3u
#define LEAST_PAST_US   100000
/* 1200 bytes at 80 kbit/s. */
#define JUMP_US       120000
#define LEAST_PACKETS 6u
#define SHORT_SLOTS   16u
/* Packets of one burst, and how much faster than the rest. */
#define BURST_PACKETS 5u
#define BURST_PERCENT 300u
/* A full queue, which is a long one, drops packets here and there and delivers evenly; a burst of
 * loss leaves a hole, so many times longer than the usual time between two arrivals. */
#define HOLE_FACTOR  6
#define HOLE_US      25000
#define HOLE_WAIT_US 150000
/* What comes in bursts: for so long. */
#define LEAST_BURSTS_US 400000

/* The packet that waits no more still belongs to it: it ends the time that is counted. */
static void end(struct bwe_full *full, int64_t arrival_us, uint32_t bytes)
{
    const int64_t lasted_us = arrival_us - full->since_us;
    if (full->waits && lasted_us >= LEAST_PAST_US)
        full->past_bps = (full->bytes + bytes) * 8u * 1000000u / (uint64_t)lasted_us;
    full->waits = false;
}

uint64_t bwe_full_take_past_bps(struct bwe_full *full)
{
    const uint64_t past_bps = full->past_bps;
    full->past_bps = 0;
    return past_bps;
}

static void begin(struct bwe_full *full, int64_t arrival_us, int64_t queue_us)
{
    const int64_t gap_us = full->gap_us;
    memset(full, 0, sizeof *full);
    full->gap_us = gap_us;
    full->jumped = queue_us >= JUMP_US;
    full->waited_us = queue_us;
    full->waits = true;
    full->since_us = arrival_us;
    full->last_us = arrival_us;
    full->slot = arrival_us / BWE_FULL_SLOT_US;
    full->short_slot = full->slot - 1;
}

static unsigned place_of(int64_t slot)
{
    const int64_t place = slot % (int64_t)BWE_FULL_SLOTS;
    return (unsigned)(place < 0 ? place + (int64_t)BWE_FULL_SLOTS : place);
}

static void turn(struct bwe_full *full, int64_t slot)
{
    if (slot - full->slot >= (int64_t)BWE_FULL_SLOTS)
        memset(full->slots, 0, sizeof full->slots);
    else
        for (int64_t i = full->slot + 1; i <= slot; i++)
            full->slots[place_of(i)] = (struct bwe_full_slot){0};
    full->slot = slot;
}

static bool ends_hole(const struct bwe_full *full, int64_t arrival_us)
{
    const int64_t gap_us = arrival_us - full->last_us;
    return full->lost && full->waited_us < HOLE_WAIT_US && gap_us > HOLE_US && full->gap_us != 0 &&
           gap_us > HOLE_FACTOR * full->gap_us;
}

void bwe_full_lost(struct bwe_full *full)
{
    full->lost = true;
}

void bwe_full_add(struct bwe_full *full, int64_t arrival_us, uint32_t bytes, int64_t queue_us)
{
    if (queue_us < WAIT_US) {
        end(full, arrival_us, bytes);
        return;
    }
    /* The first packet's bytes came before the time that is counted. */
    if (!full->waits || ends_hole(full, arrival_us)) {
        begin(full, arrival_us, queue_us);
        return;
    }
    full->lost = false;
    if (arrival_us < full->last_us)
        return;
    const int64_t slot = arrival_us / BWE_FULL_SLOT_US;
    if (slot > full->slot)
        turn(full, slot);
    full->not_short++;
    if (queue_us < SHORT_WAIT_US) {
        full->short_slot = full->slot;
        full->not_short = 0;
    }
    full->slots[place_of(slot)].bytes += bytes;
    full->slots[place_of(slot)].packets++;
    full->jumped |= queue_us - full->waited_us >= JUMP_US;
    full->bytes += bytes;
    full->last_us = arrival_us;
    full->waited_us = queue_us;
    if (full->packets < UINT32_MAX)
        full->packets++;
    if (full->packets >= LEAST_PACKETS)
        full->gap_us = (arrival_us - full->since_us) / full->packets;
}

/* The first slot that counts. */
static int64_t begins(const struct bwe_full *full)
{
    const int64_t last_us = full->last_us - (full->short_slot + 1) * BWE_FULL_SLOT_US;
    const bool is_long = full->waited_us > LONG_WAIT_US && last_us >= LEAST_LONG_US &&
                         full->not_short >= LEAST_NOT_SHORT;
    return is_long ? full->short_slot + 1 : full->slot - (int64_t)BWE_FULL_SLOTS + 1;
}

/* Over so many slots; *length_us: what of them belongs to this queue. */
static uint64_t rate_over(const struct bwe_full *full, unsigned slots, int64_t *length_us)
{
    int64_t first = full->slot - (int64_t)slots + 1;
    uint64_t bytes = 0;
    if (first < begins(full))
        first = begins(full);
    int64_t from_us = first * BWE_FULL_SLOT_US;
    if (from_us < full->since_us)
        from_us = full->since_us;
    for (unsigned i = 0; i < slots && full->slot - (int64_t)i >= first; i++)
        bytes += full->slots[place_of(full->slot - (int64_t)i)].bytes;
    *length_us = full->last_us - from_us;
    return *length_us > 0 ? bytes * 8u * 1000000u / (uint64_t)*length_us : 0;
}

/* The fastest that came of it in two slots, several packets of course. */
static uint64_t burst_bps(const struct bwe_full *full)
{
    uint64_t most = 0;
    for (unsigned i = 0;
         full->waits && i + 1 < BWE_FULL_SLOTS && full->slot - (int64_t)i - 1 >= begins(full);
         i++) {
        const struct bwe_full_slot *a = &full->slots[place_of(full->slot - (int64_t)i)];
        const struct bwe_full_slot *b = &full->slots[place_of(full->slot - (int64_t)i - 1)];
        const uint64_t bytes = (uint64_t)a->bytes + b->bytes;
        if (a->packets + b->packets >= BURST_PACKETS && bytes > most)
            most = bytes;
    }
    return most * 8u * 1000000u / (2u * BWE_FULL_SLOT_US);
}

bool bwe_full_jumped(const struct bwe_full *full)
{
    return full->waits && full->jumped;
}

uint64_t bwe_full_us(const struct bwe_full *full)
{
    return full->waits ? (uint64_t)(full->last_us - full->since_us) : 0;
}

uint64_t bwe_full_bps(const struct bwe_full *full)
{
    const int64_t least_us = full->waited_us > LONG_WAIT_US ? LEAST_LONG_US : LEAST_US;
    int64_t short_us;
    int64_t long_us;
    if (!full->waits || full->packets < LEAST_PACKETS)
        return 0;
    const uint64_t lately_bps = rate_over(full, SHORT_SLOTS, &short_us);
    const uint64_t longer_bps = rate_over(full, BWE_FULL_SLOTS, &long_us);
    if (short_us < least_us)
        return 0;
    const uint64_t rate_bps = lately_bps > longer_bps ? lately_bps : longer_bps;
    if (burst_bps(full) < rate_bps / 100u * BURST_PERCENT)
        return rate_bps;
    return long_us >= LEAST_BURSTS_US ? longer_bps : 0;
}
