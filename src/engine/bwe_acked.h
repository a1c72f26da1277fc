/* The rate that reached the receiver: arrivals in short windows, weighed by how far each differs
 * from what was believed (Bayesian, as libwebrtc's BitrateEstimator). */
#ifndef PARLEY_ENGINE_BWE_ACKED_H
#define PARLEY_ENGINE_BWE_ACKED_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed: nothing known. */
struct bwe_acked {
    int64_t window_start_us; /* the receiver's clock */
    uint64_t window_bytes;
    bool started;
    bool known;
    double rate_kbps;
    double variance;
};

/* limited: the application sends less than it may, so that a low sample says little. */
void bwe_acked_add(struct bwe_acked *acked, int64_t arrival_us, uint32_t bytes, bool limited);
/* 0: not known yet. */
uint64_t bwe_acked_bps(const struct bwe_acked *acked);
/* The receiver's clock jumped, or nothing came for long: measure anew, believing the old rate
 * until then. */
void bwe_acked_restart(struct bwe_acked *acked);

#endif
