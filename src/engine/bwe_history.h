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

/* Enough for a second of a usual picture. */
#define BWE_FIRST_RECORDS 256u
/* What was sent so long ago without an answer may be forgotten. */
#define BWE_ANSWER_US 2000000u

/* Zeroed: nothing sent. */
struct bwe_history {
    struct bwe_record *more; /* borrowed; NULL: first[] is in use. By sequence */
    uint32_t more_count;     /* a power of two */
    struct bwe_record first[BWE_FIRST_RECORDS];
    uint32_t unanswered;          /* sent since the last answer of any kind */
    uint64_t unanswered_since_us; /* when the first of these was sent */
};

/* The next packet would take the place of one that may still be answered for. */
bool bwe_history_is_short(const struct bwe_history *history, uint64_t now_us, uint16_t sequence);
/* What is known moves into larger memory, lent for as long as the history lives or until still
 * larger is lent; count: a power of two, more than before, at most LIMIT_BWE_PACKETS. Returns what
 * was lent before; NULL: nothing was. */
struct bwe_record *bwe_history_lend(struct bwe_history *history, struct bwe_record *records,
                                    uint32_t count);
uint32_t bwe_history_room(const struct bwe_history *history);

void bwe_history_add(struct bwe_history *history, const struct bwe_record *record);
/* The record of a packet that may still be answered for: in flight, or said to be lost (it may have
 * been overtaken only). NULL: never sent, forgotten, or said to have arrived. */
struct bwe_record *bwe_history_find(struct bwe_history *history, uint16_t sequence);
/* There was feedback: the peer is there. */
void bwe_history_answered(struct bwe_history *history);

/* What the records of that number and some more need (base/prefetch.h). */
void bwe_history_prefetch(const struct bwe_history *history, uint16_t sequence);

#endif
