/* How good each participant's connection is, and what speaks against a better one: for everybody in
 * the room to see, and with figures for the participant itself. */
#ifndef PARLEY_ENGINE_QUALITY_H
#define PARLEY_ENGINE_QUALITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "engine/shared.h"

struct leg;
struct media_room;

#define QUALITY_INTERVAL_US 2000000u

/* What is known of a connection. */
struct quality_signs {
    bool silent; /* it gave feedback, and does no longer; or its transport is cut */
    uint8_t shown, lowered, paused; /* videos: in its tiles; of these with less than they could
                                       take, or not at all, for the link's sake */
    unsigned down_loss_permille, up_loss_permille;
    uint64_t rtt_us; /* 0: not known */
};

/* 0 unusable .. 4 fine; *reason (enum engine_quality_reason): of the worst sign. */
uint8_t quality_judge(const struct quality_signs *signs, uint8_t *reason);

/* Of one leg. Zeroed: nothing measured yet. */
struct quality {
    struct engine_quality told; /* as of the last look */
    uint64_t bytes_in;          /* ever */
    uint64_t at_us;             /* the last look; 0: none yet */
    uint64_t bytes_in_before;
    uint64_t expected_before, received_before; /* packets, of all layers */
};

/* Looks at everybody in the room. */
void quality_review(struct media_room *room, struct shared *shared);
/* What control is told (engine.h, QUALITY): how many, of them how many for everybody, and whether
 * there is more to list. */
size_t quality_list(struct media_room *room, struct engine_quality out[static LIMIT_QUALITIES],
                    size_t *shared_count, bool *more);

#endif
