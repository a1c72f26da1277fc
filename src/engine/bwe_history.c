/* A ring by sequence number. */
#include "engine/bwe_history.h"

#include <stddef.h>

#define RECORD_MASK (LIMIT_BWE_PACKETS - 1u)

void bwe_history_add(struct bwe_history *history, const struct bwe_record *record)
{
    history->records[record->sequence & RECORD_MASK] = *record;
    if (history->unanswered++ == 0)
        history->unanswered_since_us = record->sent_us;
}

struct bwe_record *bwe_history_find(struct bwe_history *history, uint16_t sequence)
{
    struct bwe_record *record = &history->records[sequence & RECORD_MASK];
    if (record->sequence != sequence)
        return NULL;
    return record->fate == BWE_IN_FLIGHT || record->fate == BWE_LOST ? record : NULL;
}

void bwe_history_answered(struct bwe_history *history)
{
    history->unanswered = 0;
}
