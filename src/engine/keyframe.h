/* The key-frame gate of one source layer: many viewers ask, the publisher hears one request.
 *
 * A key frame costs several times a normal frame; asked for too often, publishers fall to slide
 * shows. So requests are merged, spaced by KEYFRAME_INTERVAL_US, and repeated until served. */
#ifndef PARLEY_ENGINE_KEYFRAME_H
#define PARLEY_ENGINE_KEYFRAME_H

#include <stdbool.h>
#include <stdint.h>

#define KEYFRAME_INTERVAL_US 500000u

/* Zeroed: nobody ever asked. */
struct keyframe_gate {
    bool pending;       /* asked for since the last key frame came */
    bool asked;         /* sent_us means something */
    uint8_t unanswered; /* requests sent since the last key frame */
    uint64_t sent_us;
};

/* Somebody needs a key frame. */
void keyframe_want(struct keyframe_gate *gate);
/* A key frame came. */
void keyframe_served(struct keyframe_gate *gate);
/* Nobody waits any more: the source is muted or gone. */
void keyframe_drop(struct keyframe_gate *gate);
/* True: send a PLI now (it counts as sent). */
bool keyframe_take(struct keyframe_gate *gate, uint64_t now_us);
/* UINT64_MAX: nothing pending. May lie in the past: due at once. */
uint64_t keyframe_wake_at(const struct keyframe_gate *gate);

#endif
