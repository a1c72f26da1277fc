/* Values of header extensions. */
#include "wire/rtp_ext.h"

#include <string.h>

static const char *const uris[RTP_EXT_KINDS] = {
    [RTP_EXT_MID] = "urn:ietf:params:rtp-hdrext:sdes:mid",
    [RTP_EXT_RID] = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    [RTP_EXT_REPAIRED_RID] = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    [RTP_EXT_ABS_SEND_TIME] = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    [RTP_EXT_TRANSPORT_SEQ] =
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    [RTP_EXT_AUDIO_LEVEL] = "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    [RTP_EXT_VIDEO_ORIENTATION] = "urn:3gpp:video-orientation",
    [RTP_EXT_PLAYOUT_DELAY] = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    [RTP_EXT_ABS_CAPTURE_TIME] = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
    [RTP_EXT_VIDEO_LAYERS_ALLOCATION] =
        "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
    [RTP_EXT_DEPENDENCY_DESCRIPTOR] =
        "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
};

const char *rtp_ext_uri(enum rtp_ext_kind kind)
{
    return kind < RTP_EXT_KINDS ? uris[kind] : NULL;
}

enum rtp_ext_kind rtp_ext_kind_of_uri(const char *uri, size_t len)
{
    for (unsigned kind = 1; kind < RTP_EXT_KINDS; kind++) {
        if (strlen(uris[kind]) == len && memcmp(uris[kind], uri, len) == 0)
            return (enum rtp_ext_kind)kind;
    }
    return RTP_EXT_NONE;
}

/* mid and rid are SDP tokens; anything else cannot match a negotiated one and is kept away from
 * logs and lookups. */
static void read_id_text(struct span value, struct span *out)
{
    if (value.len > RTP_EXT_MAX_ID_TEXT)
        return;
    for (size_t i = 0; i < value.len; i++) {
        if (value.bytes[i] <= 0x20 || value.bytes[i] >= 0x7f)
            return;
    }
    *out = value;
}

/*  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3
 * |       MIN delay       |       MAX delay       |  in units of 10 ms */
static void read_playout_delay(struct span value, struct rtp_ext_values *out)
{
    uint32_t both;

    if (value.len != RTP_EXT_PLAYOUT_DELAY_BYTES)
        return;
    both = bytes_get_u24(value.bytes);
    out->playout_min_ms = (uint16_t)((both >> 12) * 10u);
    out->playout_max_ms = (uint16_t)((both & 0xfffu) * 10u);
    out->has_playout_delay = true;
}

/* RFC 6464 3: V (1 bit), level (7 bits). The two-byte form may carry padding after it. */
static void read_audio_level(struct span value, struct rtp_ext_values *out)
{
    out->voice = (value.bytes[0] & 0x80u) != 0;
    out->audio_level_dbov = value.bytes[0] & 0x7fu;
    out->has_audio_level = true;
}

static void read_value(enum rtp_ext_kind kind, struct span value, struct rtp_ext_values *out)
{
    switch (kind) {
    case RTP_EXT_MID:
        read_id_text(value, &out->mid);
        break;
    case RTP_EXT_RID:
        read_id_text(value, &out->rid);
        break;
    case RTP_EXT_REPAIRED_RID:
        read_id_text(value, &out->repaired_rid);
        break;
    case RTP_EXT_ABS_SEND_TIME:
        if (value.len == RTP_EXT_ABS_SEND_TIME_BYTES) {
            out->abs_send_time = bytes_get_u24(value.bytes);
            out->has_abs_send_time = true;
        }
        break;
    case RTP_EXT_TRANSPORT_SEQ:
        /* Version 2 appends a feedback request; the number is in the same place. */
        if (value.len >= RTP_EXT_TRANSPORT_SEQ_BYTES) {
            out->transport_seq = bytes_get_u16(value.bytes);
            out->has_transport_seq = true;
        }
        break;
    case RTP_EXT_AUDIO_LEVEL:
        read_audio_level(value, out);
        break;
    case RTP_EXT_VIDEO_ORIENTATION:
        out->video_orientation = value.bytes[0];
        out->has_video_orientation = true;
        break;
    case RTP_EXT_PLAYOUT_DELAY:
        read_playout_delay(value, out);
        break;
    case RTP_EXT_ABS_CAPTURE_TIME:
        out->abs_capture_time = value;
        break;
    case RTP_EXT_VIDEO_LAYERS_ALLOCATION:
        out->video_layers_allocation = value;
        break;
    case RTP_EXT_DEPENDENCY_DESCRIPTOR:
        out->dependency_descriptor = value;
        break;
    case RTP_EXT_NONE:
    case RTP_EXT_KINDS:
        break;
    }
}

void rtp_ext_read(const struct rtp_packet *packet, const uint8_t *bytes,
                  const struct rtp_ext_ids *ids, struct rtp_ext_values *out)
{
    struct rtp_extensions extensions = rtp_extensions_of(packet, bytes);
    struct rtp_extension extension;

    memset(out, 0, sizeof *out);
    while (rtp_extensions_next(&extensions, &extension)) {
        if (extension.len == 0)
            continue;
        read_value((enum rtp_ext_kind)ids->kind_of_id[extension.id],
                   (struct span){extension.value, extension.len}, out);
    }
}

/* Seconds in 6.18 fixed point: now_us * 2^18 / 10^6, of which the low 24 bits go out. */
void rtp_ext_put_abs_send_time(uint8_t out[static RTP_EXT_ABS_SEND_TIME_BYTES], uint64_t now_us)
{
    /* 64 s is where the field wraps; the remainder keeps the shift from overflowing. */
    uint64_t fixed = ((now_us % 64000000u) << 18) / 1000000u;

    bytes_put_u24(out, (uint32_t)fixed & 0xffffffu);
}

void rtp_ext_put_transport_seq(uint8_t out[static RTP_EXT_TRANSPORT_SEQ_BYTES], uint16_t seq)
{
    bytes_put_u16(out, seq);
}

void rtp_ext_put_audio_level(uint8_t out[static RTP_EXT_AUDIO_LEVEL_BYTES], uint8_t level_dbov,
                             bool voice)
{
    out[0] = (uint8_t)((voice ? 0x80u : 0u) | (level_dbov & 0x7fu));
}

static uint32_t playout_units(uint16_t delay_ms)
{
    uint32_t units = delay_ms / 10u;

    return units > 0xfffu ? 0xfffu : units;
}

void rtp_ext_put_playout_delay(uint8_t out[static RTP_EXT_PLAYOUT_DELAY_BYTES], uint16_t min_ms,
                               uint16_t max_ms)
{
    bytes_put_u24(out, playout_units(min_ms) << 12 | playout_units(max_ms));
}
