/* From bytes to struct arrival. */
#include "engine/arrival.h"

#include "engine/packet.h"
#include "wire/rtp.h"

/* RFC 4588 4: an RTX payload begins with the original sequence number.
 *
 *      0                   1
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-------------------
 *     |              OSN              |  original payload …
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-------------------  */
#define OSN_BYTES 2u

static void take_extensions(const struct rtp_ext_values *values, struct arrival *out)
{
    out->mid = values->mid;
    out->rid = values->rid;
    out->repaired_rid = values->repaired_rid;
    out->dependency_descriptor = values->dependency_descriptor;
    out->layers_allocation = values->video_layers_allocation;
    out->has_transport_sequence = values->has_transport_seq;
    out->transport_sequence = values->transport_seq;
    out->audio_level = PACKET_NO_LEVEL;
    if (values->has_audio_level)
        out->audio_level = values->audio_level_dbov;
    out->voice = values->voice;
    out->orientation = PACKET_NO_ORIENTATION;
    if (values->has_video_orientation)
        out->orientation = values->video_orientation;
    out->has_playout_delay = values->has_playout_delay;
    out->playout_min_ms = values->playout_min_ms;
    out->playout_max_ms = values->playout_max_ms;
}

int arrival_parse(const uint8_t *bytes, size_t len, const struct rtp_ext_ids *ids,
                  struct arrival *out)
{
    struct rtp_packet packet;
    if (rtp_parse(bytes, len, &packet) != 0)
        return -1;
    *out = (struct arrival){
        .ssrc = packet.ssrc,
        .timestamp = packet.timestamp,
        .sequence = packet.seq,
        .payload_type = packet.payload_type,
        .marker = packet.marker,
        .payload = {bytes + packet.payload_at, packet.payload_len},
    };
    struct rtp_ext_values values;
    rtp_ext_read(&packet, bytes, ids, &values);
    take_extensions(&values, out);
    return 0;
}

int arrival_unwrap(struct arrival *arrival)
{
    if (arrival->payload.len <= OSN_BYTES)
        return -1;
    arrival->sequence = bytes_get_u16(arrival->payload.bytes);
    arrival->payload.bytes += OSN_BYTES;
    arrival->payload.len -= OSN_BYTES;
    arrival->repaired = true;
    return 0;
}
