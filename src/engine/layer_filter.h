/* Which frames of one received stream a viewer gets: leaves out temporal layers, and the spatial
 * layers of SVC, so that what remains can always be decoded.
 *
 * The decision is taken once per frame, when its first packet comes, whichever that is; it holds
 * for the frame's other packets, however late they are. Frames that were skipped by a gap keep
 * a place in the numbering, as if they were to be sent, and are judged by the limits of that
 * moment if they come after all.
 *
 *   layer_vp8.c  temporal layers by payload descriptor; pictures are numbered without holes
 *   layer_vp9.c  spatial and temporal layers by payload descriptor
 *   layer_dd.c   decode targets by dependency descriptor: AV1, VP9, H.264 */
#ifndef PARLEY_ENGINE_LAYER_FILTER_H
#define PARLEY_ENGINE_LAYER_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/layer_chain.h"
#include "engine/layer_structure.h"
#include "engine/packet.h"

/* Frames remembered: a power of two. Later packets than that are of no use to a player. */
#define LAYER_FILTER_FRAMES 64u

/* Within the stream. */
struct layer_limit {
    uint8_t spatial, temporal; /* highest layers */
};

struct layer_filter_frame {
    bool used;
    bool judged;
    bool sent;      /* VP8, DD */
    bool key;       /* VP9: a key picture */
    uint8_t target; /* DD: the decode target that it was judged by */
    struct layer_limit limit;
    uint16_t number;
    uint16_t shift;                 /* VP8: how many pictures before it were left out */
    struct layer_chain_frame chain; /* DD */
};

struct layer_filter {
    uint8_t layering;         /* enum packet_layering of the segment */
    bool started;             /* newest means something */
    bool thinned;             /* VP9: lower spatial layers were left out since the last key frame */
    uint16_t key;             /* VP9: number of the newest key picture */
    uint8_t structure;        /* DD */
    uint8_t target;           /* DD: decode target */
    uint8_t broken;           /* DD: chains before the newest frame, a bit each */
    bool cut;                 /* DD: the target's is broken, nothing is sent */
    bool mending;             /* DD: it no longer is, but frames that others need were left out */
    uint16_t now_ms;          /* DD: the newest packet's time */
    struct layer_limit limit; /* in force for new frames */
    uint16_t newest;          /* number of the newest frame */
    uint16_t shift;           /* VP8: pictures left out so far */
    uint8_t tl0;              /* VP8: of the newest frame */
    struct layer_filter_frame frames[LAYER_FILTER_FRAMES];
};

enum layer_verdict {
    LAYER_SEND,
    LAYER_DROP, /* not for this viewer */
    LAYER_WAIT, /* cannot be told yet: as if it had not come */
    LAYER_GONE, /* so late that nobody knows any more what was decided: as if it had not come */
};

struct layer_judgement {
    uint8_t verdict;  /* enum layer_verdict */
    bool marker;      /* the packet ends what is sent of its picture */
    bool cut;         /* from this frame on nothing can be decoded */
    bool gap_dropped; /* all frames between this one and the newest before it would be dropped */
    uint16_t shift;   /* to be taken off the picture id */
};

/* A new segment begins with this packet, the first of a key frame. */
void layer_filter_begin(struct layer_filter *filter, const struct packet *packet);

/* Judges the segment's next packet. wanted: what the viewer is to get now. */
struct layer_judgement layer_filter_judge(struct layer_filter *filter, const struct packet *packet,
                                          struct layer_limit wanted,
                                          const struct layer_structures *structures);

/* The spatial layer within the stream that frames are sent of now; 0 where there are none. */
int layer_filter_spatial(const struct layer_filter *filter,
                         const struct layer_structures *structures);

/* Nothing is sent any more, since nothing of it could be decoded. */
bool layer_filter_is_cut(const struct layer_filter *filter);

/* Without a key frame it will never get to what is wanted. */
bool layer_filter_needs_key(const struct layer_filter *filter, struct layer_limit wanted,
                            const struct layer_structures *structures);

/* ---- for the codecs' files ------------------------------------------------------------------ */

struct layer_judgement layer_vp8_judge(struct layer_filter *filter, const struct packet *packet,
                                       struct layer_limit wanted);
struct layer_judgement layer_vp9_judge(struct layer_filter *filter, const struct packet *packet,
                                       struct layer_limit wanted);
struct layer_judgement layer_dd_judge(struct layer_filter *filter, const struct packet *packet,
                                      struct layer_limit wanted,
                                      const struct layer_structures *structures);
bool layer_dd_needs_key(const struct layer_filter *filter, struct layer_limit wanted,
                        const struct layer_structures *structures);

/* The frame with that number; NULL: it came before all that is remembered, or too long ago. */
struct layer_filter_frame *layer_filter_find(struct layer_filter *filter, uint16_t number);
/* Makes it the newest; those skipped in between are remembered as not judged, under the limits in
 * force. mask: numbers wrap after it. */
struct layer_filter_frame *layer_filter_add(struct layer_filter *filter, uint16_t number,
                                            uint16_t mask);
/* Ahead of the newest one? */
bool layer_filter_is_newer(const struct layer_filter *filter, uint16_t number, uint16_t mask);

#endif
