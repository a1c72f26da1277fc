/* Codec by codec: where decoding can start, and which numbers there are. */
#include "engine/payload.h"

#include "engine/negotiate.h"
#include "wire/av1.h"
#include "wire/h264.h"
#include "wire/vp8.h"
#include "wire/vp9.h"

#define PICTURE_ID_BITS 15u

/* A VP9 scalability structure can be longer than any real one; such a descriptor stays as it is. */
#define DESCRIPTOR_MAX_BYTES 200u

static void describe_vp8(struct packet *packet, struct payload_sizes *sizes)
{
    struct vp8_payload vp8;
    if (vp8_parse(packet->bytes, packet->payload_len, &vp8) != 0)
        return;
    packet->keyframe = vp8.key_frame;
    packet->picture = (struct packet_picture){
        .descriptor_len = vp8.descriptor_len,
        .id = vp8.picture_id,
        .id_bits = vp8.picture_id_bits == PICTURE_ID_BITS ? PICTURE_ID_BITS : 0,
        .id_at = vp8.picture_id_at,
        .tl0 = vp8.tl0picidx,
        .tl0_at = vp8.tl0picidx_at,
    };
    /* Frames can only be left out where the rest can be numbered anew. */
    const bool layered = vp8.has_tid && packet->picture.id_bits != 0 && vp8.tl0picidx_at != 0;
    packet->frame = (struct packet_frame){
        .layering = layered ? PACKET_VP8 : PACKET_WHOLE,
        .temporal = layered ? vp8.tid : 0,
        .begins = vp8.frame_start,
        .ends = packet->marker,
        .sync = vp8.layer_sync,
        .number = vp8.picture_id,
    };
    if (vp8.width != 0) {
        sizes->width[0] = vp8.width;
        sizes->height[0] = vp8.height;
    }
}

static void note_sizes(const struct vp9_payload *vp9, struct payload_sizes *sizes)
{
    for (size_t i = 0; i < vp9->spatial_count && i < PACKET_SPATIAL_LAYERS; i++) {
        sizes->width[i] = vp9->widths[i];
        sizes->height[i] = vp9->heights[i];
    }
}

static void describe_vp9(struct packet *packet, struct payload_sizes *sizes)
{
    struct vp9_payload vp9;
    if (vp9_parse(packet->bytes, packet->payload_len, &vp9) != 0)
        return;
    packet->keyframe = vp9.key_frame;
    packet->picture = (struct packet_picture){
        .descriptor_len = vp9.descriptor_len,
        .id = vp9.picture_id,
        .id_bits = vp9.picture_id_bits == PICTURE_ID_BITS ? PICTURE_ID_BITS : 0,
        .id_at = vp9.picture_id_at,
        .tl0 = vp9.tl0picidx,
        .tl0_at = vp9.tl0picidx_at,
    };
    const bool layered =
        vp9.has_layers && packet->picture.id_bits != 0 && vp9.sid < PACKET_SPATIAL_LAYERS;
    packet->frame = (struct packet_frame){
        .layering = layered ? PACKET_VP9 : PACKET_WHOLE,
        .spatial = layered ? vp9.sid : 0,
        .temporal = layered ? vp9.tid : 0,
        .begins = vp9.frame_start,
        .ends = vp9.frame_end,
        .sync = vp9.switching_up,
        .alone = vp9.not_reference_above,
        .number = vp9.picture_id,
    };
    note_sizes(&vp9, sizes);
}

void payload_describe(struct packet *packet, struct payload_sizes *sizes)
{
    struct h264_payload h264;
    struct av1_payload av1;

    packet->keyframe = false;
    packet->picture = (struct packet_picture){0};
    packet->frame = (struct packet_frame){.ends = packet->marker};
    switch (packet->codec) {
    case CODEC_VP8:
        describe_vp8(packet, sizes);
        break;
    case CODEC_VP9:
        describe_vp9(packet, sizes);
        break;
    case CODEC_H264:
        packet->keyframe =
            h264_parse(packet->bytes, packet->payload_len, &h264) == 0 && h264.key_frame;
        break;
    case CODEC_AV1:
        packet->keyframe =
            av1_parse(packet->bytes, packet->payload_len, &av1) == 0 && av1.key_frame;
        break;
    default:
        break;
    }
}

void payload_renumber(const struct packet *packet, const struct payload_shift *shift,
                      struct writer *writer, struct span *payload)
{
    const struct packet_picture *picture = &packet->picture;
    if ((picture->id_bits == 0 && picture->tl0_at == 0) ||
        picture->descriptor_len > DESCRIPTOR_MAX_BYTES)
        return;
    const size_t len = picture->descriptor_len;
    uint8_t *copy = writer_reserve(writer, len);
    if (!copy)
        return;
    for (size_t i = 0; i < len; i++)
        copy[i] = packet->bytes[i];
    /* VP8 and VP9 write both fields alike. */
    const struct vp8_payload where = {
        .picture_id_bits = picture->id_bits,
        .picture_id_at = picture->id_at,
        .tl0picidx_at = picture->tl0_at,
    };
    vp8_rewrite(copy, &where, (uint16_t)(picture->id + shift->picture) & 0x7fffu,
                (uint8_t)(picture->tl0 + shift->tl0));
    payload->bytes += len;
    payload->len -= len;
}
