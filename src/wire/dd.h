/* The dependency descriptor header extension (AV1 RTP specification, appendix A): which layer a
 * frame belongs to, what it needs, and who needs it, without looking into the payload.
 *
 * A sender describes its layers in a template structure that comes with key frames; descriptors in
 * between refer to templates of the last one, so the reader needs it as an argument. */
#ifndef PARLEY_WIRE_DD_H
#define PARLEY_WIRE_DD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* As the field widths allow, but for fdiffs, whose number has no limit on the wire. */
#define DD_MAX_DECODE_TARGETS 32u
#define DD_MAX_TEMPLATES      64u
#define DD_MAX_CHAINS         32u
#define DD_MAX_FDIFFS         8u
#define DD_MAX_SPATIAL        4u
#define DD_MAX_TEMPORAL       8u

/* How a frame relates to a decode target (A.8.3): */
enum dd_dti {
    DD_NOT_PRESENT = 0,
    DD_DISCARDABLE = 1, /* part of it, no later frame of it depends on this one */
    DD_SWITCH = 2,      /* from here on it can be decoded */
    DD_REQUIRED = 3,
};

struct dd_template {
    uint8_t spatial_id;
    uint8_t temporal_id;
    uint8_t fdiff_count;
    uint16_t fdiffs[DD_MAX_FDIFFS];      /* frame number distances to what it references */
    uint8_t dtis[DD_MAX_DECODE_TARGETS]; /* enum dd_dti */
    uint8_t chain_fdiffs[DD_MAX_CHAINS]; /* distance to the chain's previous frame; 0: starts */
};

struct dd_structure {
    uint8_t template_id_offset;
    uint8_t template_count;
    uint8_t decode_target_count;
    uint8_t chain_count;
    uint8_t spatial_count;
    bool has_resolutions;
    uint8_t protected_by[DD_MAX_DECODE_TARGETS];      /* chain of each decode target */
    uint8_t target_spatial_id[DD_MAX_DECODE_TARGETS]; /* highest layer that it holds */
    uint8_t target_temporal_id[DD_MAX_DECODE_TARGETS];
    uint16_t widths[DD_MAX_SPATIAL]; /* 65536 is cut to 65535 */
    uint16_t heights[DD_MAX_SPATIAL];
    struct dd_template templates[DD_MAX_TEMPLATES];
};

struct dd_frame {
    uint16_t frame_number;
    uint8_t template_id;
    bool start_of_frame;
    bool end_of_frame;
    bool has_structure; /* a new structure came with it */
    bool has_active_targets;
    uint32_t active_targets; /* bit per decode target; stays in force till the next one */
    uint16_t width;          /* of its spatial layer; 0: not given */
    uint16_t height;
    struct dd_template layer; /* the template with the packet's own values put in */
};

/* Reads one descriptor. last: the structure in force, NULL before the first one. If the packet
 * brings a new one (out->has_structure) it is written to *fresh, which must not be *last; *fresh
 * is garbage otherwise. 0 or enum wire_error; WIRE_NEEDS_STRUCTURE: there is none. */
int dd_parse(struct span descriptor, const struct dd_structure *last, struct dd_structure *fresh,
             struct dd_frame *out) __attribute__((warn_unused_result));

#define DD_MANDATORY_BYTES 3u
/* Overwrites the frame number of a descriptor of at least DD_MANDATORY_BYTES. */
void dd_put_frame_number(uint8_t *descriptor, uint16_t frame_number);

#endif
