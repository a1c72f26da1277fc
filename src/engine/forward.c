/* The fan-out: for each track that something came of, for each of its viewers, all that came. */
#include "engine/forward.h"

#include "engine/downlink.h"
#include "engine/leg.h"
#include "engine/participant.h"
#include "engine/seat_stream.h"
#include "engine/tx.h"
#include "engine/viewers_ahead.h"
#include "engine/voices.h"

static bool has_many_viewers(const struct track *track)
{
    unsigned count = 0;
    LIST_EACH(&track->viewers, node)
    if (++count == FORWARD_HOLD_VIEWERS)
        return true;
    return false;
}

bool forward_add(struct track *track, struct layer *layer, const struct packet *packet,
                 struct shared *shared)
{
    struct forward_batch *batch = &shared->forward;
    if (batch->count == FORWARD_BATCH_PACKETS)
        return false;
    if (batch->count == 0)
        batch->since_us = shared->now_us;
    batch->packets[batch->count++] = (struct forward_packet){
        .track = track, .layer = layer, .layer_id = layer->id, .seq = packet->seq};
    if (track->video)
        batch->unfinished = !packet->marker && has_many_viewers(track);
    return true;
}

uint64_t forward_wake_at(const struct shared *shared)
{
    const struct forward_batch *batch = &shared->forward;
    return batch->count > 0 ? batch->since_us + FORWARD_HOLD_US : UINT64_MAX;
}

bool forward_holds(const struct shared *shared)
{
    const struct forward_batch *batch = &shared->forward;
    return batch->count > 0 && batch->count <= FORWARD_BATCH_PACKETS / 2 && batch->unfinished &&
           batch->next == 0 && !batch->viewer && shared->now_us < forward_wake_at(shared);
}

void forward_forget(const struct track *track, struct shared *shared)
{
    struct forward_batch *batch = &shared->forward;
    size_t kept = 0;
    for (size_t i = 0; i < batch->count; i++)
        if (batch->packets[i].track != track)
            batch->packets[kept++] = batch->packets[i];
    batch->count = kept;
    /* Who knows whose frame it was that went on: nobody waits for it. */
    batch->unfinished = false;
}

/* NULL: it is not there any more. */
static struct packet *find(const struct forward_packet *which)
{
    return which->layer->id == which->layer_id ? packet_ring_edit(&which->layer->ring, which->seq)
                                               : NULL;
}

static void forward_one(struct seat_stream *stream, const struct forward_packet *which,
                        struct shared *shared)
{
    const struct packet *packet = find(which);
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
    struct viewers_ahead ahead;
    viewers_ahead_begin(&ahead, &track->viewers, node);
    while (node != &track->viewers.head) {
        if (tx_is_worth_draining(shared->tx)) {
            batch->viewer = node;
            return false;
        }
        struct list_node *next = node->next;
        viewers_ahead_step(&ahead);
        forward_all(LIST_ELEMENT(node, struct seat_stream, in_track), track, shared);
        node = next;
    }
    batch->viewer = NULL;
    return true;
}

/* ---- one length ------------------------------------------------------------------------------ */

/* A segmented send cuts equal pieces, of which only the last may be shorter. Encoders make the
 * packets of one frame equal but for a byte or two: RTP padding (RFC 3550 5.1) makes up for that.
 */
#define PAD_MAX 8u

static bool is_of_one_frame(const struct forward_packet *a, const struct packet *first,
                            const struct forward_packet *b, const struct packet *packet)
{
    return packet && a->layer == b->layer && first->timestamp == packet->timestamp;
}

/* Of one frame, from the first on; returns where the next begins. */
static size_t level_frame(struct forward_batch *batch, size_t from)
{
    const struct packet *first = find(&batch->packets[from]);
    size_t end = from + 1;
    uint16_t longest = first ? first->payload_len : 0;
    if (!first)
        return end;
    for (; end < batch->count; end++) {
        const struct packet *packet = find(&batch->packets[end]);
        if (!is_of_one_frame(&batch->packets[from], first, &batch->packets[end], packet))
            break;
        if (packet->payload_len > longest)
            longest = packet->payload_len;
    }
    for (size_t i = from; i < end; i++) {
        struct packet *packet = find(&batch->packets[i]);
        const unsigned missing = (unsigned)longest - packet->payload_len;
        /* The last one may be shorter. */
        packet->pad = missing <= PAD_MAX && i + 1 < end ? (uint8_t)missing : 0;
    }
    return end;
}

static void level(struct forward_batch *batch)
{
    for (size_t at = 0; at < batch->count;) {
        if (batch->packets[at].track->video)
            at = level_frame(batch, at);
        else
            at++;
    }
}

/* ---- everybody ------------------------------------------------------------------------------- */

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
    if (batch->next == 0 && !batch->viewer)
        level(batch);
    for (; batch->next < batch->count; batch->next++) {
        struct track *track = batch->packets[batch->next].track;
        if (was_done(batch, batch->next) || !track->enabled || !voices_pass(track))
            continue;
        if (!forward_track(track, shared))
            return false;
    }
    batch->count = 0;
    batch->next = 0;
    batch->unfinished = false;
    return true;
}
