/* The fan-out goes from viewer to viewer, and what it needs of each lies in some sixty cache lines,
 * behind pointers up to six deep. To wait for one after the other takes several times as long as
 * the work itself. So they are fetched while the viewers before are served: one pointer deeper with
 * each of these.
 *
 *   served: viewer  7      8      9     10     11     12     13
 *   fetched:        its    SRTP   SRTP  DTLS…  leg    stream
 *                   key */
#ifndef PARLEY_ENGINE_VIEWERS_AHEAD_H
#define PARLEY_ENGINE_VIEWERS_AHEAD_H

#include "base/list.h"

struct seat_stream;

#define VIEWERS_AHEAD 5u

struct viewers_ahead {
    /* borrowed */
    const struct list *viewers;                 /* of a track: struct seat_stream by in_track */
    struct list_node *next;                     /* the next to be fetched */
    struct seat_stream *streams[VIEWERS_AHEAD]; /* NULL: nobody. A ring */
    /* state */
    unsigned at;
};

/* Fetches for those who come from that viewer on. */
void viewers_ahead_begin(struct viewers_ahead *ahead, const struct list *viewers,
                         struct list_node *from);
/* The next viewer is about to be served. */
void viewers_ahead_step(struct viewers_ahead *ahead);

#endif
