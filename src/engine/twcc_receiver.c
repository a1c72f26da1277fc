/* Collects arrivals and writes them into feedback. */
#include "engine/twcc_receiver.h"

#include <string.h>

#include "wire/twcc.h"

#define ARRIVAL_MASK (LIMIT_TWCC_PACKETS - 1u)

static uint64_t *slot(struct twcc_receiver *twcc, uint64_t number)
{
    return &twcc->arrivals_us[number & ARRIVAL_MASK];
}

static void start_at(struct twcc_receiver *twcc, uint64_t number)
{
    memset(twcc->arrivals_us, 0, sizeof twcc->arrivals_us);
    twcc->base = number;
    twcc->end = number;
}

bool twcc_receiver_note(struct twcc_receiver *twcc, uint16_t sequence, uint64_t now_us)
{
    const bool fresh = !twcc->unwrapper.started;
    const uint64_t number = seq16_unwrap(&twcc->unwrapper, sequence);
    const bool was_empty = twcc->base == twcc->end;
    if (fresh)
        start_at(twcc, number);
    /* Too late for a feedback that is sent already: the sender counts it as lost. */
    if (number < twcc->base)
        return false;
    if (number >= twcc->base + LIMIT_TWCC_PACKETS)
        start_at(twcc, number);
    /* 0 stands for "not received". */
    *slot(twcc, number) = now_us != 0 ? now_us : 1;
    if (number >= twcc->end)
        twcc->end = number + 1;
    if (was_empty)
        twcc->due_us = now_us + TWCC_INTERVAL_US;
    return was_empty;
}

uint64_t twcc_receiver_wake_at(const struct twcc_receiver *twcc)
{
    return twcc->base == twcc->end ? UINT64_MAX : twcc->due_us;
}

static void forget(struct twcc_receiver *twcc, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        *slot(twcc, twcc->base + i) = 0;
    twcc->base += count;
}

int twcc_receiver_write(struct twcc_receiver *twcc, struct writer *writer, uint32_t sender_ssrc,
                        uint32_t media_ssrc)
{
    struct twcc_arrival arrivals[LIMIT_TWCC_PACKETS] = {0};
    const size_t count = (size_t)(twcc->end - twcc->base);
    for (size_t i = 0; i < count; i++) {
        const uint64_t arrival_us = *slot(twcc, twcc->base + i);
        arrivals[i] = (struct twcc_arrival){arrival_us, arrival_us != 0};
    }
    const struct twcc_header header = {
        .sender_ssrc = sender_ssrc,
        .media_ssrc = media_ssrc,
        .base_seq = (uint16_t)twcc->base,
        .feedback_count = twcc->feedback_count,
    };
    const int covered = twcc_write(writer, &header, arrivals, count);
    if (covered <= 0) {
        /* Kept, it would be due again and again. */
        forget(twcc, count);
        return -1;
    }
    twcc->feedback_count++;
    forget(twcc, (uint64_t)covered);
    return twcc->base != twcc->end;
}
