/* A seat of a viewer: a place for one participant's camera and microphone (or screen and its
 * sound), and the two outgoing streams that it consists of. */
#ifndef PARLEY_ENGINE_SEAT_H
#define PARLEY_ENGINE_SEAT_H

#include <stdbool.h>

#include "engine/engine.h"
#include "engine/seat_stream.h"
#include "engine/seating.h"

struct seat {
    struct seating_place place;
    struct seat_stream audio, video;
    uint8_t paused; /* enum engine_seat_pause, of the video */
};

/* Seat k of a viewer, with the SSRCs that its answer announces. */
void seat_init(struct seat *seat, uint8_t k, struct leg *viewer,
               const struct negotiate_seat_ssrcs *ssrcs);
void seat_fini(struct seat *seat);

/* What was negotiated for it; NEGOTIATE_NO_MEDIA: that half is not there. 0 or -1 (out of memory).
 */
int seat_negotiated(struct seat *seat, const struct negotiated_seat *negotiated)
    __attribute__((warn_unused_result));

/* Lets the seat show the tracks of whoever sits in it; occupant NULL: it is empty, or has no peer
 * connection at the moment. */
void seat_show(struct seat *seat, struct leg *occupant);

/* What the viewer is told of it. */
struct engine_seat seat_describe(const struct seat *seat);

#endif
