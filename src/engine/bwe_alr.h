/* Application-limited region: the application has less to say than it may for so long that what
 * arrives tells nothing about the link (libwebrtc's ALR). A bucket that fills at a part of the
 * target and is emptied by media. */
#ifndef PARLEY_ENGINE_BWE_ALR_H
#define PARLEY_ENGINE_BWE_ALR_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed: at the start, not limited. */
struct bwe_alr {
    double level_bytes;
    uint64_t at_us;
    bool limited;
};

void bwe_alr_sent(struct bwe_alr *alr, uint64_t now_us, uint32_t bytes, uint64_t target_bps);
/* Time alone may make it limited. */
bool bwe_alr_limited(struct bwe_alr *alr, uint64_t now_us, uint64_t target_bps);

#endif
