/* One source of a participant as the server receives it, with its layers (simulcast), their
 * numbers, their last packets, and who looks at it. A track lives in a leg (leg.h) and ends with it
 * or when the source is no longer negotiated. */
#ifndef PARLEY_ENGINE_TRACK_H
#define PARLEY_ENGINE_TRACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "engine/arrival.h"
#include "engine/chronicle.h"
#include "engine/gop.h"
#include "engine/keyframe.h"
#include "engine/layer_structure.h"
#include "engine/nack_generator.h"
#include "engine/negotiate.h"
#include "engine/packet_ring.h"
#include "engine/pipe_needed.h"
#include "engine/publish.h"
#include "engine/reception.h"
#include "engine/shared.h"
#include "engine/track_rate.h"
#include "engine/track_targets.h"

struct leg;

/* A publisher's sender report: which of its clock times goes with which RTP timestamp. */
struct track_clock {
    bool known;
    uint64_t ntp; /* the publisher's, 32.32 */
    uint32_t timestamp;
    uint64_t arrival_us;
};

struct layer {
    /* owned */
    struct packet_ring ring;
    struct layer_structures structures;
    /* state */
    uint32_t id;             /* another one whenever numbering starts anew; 0: never started */
    uint32_t ssrc, rtx_ssrc; /* 0: not known (yet) */
    struct negotiated_codec codec; /* of the last packet; CODEC_NONE: none came yet */
    uint64_t heard_us;             /* last packet */
    uint32_t order;                /* packets that came */
    struct reception reception;
    struct nack_generator nack;
    struct keyframe_gate keyframe;
    uint8_t fir_sequence; /* RFC 5104 4.3.1.1 */
    struct track_clock clock;
    struct track_rate rate;
    struct track_rate_top top; /* brought up to date with each packet */
    struct gop gop;
    struct payload_sizes sizes;
};

struct track {
    /* borrowed */
    struct leg *leg;
    /* state */
    uint8_t source; /* enum engine_source */
    bool video;
    bool enabled;  /* not muted */
    uint8_t media; /* index into the leg's negotiated.media */
    uint8_t layer_count;
    struct layer layers[LIMIT_LAYERS]; /* lowest first */
    struct list viewers;               /* struct seat_stream.in_track */
    struct publish publish;            /* video: which layers are of use */
    struct pipe_needed elsewhere;      /* and to viewers in other parts of the room */
    struct track_targets targets;
    struct chronicle_track chronicle;
};

#define TRACK_TEMPORAL_LAYERS 4u

/* What a viewer receives at each target: cumulative rates over the last second, as they are on the
 * wire (RTP, SRTP, UDP and IP headers counted); in a layer's first second no less than its
 * publisher announced, if it did. */
struct track_layers {
    uint8_t spatial_count;  /* 1.. LIMIT_LAYERS for video, 0: nothing comes; simulcast or SVC */
    uint8_t temporal_count; /* 1..TRACK_TEMPORAL_LAYERS */
    struct {
        uint32_t bps;
        uint16_t width, height; /* 0: not known */
        bool alive;
    } at[LIMIT_LAYERS][TRACK_TEMPORAL_LAYERS];
};

/* With one layer, enabled. NULL: out of memory. */
struct track *track_new(struct leg *leg, uint8_t source, struct shared *shared);
/* No viewer may be left. Accepts NULL. */
void track_free(struct track *track, struct shared *shared);

/* 1..LIMIT_LAYERS for video, 1 for audio. */
void track_set_layers(struct track *track, uint8_t layer_count);

/* The layer's stream begins anew (another SSRC, or the sender jumped): nothing that was known of
 * its numbers holds any more. */
void track_restart_layer(struct layer *layer, struct shared *shared);

/* One packet of a layer. Stores it, and returns it if it is to be forwarded. NULL: a duplicate, a
 * stray or of no use (counted). What the publisher has to be asked for is in the layer's nack and
 * keyframe afterwards. */
const struct packet *track_receive(struct track *track, struct layer *layer,
                                   const struct arrival *arrival, struct shared *shared);

bool track_layer_alive(const struct layer *layer, uint64_t now_us);
/* What there is to choose from. */
void track_describe(const struct track *track, uint64_t now_us, struct track_layers *out);
/* NULL: no such layer in this track (any more). */
struct layer *track_find_layer(struct track *track, uint32_t layer_id);

#endif
