/* Which layer of each video a viewer gets: the sources that it shows, what each of their layers
 * costs, and what its link takes go in, targets come out. Pure, and O(sources) for a decision.
 *
 * Order: screens, the pinned, the dominant speaker, other visible tiles, larger ones first. All get
 * their base layer before anyone gets more (where much is lost, and it fits, with half of its
 * frames instead of a quarter); then each class, in that order, is raised step by step, all its
 * members by one step before one of them by two. A step is a temporal layer or a spatial one, never
 * more than the tile has pixels for.
 *
 * Down at once, the first bases at once, up with care: what costs more than now is given only if
 * the link was good for 1.15 to 1.2 times that for a second (a temporal layer: 1.05 times), or a
 * probe has just shown it. Pictures go up one at a time, each when the one before has arrived:
 * several key frames at once look like a full link. An up that had to be taken back within ten
 * seconds keeps the next one that costs about as much waiting for 5, 10, then 20 s. A change of
 * wishes (another pin, another size) that costs no more than now needs no waiting. Down, frames go
 * before pixels. A base layer is taken away only if it is too much for a while: to come back it
 * takes a key frame. */
#ifndef PARLEY_ENGINE_ALLOCATOR_H
#define PARLEY_ENGINE_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/limits.h"
#include "engine/seat_stream.h"
#include "engine/track.h"

#define ALLOCATOR_SOURCES 64u

/* A screen's text is worth a little more than the link seems to take (Jitsi does the same). */
#define ALLOCATOR_OVERSEND_BPS 500000u
/* Room above an up, in parts per hundred; above one of somebody who is not of the most important
 * class there is, since losses and a quicker speaker want some room too; and above a step that
 * needs no key frame and is soon taken back. */
#define ALLOCATOR_MARGIN_PERCENT       115u
#define ALLOCATOR_MINOR_MARGIN_PERCENT 120u
#define ALLOCATOR_SMALL_MARGIN_PERCENT 103u
#define ALLOCATOR_STABLE_US            1000000u
/* How long a passed probe stands for that. */
#define ALLOCATOR_PROBED_US 2000000u
/* An up that is taken back within this has failed. */
#define ALLOCATOR_FAILED_US   10000000u
#define ALLOCATOR_HOLD_US     5000000u
#define ALLOCATOR_HOLD_MAX_US 20000000u
/* What is well below that, in parts per hundred, may be given meanwhile. */
#define ALLOCATOR_HELD_PERCENT 85u
/* Between two ups: until the first one has arrived, though not for ever, and its effect is known.
 */
#define ALLOCATOR_TURN_US     600000u
#define ALLOCATOR_TURN_MAX_US 4000000u
/* So long a link may be missed by frames, until pictures get smaller. */
#define ALLOCATOR_EASE_US 8000000u
/* So long bases may be more than the link seems to take; longer if nothing is lost: a link that
 * takes too little soon loses, a receiver without processor does not. One that was taken away comes
 * back when there is this much room, in parts per hundred, for half a second. */
#define ALLOCATOR_SHORT_US     1000000u
#define ALLOCATOR_SHORT_MAX_US 5000000u
#define ALLOCATOR_BACK_PERCENT 110u

enum allocator_class {
    ALLOCATOR_SCREEN,
    ALLOCATOR_PINNED,
    ALLOCATOR_SPEAKER,
    ALLOCATOR_VISIBLE,
    ALLOCATOR_CLASSES
};

struct allocator_source {
    /* borrowed */
    const struct track_layers *layers;
    /* in */
    uint8_t class;   /* enum allocator_class */
    bool fresh;      /* gets something for the first time: current means nothing */
    bool rising;     /* current is higher than what is sent: its key frame has not come yet */
    uint32_t pixels; /* of its tile */
    struct stream_target current;
    /* out; paused: spatial is -1 */
    struct stream_target target;
};

struct allocator_link {
    uint64_t target_bps;   /* the whole of what may be sent */
    uint64_t settled_bps;  /* the same when the present queue is gone; 0: no more than that */
    uint64_t reserved_bps; /* of that, for audio */
    bool loses;            /* lately */
    bool loses_much;       /* so that a frame in a few does not come in time */
    bool rival;            /* somebody else's queue stands in it, and goes when less is taken */
    uint64_t repairs_bps;  /* and for repairs, unless somebody would have no picture at all */
};

struct allocator_outcome {
    uint64_t cost_bps;   /* of the targets, reserved_bps and repairs_bps included */
    uint64_t wanted_bps; /* of all that the tiles could show; and of a base that is missing, margin
                            included */
    uint64_t
        next_step_bps; /* that the next step up needs, margin included; 0: nothing is missing */
};

#define ALLOCATOR_BUCKETS 5u /* of the last second's lowest target */

/* Zeroed: fresh. */
struct allocator {
    bool started;
    uint8_t failures; /* ups that failed in a row */
    uint32_t wishes;  /* what of the sources the last decision was for, hashed */
    uint64_t raised_us;
    uint64_t turn_us;  /* the last up was on its way */
    uint64_t eased_us; /* since when frames are left out; 0: no more than was wanted */
    uint64_t short_us; /* since when bases are too much; 0: they are not */
    bool loses;        /* the link, at the last decision */
    uint64_t raised_bps,
        failed_bps; /* the link's target at the last up, and at the last failed one */
    uint64_t hold_until_us, held_bps; /* no up until then, but for what costs no more than this */
    uint64_t probed_us;               /* a probe passed; 0: never */
    uint64_t bucket_us;
    uint64_t lowest_bps[ALLOCATOR_BUCKETS];
};

/* The link's target was moved by a probe that passed. */
void allocator_probed(struct allocator *allocator, uint64_t now_us);

/* At most ALLOCATOR_SOURCES. */
void allocator_decide(struct allocator *allocator, uint64_t now_us,
                      const struct allocator_link *link, struct allocator_source *sources,
                      size_t count, struct allocator_outcome *out);

/* Bases are kept although they are more than the link seems to take: nothing is lost. */
bool allocator_keeps_bases(const struct allocator *allocator);

#endif
