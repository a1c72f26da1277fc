/* A ring by sequence number. */
#include "engine/bwe_history.h"

#include <stddef.h>
#include <string.h>

#include "base/prefetch.h"

uint32_t bwe_history_room(const struct bwe_history *history)
{
    return history->more ? history->more_count : BWE_FIRST_RECORDS;
}

static struct bwe_record *slot_of(struct bwe_history *history, uint16_t sequence)
{
    return history->more ? &history->more[sequence & (history->more_count - 1u)]
                         : &history->first[sequence & (BWE_FIRST_RECORDS - 1u)];
}

bool bwe_history_is_short(const struct bwe_history *history, uint64_t now_us, uint16_t sequence)
{
    const struct bwe_record *record = slot_of((struct bwe_history *)(uintptr_t)history, sequence);
    return record->fate == BWE_IN_FLIGHT && now_us - record->sent_us < BWE_ANSWER_US;
}

struct bwe_record *bwe_history_lend(struct bwe_history *history, struct bwe_record *records,
                                    uint32_t count)
{
    const uint32_t room = bwe_history_room(history);
    struct bwe_record *old = history->more ? history->more : history->first;
    memset(records, 0, count * sizeof records[0]);
    for (uint32_t i = 0; i < room; i++)
        if (old[i].fate != BWE_EMPTY)
            records[old[i].sequence & (count - 1u)] = old[i];
    struct bwe_record *before = history->more;
    history->more = records;
    history->more_count = count;
    return before;
}

void bwe_history_add(struct bwe_history *history, const struct bwe_record *record)
{
    *slot_of(history, record->sequence) = *record;
    if (history->unanswered++ == 0)
        history->unanswered_since_us = record->sent_us;
}

struct bwe_record *bwe_history_find(struct bwe_history *history, uint16_t sequence)
{
    struct bwe_record *record = slot_of(history, sequence);
    if (record->sequence != sequence)
        return NULL;
    return record->fate == BWE_IN_FLIGHT || record->fate == BWE_LOST ? record : NULL;
}

void bwe_history_answered(struct bwe_history *history)
{
    history->unanswered = 0;
}

void bwe_history_prefetch(const struct bwe_history *history, uint16_t sequence)
{
    const struct bwe_record *records = history->more ? history->more : history->first;
    prefetch(&records[sequence & (bwe_history_room(history) - 1u)], 2 * CACHE_LINE_BYTES);
    PREFETCH(history->unanswered);
}
