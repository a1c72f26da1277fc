/* One RTP packet of a publisher, parsed once and kept unencrypted. */
#ifndef PARLEY_ENGINE_PACKET_H
#define PARLEY_ENGINE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#define PACKET_NO_LEVEL       0xffu
#define PACKET_NO_ORIENTATION 0xffu

/* The publisher's picture numbering, where the payload descriptor has one (VP8: RFC 7741, VP9:
 * RFC 9628), and where in the payload it stands. */
struct packet_picture {
    uint16_t descriptor_len; /* 0: no numbers */
    uint16_t id;
    uint8_t id_bits; /* 15; 0: no id (7 bits are left alone, as if there were none) */
    uint8_t id_at;
    uint8_t tl0;
    uint8_t tl0_at; /* 0: no TL0PICIDX */
};

/* Who says which layers a stream consists of. */
enum packet_layering {
    PACKET_WHOLE,   /* nobody, or in a way that nothing can be left out safely */
    PACKET_VP8,     /* temporal layers, RFC 7741 */
    PACKET_VP9,     /* spatial and temporal, RFC 9628 */
    PACKET_DD,      /* the dependency descriptor */
    PACKET_UNKNOWN, /* a dependency descriptor that refers to a structure that did not come (yet) */
};

#define PACKET_SPATIAL_LAYERS 4u  /* as many as a dependency descriptor can name */
#define PACKET_TARGETS        16u /* decode targets of a structure that is understood; L3T3 has 9 */
#define PACKET_CHAINS         4u
#define PACKET_FDIFFS         4u

/* The frame (of one spatial layer) that a packet belongs to. */
struct packet_frame {
    uint8_t layering; /* enum packet_layering */
    uint8_t spatial, temporal;
    bool begins, ends; /* the packet is the frame's first, last */
    bool sync;         /* VP8's Y, VP9's U: a place to go up to more temporal layers */
    bool alone;        /* VP9's Z: no higher spatial layer needs it */
    uint16_t number;   /* picture id (15 bits), or the descriptor's frame number */
    /* PACKET_DD only */
    uint8_t structure; /* its number, see layer_structure.h */
    bool restructured; /* brings that structure */
    uint16_t active;   /* bit per decode target */
    uint32_t dtis;     /* enum dd_dti per decode target, 2 bits each */
    uint8_t fdiff_count;
    uint8_t fdiffs[PACKET_FDIFFS];       /* distances to the frames it refers to; 255: far */
    uint8_t chain_fdiffs[PACKET_CHAINS]; /* to each chain's frame before it; 0: begins there */
};

struct packet {
    uint64_t arrival_us;
    uint32_t seq;   /* extended, see reception.h */
    uint32_t order; /* of arrival, within its layer */
    uint32_t timestamp;
    uint8_t payload_type; /* the publisher's */
    uint8_t codec;        /* enum codec */
    bool marker;
    bool keyframe;       /* first packet of a frame that needs no other */
    uint8_t audio_level; /* RFC 6464: -dBov, or PACKET_NO_LEVEL */
    bool voice;
    uint8_t orientation; /* or PACKET_NO_ORIENTATION */
    bool has_playout_delay;
    uint16_t playout_min_ms, playout_max_ms;
    struct packet_picture picture;
    struct packet_frame frame;
    uint16_t payload_len;
    uint8_t descriptor_len; /* dependency descriptor; its bytes come after the payload */
    uint8_t pad;            /* RTP padding that makes it as long as its neighbours, see forward.c */
    bool small;             /* from the pool of small slots */
    uint8_t bytes[];
};

static inline const uint8_t *packet_dependency_descriptor(const struct packet *packet)
{
    return packet->bytes + packet->payload_len;
}

#endif
