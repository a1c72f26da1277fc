/* What a client sends: one RTP stream, of a clip or of made-up VP8 or Opus. Each made-up payload
 * ends with a tag that says whose, which frame and which piece it is, so that the receiving end can
 * judge it.
 *
 * With three temporal layers frames refer to each other as libvpx has it (L1T3):
 *
 *     T2        1       3       5
 *              /       /       /
 *     T1      /   2 --'       /   6        1 -> 0, 2 -> 0, 3 -> 2, 4 -> 0
 *            / ,-'           / ,-'
 *     T0    0 ------------- 4 ---- */
#ifndef PARLEY_CLIENT_CLIENT_SOURCE_H
#define PARLEY_CLIENT_CLIENT_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/rng.h"
#include "client/client.h"
#include "client/client_clip.h"

#define CLIENT_HISTORY       512u  /* sent packets that can be repeated; a power of two */
#define CLIENT_PAYLOAD_BYTES 1100u /* per packet at most */
/* VP8's payload descriptor as written here (RFC 7741 4.2). */
#define CLIENT_DESCRIPTOR_BYTES 6u

/* At the end of each payload:
 *
 *     | magic (4) | owner (4) | frame (4) | layer (1) | flags (1) | piece (1) | pieces (1) |
 *     | height (2) | temporal (1) | back (1) | sent (4) | */
#define CLIENT_TAG_BYTES 24u
struct client_tag {
    uint32_t owner;
    uint32_t frame;   /* counts up per stream; audio: per packet */
    uint32_t sent_us; /* the sender's clock at the first transmission, modulo 2^32 */
    uint16_t height;  /* of the picture */
    uint8_t layer;
    uint8_t temporal;
    uint8_t back; /* refers to the frame this many before it; 0: to none */
    bool key;
    bool lower; /* refers to the next lower layer's frame of the same picture */
    bool top;   /* the picture's last frame; always, but for spatial layers in one stream */
    bool video;
    uint8_t piece, pieces;
};

void client_tag_write(const struct client_tag *tag, uint8_t out[static CLIENT_TAG_BYTES]);
/* False: no tag there. */
bool client_tag_read(const uint8_t *payload, size_t len, struct client_tag *out);

/* What is needed to make a packet a second time. */
struct client_sent {
    bool used, marker;
    uint8_t codec; /* enum client_codec */
    bool sync;     /* a T2 that refers to T0 only */
    uint16_t seq;
    uint16_t payload_len;
    uint16_t picture_id;
    uint8_t tl0picidx;
    uint32_t timestamp;
    struct client_tag tag;
    struct span data; /* borrowed, of a clip; empty: made up */
};

struct client_source {
    /* set by the owner */
    uint32_t ssrc, rtx_ssrc;
    uint8_t codec; /* enum client_codec; of video, from the next frame on */
    bool video;
    uint8_t layer;
    const char *mid;
    const char *rid; /* NULL: none */
    uint32_t owner;
    unsigned frame_bytes;     /* mean */
    unsigned vary_percent;    /* frames are larger or smaller by up to this */
    unsigned temporal_layers; /* 3, or anything else: 1 */
    uint16_t height;
    uint32_t timestamp_step;        /* per frame */
    const struct client_clip *clip; /* borrowed; NULL: frames are made up */
    unsigned clip_next;             /* the frame of it that is sent next */
    /* state */
    uint16_t seq, rtx_seq; /* next */
    uint32_t timestamp;
    uint32_t frame;
    uint16_t picture_id;
    uint8_t tl0picidx;
    uint8_t step; /* in the pattern of temporal layers */
    bool stopped; /* nobody wants this layer */
    bool key_wanted;
    bool key_picture;       /* the one being sent, of several layers */
    uint32_t noise;         /* state of the frame sizes' variation */
    unsigned size;          /* of the frame being sent */
    struct span frame_data; /* of the clip */
    struct client_tag tag;  /* of that frame, but for the piece */
    uint64_t key_frames;
    uint64_t packets, bytes;
    struct client_sent history[CLIENT_HISTORY];
};

/* Random first sequence number, timestamp and picture id. */
void client_source_init(struct client_source *source, struct rng *rng);
/* Begins the next frame; returns its number of packets. They are then made one by one. */
unsigned client_source_frame(struct client_source *source);
/* The same for one spatial layer of several in the stream (VP9, L3T3_KEY), the lowest first; bytes:
 * the layer's mean. */
unsigned client_source_spatial(struct client_source *source, unsigned layer, bool top,
                               unsigned bytes);
/* Time goes on without a frame. */
void client_source_pass(struct client_source *source);
/* From the next frame on, which is a key frame. */
void client_source_use(struct client_source *source, uint8_t codec, uint16_t height);
/* The stream begins anew under other SSRCs, as after a sender was replaced. */
void client_source_renew(struct client_source *source, struct rng *rng);
/* Stops a layer; one that is started again begins with a key frame. */
void client_source_stop(struct client_source *source, bool stopped);
/* The piece-th packet of the frame, noted in the history. */
const struct client_sent *client_source_next(struct client_source *source, unsigned piece,
                                             unsigned pieces);
/* NULL: never sent or forgotten. */
const struct client_sent *client_source_find(const struct client_source *source, uint16_t seq);
/* The payload of a packet; out holds CLIENT_PAYLOAD_BYTES. Returns its length. */
size_t client_source_payload(const struct client_source *source, const struct client_sent *sent,
                             uint8_t *out);

#endif
