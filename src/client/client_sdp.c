/* The client's offer, as short as a page may trim it, and what it needs of the answer. */
#include "client/client_inner.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "wire/sdp.h"
#include "wire/sdp_write.h"

/* ---- offer ----------------------------------------------------------------------------------- */

static void write_extmap(struct sdp_writer *out, unsigned id, enum rtp_ext_kind kind)
{
    sdp_write(out, "a=extmap:%u %s\r\n", id, rtp_ext_uri(kind));
}

static void write_common_extensions(struct sdp_writer *out)
{
    write_extmap(out, CLIENT_EXT_SEND_TIME, RTP_EXT_ABS_SEND_TIME);
    write_extmap(out, CLIENT_EXT_TRANSPORT, RTP_EXT_TRANSPORT_SEQ);
    write_extmap(out, CLIENT_EXT_MID, RTP_EXT_MID);
}

static void write_transport(const struct client *client, struct sdp_writer *out)
{
    sdp_write(out, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=ice-options:trickle\r\n", client->ice.ufrag,
              client->ice.pwd);
    sdp_write_fingerprint(out, dtls_context_fingerprint_sha256(client->context));
    sdp_write(out, "a=setup:actpass\r\na=rtcp-mux\r\na=rtcp-rsize\r\n");
}

static void write_audio(const struct client *client, struct sdp_writer *out, const char *mid,
                        bool receives)
{
    bool red = receives && client->config.red;

    sdp_write(out, "m=audio 9 UDP/TLS/RTP/SAVPF %u", CLIENT_PT_OPUS);
    if (red)
        sdp_write(out, " %u", CLIENT_PT_RED);
    sdp_write(out, "\r\nc=IN IP4 0.0.0.0\r\na=mid:%s\r\na=%s\r\n", mid,
              receives ? "recvonly" : "sendonly");
    write_transport(client, out);
    write_extmap(out, CLIENT_EXT_LEVEL, RTP_EXT_AUDIO_LEVEL);
    write_common_extensions(out);
    sdp_write(out,
              "a=rtpmap:%u opus/48000/2\r\na=rtcp-fb:%u transport-cc\r\n"
              "a=fmtp:%u minptime=10;useinbandfec=1\r\n",
              CLIENT_PT_OPUS, CLIENT_PT_OPUS, CLIENT_PT_OPUS);
    if (client->config.audio_nack)
        sdp_write(out, "a=rtcp-fb:%u nack\r\n", CLIENT_PT_OPUS);
    if (red)
        sdp_write(out, "a=rtpmap:%u red/48000/2\r\na=fmtp:%u %u/%u\r\n", CLIENT_PT_RED,
                  CLIENT_PT_RED, CLIENT_PT_OPUS, CLIENT_PT_OPUS);
}

static void write_codec(struct sdp_writer *out, unsigned payload_type, const char *name)
{
    static const char *const feedback[] = {"transport-cc", "ccm fir", "nack", "nack pli"};

    sdp_write(out, "a=rtpmap:%u %s/90000\r\n", payload_type, name);
    for (size_t i = 0; i < sizeof(feedback) / sizeof(feedback[0]); i++)
        sdp_write(out, "a=rtcp-fb:%u %s\r\n", payload_type, feedback[i]);
    sdp_write(out, "a=rtpmap:%u rtx/90000\r\na=fmtp:%u apt=%u\r\n", payload_type + 1,
              payload_type + 1, payload_type);
}

static bool offers(const struct client *client, enum client_codec codec)
{
    return (client->config.codecs >> codec & 1u) != 0;
}

static void write_video(const struct client *client, struct sdp_writer *out, const char *mid,
                        const char *direction)
{
    sdp_write(out, "m=video 9 UDP/TLS/RTP/SAVPF %u %u", CLIENT_PT_VP8, CLIENT_PT_RTX);
    if (offers(client, CLIENT_H264))
        sdp_write(out, " %u %u", CLIENT_PT_H264, CLIENT_PT_H264_RTX);
    if (offers(client, CLIENT_VP9))
        sdp_write(out, " %u %u", CLIENT_PT_VP9, CLIENT_PT_VP9_RTX);
    sdp_write(out, "\r\nc=IN IP4 0.0.0.0\r\na=mid:%s\r\na=%s\r\n", mid, direction);
    write_transport(client, out);
    write_common_extensions(out);
    write_extmap(out, CLIENT_EXT_RID, RTP_EXT_RID);
    write_extmap(out, CLIENT_EXT_REPAIRED_RID, RTP_EXT_REPAIRED_RID);
    if (client->config.descriptor)
        write_extmap(out, CLIENT_EXT_DESCRIPTOR, RTP_EXT_DEPENDENCY_DESCRIPTOR);
    write_codec(out, CLIENT_PT_VP8, "VP8");
    if (offers(client, CLIENT_H264)) {
        write_codec(out, CLIENT_PT_H264, "H264");
        sdp_write(out,
                  "a=fmtp:%u level-asymmetry-allowed=1;packetization-mode=1;"
                  "profile-level-id=42e01f\r\n",
                  CLIENT_PT_H264);
    }
    if (offers(client, CLIENT_VP9)) {
        write_codec(out, CLIENT_PT_VP9, "VP9");
        sdp_write(out, "a=fmtp:%u profile-id=0\r\n", CLIENT_PT_VP9);
    }
}

static void write_ssrcs(const struct client_source *source, struct sdp_writer *out)
{
    if (source->rtx_ssrc != 0)
        sdp_write(out, "a=ssrc-group:FID %" PRIu32 " %" PRIu32 "\r\n", source->ssrc,
                  source->rtx_ssrc);
    sdp_write(out, "a=ssrc:%" PRIu32 " cname:client\r\n", source->ssrc);
    if (source->rtx_ssrc != 0)
        sdp_write(out, "a=ssrc:%" PRIu32 " cname:client\r\n", source->rtx_ssrc);
}

static void write_rids(const struct client *client, struct sdp_writer *out)
{
    for (unsigned i = 1; i <= client->config.layers; i++)
        sdp_write(out, "a=rid:%s send\r\n", client->sources[i].rid);
    sdp_write(out, "a=simulcast:send ");
    for (unsigned i = 1; i <= client->config.layers; i++)
        sdp_write(out, "%s%s", i == 1 ? "" : ";", client->sources[i].rid);
    sdp_write(out, "\r\n");
}

static void write_sources(const struct client *client, struct sdp_writer *out)
{
    const struct client_config *config = &client->config;

    if (config->microphone) {
        write_audio(client, out, "mic", false);
        sdp_write(out, "a=msid:own mic\r\n");
        write_ssrcs(&client->sources[0], out);
    }
    if (!config->camera)
        return;
    write_video(client, out, "cam", "sendonly");
    sdp_write(out, "a=msid:own cam\r\n");
    if (config->layers > 1 && config->codec != CLIENT_VP9)
        write_rids(client, out);
    else
        write_ssrcs(&client->sources[1], out);
}

int client_offer(const struct client *client, char *text, size_t size)
{
    struct sdp_writer out;
    char mid[8];

    sdp_writer_init(&out, text, size);
    sdp_write_session(&out, client->config.id, 2);
    sdp_write(&out, "a=group:BUNDLE%s%s", client->config.microphone ? " mic" : "",
              client->config.camera ? " cam" : "");
    for (unsigned k = 0; k < client->config.seats; k++)
        sdp_write(&out, " a%u v%u", k, k);
    sdp_write(&out, "\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n");
    write_sources(client, &out);
    for (unsigned k = 0; k < client->config.seats; k++) {
        struct sdp_writer name;

        sdp_writer_init(&name, mid, sizeof(mid));
        sdp_write(&name, "a%u", k);
        write_audio(client, &out, mid, true);
        mid[0] = 'v';
        write_video(client, &out, mid, "recvonly");
    }
    return sdp_writer_len(&out);
}

/* ---- answer ---------------------------------------------------------------------------------- */

static bool copy_name(struct sdp_text text, char out[static CLIENT_ICE_NAME_BYTES])
{
    if (text.len == 0 || text.len >= CLIENT_ICE_NAME_BYTES)
        return false;
    memcpy(out, text.at, text.len);
    out[text.len] = '\0';
    return true;
}

static enum dtls_hash hash_of(uint8_t hash)
{
    switch ((enum sdp_hash)hash) {
    case SDP_SHA256:
        return DTLS_HASH_SHA256;
    case SDP_SHA384:
        return DTLS_HASH_SHA384;
    case SDP_SHA512:
        return DTLS_HASH_SHA512;
    case SDP_SHA1:
        break;
    }
    return DTLS_HASH_NONE;
}

static int read_transport(struct client *client, const struct sdp_transport *transport)
{
    const struct sdp_fingerprint *fingerprint = &transport->fingerprints[0];

    if (!copy_name(transport->ice_ufrag, client->ice.remote_ufrag) ||
        !copy_name(transport->ice_pwd, client->ice.remote_pwd) || transport->fingerprint_count == 0)
        return -1;
    client->hash = hash_of(fingerprint->hash);
    memcpy(client->fingerprint, fingerprint->bytes, sizeof(client->fingerprint));
    client->role = transport->setup == SDP_PASSIVE ? DTLS_CLIENT : DTLS_SERVER;
    return client->hash == DTLS_HASH_NONE ? -1 : 0;
}

static int read_candidates(struct client *client, const struct sdp_media *media)
{
    for (unsigned i = 0; i < media->candidate_count; i++) {
        const struct sdp_candidate *candidate = &media->candidates[i];

        if (candidate->tcp ||
            net_ip_parse(candidate->address.at, candidate->address.len, &client->path.remote) != 0)
            continue;
        client->path.remote.port = candidate->port;
        return 0;
    }
    return -1;
}

static bool mid_is(const struct sdp_media *media, const char *mid)
{
    return media->mid.len == strlen(mid) && memcmp(media->mid.at, mid, media->mid.len) == 0;
}

static bool has_transport_ext(const struct sdp_media *media)
{
    for (unsigned i = 0; i < media->extmap_count; i++)
        if (media->extmaps[i].id == CLIENT_EXT_TRANSPORT)
            return true;
    return false;
}

static void read_source(struct client *client, const struct sdp_media *media, bool video)
{
    bool agreed = media->port != 0 && (media->direction & SDP_RECVONLY) != 0;

    client->transport_ext = has_transport_ext(media);
    if (!video) {
        client->audio_agreed = agreed;
        return;
    }
    client->video_agreed = agreed;
    client->layers_agreed = media->simulcast_recv_count;
    if (client->config.layers == 1 || client->config.codec == CLIENT_VP9)
        client->layers_agreed = client->config.layers;
    if (client->layers_agreed > client->config.layers)
        client->layers_agreed = client->config.layers;
}

static bool agrees_on_nack(const struct sdp_media *media, unsigned payload_type)
{
    const struct sdp_format *format = sdp_find_format(media, payload_type);

    return format != NULL && (format->feedback & SDP_FB_NACK) != 0;
}

static void read_seat(struct client *client, unsigned stream, const struct sdp_media *media)
{
    bool sends = media->port != 0 && (media->direction & SDP_SENDONLY) != 0;
    bool paired = sends && media->ssrc_group_count > 0 && media->ssrc_groups[0].ssrc_count > 1;
    bool video = stream % 2 == 1;
    uint32_t ssrc = sends && media->ssrc_count > 0 ? media->ssrcs[0] : 0;
    uint32_t rtx_ssrc = paired ? media->ssrc_groups[0].ssrcs[1] : 0;
    bool repairs = video ? rtx_ssrc != 0 && agrees_on_nack(media, CLIENT_PT_VP8)
                         : agrees_on_nack(media, CLIENT_PT_OPUS);

    client->ssrcs[2 * stream] = ssrc;
    client->ssrcs[2 * stream + 1] = rtx_ssrc;
    if (client->sinks != NULL) {
        client->sinks[stream].ssrc = ssrc;
        client->sinks[stream].rtx_ssrc = rtx_ssrc;
        client->sinks[stream].repairs = repairs;
    }
    /* What the sink asks for is not asked for twice. */
    if (client->counters != NULL)
        client->counters[stream].repairs = repairs && client->config.light;
}

/* Where our offer has sources first, then pairs of seats; the answer keeps the order (RFC 3264 6).
 */
static int read_media(struct client *client, const struct sdp *sdp)
{
    unsigned sources = (client->config.microphone ? 1u : 0u) + (client->config.camera ? 1u : 0u);

    if (sdp->media_count != sources + 2 * client->config.seats)
        return -1;
    for (unsigned i = 0; i < sdp->media_count; i++) {
        const struct sdp_media *media = &sdp->media[i];

        if (i >= sources)
            read_seat(client, i - sources, media);
        else if (mid_is(media, "mic") || mid_is(media, "cam"))
            read_source(client, media, mid_is(media, "cam"));
        else
            return -1;
    }
    return 0;
}

int client_read_answer(struct client *client, const char *text, size_t len)
{
    struct sdp *sdp = malloc(sizeof(*sdp));
    struct sdp_problem problem;
    int result = -1;

    if (sdp == NULL)
        return -1;
    if (sdp_parse(text, len, sdp, &problem) == 0 && sdp->media_count > 0 && sdp->ice_lite &&
        read_transport(client, &sdp->media[0].transport) == 0 &&
        read_candidates(client, &sdp->media[0]) == 0)
        result = read_media(client, sdp);
    free(sdp);
    return result;
}
