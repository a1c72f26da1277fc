/* A source of layered video, and a viewer's decoder, around layer_filter and seat_numbers. Each
 * frame says what it refers to; what the viewer is sent must be decodable, whole, numbered without
 * holes, and marked at the end of each picture. */
#ifndef PARLEY_TESTS_SUPPORT_LAYER_MODEL_H
#define PARLEY_TESTS_SUPPORT_LAYER_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "engine/layer_filter.h"
#include "engine/seat_numbers.h"

#define MODEL_FRAMES 40000u
#define MODEL_NO_REF UINT32_MAX
#define MODEL_REFS   4u

/* One frame of one spatial layer. */
struct model_frame {
    uint32_t refs[MODEL_REFS]; /* frames by their index in order of coding, or MODEL_NO_REF */
    uint32_t picture;          /* same for all spatial layers */
    bool last;                 /* of its picture */
    struct packet packet; /* keyframe, picture and frame of its packets; begins, ends are set */
};

struct model_outcome {
    uint8_t sent, pieces; /* packets */
    uint32_t refs[MODEL_REFS];
};

struct model {
    struct rng rng;
    struct layer_filter filter;
    struct layer_structures structures;
    struct layer_limit wanted;
    struct seat_numbers numbers;
    uint16_t next_sequence;
    uint32_t seq; /* the source's */
    uint32_t frame_count;
    bool compact; /* picture ids must have no holes */
    /* the decoder */
    struct model_outcome *outcomes; /* MODEL_FRAMES */
    bool any, marked;
    uint32_t picture;
    uint16_t picture_id;
    uint32_t sent_frames;
};

void model_init(struct model *model, uint64_t seed);
void model_fini(struct model *model);
/* The frame comes in order, in 1..3 packets; fails the test where the viewer would be hurt. */
void model_send(struct model *model, const struct model_frame *frame);
/* The frame's packets come to the viewer? (after model_send) */
bool model_was_sent(const struct model *model, uint32_t frame);

/* ---- SVC ------------------------------------------------------------------------------------ */

#define MODEL_SPATIAL 3u

/* Spatial layers with temporal pattern 0 2 1 2, as libwebrtc has them. */
struct model_svc {
    struct model *model;
    uint8_t layering; /* PACKET_VP9 or PACKET_DD */
    uint8_t spatial_count;
    bool key_mode; /* L3T3_KEY: spatial prediction at key pictures only */
    uint32_t pictures, count;
    uint32_t last[MODEL_SPATIAL][3]; /* frame of each layer */
    uint32_t chains[MODEL_SPATIAL];  /* newest frame of each layer's chain */
    uint8_t structure;
};
/* Makes the model read PACKET_DD frames of it. */
void model_svc_start(struct model_svc *svc, struct model *model);
/* The next picture's frames, one per spatial layer. */
void model_svc_picture(struct model_svc *svc, bool key, struct model_frame out[MODEL_SPATIAL]);

/* ---- out of order --------------------------------------------------------------------------- */

/* Packets of many frames, delivered late here and there; afterwards all of that is checked. */
struct model_late;
struct model_late *model_late_new(struct model *model);
void model_late_add(struct model_late *late, const struct model_frame *frame,
                    struct layer_limit wanted);
void model_late_finish(struct model_late *late);

#endif
