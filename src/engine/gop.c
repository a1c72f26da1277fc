/* Keeps count; the ring keeps the packets. */
#include "engine/gop.h"

#include "base/seq.h"

/* A key frame of H.264 has several packets that decoding could begin with, if the parameter sets
 * were known: they come in the first. */
static bool begins_group(const struct gop *gop, const struct packet *packet)
{
    if (!packet->keyframe || !gop->known)
        return packet->keyframe;
    return packet->timestamp != gop->timestamp && seq32_newer(packet->seq, gop->first_seq);
}

bool gop_note(struct gop *gop, const struct packet *packet)
{
    if (begins_group(gop, packet))
        *gop = (struct gop){
            .known = true,
            .first_seq = packet->seq,
            .since_us = packet->arrival_us,
            .timestamp = packet->timestamp,
        };
    if (gop->known && packet->keyframe && packet->timestamp == gop->timestamp &&
        seq32_newer(gop->first_seq, packet->seq))
        gop->first_seq = packet->seq; /* came late */
    if (!gop->known || seq32_newer(gop->first_seq, packet->seq))
        return false;
    if (gop->bytes <= GOP_MAX_BYTES)
        gop->bytes += packet->payload_len;
    if (packet->timestamp != gop->timestamp)
        return false;
    gop->key_bytes += packet->payload_len;
    return true;
}

bool gop_is_whole(const struct gop *gop, const struct packet_ring *ring, uint32_t highest,
                  uint64_t now_us)
{
    if (!gop->known || gop->bytes > GOP_MAX_BYTES || now_us > gop->since_us + GOP_MAX_AGE_US ||
        highest - gop->first_seq > ring->mask)
        return false;
    for (uint32_t seq = gop->first_seq; !seq32_newer(seq, highest); seq++)
        if (!packet_ring_find(ring, seq))
            return false;
    return true;
}
