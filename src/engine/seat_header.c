/* The rewritten front of an outgoing packet. */
#include "engine/seat_header.h"

#include <string.h>

#include "engine/leg.h"
#include "engine/payload.h"
#include "engine/red_stream.h"
#include "wire/dd.h"
#include "wire/rtp.h"
#include "wire/rtp_ext.h"

#define DESCRIPTOR_BYTES 255u

/* RFC 8285 4.2: the one-byte form holds ids 1..14 and values of 1..16 bytes. */
#define ONE_BYTE_MAX_ID  14u
#define ONE_BYTE_MAX_LEN 16u

struct extension_list {
    const struct negotiated *negotiated;
    const struct negotiated_media *media;
    struct rtp_extension list[RTP_MAX_EXTENSIONS];
    size_t count;
};

static void add(struct extension_list *extensions, enum rtp_ext_kind kind, const uint8_t *value,
                size_t len)
{
    const uint8_t id = extensions->media->extension_ids[kind];
    if (id == 0 || len == 0 || extensions->count == RTP_MAX_EXTENSIONS)
        return;
    if ((id > ONE_BYTE_MAX_ID || len > ONE_BYTE_MAX_LEN) &&
        !extensions->negotiated->extmap_allow_mixed)
        return;
    extensions->list[extensions->count++] =
        (struct rtp_extension){.id = id, .len = (uint8_t)len, .value = value};
}

/* AV1 RTP specification, A.8.1: every descriptor begins with start, end and template id in one
 * byte, then the frame number in two. */
static void copy_descriptor(const struct packet *packet, uint16_t frame_offset,
                            uint8_t out[static DESCRIPTOR_BYTES])
{
    memcpy(out, packet_dependency_descriptor(packet), packet->descriptor_len);
    if (packet->descriptor_len >= DD_MANDATORY_BYTES)
        dd_put_frame_number(out, (uint16_t)(bytes_get_u16(out + 1) + frame_offset));
}

/* What a packet's own extensions are written to, until the header is. */
struct extension_bytes {
    uint8_t level[RTP_EXT_AUDIO_LEVEL_BYTES], delay[RTP_EXT_PLAYOUT_DELAY_BYTES];
    uint8_t descriptor[DESCRIPTOR_BYTES];
};

static void add_packets_own(struct extension_list *extensions, const struct seat_header *header,
                            struct extension_bytes *bytes)
{
    const struct packet *packet = header->packet;
    if (packet->audio_level != PACKET_NO_LEVEL) {
        rtp_ext_put_audio_level(bytes->level, packet->audio_level, packet->voice);
        add(extensions, RTP_EXT_AUDIO_LEVEL, bytes->level, sizeof bytes->level);
    }
    if (packet->orientation != PACKET_NO_ORIENTATION)
        add(extensions, RTP_EXT_VIDEO_ORIENTATION, &packet->orientation, 1);
    if (packet->has_playout_delay) {
        rtp_ext_put_playout_delay(bytes->delay, packet->playout_min_ms, packet->playout_max_ms);
        add(extensions, RTP_EXT_PLAYOUT_DELAY, bytes->delay, sizeof bytes->delay);
    }
    if (packet->descriptor_len > 0) {
        copy_descriptor(packet, header->segment->frame_offset, bytes->descriptor);
        add(extensions, RTP_EXT_DEPENDENCY_DESCRIPTOR, bytes->descriptor, packet->descriptor_len);
    }
}

static uint8_t payload_type(const struct seat_header *header)
{
    if (header->rtx)
        return header->segment->rtx_payload_type;
    return header->frames ? header->segment->red_payload_type : header->segment->payload_type;
}

static int write_rtp(const struct seat_header *header, struct writer *writer)
{
    const struct seat_stream *stream = header->stream;
    const struct packet *packet = header->packet;
    struct extension_list extensions = {
        .negotiated = stream->viewer->negotiated,
        .media = &stream->viewer->negotiated->media[stream->media],
    };
    uint8_t send_time[RTP_EXT_ABS_SEND_TIME_BYTES], sequence[RTP_EXT_TRANSPORT_SEQ_BYTES];
    struct extension_bytes own;

    const char *mid = extensions.media->mid;
    add(&extensions, RTP_EXT_MID, (const uint8_t *)mid, strlen(mid));
    rtp_ext_put_abs_send_time(send_time, header->now_us);
    add(&extensions, RTP_EXT_ABS_SEND_TIME, send_time, sizeof send_time);
    rtp_ext_put_transport_seq(sequence, header->transport_sequence);
    add(&extensions, RTP_EXT_TRANSPORT_SEQ, sequence, sizeof sequence);
    if (packet)
        add_packets_own(&extensions, header, &own);

    const struct rtp_header rtp = {
        .timestamp = header->timestamp,
        .ssrc = header->rtx ? stream->rtx_ssrc : stream->ssrc,
        .seq = header->rtx ? header->rtx_sequence : header->sequence,
        .payload_type = payload_type(header),
        .marker = header->marker,
        .padding = header->padding,
    };
    return rtp_write_header(writer, &rtp, extensions.list, extensions.count) == 0 ? 0 : -1;
}

/* ---- the front that is made once ------------------------------------------------------------ */

static void find_values(struct seat_front *front, const struct negotiated_media *media)
{
    struct rtp_packet packet;
    struct rtp_extension extension;
    if (rtp_parse(front->bytes, front->len, &packet) != 0)
        return;
    struct rtp_extensions walk = rtp_extensions_of(&packet, front->bytes);
    while (rtp_extensions_next(&walk, &extension)) {
        const uint8_t at = (uint8_t)(extension.value - front->bytes);
        if (extension.id == media->extension_ids[RTP_EXT_ABS_SEND_TIME])
            front->send_time_at = at;
        else if (extension.id == media->extension_ids[RTP_EXT_TRANSPORT_SEQ])
            front->sequence_at = at;
        else if (extension.id == media->extension_ids[RTP_EXT_AUDIO_LEVEL])
            front->level_at = at;
    }
}

void seat_header_prepare(struct seat_stream *stream)
{
    const struct negotiated *negotiated = stream->viewer->negotiated;
    struct extension_list extensions = {
        .negotiated = negotiated,
        .media = &negotiated->media[stream->media],
    };
    static const uint8_t zeros[RTP_EXT_ABS_SEND_TIME_BYTES];
    const char *mid = extensions.media->mid;
    const struct rtp_header rtp = {.ssrc = stream->ssrc};
    struct writer writer = writer_of(stream->front.bytes, SEAT_FRONT_BYTES);
    add(&extensions, RTP_EXT_MID, (const uint8_t *)mid, strlen(mid));
    add(&extensions, RTP_EXT_ABS_SEND_TIME, zeros, RTP_EXT_ABS_SEND_TIME_BYTES);
    add(&extensions, RTP_EXT_TRANSPORT_SEQ, zeros, RTP_EXT_TRANSPORT_SEQ_BYTES);
    if (!stream->video)
        add(&extensions, RTP_EXT_AUDIO_LEVEL, zeros, RTP_EXT_AUDIO_LEVEL_BYTES);
    stream->front.len = 0;
    stream->front.send_time_at = stream->front.sequence_at = stream->front.level_at = 0;
    if (rtp_write_header(&writer, &rtp, extensions.list, extensions.count) != 0)
        return;
    stream->front.len = (uint8_t)writer.at;
    find_values(&stream->front, extensions.media);
}

/* Nothing of the packet's own goes along but what the front has room for. */
static bool fits_front(const struct seat_front *front, const struct packet *packet)
{
    if (front->len == 0)
        return false;
    if (!packet)
        return front->level_at == 0;
    return packet->orientation == PACKET_NO_ORIENTATION && !packet->has_playout_delay &&
           packet->descriptor_len == 0 &&
           (packet->audio_level != PACKET_NO_LEVEL) == (front->level_at != 0);
}

#define RTP_PADDING_FLAG 0x20u
#define RTP_MARKER_FLAG  0x80u

/* RFC 3550 5.1. */
static int write_front(const struct seat_header *header, struct writer *writer)
{
    const struct seat_stream *stream = header->stream;
    const struct seat_front *front = &stream->front;
    uint8_t *out = writer_reserve(writer, front->len);
    if (!out)
        return -1;
    memcpy(out, front->bytes, front->len);
    if (header->padding)
        out[0] |= RTP_PADDING_FLAG;
    out[1] = (uint8_t)(payload_type(header) | (header->marker ? RTP_MARKER_FLAG : 0u));
    bytes_put_u16(out + 2, header->rtx ? header->rtx_sequence : header->sequence);
    bytes_put_u32(out + 4, header->timestamp);
    if (header->rtx)
        bytes_put_u32(out + 8, stream->rtx_ssrc);
    if (front->send_time_at != 0)
        rtp_ext_put_abs_send_time(out + front->send_time_at, header->now_us);
    if (front->sequence_at != 0)
        rtp_ext_put_transport_seq(out + front->sequence_at, header->transport_sequence);
    if (front->level_at != 0)
        rtp_ext_put_audio_level(out + front->level_at, header->packet->audio_level,
                                header->packet->voice);
    return 0;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static int write_payload(const struct seat_header *header, struct writer *writer, struct span *rest)
{
    const struct packet *packet = header->packet;
    *rest = (struct span){packet->bytes, packet->payload_len};
    if (header->frames) {
        *rest = (struct span){0};
        return red_stream_write(header->frames, packet, header->segment->payload_type, writer);
    }
    const struct payload_shift shift = {
        .picture = (uint16_t)(header->segment->picture_offset - header->picture_shift),
        .tl0 = header->segment->tl0_offset,
    };
    payload_renumber(packet, &shift, writer, rest);
    return 0;
}

int seat_header_write(const struct seat_header *header, struct writer *writer, size_t *header_len,
                      struct span *rest)
{
    *rest = (struct span){0};
    const bool plain = fits_front(&header->stream->front, header->packet);
    if ((plain ? write_front(header, writer) : write_rtp(header, writer)) != 0)
        return -1;
    *header_len = writer->at;
    if (header->rtx && !header->padding)
        writer_u16(writer, header->sequence);
    if (header->packet && write_payload(header, writer, rest) != 0)
        return -1;
    return writer->failed ? -1 : 0;
}
