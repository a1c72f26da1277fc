/* RED for one viewer's audio stream: which earlier frames go along with a packet, and how they are
 * written. They come from the track's ring; nothing is kept here but what the viewer asked for. A
 * frame that it misses (NACK) is sent along with the next packets: a second packet under the first
 * one's number would need the same SRTP keystream for other bytes. */
#ifndef PARLEY_ENGINE_RED_STREAM_H
#define PARLEY_ENGINE_RED_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "engine/packet.h"
#include "engine/packet_ring.h"
#include "engine/red_distance.h"
#include "wire/red.h"

/* A burst of losses of 200 ms. */
#define RED_STREAM_ASKED  10u
#define RED_STREAM_FRAMES (RED_MAX_BLOCKS - 1u)

/* Zeroed: nothing was asked for. */
struct red_stream {
    uint8_t asked_count;
    uint32_t asked[RED_STREAM_ASKED]; /* numbers in the layer */
};

/* Earlier frames that go along with a packet, oldest first. */
struct red_frames {
    uint8_t count;
    const struct packet *at[RED_STREAM_FRAMES];
};

/* The viewer misses that packet. False: it cannot be sent any more, or too many are missed. */
bool red_stream_ask(struct red_stream *red, const struct packet_ring *ring, uint32_t seq);

/* What goes along with packet: the `distance` frames before it, and those that were asked for (they
 * are forgotten then, unless there was no room). Nothing from before first_seq, nothing that RED
 * cannot say. */
void red_stream_gather(struct red_stream *red, const struct packet_ring *ring,
                       const struct packet *packet, uint32_t first_seq, uint8_t distance,
                       struct red_frames *out);

/* The payload: headers, earlier frames, the packet's own. opus: the viewer's payload type of all of
 * them. 0 or -1: no room. */
int red_stream_write(const struct red_frames *frames, const struct packet *packet, uint8_t opus,
                     struct writer *writer) __attribute__((warn_unused_result));

#endif
