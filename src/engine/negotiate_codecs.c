/* See negotiate_codecs.h and, for the two finders, negotiate.h. */
#include "engine/negotiate_codecs.h"

/* ---- one format ---------------------------------------------------------------------------- */

/* RFC 6184 8.1, table 5: x is either. */
static const struct {
    uint8_t idc, iop_mask, iop;
    uint8_t profile;
} H264_PROFILES[] = {
    {0x42, 0x4f, 0x40, H264_CONSTRAINED_BASELINE}, /* x1xx0000 */
    {0x4d, 0x8f, 0x80, H264_CONSTRAINED_BASELINE}, /* 1xxx0000 */
    {0x58, 0xcf, 0xc0, H264_CONSTRAINED_BASELINE}, /* 11xx0000 */
    {0x42, 0x4f, 0x00, H264_BASELINE},             /* x0xx0000 */
    {0x58, 0xcf, 0x80, H264_BASELINE},             /* 10xx0000 */
    {0x4d, 0xaf, 0x00, H264_MAIN},                 /* 0x0x0000 */
    {0x58, 0xcf, 0x00, H264_EXTENDED},             /* 00xx0000 */
    {0x64, 0xff, 0x0c, H264_CONSTRAINED_HIGH},     /* H.264 A.2.4.2; Safari and Chromium */
    {0x64, 0xff, 0x00, H264_HIGH},
    {0xf4, 0xff, 0x00, H264_HIGH_444_PREDICTIVE},
};

enum h264_profile h264_profile_of(struct sdp_text profile_level_id)
{
    uint8_t bytes[3];
    if (profile_level_id.len != 6)
        return H264_UNKNOWN;
    for (size_t i = 0; i < 3; i++) {
        const int high = sdp_text_hex(profile_level_id.at[2 * i]);
        const int low = sdp_text_hex(profile_level_id.at[2 * i + 1]);
        if (high < 0 || low < 0)
            return H264_UNKNOWN;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    for (size_t i = 0; i < sizeof H264_PROFILES / sizeof H264_PROFILES[0]; i++) {
        if (bytes[0] == H264_PROFILES[i].idc &&
            (bytes[1] & H264_PROFILES[i].iop_mask) == H264_PROFILES[i].iop)
            return (enum h264_profile)H264_PROFILES[i].profile;
    }
    return H264_UNKNOWN;
}

/* A small number in a=fmtp; missing is `missing`, odd is 255, which equals nothing we know. */
static uint8_t parameter_of(const struct sdp_format *format, const char *name, uint8_t missing)
{
    struct sdp_text value;
    uint64_t number;
    if (!sdp_text_parameter(format->fmtp, name, &value))
        return missing;
    return sdp_text_uint(value, 254, &number) ? (uint8_t)number : 255;
}

static bool read_opus(const struct sdp_format *format, struct negotiated_codec *codec)
{
    codec->stereo = parameter_of(format, "stereo", 0) == 1;
    codec->inband_fec = parameter_of(format, "useinbandfec", 0) == 1;
    codec->dtx = parameter_of(format, "usedtx", 0) == 1;
    /* RFC 7587 7: "the RTP clock rate … MUST be 48000, and the number of channels MUST be 2" */
    return format->clock_rate_hz == 48000 && format->channels == 2;
}

/* RFC 2198 5: "111/111", here with the Opus that it carries first. */
static bool read_red(const struct sdp_format *format, struct negotiated_codec *codec)
{
    struct sdp_text blocks = format->fmtp;
    uint64_t primary;
    if (!sdp_text_uint(sdp_text_trim(sdp_text_take(&blocks, '/')), 127, &primary))
        return false;
    codec->red_payload_type = (uint8_t)primary;
    return format->clock_rate_hz == 48000 && format->channels == 2;
}

static bool read_vp8(const struct sdp_format *format, struct negotiated_codec *codec)
{
    (void)codec;
    return format->clock_rate_hz == 90000;
}

static bool read_vp9(const struct sdp_format *format, struct negotiated_codec *codec)
{
    codec->vp9_profile = parameter_of(format, "profile-id", 0); /* RFC 9628 6 */
    return format->clock_rate_hz == 90000 && codec->vp9_profile <= 3;
}

static bool read_av1(const struct sdp_format *format, struct negotiated_codec *codec)
{
    codec->av1_profile = parameter_of(format, "profile", 0); /* AV1 RTP 7.2 */
    return format->clock_rate_hz == 90000 && codec->av1_profile <= 2;
}

static bool read_h264(const struct sdp_format *format, struct negotiated_codec *codec)
{
    struct sdp_text profile = sdp_text("42000a"); /* RFC 6184 8.1: Baseline, if not given */
    (void)sdp_text_parameter(format->fmtp, "profile-level-id", &profile);
    codec->h264_profile = (uint8_t)h264_profile_of(profile);
    codec->h264_packetization = parameter_of(format, "packetization-mode", 0);
    return format->clock_rate_hz == 90000 && codec->h264_profile != H264_UNKNOWN &&
           codec->h264_packetization <= 1;
}

static const struct {
    const char *name;
    uint8_t kind; /* enum sdp_kind */
    uint8_t codec;
    bool (*read)(const struct sdp_format *format, struct negotiated_codec *codec);
} CODECS[] = {
    {"opus", SDP_AUDIO, CODEC_OPUS, read_opus}, {"red", SDP_AUDIO, CODEC_RED, read_red},
    {"VP8", SDP_VIDEO, CODEC_VP8, read_vp8},    {"VP9", SDP_VIDEO, CODEC_VP9, read_vp9},
    {"H264", SDP_VIDEO, CODEC_H264, read_h264}, {"AV1", SDP_VIDEO, CODEC_AV1, read_av1},
};

static bool read_codec(uint8_t kind, const struct sdp_format *format, struct negotiated_codec *out)
{
    *out = (struct negotiated_codec){
        .payload_type = format->payload_type,
        .rtx_payload_type = NEGOTIATE_NO_PAYLOAD,
        .red_payload_type = NEGOTIATE_NO_PAYLOAD,
        .feedback = format->feedback & (NEGOTIATE_FB_NACK | NEGOTIATE_FB_PLI | NEGOTIATE_FB_FIR |
                                        NEGOTIATE_FB_TRANSPORT_CC),
        .channels = format->channels,
        .clock_rate_hz = format->clock_rate_hz,
    };
    for (size_t i = 0; i < sizeof CODECS / sizeof CODECS[0]; i++) {
        if (kind == CODECS[i].kind && sdp_text_is_nocase(format->name, CODECS[i].name)) {
            out->codec = CODECS[i].codec;
            return CODECS[i].read(format, out);
        }
    }
    return false;
}

/* ---- one m-line ---------------------------------------------------------------------------- */

static struct negotiated_codec *find_primary(struct negotiated_media *media, uint64_t payload_type)
{
    for (size_t i = 0; i < media->codec_count; i++) {
        if (media->codecs[i].payload_type == payload_type)
            return &media->codecs[i];
    }
    return NULL;
}

/* RFC 4588 8.6: rtx names its codec by "apt". */
static void attach_rtx(const struct sdp_format *format, struct negotiated_media *media)
{
    struct sdp_text apt;
    uint64_t payload_type;
    if (!sdp_text_is_nocase(format->name, "rtx") ||
        !sdp_text_parameter(format->fmtp, "apt", &apt) || !sdp_text_uint(apt, 127, &payload_type))
        return;
    struct negotiated_codec *codec = find_primary(media, payload_type);
    if (codec != NULL && codec->rtx_payload_type == NEGOTIATE_NO_PAYLOAD)
        codec->rtx_payload_type = format->payload_type;
}

/* RED is of use only around an Opus that is agreed too; else its entry goes. */
static void attach_red(struct negotiated_media *media)
{
    size_t kept = 0;
    for (size_t i = 0; i < media->codec_count; i++) {
        const struct negotiated_codec codec = media->codecs[i];
        struct negotiated_codec *opus = NULL;
        if (codec.codec == CODEC_RED)
            opus = find_primary(media, codec.red_payload_type);
        if (codec.codec == CODEC_RED && (opus == NULL || opus->codec != CODEC_OPUS))
            continue;
        if (opus != NULL && opus->red_payload_type == NEGOTIATE_NO_PAYLOAD)
            opus->red_payload_type = codec.payload_type;
        media->codecs[kept++] = codec;
    }
    media->codec_count = (uint8_t)kept;
}

void negotiate_codecs(const struct sdp_media *offer, struct negotiated_media *media)
{
    media->codec_count = 0;
    for (size_t i = 0; i < offer->format_count && media->codec_count < NEGOTIATE_CODECS; i++) {
        if (read_codec(offer->kind, &offer->formats[i], &media->codecs[media->codec_count]))
            media->codec_count++;
    }
    for (size_t i = 0; i < offer->format_count; i++)
        attach_rtx(&offer->formats[i], media);
    attach_red(media);
}

/* ---- between two m-lines ------------------------------------------------------------------- */

/* Which profiles of a viewer decode a stream of a profile, best first (H.264 A.2): Constrained
 * Baseline obeys Main and High too, and what is sent as Baseline is Constrained Baseline, since no
 * encoder here makes FMO or ASO. Main may be interlaced, so Constrained High does not take it. */
static const uint8_t H264_DECODERS[][5] = {
    [H264_CONSTRAINED_BASELINE] = {H264_CONSTRAINED_BASELINE, H264_BASELINE, H264_MAIN,
                                   H264_CONSTRAINED_HIGH, H264_HIGH},
    [H264_BASELINE] = {H264_BASELINE, H264_CONSTRAINED_BASELINE, H264_MAIN, H264_CONSTRAINED_HIGH,
                       H264_HIGH},
    [H264_MAIN] = {H264_MAIN, H264_HIGH},
    [H264_EXTENDED] = {H264_EXTENDED},
    [H264_CONSTRAINED_HIGH] = {H264_CONSTRAINED_HIGH, H264_HIGH},
    [H264_HIGH] = {H264_HIGH},
    [H264_HIGH_444_PREDICTIVE] = {H264_HIGH_444_PREDICTIVE},
};

#define DIFFERENT 255u

static unsigned h264_distance(const struct negotiated_codec *viewer,
                              const struct negotiated_codec *stream)
{
    const uint8_t *decoders = H264_DECODERS[stream->h264_profile];
    /* RFC 6184 6.2, 6.3: what mode 0 may send (single NAL units), mode 1 must take. */
    if (viewer->h264_packetization < stream->h264_packetization)
        return DIFFERENT;
    for (unsigned i = 0; i < sizeof H264_DECODERS[0]; i++) {
        if (decoders[i] == viewer->h264_profile)
            return 2 * i + (viewer->h264_packetization > stream->h264_packetization);
    }
    return DIFFERENT;
}

/* 0: the same format; more: one that the viewer decodes as well. */
static unsigned distance(const struct negotiated_codec *viewer,
                         const struct negotiated_codec *stream)
{
    if (viewer->codec != stream->codec || viewer->vp9_profile != stream->vp9_profile ||
        viewer->av1_profile != stream->av1_profile)
        return DIFFERENT;
    return stream->codec == CODEC_H264 ? h264_distance(viewer, stream) : 0;
}

const struct negotiated_codec *negotiate_find_payload(const struct negotiated_media *viewer,
                                                      const struct negotiated_codec *codec)
{
    const struct negotiated_codec *best = NULL;
    unsigned best_distance = DIFFERENT;
    for (size_t i = 0; i < viewer->codec_count; i++) {
        const unsigned found = distance(&viewer->codecs[i], codec);
        if (found < best_distance) {
            best_distance = found;
            best = &viewer->codecs[i];
        }
    }
    return best;
}

const struct negotiated_codec *negotiate_find_codec(const struct negotiated_media *media,
                                                    uint8_t payload_type, bool *rtx)
{
    for (size_t i = 0; i < media->codec_count; i++) {
        *rtx = media->codecs[i].rtx_payload_type == payload_type;
        if (*rtx || media->codecs[i].payload_type == payload_type)
            return &media->codecs[i];
    }
    return NULL;
}
