#include "janus_sdp.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "wire/sdp.h"
#include "wire/sdp_write.h"

#define CANDIDATE "a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host\r\na=end-of-candidates\r\n"
#define TRICKLE   "a=ice-options:trickle\r\n"

int janus_sdp_offer(const char *offer, char *out, size_t size)
{
    struct sdp_writer writer;
    const char *at;
    sdp_writer_init(&writer, out, size);
    while ((at = strstr(offer, TRICKLE)) != NULL) {
        sdp_write(&writer, "%.*s" CANDIDATE, (int)(at - offer), offer);
        offer = at + strlen(TRICKLE);
    }
    sdp_write(&writer, "%s", offer);
    return sdp_writer_len(&writer);
}

static struct sdp *parse(const char *text)
{
    struct sdp_problem problem;
    struct sdp *sdp = malloc(sizeof *sdp);
    if (sdp && sdp_parse(text, strlen(text), sdp, &problem) == 0 && sdp->media_count > 0)
        return sdp;
    free(sdp);
    return NULL;
}

static int pairs_of(const struct sdp *sdp)
{
    for (unsigned i = 0; i < sdp->media_count; i++)
        if (sdp->media[i].kind != (i % 2 == 0 ? SDP_AUDIO : SDP_VIDEO))
            return -1;
    return sdp->media_count % 2 == 0 ? sdp->media_count / 2 : -1;
}

int janus_sdp_pairs(const char *offer)
{
    struct sdp *sdp = parse(offer);
    const int pairs = sdp ? pairs_of(sdp) : -1;
    free(sdp);
    return pairs;
}

/* Takes every codec as it is offered. */
static void write_format(struct sdp_writer *out, const struct sdp_format *format)
{
    const unsigned type = format->payload_type;
    sdp_write(out, "a=rtpmap:%u %.*s/%" PRIu32 "%s\r\n", type, (int)format->name.len,
              format->name.at, format->clock_rate_hz, format->channels == 2 ? "/2" : "");
    if (format->fmtp.len > 0)
        sdp_write(out, "a=fmtp:%u %.*s\r\n", type, (int)format->fmtp.len, format->fmtp.at);
    if (format->feedback & SDP_FB_NACK)
        sdp_write(out, "a=rtcp-fb:%u nack\r\n", type);
    if (format->feedback & SDP_FB_PLI)
        sdp_write(out, "a=rtcp-fb:%u nack pli\r\n", type);
}

static void write_media(struct sdp_writer *out, const struct sdp_media *offered,
                        const struct sdp_transport *own, const uint8_t *fingerprint)
{
    sdp_write(out, "m=%.*s 9 UDP/TLS/RTP/SAVPF %.*s\r\n", (int)offered->kind_text.len,
              offered->kind_text.at, (int)offered->formats_text.len, offered->formats_text.at);
    sdp_write(out, "c=IN IP4 0.0.0.0\r\na=mid:%.*s\r\na=recvonly\r\n", (int)offered->mid.len,
              offered->mid.at);
    sdp_write(out, "a=ice-ufrag:%.*s\r\na=ice-pwd:%.*s\r\n" CANDIDATE, (int)own->ice_ufrag.len,
              own->ice_ufrag.at, (int)own->ice_pwd.len, own->ice_pwd.at);
    sdp_write_fingerprint(out, fingerprint);
    sdp_write(out, "a=setup:passive\r\na=rtcp-mux\r\n");
    for (unsigned i = 0; i < offered->format_count; i++)
        write_format(out, &offered->formats[i]);
}

static int write_answer(const struct sdp *offer, const struct sdp *own, const uint8_t *fingerprint,
                        struct sdp_writer *out)
{
    if (pairs_of(offer) < 1)
        return -1;
    sdp_write_session(out, 1, 1);
    sdp_write(out, "a=group:BUNDLE");
    for (unsigned i = 0; i < offer->media_count; i++)
        sdp_write(out, " %.*s", (int)offer->media[i].mid.len, offer->media[i].mid.at);
    sdp_write(out, "\r\na=msid-semantic: WMS\r\n");
    for (unsigned i = 0; i < offer->media_count; i++)
        write_media(out, &offer->media[i], &own->media[0].transport, fingerprint);
    return sdp_writer_len(out);
}

int janus_sdp_answer(const char *offer, const char *own, const uint8_t *fingerprint, char *out,
                     size_t size)
{
    struct sdp *theirs = parse(offer), *ours = parse(own);
    struct sdp_writer writer;
    int len = -1;
    sdp_writer_init(&writer, out, size);
    if (theirs && ours)
        len = write_answer(theirs, ours, fingerprint, &writer);
    free(theirs);
    free(ours);
    return len;
}
