/* Agreement -> answer text (RFC 9429 5.3); negotiate_answer() of negotiate.h. What the offer wrote
 * and we agree to is repeated as it was written. */
#include "engine/negotiate.h"

#include <inttypes.h>

#include "engine/negotiate_codecs.h"
#include "engine/negotiate_extensions.h"
#include "wire/sdp.h"
#include "wire/sdp_write.h"

/* libwebrtc begins at 300 kbit/s and takes 5 to 10 s to climb to a picture that is worth looking
 * at; it takes this hint from a codec's parameters, others ignore it. A path that cannot carry it
 * shows in the first feedback, 100 ms later. */
#define START_BITRATE_KBPS 1000

struct answer {
    const struct sdp *offer;
    const struct negotiated *leg;
    const struct negotiate_identity *identity;
    struct sdp_writer out;
};

/* ---- codecs -------------------------------------------------------------------------------- */

static void write_feedback(struct answer *answer, const struct negotiated_codec *codec)
{
    static const struct {
        uint8_t bit;
        const char *name;
    } kinds[] = {
        {NEGOTIATE_FB_TRANSPORT_CC, "transport-cc"},
        {NEGOTIATE_FB_FIR, "ccm fir"},
        {NEGOTIATE_FB_NACK, "nack"},
        {NEGOTIATE_FB_PLI, "nack pli"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if ((codec->feedback & kinds[i].bit) != 0)
            sdp_write(&answer->out, "a=rtcp-fb:%u %s\r\n", codec->payload_type, kinds[i].name);
    }
}

/* What we like to get: RFC 7587 6.1 for the words. The sound of a screen is music more often than
 * not; a voice is mono. */
static void write_opus_parameters(struct answer *answer, const struct negotiated_media *media,
                                  const struct negotiated_codec *codec)
{
    const bool stereo = media->source == ENGINE_SCREEN_AUDIO ||
                        (media->source == NEGOTIATE_NO_SOURCE && codec->stereo);
    sdp_write(&answer->out, "a=fmtp:%u minptime=10;useinbandfec=1%s%s\r\n", codec->payload_type,
              stereo ? ";stereo=1" : "", codec->dtx ? ";usedtx=1" : "");
}

/* The offer's parameters, but for what describes its sender alone: sprop-parameter-sets and the
 * like (RFC 6184 8.2.2) would be taken for ours. The start bitrate matters to what is sent to us
 * only, but a payload type means one thing in all of a BUNDLE (RFC 8843 7.1.1): on each m-line. */
static void write_parameters(struct answer *answer, const struct negotiated_media *media,
                             const struct sdp_format *format)
{
    const bool hint = media->kind == NEGOTIATE_VIDEO;
    struct sdp_text rest = format->fmtp;
    bool any = false;
    while (rest.len > 0) {
        const struct sdp_text parameter = sdp_text_trim(sdp_text_take(&rest, ';'));
        if (parameter.len == 0 || sdp_text_starts_nocase(parameter, "sprop-"))
            continue;
        if (!any)
            sdp_write(&answer->out, "a=fmtp:%u ", format->payload_type);
        sdp_write(&answer->out, "%s%.*s", any ? ";" : "", SDP_ARGS(parameter));
        any = true;
    }
    if (hint && !any)
        sdp_write(&answer->out, "a=fmtp:%u ", format->payload_type);
    if (hint)
        sdp_write(&answer->out, "%sx-google-start-bitrate=%d", any ? ";" : "", START_BITRATE_KBPS);
    if (hint || any)
        sdp_write(&answer->out, "\r\n");
}

static void write_codec(struct answer *answer, const struct sdp_media *offer,
                        const struct negotiated_media *media, const struct negotiated_codec *codec)
{
    const struct sdp_format *format = sdp_find_format(offer, codec->payload_type);
    if (format == NULL)
        return; /* leg is not from this offer */
    sdp_write(&answer->out, "a=rtpmap:%u %.*s/%" PRIu32, codec->payload_type,
              SDP_ARGS(format->name), codec->clock_rate_hz);
    sdp_write(&answer->out, media->kind == NEGOTIATE_AUDIO ? "/%u\r\n" : "\r\n", codec->channels);
    write_feedback(answer, codec);
    if (codec->codec == CODEC_OPUS)
        write_opus_parameters(answer, media, codec);
    else
        write_parameters(answer, media, format);
    if (codec->rtx_payload_type != NEGOTIATE_NO_PAYLOAD)
        sdp_write(&answer->out, "a=rtpmap:%u rtx/%" PRIu32 "\r\na=fmtp:%u apt=%u\r\n",
                  codec->rtx_payload_type, codec->clock_rate_hz, codec->rtx_payload_type,
                  codec->payload_type);
}

/* ---- streams ------------------------------------------------------------------------------- */

static void write_rids(struct answer *answer, const struct negotiated_media *media)
{
    if (media->rid_count == 0)
        return;
    for (size_t i = 0; i < media->rid_count; i++)
        sdp_write(&answer->out, "a=rid:%s recv\r\n", media->rids[i]);
    sdp_write(&answer->out, "a=simulcast:recv ");
    for (size_t i = 0; i < media->rid_count; i++)
        sdp_write(&answer->out, "%s%s", i == 0 ? "" : ";", media->rids[i]);
    sdp_write(&answer->out, "\r\n");
}

/* Both m-lines of a seat have one stream id and one CNAME: the browser plays them in sync. */
static void write_seat(struct answer *answer, const struct negotiated_media *media)
{
    char cname[NEGOTIATE_CNAME_BYTES];
    (void)negotiate_seat_cname(media->seat, cname);
    sdp_write(&answer->out, "a=msid:%s %s-%s\r\n", cname, cname,
              media->kind == NEGOTIATE_AUDIO ? "audio" : "video");
    if (media->seat_rtx_ssrc != 0)
        sdp_write(&answer->out, "a=ssrc-group:FID %" PRIu32 " %" PRIu32 "\r\n", media->seat_ssrc,
                  media->seat_rtx_ssrc);
    sdp_write(&answer->out, "a=ssrc:%" PRIu32 " cname:%s\r\n", media->seat_ssrc, cname);
    if (media->seat_rtx_ssrc != 0)
        sdp_write(&answer->out, "a=ssrc:%" PRIu32 " cname:%s\r\n", media->seat_rtx_ssrc, cname);
}

/* ---- transport ----------------------------------------------------------------------------- */

static void write_candidates(struct answer *answer)
{
    const struct negotiate_identity *identity = answer->identity;
    for (size_t i = 0; i < identity->candidate_count; i++) {
        char ip[NET_IP_TEXT_BYTES];
        const struct engine_candidate *candidate = &identity->candidates[i];
        const struct sdp_host host = {
            .address = net_ip_format(&candidate->address, ip),
            .port = candidate->address.port,
            .tcp = candidate->proto == NET_TCP,
        };
        sdp_write_host(&answer->out, &host, i);
    }
    sdp_write(&answer->out, "a=end-of-candidates\r\n");
}

/* RFC 8843 9.1: once per BUNDLE group would do, but not all read it so. Candidates only once. */
static void write_transport(struct answer *answer, bool first)
{
    sdp_write(&answer->out, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", answer->identity->ufrag,
              answer->identity->pwd);
    sdp_write_fingerprint(&answer->out, answer->identity->fingerprint_sha256);
    /* RFC 8842 5.3: passive if the offer leaves the choice, so that the browser, behind its NAT
     * and with its path already checked, sends the first flight. */
    sdp_write(&answer->out, "a=setup:%s\r\n",
              answer->leg->remote.dtls_client ? "active" : "passive");
    if (first)
        write_candidates(answer);
}

/* ---- m-lines ------------------------------------------------------------------------------- */

static void write_rejected(struct answer *answer, const struct sdp_media *offer)
{
    sdp_write(&answer->out, "m=%.*s 0 %.*s %.*s\r\nc=IN IP4 0.0.0.0\r\n",
              SDP_ARGS(offer->kind_text), SDP_ARGS(offer->proto), SDP_ARGS(offer->formats_text));
    if (offer->mid.len > 0)
        sdp_write(&answer->out, "a=mid:%.*s\r\n", SDP_ARGS(offer->mid));
    if (offer->kind == SDP_AUDIO || offer->kind == SDP_VIDEO)
        sdp_write(&answer->out, "a=inactive\r\n");
}

/* RFC 9429 5.3.1: port 9, address 0.0.0.0; both are placeholders. */
static void write_media_line(struct answer *answer, const struct sdp_media *offer,
                             const struct negotiated_media *media)
{
    sdp_write(&answer->out, "m=%.*s 9 %.*s", SDP_ARGS(offer->kind_text), SDP_ARGS(offer->proto));
    for (size_t i = 0; i < media->codec_count; i++) {
        sdp_write(&answer->out, " %u", media->codecs[i].payload_type);
        if (media->codecs[i].rtx_payload_type != NEGOTIATE_NO_PAYLOAD)
            sdp_write(&answer->out, " %u", media->codecs[i].rtx_payload_type);
    }
    sdp_write(&answer->out, "\r\nc=IN IP4 0.0.0.0\r\na=mid:%s\r\n", media->mid);
}

/* RFC 8285 6: the direction is turned round, as that of the m-line is. */
static void write_extensions(struct answer *answer, const struct sdp_media *offer)
{
    for (size_t i = 0; i < offer->extmap_count; i++) {
        const struct sdp_extmap *extmap = &offer->extmaps[i];
        if (!negotiate_extension_agreed(answer->leg, offer, extmap))
            continue;
        sdp_write(&answer->out, "a=extmap:%u", extmap->id);
        if (extmap->direction == SDP_SENDONLY)
            sdp_write(&answer->out, "/recvonly");
        else if (extmap->direction == SDP_RECVONLY)
            sdp_write(&answer->out, "/sendonly");
        sdp_write(&answer->out, " %.*s\r\n", SDP_ARGS(extmap->uri));
    }
    if (answer->leg->extmap_allow_mixed && !answer->offer->extmap_allow_mixed)
        sdp_write(&answer->out, "a=extmap-allow-mixed\r\n");
}

static void write_accepted(struct answer *answer, size_t index, bool first)
{
    const struct sdp_media *offer = &answer->offer->media[index];
    const struct negotiated_media *media = &answer->leg->media[index];
    const unsigned direction =
        (media->receiving ? SDP_RECVONLY : 0u) | (media->sending ? SDP_SENDONLY : 0u);
    write_media_line(answer, offer, media);
    sdp_write(&answer->out, "a=%s\r\n", sdp_direction_name((uint8_t)direction));
    write_transport(answer, first);
    sdp_write(&answer->out, "a=rtcp-mux\r\n%s", media->rtcp_rsize ? "a=rtcp-rsize\r\n" : "");
    write_extensions(answer, offer);
    for (size_t i = 0; i < media->codec_count; i++)
        write_codec(answer, offer, media, &media->codecs[i]);
    write_rids(answer, media);
    if (media->sending)
        write_seat(answer, media);
}

static void write_bundle(struct answer *answer)
{
    sdp_write(&answer->out, "a=group:BUNDLE");
    for (size_t i = 0; i < answer->leg->media_count; i++) {
        if (!answer->leg->media[i].rejected)
            sdp_write(&answer->out, " %s", answer->leg->media[i].mid);
    }
    sdp_write(&answer->out, "\r\n");
}

int negotiate_answer(const struct sdp *offer, const struct negotiated *leg,
                     const struct negotiate_identity *identity, char *text, size_t size)
{
    struct answer answer = {.offer = offer, .leg = leg, .identity = identity};
    bool first = true;
    sdp_writer_init(&answer.out, text, size);
    sdp_write_session(&answer.out, identity->session_id, leg->session_version);
    write_bundle(&answer);
    if (offer->extmap_allow_mixed && leg->extmap_allow_mixed)
        sdp_write(&answer.out, "a=extmap-allow-mixed\r\n");
    sdp_write(&answer.out, "a=ice-lite\r\n");
    for (size_t i = 0; i < leg->media_count && i < offer->media_count; i++) {
        if (leg->media[i].rejected) {
            write_rejected(&answer, &offer->media[i]);
            continue;
        }
        write_accepted(&answer, i, first);
        first = false;
    }
    const int len = sdp_writer_len(&answer.out);
    return len < 0 ? ENGINE_ERROR_FULL : len;
}
