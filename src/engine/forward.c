/* One packet in, one for each seat that shows its track out. */
#include "engine/forward.h"

#include "engine/downlink.h"
#include "engine/leg.h"
#include "engine/participant.h"
#include "engine/seat_stream.h"
#include "engine/voices.h"

void forward_packet(struct track *track, const struct layer *layer, const struct packet *packet,
                    struct shared *shared)
{
    if (!track->enabled || !voices_pass(track))
        return;
    LIST_EACH(&track->viewers, node)
    {
        struct seat_stream *stream = LIST_ELEMENT(node, struct seat_stream, in_track);
        if (stream->video)
            downlink_forward(stream, layer, packet, shared);
        else if (seat_stream_forward(stream, layer, packet, shared))
            participant_mark_seats(stream->viewer->participant, shared);
    }
}
