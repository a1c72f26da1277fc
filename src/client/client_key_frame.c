#include "client/client_key_frame.h"

#include "wire/vp8.h"

static bool begins_key_frame(struct span payload)
{
    struct vp8_payload vp8;

    return vp8_parse(payload.bytes, payload.len, &vp8) == 0 && vp8.frame_start && vp8.key_frame;
}

static bool belongs(const struct client_key_frame *frame, unsigned stream,
                    const struct rtp_packet *packet)
{
    return frame->begun && frame->stream == stream && frame->timestamp == packet->timestamp &&
           (uint16_t)(packet->seq - frame->first_seq) < UINT16_MAX / 2;
}

void client_key_frame_take(struct client_key_frame *frame, uint64_t now_us, unsigned stream,
                           const struct rtp_packet *packet, struct span payload)
{
    if (frame->whole_us != 0 || payload.len == 0)
        return;
    if (begins_key_frame(payload))
        *frame = (struct client_key_frame){.begun = true,
                                           .stream = stream,
                                           .timestamp = packet->timestamp,
                                           .first_seq = packet->seq};
    else if (!belongs(frame, stream, packet))
        return;
    frame->here++;
    if (packet->marker) {
        frame->ended = true;
        frame->last_seq = packet->seq;
    }
    if (frame->ended && (uint16_t)(frame->last_seq - frame->first_seq + 1) == frame->here)
        frame->whole_us = now_us;
}
