/* The video-layers-allocation00 header extension: which layers a sender encodes now, and what each
 * is to take, before a packet of it came. Sent with key frames, and when that changes.
 * http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00 */
#ifndef PARLEY_WIRE_VLA_H
#define PARLEY_WIRE_VLA_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define VLA_MAX_STREAMS  4u
#define VLA_MAX_SPATIAL  4u
#define VLA_MAX_TEMPORAL 4u
#define VLA_MAX_LAYERS   (VLA_MAX_STREAMS * VLA_MAX_SPATIAL)

/* An active spatial layer of one RTP stream. */
struct vla_layer {
    uint8_t stream; /* simulcast, in the order of the a=simulcast line */
    uint8_t spatial;
    uint8_t temporal_count;
    uint32_t kbps[VLA_MAX_TEMPORAL]; /* with all lower temporal layers, and what it depends on */
    uint16_t width, height;          /* 0: not given; 65536 is cut to 65535 */
    uint8_t fps;                     /* at most; 0: not given */
};

struct vla {
    uint8_t stream; /* that it came in */
    uint8_t stream_count;
    struct vla_layer layers[VLA_MAX_LAYERS]; /* by stream, then spatial layer */
    size_t count;                            /* 0: nothing is sent */
};

/* 0 or enum wire_error. */
int vla_parse(struct span value, struct vla *out) __attribute__((warn_unused_result));

#endif
