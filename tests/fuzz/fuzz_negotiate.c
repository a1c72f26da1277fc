/* Input: one offer, or two with a NUL between them: the second is a later one of the same leg. What
 * is agreed must hold together, and our own answer must parse. */
#include <stdio.h>

#include "engine/negotiate.h"
#include "wire/sdp.h"

#include "fuzz.h"

static struct sdp offer, answer;
static struct negotiated legs[3];
static struct negotiate_seat_ssrcs ssrcs[LIMIT_SEATS];
static char text[SDP_BYTES + 1];

/* The first m-lines with a mid that could be a source are sources. */
static size_t name_sources(struct engine_source_mid sources[static ENGINE_SOURCES])
{
    static const uint8_t audio[] = {ENGINE_MICROPHONE, ENGINE_SCREEN_AUDIO};
    static const uint8_t video[] = {ENGINE_CAMERA, ENGINE_SCREEN};
    size_t audios = 0, videos = 0, count = 0;

    for (size_t i = 0; i < offer.media_count; i++) {
        const struct sdp_media *media = &offer.media[i];
        const bool is_audio = media->kind == SDP_AUDIO && audios < 2;
        const bool is_video = media->kind == SDP_VIDEO && videos < 2;

        if (media->mid.len == 0 || (!is_audio && !is_video))
            continue;
        (void)snprintf(sources[count].mid, sizeof sources[count].mid, "%.*s", SDP_ARGS(media->mid));
        sources[count++].source = is_audio ? audio[audios++] : video[videos++];
    }
    return count;
}

static void check_media(const struct negotiated *leg, size_t i)
{
    const struct negotiated_media *media = &leg->media[i];
    const uint8_t direction = offer.media[i].direction;

    FUZZ_CHECK(strlen(media->mid) == offer.media[i].mid.len);
    FUZZ_CHECK(!media->rejected || (!media->sending && !media->receiving));
    FUZZ_CHECK(!media->sending || (direction & SDP_RECVONLY) != 0);
    FUZZ_CHECK(!media->receiving || (direction & SDP_SENDONLY) != 0);
    FUZZ_CHECK(!media->receiving || leg->source_media[media->source] == i);
    FUZZ_CHECK(media->rejected || media->codec_count > 0);
    FUZZ_CHECK(media->codec_count <= NEGOTIATE_CODECS && media->rid_count <= LIMIT_LAYERS &&
               media->ssrc_count <= LIMIT_LAYERS);
    if (media->sending)
        FUZZ_CHECK(media->seat < leg->seat_count && media->seat_ssrc != 0);
    for (size_t c = 0; !media->rejected && c < media->codec_count; c++) {
        const struct negotiated_codec *found = negotiate_find_payload(media, &media->codecs[c]);
        FUZZ_CHECK(found != NULL && found->codec == media->codecs[c].codec);
    }
}

static void check_leg(const struct negotiated *leg)
{
    FUZZ_CHECK(leg->media_count == offer.media_count && leg->seat_count <= LIMIT_SEATS);
    FUZZ_CHECK(strlen(leg->remote.ufrag) >= 4 && strlen(leg->remote.pwd) >= 22);
    FUZZ_CHECK(leg->remote.fingerprint_len >= 32);
    for (size_t i = 0; i < leg->media_count; i++)
        check_media(leg, i);
    for (uint8_t k = 0; k < leg->seat_count; k++) {
        const struct negotiated_seat *seat = &leg->seats[k];
        FUZZ_CHECK(seat->audio == NEGOTIATE_NO_MEDIA || leg->media[seat->audio].seat == k);
        FUZZ_CHECK(seat->video == NEGOTIATE_NO_MEDIA || leg->media[seat->video].seat == k);
    }
}

static void check_answer(const struct negotiated *leg)
{
    static const uint8_t fingerprint[32];
    static const struct engine_candidate candidate = {{{192, 0, 2, 1}, 7882, NET_IPV4, 0}, NET_UDP};
    const struct negotiate_identity identity = {
        "ours", "ours-ours-ours-ours-ours", fingerprint, &candidate, 1, 77};
    struct sdp_problem problem;
    const int len = negotiate_answer(&offer, leg, &identity, text, sizeof text);

    FUZZ_CHECK(len > 0 || len == ENGINE_ERROR_FULL);
    if (len < 0)
        return;
    FUZZ_CHECK(sdp_parse(text, (size_t)len, &answer, &problem) == 0);
    FUZZ_CHECK(answer.media_count == offer.media_count);
    for (size_t i = 0; i < answer.media_count; i++) {
        FUZZ_CHECK(sdp_text_equal(answer.media[i].mid, offer.media[i].mid));
        FUZZ_CHECK((answer.media[i].port == 0) == leg->media[i].rejected);
        FUZZ_CHECK(answer.media[i].bundled == !leg->media[i].rejected);
    }
}

static bool negotiate(const uint8_t *bytes, size_t len, const struct negotiated *previous,
                      struct negotiated *leg)
{
    struct engine_source_mid sources[ENGINE_SOURCES];
    struct negotiate_request request = {
        .sources = sources, .seat_ssrcs = ssrcs, .previous = previous};
    struct negotiate_reason reason;

    if (negotiate_parse((const char *)bytes, len, &offer, &reason) != 0)
        return false;
    request.source_count = name_sources(sources);
    if (negotiate_offer(&offer, &request, leg, &reason) != 0) {
        FUZZ_CHECK(reason.text[0] != '\0' && strlen(reason.text) < sizeof reason.text);
        return false;
    }
    check_leg(leg);
    check_answer(leg);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const uint8_t *end = len > 0 ? memchr(bytes, 0, len) : NULL;
    const size_t first_len = end != NULL ? (size_t)(end - bytes) : len;

    for (uint32_t i = 0; i < LIMIT_SEATS; i++)
        ssrcs[i] = (struct negotiate_seat_ssrcs){1000 + i, 2000 + i, 3000 + i};
    if (!negotiate(bytes, first_len, NULL, &legs[0]))
        return 0;
    /* The same again changes nothing. */
    FUZZ_CHECK(negotiate(bytes, first_len, &legs[0], &legs[1]));
    FUZZ_CHECK(!legs[1].ice_restart && legs[1].session_version == 2);
    FUZZ_CHECK(memcmp(legs[0].media, legs[1].media, sizeof legs[0].media) == 0);
    if (end != NULL)
        (void)negotiate(end + 1, len - first_len - 1, &legs[1], &legs[2]);
    return 0;
}
