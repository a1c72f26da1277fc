/* Repairs that nobody had to ask for. Transport-wide feedback tells of each packet, repetitions
 * too, whether it came. A NACK gets lost as well, and a browser asks again only 100 ms later; by
 * then a picture that waits for its base layer has stood still. So on a link that loses, what all
 * later frames need is repeated as soon as feedback says that it is missing. */
#include "base/prefetch.h"
#include "engine/downlink_inner.h"
#include "engine/leg.h"
#include "engine/seat_sent.h"
#include "engine/seat_stream.h"

/* With less loss NACKs do. */
#define LOSES_PERMILLE 10u

static struct downlink_trace *slot_of(struct downlink *downlink, uint16_t transport)
{
    return &downlink->traces[transport & (LIMIT_TRACED_PACKETS - 1u)];
}

void downlink_trace(struct downlink *downlink, const struct downlink_packet *packet)
{
    *slot_of(downlink, packet->sequence) = (struct downlink_trace){
        .transport = packet->sequence,
        .sequence = packet->of,
        .seat = packet->seat,
        .again = packet->kind == DOWNLINK_RTX,
        .open =
            packet->kind == DOWNLINK_VIDEO || (packet->kind == DOWNLINK_RTX && packet->probe == 0),
    };
}

/* NULL: no video, told of before, or long ago. */
static struct downlink_trace *find(struct downlink *downlink, uint16_t transport)
{
    struct downlink_trace *trace = slot_of(downlink, transport);
    return trace->open && trace->transport == transport ? trace : NULL;
}

static struct sent_packet *packet_of(struct leg *viewer, const struct downlink_trace *trace)
{
    const struct seat_stream *stream = &viewer->seats[trace->seat]->video;
    return stream->sent ? seat_sent_find(stream, trace->sequence) : NULL;
}

static void note_arrivals(struct leg *viewer, const struct bwe_arrival *arrivals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct downlink_trace *trace =
            arrivals[i].received ? find(viewer->downlink, arrivals[i].sequence) : NULL;
        struct sent_packet *sent = trace ? packet_of(viewer, trace) : NULL;
        if (trace)
            trace->open = false;
        if (sent)
            sent->arrived = true;
    }
}

static void repair_lost(struct leg *viewer, const struct bwe_arrival *arrivals, size_t count,
                        struct shared *shared)
{
    for (size_t i = 0; i < count; i++) {
        struct downlink_trace *trace =
            arrivals[i].received ? NULL : find(viewer->downlink, arrivals[i].sequence);
        const struct sent_packet *sent = trace ? packet_of(viewer, trace) : NULL;
        if (trace)
            trace->open = false;
        if (!sent || sent->arrived)
            continue;
        struct seat_stream *stream = &viewer->seats[trace->seat]->video;
        if (trace->again)
            seat_stream_repetition_lost(stream, trace->sequence, shared->now_us);
        if (seat_stream_is_base(stream, trace->sequence)) {
            SHARED_COUNT(shared, lost_repaired);
            downlink_repair(stream, trace->sequence, 1, shared);
        }
    }
}

void downlink_take_fates(struct leg *viewer, const struct bwe_arrival *arrivals, size_t count,
                         struct shared *shared)
{
    note_arrivals(viewer, arrivals, count);
    if (downlink_loss_permille(viewer) >= LOSES_PERMILLE)
        repair_lost(viewer, arrivals, count, shared);
}

void downlink_trace_prefetch(const struct downlink *downlink, uint16_t transport)
{
    prefetch(&downlink->traces[transport & (LIMIT_TRACED_PACKETS - 1u)], CACHE_LINE_BYTES);
}
