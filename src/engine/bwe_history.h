/* What was sent under each transport-wide number, until its fate is known. A number that was never
 * sent, or was answered for already, finds nothing: that is what makes invented feedback harmless.
 */
#ifndef PARLEY_ENGINE_BWE_HISTORY_H
#define PARLEY_ENGINE_BWE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/limits.h"

enum bwe_fate { BWE_EMPTY, BWE_IN_FLIGHT, BWE_LOST, BWE_ARRIVED };

struct bwe_record {
    uint64_t sent_us;
    uint16_t sequence;
    uint16_t bytes;
    uint8_t kind;  /* enum bwe_kind */
    uint8_t probe; /* cluster, 0: none */
    uint8_t fate;  /* enum bwe_fate */
};

/* Zeroed: nothing sent. */
struct bwe_history {
    struct bwe_record records[LIMIT_BWE_PACKETS]; /* by sequence */
    uint32_t unanswered;                          /* sent since the last answer of any kind */
    uint64_t unanswered_since_us;                 /* when the first of these was sent */
};

void bwe_history_add(struct bwe_history *history, const struct bwe_record *record);
/* The record of a packet that may still be answered for: in flight, or said to be lost (it may have
 * been overtaken only). NULL: never sent, forgotten, or said to have arrived. */
struct bwe_record *bwe_history_find(struct bwe_history *history, uint16_t sequence);
/* There was feedback: the peer is there. */
void bwe_history_answered(struct bwe_history *history);

#endif
