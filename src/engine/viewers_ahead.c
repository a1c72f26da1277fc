/* A pipeline of hints. */
#include "engine/viewers_ahead.h"

#include "base/prefetch.h"
#include "engine/downlink.h"
#include "engine/leg.h"
#include "engine/seat_sent.h"
#include "engine/seat_stream.h"

static void fetch_leg(const struct seat_stream *stream)
{
    const struct leg *viewer = stream->viewer;
    PREFETCH(viewer->transport);
    PREFETCH(viewer->downlink);
    PREFETCH(viewer->connected);
    prefetch(&viewer->transport_sequence, sizeof viewer->transport_sequence + sizeof viewer->red);
    if (stream->filter)
        PREFETCH(*stream->filter);
    seat_sent_prefetch(stream);
}

static void fetch_parts(const struct seat_stream *stream, unsigned depth)
{
    const struct leg *viewer = stream->viewer;
    if (depth == 0)
        PREFETCH(viewer->negotiated->media[stream->media]);
    downlink_prefetch(viewer, depth);
    if (viewer->transport)
        transport_prefetch(viewer->transport, depth);
}

/* What is not agreed on is not sent, and has no memory to fetch. */
static bool is_agreed_on(const struct seat_stream *stream)
{
    return stream->sent && stream->media != NEGOTIATE_NO_MEDIA;
}

/* distance: 1 is the next to be served. */
static void fetch(const struct seat_stream *stream, unsigned distance)
{
    if (distance == VIEWERS_AHEAD)
        fetch_leg(stream);
    else
        fetch_parts(stream, VIEWERS_AHEAD - 1u - distance);
}

static void set_next(struct viewers_ahead *ahead, struct list_node *node)
{
    ahead->next = node;
    if (node != &ahead->viewers->head)
        PREFETCH(*LIST_ELEMENT(node, struct seat_stream, in_track));
}

void viewers_ahead_begin(struct viewers_ahead *ahead, const struct list *viewers,
                         struct list_node *from)
{
    *ahead = (struct viewers_ahead){.viewers = viewers};
    set_next(ahead, from);
    for (unsigned i = 0; i < VIEWERS_AHEAD; i++)
        viewers_ahead_step(ahead);
}

void viewers_ahead_step(struct viewers_ahead *ahead)
{
    struct seat_stream *stream = NULL;
    if (ahead->next != &ahead->viewers->head) {
        stream = LIST_ELEMENT(ahead->next, struct seat_stream, in_track);
        set_next(ahead, ahead->next->next);
    }
    ahead->streams[ahead->at++ % VIEWERS_AHEAD] = stream;
    for (unsigned distance = 1; distance <= VIEWERS_AHEAD; distance++) {
        const struct seat_stream *one = ahead->streams[(ahead->at + distance - 1u) % VIEWERS_AHEAD];
        if (one && is_agreed_on(one))
            fetch(one, distance);
    }
}
