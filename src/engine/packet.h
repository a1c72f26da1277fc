/* One RTP packet of a publisher, parsed once and kept unencrypted. */
#ifndef PARLEY_ENGINE_PACKET_H
#define PARLEY_ENGINE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#define PACKET_NO_LEVEL       0xffu
#define PACKET_NO_ORIENTATION 0xffu
#define PACKET_NO_DELAY       UINT32_MAX

/* The publisher's picture numbering, where the payload has one (RFC 7741, RFC 9628). */
struct packet_picture {
    uint8_t descriptor_bytes;   /* VP8: length of the payload descriptor, to be written anew */
    bool has_id, has_tl0, has_tid;
    bool layer_sync;            /* VP8 Y bit */
    bool non_reference;         /* VP8 N bit */
    bool starts_partition;      /* VP8 S bit */
    uint8_t partition;          /* VP8 PID */
    uint8_t tid, tl0;
    bool has_keyidx;
    uint8_t keyidx;
    uint16_t id;                /* 7 or 15 bits as it came */
    bool id_is_long;            /* 15 bits */
};

struct packet {
    uint64_t arrival_us;
    uint32_t seq;               /* extended, see reception.h */
    uint32_t timestamp;
    uint8_t payload_type;       /* the publisher's */
    uint8_t codec;              /* enum codec */
    bool marker;
    bool keyframe;              /* first packet of a frame that needs no other */
    uint8_t audio_level;        /* RFC 6464: V bit and level as they came, or PACKET_NO_LEVEL */
    uint8_t orientation;        /* or PACKET_NO_ORIENTATION */
    uint32_t playout_delay;     /* 24 bits, or PACKET_NO_DELAY */
    struct packet_picture picture;
    uint16_t payload_len;
    uint8_t descriptor_len;     /* dependency descriptor; its bytes come after the payload */
    bool small;                 /* from the pool of small slots */
    uint8_t bytes[];
};

static inline const uint8_t *packet_dependency_descriptor(const struct packet *packet)
{
    return packet->bytes + packet->payload_len;
}

#endif
