/* The bucket. Numbers are libwebrtc's. */
#include "engine/bwe_alr.h"

#define USE_LIMIT   0.65
#define WINDOW_S    0.5
#define START_LEVEL 0.8
#define STOP_LEVEL  0.5

static void refill(struct bwe_alr *alr, uint64_t now_us, uint64_t target_bps)
{
    const double rate = USE_LIMIT * (double)target_bps / 8.0;
    const double capacity = rate * WINDOW_S;
    if (alr->at_us != 0 && now_us > alr->at_us)
        alr->level_bytes += rate * (double)(now_us - alr->at_us) / 1e6;
    alr->at_us = now_us;
    if (alr->level_bytes > capacity)
        alr->level_bytes = capacity;
    if (alr->level_bytes < -capacity)
        alr->level_bytes = -capacity;
    if (alr->level_bytes > START_LEVEL * capacity)
        alr->limited = true;
    else if (alr->level_bytes < STOP_LEVEL * capacity)
        alr->limited = false;
}

void bwe_alr_sent(struct bwe_alr *alr, uint64_t now_us, uint32_t bytes, uint64_t target_bps)
{
    alr->level_bytes -= bytes;
    refill(alr, now_us, target_bps);
}

bool bwe_alr_limited(struct bwe_alr *alr, uint64_t now_us, uint64_t target_bps)
{
    refill(alr, now_us, target_bps);
    return alr->limited;
}
