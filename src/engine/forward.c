/* The fan-out: for each track that something came of, for each of its viewers, all that came. */
#include "engine/forward.h"

#include "engine/downlink.h"
#include "engine/leg.h"
#include "engine/participant.h"
#include "engine/seat_stream.h"
#include "engine/tx.h"
#include "engine/voices.h"

bool forward_add(struct track *track, struct layer *layer, const struct packet *packet,
                 struct shared *shared)
{
    struct forward_batch *batch = &shared->forward;
    if (batch->count == FORWARD_BATCH_PACKETS)
        return false;
    batch->packets[batch->count++] = (struct forward_packet){
        .track = track, .layer = layer, .layer_id = layer->id, .seq = packet->seq};
    return true;
}

static void forward_one(struct seat_stream *stream, const struct forward_packet *which,
                        struct shared *shared)
{
    const struct packet *packet = which->layer->id == which->layer_id
                                      ? packet_ring_find(&which->layer->ring, which->seq)
                                      : NULL;
    if (!packet)
        return;
    if (stream->video)
        downlink_forward(stream, which->layer, packet, shared);
    else if (seat_stream_forward(stream, which->layer, packet, shared))
        participant_mark_seats(stream->viewer->participant, shared);
}

/* All packets of the track that is next, to one of its viewers. */
static void forward_all(struct seat_stream *stream, const struct track *track,
                        struct shared *shared)
{
    const struct forward_batch *batch = &shared->forward;
    for (size_t i = batch->next; i < batch->count; i++)
        if (batch->packets[i].track == track)
            forward_one(stream, &batch->packets[i], shared);
}

/* False: the arena is full enough, batch->viewer is who comes next. */
static bool forward_track(struct track *track, struct shared *shared)
{
    struct forward_batch *batch = &shared->forward;
    struct list_node *node = batch->viewer ? batch->viewer : track->viewers.head.next;
    while (node != &track->viewers.head) {
        if (tx_is_worth_draining(shared->tx)) {
            batch->viewer = node;
            return false;
        }
        struct list_node *next = node->next;
        forward_all(LIST_ELEMENT(node, struct seat_stream, in_track), track, shared);
        node = next;
    }
    batch->viewer = NULL;
    return true;
}

static bool was_done(const struct forward_batch *batch, size_t which)
{
    for (size_t i = 0; i < which; i++)
        if (batch->packets[i].track == batch->packets[which].track)
            return true;
    return false;
}

bool forward_run(struct shared *shared)
{
    struct forward_batch *batch = &shared->forward;
    for (; batch->next < batch->count; batch->next++) {
        struct track *track = batch->packets[batch->next].track;
        if (was_done(batch, batch->next) || !track->enabled || !voices_pass(track))
            continue;
        if (!forward_track(track, shared))
            return false;
    }
    batch->count = 0;
    batch->next = 0;
    return true;
}
