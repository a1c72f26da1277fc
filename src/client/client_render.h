/* What is seen of one video stream: when each decoded frame is shown, and the freezes that follow,
 * by libwebrtc's rules. A frame is shown at its capture time plus the quickest frame's way plus a
 * delay that follows how late frames come. */
#ifndef PARLEY_CLIENT_CLIENT_RENDER_H
#define PARLEY_CLIENT_CLIENT_RENDER_H

#include <stdbool.h>
#include <stdint.h>

#define CLIENT_RENDER_INTERVALS 30u

struct client_render {
    uint64_t least_us; /* delay that the page asks for (jitterBufferTarget); set by the owner */
    bool started;
    uint32_t base;          /* timestamp of the first frame */
    int64_t transit_us[2];  /* least arrival - capture time; these ten seconds and the last ten */
    uint64_t window_end_us; /* when these end */
    int64_t delay_us;       /* beyond the quickest frame's way */
    uint64_t last_us;       /* the last one was shown; 0: none was */
    uint32_t intervals_us[CLIENT_RENDER_INTERVALS];
    uint64_t interval_count;
    uint64_t interval_sum_us;
    /* counts */
    uint64_t frames, freezes, freeze_us;
};

/* Whether the frame of this timestamp would have to be shown by now. */
bool client_render_due(const struct client_render *render, uint64_t now_us, uint32_t timestamp);
/* A frame is decoded and will be shown. */
void client_render_frame(struct client_render *render, uint64_t now_us, uint32_t timestamp);
/* Time frozen so far; a freeze that still lasts is included. */
uint64_t client_render_frozen_us(const struct client_render *render, uint64_t now_us);

#endif
