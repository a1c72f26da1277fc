/* The first key frame of VP8 that came whole: from then on a viewer has something to show, whoever
 * made it. Only headers and the descriptor of the payload are looked at. */
#ifndef PARLEY_CLIENT_CLIENT_KEY_FRAME_H
#define PARLEY_CLIENT_CLIENT_KEY_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/rtp.h"

/* Zeroed: none has begun. */
struct client_key_frame {
    bool begun, ended;
    unsigned stream;
    uint32_t timestamp;
    uint16_t first_seq, last_seq;
    uint16_t here;
    uint64_t whole_us; /* 0: not yet */
};

/* A packet of video, each given once. packet: seq is that of the first transmission. */
void client_key_frame_take(struct client_key_frame *frame, uint64_t now_us, unsigned stream,
                           const struct rtp_packet *packet, struct span payload);

#endif
