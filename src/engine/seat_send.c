/* Writes, encrypts, accounts. */
#include "engine/seat_send.h"

#include <string.h>

#include "engine/downlink.h"
#include "engine/leg.h"
#include "engine/tx.h"

/* "The last octet of the padding contains a count of how many padding octets should be ignored,
 * including itself" (RFC 3550 5.1). */
static void write_padding(struct writer *writer, uint8_t padding)
{
    if (padding == 0)
        return;
    writer_zeros(writer, padding - 1u);
    writer_u8(writer, padding);
}

static bool is_numbered(const struct seat_stream *stream)
{
    const struct negotiated_media *media = &stream->viewer->negotiated->media[stream->media];
    return media->extension_ids[RTP_EXT_TRANSPORT_SEQ] != 0;
}

size_t seat_send(struct seat_stream *stream, struct seat_header *header, uint8_t padding,
                 uint8_t kind, uint8_t probe, struct shared *shared)
{
    struct leg *viewer = stream->viewer;
    uint8_t bytes[SEAT_HEADER_BYTES + LIMIT_DATAGRAM_BYTES];
    struct writer writer = writer_of(bytes, sizeof bytes);
    size_t header_len;
    struct span payload;
    header->padding = padding > 0;
    header->now_us = shared->now_us;
    header->transport_sequence = viewer->transport_sequence;
    if (seat_header_write(header, &writer, &header_len, &payload) != 0)
        return 0;
    /* A payload that begins with something new is put together here; else it is encrypted
     * straight from the ring. */
    if (writer.at > header_len || padding > 0) {
        writer_bytes(&writer, payload.bytes, payload.len);
        write_padding(&writer, padding);
        payload = (struct span){bytes + header_len, writer.at - header_len};
    }
    if (writer.failed)
        return 0;
    const bool numbered = is_numbered(stream);
    if (numbered)
        viewer->transport_sequence++;
    if (transport_send_rtp(viewer->transport, bytes, header_len, payload.bytes, payload.len,
                           shared->tx) != 0)
        return 0;
    const struct downlink_packet packet = {
        .bytes = (uint16_t)(header_len + payload.len),
        .numbered = numbered,
        .sequence = header->transport_sequence,
        .kind = kind,
        .seat = stream->seat,
        .of = header->sequence,
        .probe = probe,
    };
    downlink_sent(viewer, &packet, shared);
    return packet.bytes;
}
