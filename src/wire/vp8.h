/* VP8 payload descriptor (RFC 7741 4.2) and what a key frame's header says. */
#ifndef PARLEY_WIRE_VP8_H
#define PARLEY_WIRE_VP8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vp8_payload {
    uint16_t picture_id;     /* 7 or 15 bits */
    uint8_t picture_id_bits; /* 7, 15, or 0: absent */
    uint8_t picture_id_at;   /* offset in the payload */
    uint8_t tl0picidx;
    uint8_t tl0picidx_at; /* offset in the payload; 0: absent */
    uint8_t tid;          /* temporal layer; 0 if absent */
    uint8_t keyidx;
    bool has_tid;
    bool has_keyidx;
    bool layer_sync;    /* Y: needs only the base layer's frames */
    bool non_reference; /* N: nothing depends on this frame */
    bool frame_start;   /* first packet of a frame: S set and partition 0 */
    bool key_frame;     /* known in a frame's first packet only */
    uint16_t width;     /* of a key frame; else 0 */
    uint16_t height;
    uint8_t descriptor_len;
};

/* Reads the RTP payload. 0 or enum wire_error. */
int vp8_parse(const uint8_t *payload, size_t len, struct vp8_payload *out)
    __attribute__((warn_unused_result));

/* Overwrites the picture id and TL0PICIDX where the descriptor has them, in their present width (a
 * 7-bit field gets the low 7 bits). payload holds at least the descriptor. */
void vp8_rewrite(uint8_t *payload, const struct vp8_payload *parsed, uint16_t picture_id,
                 uint8_t tl0picidx);

#endif
