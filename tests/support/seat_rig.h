/* One track, one viewer's stream: packets in at the track, packets out as the viewer gets them.
 * Everything between is the engine's own, with support/plain_transport.c at the end. */
#ifndef PARLEY_TESTS_SUPPORT_SEAT_RIG_H
#define PARLEY_TESTS_SUPPORT_SEAT_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/leg.h"
#include "engine/participant.h"
#include "engine/seat_stream.h"
#include "wire/rtp.h"

#define RIG_SSRC      1111u
#define RIG_RTX_SSRC  2222u
#define RIG_PAYLOAD   96u
#define RIG_RTX       97u
#define RIG_PACKETS   2048u
#define RIG_LAYERS    3u
#define RIG_TAG_BYTES 8u

struct rig_packet {
    struct rtp_packet rtp;
    size_t len;
    uint8_t bytes[1500];
};

/* What a made-up packet says about itself, at its end. */
struct rig_tag {
    uint8_t layer, temporal, piece, pieces;
    uint32_t frame; /* of its layer */
};

struct seat_rig {
    struct shared shared;
    struct negotiated negotiated;
    struct participant publisher, viewer;
    struct leg *publisher_leg, *viewer_leg;
    struct track *track;
    struct seat_stream *stream;
    struct negotiated_codec codec;
    struct rig_packet packets[RIG_PACKETS]; /* what the viewer got, oldest first */
    size_t count;
    /* the source */
    struct {
        uint16_t sequence;
        uint32_t timestamp, frame;
        uint16_t picture;
        uint8_t tl0;
        uint32_t since_key;
    } layers[RIG_LAYERS];
    unsigned key_requests;
    struct span descriptor; /* dependency descriptor of what rig_receive() is given */
};

/* codec: enum codec. Layers get sender reports if reports. */
struct seat_rig *rig_new(uint8_t codec, uint8_t layers, bool reports);
void rig_free(struct seat_rig *rig);

/* A frame of one layer in some packets: VP8 with three temporal layers (0 2 1 2), or H.264. Each
 * layer's clock runs with rig->shared.now_us. A key frame if `key`, or if one was asked for. */
void rig_send(struct seat_rig *rig, unsigned layer, unsigned pieces, bool key);
/* One packet, as it is. */
void rig_receive(struct seat_rig *rig, unsigned layer, uint16_t sequence, uint32_t timestamp,
                 const uint8_t *payload, size_t len, bool marker);
void rig_forget(struct seat_rig *rig);
/* Takes up what was sent meanwhile; the other functions do. */
void rig_drain(struct seat_rig *rig);

struct rig_tag rig_tag_of(const struct rig_packet *packet);

#endif
