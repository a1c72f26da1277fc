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
#define LEAST_PACKETS 4u

static void begin(struct bwe_full *full, int64_t arrival_us)
{
    memset(full, 0, sizeof *full);
    full->waits = true;
    full->since_us = arrival_us;
    full->last_us = arrival_us;
    full->slot = arrival_us / BWE_FULL_SLOT_US;
}

static uint32_t *bytes_at(struct bwe_full *full, int64_t slot)
{
    const int64_t place = slot % (int64_t)BWE_FULL_SLOTS;
    return &full->bytes[place < 0 ? place + (int64_t)BWE_FULL_SLOTS : place];
}

static void turn(struct bwe_full *full, int64_t slot)
{
    if (slot - full->slot >= (int64_t)BWE_FULL_SLOTS)
        memset(full->bytes, 0, sizeof full->bytes);
    else
        for (int64_t i = full->slot + 1; i <= slot; i++)
            *bytes_at(full, i) = 0;
    full->slot = slot;
}

void bwe_full_add(struct bwe_full *full, int64_t arrival_us, uint32_t bytes, int64_t queue_us)
{
    if (queue_us < WAIT_US) {
        full->waits = false;
        return;
    }
    /* The first packet's bytes came before the time that is counted. */
    if (!full->waits) {
        begin(full, arrival_us);
        return;
    }
    if (arrival_us < full->last_us)
        return;
    const int64_t slot = arrival_us / BWE_FULL_SLOT_US;
    if (slot > full->slot)
        turn(full, slot);
    *bytes_at(full, slot) += bytes;
    full->last_us = arrival_us;
    full->waited_us = queue_us;
    if (full->packets < UINT32_MAX)
        full->packets++;
}

uint64_t bwe_full_bps(const struct bwe_full *full)
{
    int64_t from_us = (full->slot - (int64_t)BWE_FULL_SLOTS + 1) * BWE_FULL_SLOT_US;
    const int64_t least_us = full->waited_us > LONG_WAIT_US ? LEAST_LONG_US : LEAST_US;
    uint64_t bytes = 0;

    if (from_us < full->since_us)
        from_us = full->since_us;
    if (!full->waits || full->packets < LEAST_PACKETS || full->last_us - from_us < least_us)
        return 0;
    for (unsigned i = 0; i < BWE_FULL_SLOTS; i++)
        bytes += full->bytes[i];
    return bytes * 8u * 1000000u / (uint64_t)(full->last_us - from_us);
}
