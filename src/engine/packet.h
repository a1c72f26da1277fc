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

struct packet {
    uint64_t arrival_us;
    uint32_t seq; /* extended, see reception.h */
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
    uint16_t payload_len;
    uint8_t descriptor_len; /* dependency descriptor; its bytes come after the payload */
    bool small;             /* from the pool of small slots */
    uint8_t bytes[];
};

static inline const uint8_t *packet_dependency_descriptor(const struct packet *packet)
{
    return packet->bytes + packet->payload_len;
}

#endif
