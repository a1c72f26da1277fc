/* VP9 payload descriptor (RFC 9628 4.2), flexible and non-flexible. */
#ifndef PARLEY_WIRE_VP9_H
#define PARLEY_WIRE_VP9_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VP9_MAX_SPATIAL 8u
#define VP9_MAX_DIFFS   3u

struct vp9_payload {
    uint16_t picture_id;     /* 7 or 15 bits */
    uint8_t picture_id_bits; /* 7, 15, or 0: absent */
    uint8_t picture_id_at;   /* offset in the payload */
    uint8_t tl0picidx;       /* non-flexible mode with layer indices */
    uint8_t tl0picidx_at;    /* offset in the payload; 0: absent */
    bool has_layers;         /* tid, sid and the two flags are given */
    uint8_t tid;
    uint8_t sid;
    bool switching_up;        /* U: one may go up to this temporal layer here */
    bool inter_layer;         /* D: predicted from the spatial layer below */
    bool inter_picture;       /* P: predicted from earlier pictures */
    bool flexible;            /* F */
    bool frame_start;         /* B: first packet of a layer frame */
    bool frame_end;           /* E */
    bool not_reference_above; /* Z: no higher spatial layer needs this one */
    bool key_frame;           /* first packet of a picture that decoding can start with */
    uint8_t diff_count;       /* flexible mode: reference distances */
    uint8_t diffs[VP9_MAX_DIFFS];
    bool has_structure;               /* V: a scalability structure is given */
    uint8_t spatial_count;            /* of the structure */
    uint16_t widths[VP9_MAX_SPATIAL]; /* 0: not given */
    uint16_t heights[VP9_MAX_SPATIAL];
    uint16_t descriptor_len;
};

/* Reads the RTP payload. 0 or enum wire_error. */
int vp9_parse(const uint8_t *payload, size_t len, struct vp9_payload *out)
    __attribute__((warn_unused_result));

/* Overwrites the picture id and TL0PICIDX where the descriptor has them, in their present width. */
void vp9_rewrite(uint8_t *payload, const struct vp9_payload *parsed, uint16_t picture_id,
                 uint8_t tl0picidx);

#endif
