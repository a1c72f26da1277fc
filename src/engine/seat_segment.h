/* The beginning of a segment: which of the viewer's formats it is sent as, and how the source's
 * numbers and timestamps become the stream's. */
#ifndef PARLEY_ENGINE_SEAT_SEGMENT_H
#define PARLEY_ENGINE_SEAT_SEGMENT_H

#include "engine/seat_stream.h"

/* From now on this layer, with this packet. newest: the layer's newest packet; a segment that
 * begins behind it catches up with it in no time (seat_squeeze). False: the viewer cannot decode
 * it, nothing changed. */
bool seat_segment_begin(struct seat_stream *stream, const struct layer *layer,
                        const struct packet *packet, const struct packet *newest,
                        struct shared *shared);

/* Padding may go out before anything else does: its numbers begin at random, once. */
void seat_segment_start_rtx(struct seat_stream *stream, struct shared *shared);

/* Our timestamp for one of the source. */
uint32_t seat_segment_timestamp(const struct seat_segment *segment, uint32_t timestamp);
/* The frame number in the packet's dependency descriptor; 0: none. */
uint16_t seat_segment_frame(const struct packet *packet);

#endif
