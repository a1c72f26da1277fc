/* The key-frame gate of one source layer: many viewers ask, the publisher hears one request.
 *
 * A key frame costs several times a normal frame; asked for too often, publishers fall to slide
 * shows. So wishes are merged; the first is passed on at once, the next ones after a pause that is
 * longer for a crowd, and that keeps key frames to a tenth of what the layer sends. A request is
 * repeated until a key frame comes. */
#ifndef PARLEY_ENGINE_KEYFRAME_H
#define PARLEY_ENGINE_KEYFRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/timeline.h"

/* Never more often; and so often if there is no answer. */
#define KEYFRAME_INTERVAL_US 1000000u
/* The pause for a crowd, and for those who see something meanwhile (a lower layer): 50 people who
 * join within 5 s, and whose links then take more, cause three key frames in 8 s. */
#define KEYFRAME_LONG_US 2750000u
#define KEYFRAME_CROWD   6u /* viewers since the last request */
/* The pause that keeps key frames to a tenth of the layer is not longer than this: somebody may be
 * waiting who sees nothing at all. */
#define KEYFRAME_BUDGET_MAX_US 4000000u

/* Zeroed: nobody ever asked. */
struct keyframe_gate {
    bool pending;       /* asked for since the last key frame came */
    bool urgent;        /* by somebody who sees nothing, or too much */
    bool asked;         /* sent_us means something */
    uint8_t unanswered; /* requests sent since the last key frame */
    uint8_t why;        /* enum timeline_why: of the first wish, of the urgent ones if there are */
    uint16_t askers;    /* since the last request */
    uint16_t round;     /* of requests */
    uint64_t sent_us;
    uint64_t budget_us; /* a tenth of the layer takes so long for a key frame */
};

/* One viewer, who may ask often: counted once for each request. Zeroed: never asked. */
struct keyframe_asker {
    const struct keyframe_gate *gate; /* to compare with, not to look into */
    uint16_t round;
};

/* Somebody needs a key frame. why: enum timeline_why, for the room's log. */
void keyframe_want(struct keyframe_gate *gate, uint8_t why);
/* Somebody would do better with one. */
void keyframe_wish(struct keyframe_gate *gate, uint8_t why);
/* It was this viewer; or one who would have needed a key frame, but was helped otherwise. */
void keyframe_count(struct keyframe_gate *gate, struct keyframe_asker *asker);
/* A key frame came. */
void keyframe_served(struct keyframe_gate *gate);
/* The publisher was silent and is heard again: requests that it did not answer it may never have
 * got, and they are no reason to ask it seldom. */
void keyframe_heard(struct keyframe_gate *gate);
/* It was so long, and the layer sends so much. */
void keyframe_charge(struct keyframe_gate *gate, uint32_t bytes, uint32_t layer_bps);
/* Nobody waits any more: the source is muted or gone. */
void keyframe_drop(struct keyframe_gate *gate);
/* True: send a PLI now (it counts as sent). */
bool keyframe_take(struct keyframe_gate *gate, uint64_t now_us);
/* UINT64_MAX: nothing pending. May lie in the past: due at once. */
uint64_t keyframe_wake_at(const struct keyframe_gate *gate);

#endif
