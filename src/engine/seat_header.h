/* Writes what goes before the payload that is borrowed from the ring: the RTP header of a seat
 * stream with the viewer's extension ids, the original number of an RTX packet, and a payload
 * descriptor that is numbered anew. */
#ifndef PARLEY_ENGINE_SEAT_HEADER_H
#define PARLEY_ENGINE_SEAT_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "engine/packet.h"
#include "engine/seat_stream.h"

/* 12 + 4 + extensions with a dependency descriptor of 255 + RTX 2 + VP9 descriptor, and room. */
#define SEAT_HEADER_BYTES 640u

struct red_frames;

struct seat_header {
    const struct seat_stream *stream;
    const struct seat_segment *segment;
    const struct packet *packet;     /* NULL: nothing, to be followed by padding */
    uint16_t sequence;               /* the stream's own, for RTX too */
    uint32_t timestamp;              /* likewise; of padding: of what it stands for */
    uint16_t picture_shift;          /* taken off the picture id */
    const struct red_frames *frames; /* earlier audio that goes along as RED; NULL: plain */
    bool marker;
    bool padding; /* the caller appends padding */
    bool rtx;
    uint16_t rtx_sequence;
    uint16_t transport_sequence; /* stamped if the viewer agreed to it */
    uint64_t now_us;
};

/* Makes stream->front by what was agreed on; audio's has an audio level. */
void seat_header_prepare(struct seat_stream *stream);

/* Writes the RTP header, and after it what of the payload is written anew (it is encrypted, the
 * header is not); *header_len is where that begins. *rest is what follows of the packet's own
 * bytes. RTX begins with the original number, except where there is only padding to be sent. 0 or
 * -1: no room. */
int seat_header_write(const struct seat_header *header, struct writer *writer, size_t *header_len,
                      struct span *rest) __attribute__((warn_unused_result));

#endif
