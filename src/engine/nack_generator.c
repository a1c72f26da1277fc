/* Asks publishers for what was lost on the way to us. */
#include "engine/nack_generator.h"

#include <string.h>

/* Long enough for packets that overtook each other in one batch, short against a round trip. */
#define REORDER_WAIT_US 10000u
/* Between two questions for the same packet: a round trip, but no flood on a fast network, and no
 * sleep when the round trip was measured in a bad moment. */
#define RETRY_MIN_US 20000u
#define RETRY_MAX_US 250000u

static size_t lower_bound(const struct nack_generator *nack, uint32_t seq)
{
    size_t low = 0;
    size_t high = nack->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if ((int32_t)(nack->entries[middle].seq - seq) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void remove_range(struct nack_generator *nack, size_t first, size_t end)
{
    memmove(&nack->entries[first], &nack->entries[end],
            (nack->count - end) * sizeof nack->entries[0]);
    nack->count = (uint16_t)(nack->count - (end - first));
}

bool nack_generator_miss(struct nack_generator *nack, uint64_t now_us, uint32_t first,
                         uint32_t next)
{
    const uint32_t missing = next - first;
    if (missing > LIMIT_NACK_MISSING || nack->count + missing > LIMIT_NACK_MISSING) {
        nack->count = 0;
        return false;
    }
    for (uint32_t seq = first; seq != next; seq++)
        nack->entries[nack->count++] =
            (struct nack_entry){.seq = seq, .due_us = now_us + REORDER_WAIT_US};
    return true;
}

bool nack_generator_found(struct nack_generator *nack, uint32_t seq)
{
    const size_t at = lower_bound(nack, seq);
    if (at == nack->count || nack->entries[at].seq != seq)
        return false;
    remove_range(nack, at, at + 1);
    return true;
}

void nack_generator_forget_before(struct nack_generator *nack, uint32_t seq)
{
    remove_range(nack, 0, lower_bound(nack, seq));
}

static uint64_t retry_after(uint64_t rtt_us)
{
    if (rtt_us < RETRY_MIN_US)
        return RETRY_MIN_US;
    return rtt_us > RETRY_MAX_US ? RETRY_MAX_US : rtt_us;
}

size_t nack_generator_take(struct nack_generator *nack, uint64_t now_us, uint64_t rtt_us,
                           uint16_t out[static LIMIT_NACK_SEQS_PER_RTCP], bool *gave_up)
{
    size_t taken = 0;
    size_t kept = 0;
    *gave_up = false;
    for (size_t i = 0; i < nack->count; i++) {
        struct nack_entry entry = nack->entries[i];
        if (entry.due_us <= now_us && entry.asked == LIMIT_NACK_RETRIES) {
            *gave_up = true;
            continue;
        }
        if (entry.due_us <= now_us && taken < LIMIT_NACK_SEQS_PER_RTCP) {
            out[taken++] = (uint16_t)entry.seq;
            entry.asked++;
            entry.due_us = now_us + retry_after(rtt_us);
        }
        nack->entries[kept++] = entry;
    }
    nack->count = (uint16_t)kept;
    return taken;
}

uint64_t nack_generator_wake_at(const struct nack_generator *nack)
{
    uint64_t earliest = UINT64_MAX;
    for (size_t i = 0; i < nack->count; i++)
        if (nack->entries[i].due_us < earliest)
            earliest = nack->entries[i].due_us;
    return earliest;
}
