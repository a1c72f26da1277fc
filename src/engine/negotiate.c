/* Offer -> agreement; see negotiate.h. The answer's text is in negotiate_answer.c. */
#include "engine/negotiate.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/dtls.h"
#include "engine/negotiate_codecs.h"
#include "engine/negotiate_extensions.h"
#include "wire/sdp.h"

_Static_assert(LIMIT_SDP_BYTES == SDP_BYTES, "limits.h and sdp.h must agree");
_Static_assert(LIMIT_SDP_MEDIA == SDP_MEDIA, "limits.h and sdp.h must agree");
_Static_assert(LIMIT_MID_BYTES == SDP_MID_BYTES, "limits.h and sdp.h must agree");
_Static_assert(LIMIT_SEATS <= 32, "seats are counted in 32 bits");

/* Everything that one negotiation works on. */
struct deal {
    const struct sdp *offer;
    const struct negotiate_request *request;
    struct negotiated *leg;
    struct negotiate_reason *reason;
};

static int refuse(struct negotiate_reason *reason, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int refuse(struct negotiate_reason *reason, int error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason->text, sizeof reason->text, format, arguments);
    va_end(arguments);
    for (char *c = reason->text; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~')
            *c = '?';
    }
    return error;
}

int negotiate_parse(const char *text, size_t len, struct sdp *offer,
                    struct negotiate_reason *reason)
{
    struct sdp_problem problem;
    if (sdp_parse(text, len, offer, &problem) == 0)
        return 0;
    if (problem.line == 0)
        return refuse(reason, ENGINE_ERROR_BAD_SDP, "%s", problem.reason);
    return refuse(reason, ENGINE_ERROR_BAD_SDP, "line %u: %s", problem.line, problem.reason);
}

uint8_t negotiate_find_mid(const struct negotiated *leg, const char *mid, size_t len)
{
    for (uint8_t i = 0; i < leg->media_count; i++) {
        const char *known = leg->media[i].mid;
        if (len > 0 && strlen(known) == len && memcmp(known, mid, len) == 0)
            return i;
    }
    return NEGOTIATE_NO_MEDIA;
}

const char *negotiate_seat_cname(uint8_t seat, char text[static NEGOTIATE_CNAME_BYTES])
{
    (void)snprintf(text, NEGOTIATE_CNAME_BYTES, "seat-%u", (unsigned)seat);
    return text;
}

/* ---- m-lines ------------------------------------------------------------------------------- */

static uint8_t kind_of(const struct sdp_media *offer)
{
    if (offer->kind == SDP_AUDIO)
        return NEGOTIATE_AUDIO;
    return offer->kind == SDP_VIDEO ? NEGOTIATE_VIDEO : NEGOTIATE_OTHER;
}

/* RFC 9429 5.1.2: the RTP profiles over DTLS, with or without feedback, under all their names. */
static bool is_secure_rtp(struct sdp_text proto)
{
    static const char *const names[] = {"UDP/TLS/RTP/SAVPF", "TCP/TLS/RTP/SAVPF", "RTP/SAVPF",
                                        "UDP/TLS/RTP/SAVP", "RTP/SAVP"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (sdp_text_is(proto, names[i]))
            return true;
    }
    return false;
}

static void copy_text(char *to, size_t size, struct sdp_text text)
{
    const size_t len = text.len < size ? text.len : size - 1;
    if (len > 0)
        memcpy(to, text.at, len);
    to[len] = '\0';
}

static int agree_media(struct deal *deal, uint8_t index)
{
    const struct sdp_media *offer = &deal->offer->media[index];
    struct negotiated_media *media = &deal->leg->media[index];
    copy_text(media->mid, sizeof media->mid, offer->mid);
    media->kind = kind_of(offer);
    media->source = NEGOTIATE_NO_SOURCE;
    media->seat = NEGOTIATE_NO_SEAT;
    media->rejected = true;
    if (media->kind == NEGOTIATE_OTHER || !is_secure_rtp(offer->proto) ||
        (offer->port == 0 && !offer->bundle_only))
        return 0;
    negotiate_codecs(offer, media);
    if (media->codec_count == 0)
        return 0;
    if (!offer->bundled)
        return refuse(deal->reason, ENGINE_ERROR_NO_BUNDLE, "m-line %u is not in the BUNDLE group",
                      index + 1u);
    if (!offer->rtcp_mux)
        return refuse(deal->reason, ENGINE_ERROR_NO_BUNDLE, "m-line %u has no a=rtcp-mux",
                      index + 1u);
    media->rejected = false;
    media->rtcp_rsize = offer->rtcp_rsize;
    return 0;
}

static int agree_all_media(struct deal *deal)
{
    unsigned accepted = 0;
    deal->leg->media_count = deal->offer->media_count;
    for (uint8_t i = 0; i < deal->leg->media_count; i++) {
        const int error = agree_media(deal, i);
        if (error != 0)
            return error;
        accepted += !deal->leg->media[i].rejected;
    }
    if (accepted == 0)
        return refuse(deal->reason, ENGINE_ERROR_BAD_SDP,
                      "no audio or video m-line with a codec that is known here");
    return 0;
}

/* RFC 3264 8: "the new offer MUST contain at least as many m= lines", each at its place. Only one
 * that was rejected may come back as something else (RFC 9429 5.2.2). */
static int check_previous(struct deal *deal)
{
    const struct negotiated *previous = deal->request->previous;
    if (previous == NULL)
        return 0;
    if (deal->leg->media_count < previous->media_count)
        return refuse(deal->reason, ENGINE_ERROR_CHANGED_MLINES, "%u m-lines, there were %u",
                      deal->leg->media_count, previous->media_count);
    for (uint8_t i = 0; i < previous->media_count; i++) {
        const struct negotiated_media *old = &previous->media[i], *new = &deal->leg->media[i];
        if (!old->rejected && (old->kind != new->kind || strcmp(old->mid, new->mid) != 0))
            return refuse(deal->reason, ENGINE_ERROR_CHANGED_MLINES,
                          "m-line %u has another mid or kind than before", i + 1u);
    }
    return 0;
}

/* ---- sources ------------------------------------------------------------------------------- */

static uint8_t kind_of_source(uint8_t source)
{
    return source == ENGINE_MICROPHONE || source == ENGINE_SCREEN_AUDIO ? NEGOTIATE_AUDIO
                                                                        : NEGOTIATE_VIDEO;
}

static int assign_source(struct deal *deal, const struct engine_source_mid *named)
{
    struct negotiated *leg = deal->leg;
    if (named->source >= ENGINE_SOURCES || leg->source_media[named->source] != NEGOTIATE_NO_MEDIA)
        return refuse(deal->reason, ENGINE_ERROR_BAD_SOURCES, "a source is unknown or named twice");
    const char *end = memchr(named->mid, '\0', sizeof named->mid);
    const size_t len = end == NULL ? sizeof named->mid : (size_t)(end - named->mid);
    const uint8_t index = negotiate_find_mid(leg, named->mid, len);
    if (index == NEGOTIATE_NO_MEDIA)
        return refuse(deal->reason, ENGINE_ERROR_BAD_SOURCES, "no m-line has the mid '%.*s'",
                      (int)len, named->mid);
    struct negotiated_media *media = &leg->media[index];
    if (media->kind != kind_of_source(named->source))
        return refuse(deal->reason, ENGINE_ERROR_BAD_SOURCES, "mid '%s' is of the wrong kind",
                      media->mid);
    if (media->source != NEGOTIATE_NO_SOURCE)
        return refuse(deal->reason, ENGINE_ERROR_BAD_SOURCES, "mid '%s' has two sources",
                      media->mid);
    media->source = named->source;
    media->receiving =
        !media->rejected && (deal->offer->media[index].direction & SDP_SENDONLY) != 0;
    leg->source_media[named->source] = media->rejected ? NEGOTIATE_NO_MEDIA : index;
    return 0;
}

static int assign_sources(struct deal *deal)
{
    const struct negotiate_request *request = deal->request;
    if (request->source_count > ENGINE_SOURCES)
        return refuse(deal->reason, ENGINE_ERROR_BAD_SOURCES, "more than %u sources",
                      (unsigned)ENGINE_SOURCES);
    for (size_t i = 0; i < request->source_count; i++) {
        const int error = assign_source(deal, &request->sources[i]);
        if (error != 0)
            return error;
    }
    return 0;
}

/* ---- seats --------------------------------------------------------------------------------- */

/* Seats in use of one kind, a bit each. A seat is an m-line's for as long as that is not rejected,
 * so that what others send stays where it is when directions change. */
static uint32_t keep_seats(struct deal *deal, uint8_t kind)
{
    const struct negotiated *previous = deal->request->previous;
    uint32_t used = 0;
    for (uint8_t i = 0; previous != NULL && i < previous->media_count; i++) {
        const struct negotiated_media *old = &previous->media[i];
        struct negotiated_media *media = &deal->leg->media[i];
        if (media->rejected || media->kind != kind || old->rejected ||
            old->seat == NEGOTIATE_NO_SEAT)
            continue;
        media->seat = old->seat;
        used |= UINT32_C(1) << old->seat;
    }
    return used;
}

static void fill_seat(struct deal *deal, uint8_t index)
{
    struct negotiated *leg = deal->leg;
    struct negotiated_media *media = &leg->media[index];
    const struct negotiate_seat_ssrcs *ssrcs = &deal->request->seat_ssrcs[media->seat];
    const bool audio = media->kind == NEGOTIATE_AUDIO;
    media->sending = (deal->offer->media[index].direction & SDP_RECVONLY) != 0;
    media->seat_ssrc = audio ? ssrcs->audio : ssrcs->video;
    for (size_t i = 0; i < media->codec_count; i++) {
        if (media->codecs[i].rtx_payload_type != NEGOTIATE_NO_PAYLOAD)
            media->seat_rtx_ssrc = audio ? 0 : ssrcs->video_rtx;
    }
    if (media->seat >= leg->seat_count)
        leg->seat_count = (uint8_t)(media->seat + 1);
    if (media->sending && audio)
        leg->seats[media->seat].audio = index;
    else if (media->sending)
        leg->seats[media->seat].video = index;
}

static int assign_seats(struct deal *deal, uint8_t kind)
{
    uint32_t used = keep_seats(deal, kind);
    for (uint8_t i = 0; i < deal->leg->media_count; i++) {
        struct negotiated_media *media = &deal->leg->media[i];
        if (media->rejected || media->kind != kind)
            continue;
        if (media->seat == NEGOTIATE_NO_SEAT) {
            uint8_t seat = 0;
            if ((deal->offer->media[i].direction & SDP_RECVONLY) == 0)
                continue;
            while (seat < LIMIT_SEATS && (used & UINT32_C(1) << seat) != 0)
                seat++;
            if (seat == LIMIT_SEATS)
                return refuse(deal->reason, ENGINE_ERROR_FULL, "more than %u seats", LIMIT_SEATS);
            used |= UINT32_C(1) << seat;
            media->seat = seat;
        }
        fill_seat(deal, i);
    }
    return 0;
}

/* ---- streams of a source ------------------------------------------------------------------- */

static bool has_rid(const struct sdp_media *offer, struct sdp_text id)
{
    for (size_t i = 0; i < offer->rid_count; i++) {
        if (sdp_text_equal(offer->rids[i].id, id) && offer->rids[i].direction == SDP_SENDONLY)
            return true;
    }
    return false;
}

/* More than LIMIT_LAYERS, or a rid too long: left out of the answer, and the client does not send
 * it (RFC 8853 5.3.2). Without the rid extension the layers could not be told apart. */
static void take_rids(const struct sdp_media *offer, struct negotiated_media *media)
{
    if (media->extension_ids[RTP_EXT_RID] == 0)
        return;
    for (size_t i = 0; i < offer->simulcast_send_count && media->rid_count < LIMIT_LAYERS; i++) {
        const struct sdp_text id = offer->simulcast_send[i];
        if (id.len <= NEGOTIATE_RID_BYTES && has_rid(offer, id))
            copy_text(media->rids[media->rid_count++], sizeof media->rids[0], id);
    }
}

static const struct sdp_ssrc_group *find_group(const struct sdp_media *offer, const char *semantics)
{
    for (size_t i = 0; i < offer->ssrc_group_count; i++) {
        if (sdp_text_is(offer->ssrc_groups[i].semantics, semantics))
            return &offer->ssrc_groups[i];
    }
    return NULL;
}

/* RFC 4588 8.8 (FID), RFC 5956 (FEC-FR): the second of a pair repairs the first. */
static uint32_t repair_of(const struct sdp_media *offer, const char *semantics, uint32_t ssrc)
{
    for (size_t i = 0; i < offer->ssrc_group_count; i++) {
        const struct sdp_ssrc_group *group = &offer->ssrc_groups[i];
        if (group->ssrc_count == 2 && group->ssrcs[0] == ssrc &&
            sdp_text_is(group->semantics, semantics))
            return group->ssrcs[1];
    }
    return 0;
}

static bool is_repair(const struct sdp_media *offer, uint32_t ssrc)
{
    for (size_t i = 0; i < offer->ssrc_count; i++) {
        if (repair_of(offer, "FID", offer->ssrcs[i]) == ssrc ||
            repair_of(offer, "FEC-FR", offer->ssrcs[i]) == ssrc)
            return true;
    }
    return false;
}

/* With a SIM group its members, else what repairs nothing; one, unless there are rids. */
static void take_ssrcs(const struct sdp_media *offer, struct negotiated_media *media)
{
    const struct sdp_ssrc_group *layers = find_group(offer, "SIM");
    const uint32_t *ssrcs = layers != NULL ? layers->ssrcs : offer->ssrcs;
    const size_t count = layers != NULL ? layers->ssrc_count : offer->ssrc_count;
    size_t wanted = media->rid_count > 0 ? media->rid_count : 1;
    if (layers != NULL)
        wanted = LIMIT_LAYERS;
    for (size_t i = 0; i < count && media->ssrc_count < wanted; i++) {
        if (ssrcs[i] == 0 || is_repair(offer, ssrcs[i]))
            continue;
        media->ssrcs[media->ssrc_count++] =
            (struct negotiated_ssrc){ssrcs[i], repair_of(offer, "FID", ssrcs[i])};
    }
}

static void take_streams(struct deal *deal)
{
    for (uint8_t i = 0; i < deal->leg->media_count; i++) {
        struct negotiated_media *media = &deal->leg->media[i];
        if (!media->receiving)
            continue;
        if (media->kind == NEGOTIATE_VIDEO)
            take_rids(&deal->offer->media[i], media);
        take_ssrcs(&deal->offer->media[i], media);
    }
}

/* ---- the other end ------------------------------------------------------------------------- */

/* The m-line whose ICE and DTLS parameters count: the tagged one (RFC 8843 7.1), or the first that
 * we take. There is one: agree_all_media saw to it. */
static const struct sdp_media *tagged_media(const struct deal *deal)
{
    const struct sdp_media *first = NULL;
    for (uint8_t i = 0; i < deal->leg->media_count; i++) {
        const struct sdp_media *media = &deal->offer->media[i];
        if (deal->leg->media[i].rejected)
            continue;
        if (sdp_text_equal(media->mid, deal->offer->bundle[0]))
            return media;
        if (first == NULL)
            first = media;
    }
    return first;
}

/* SHA-256 if it is there, else the longest; never SHA-1 (RFC 8122 5 forbids it for new ones). */
static bool take_fingerprint(const struct sdp_transport *offer, struct transport_remote *remote)
{
    static const uint8_t hashes[][2] = {{SDP_SHA256, DTLS_HASH_SHA256},
                                        {SDP_SHA512, DTLS_HASH_SHA512},
                                        {SDP_SHA384, DTLS_HASH_SHA384}};
    for (size_t h = 0; h < sizeof hashes / sizeof hashes[0]; h++) {
        for (size_t i = 0; i < offer->fingerprint_count; i++) {
            const struct sdp_fingerprint *found = &offer->fingerprints[i];
            if (found->hash != hashes[h][0])
                continue;
            remote->fingerprint_hash = hashes[h][1];
            remote->fingerprint_len = found->len;
            memcpy(remote->fingerprint, found->bytes, found->len);
            return true;
        }
    }
    return false;
}

static bool same_certificate(const struct transport_remote *a, const struct transport_remote *b)
{
    return a->fingerprint_hash == b->fingerprint_hash &&
           memcmp(a->fingerprint, b->fingerprint, sizeof a->fingerprint) == 0;
}

static int take_remote(struct deal *deal)
{
    const struct sdp_transport *offer = &tagged_media(deal)->transport;
    const struct negotiated *previous = deal->request->previous;
    struct transport_remote *remote = &deal->leg->remote;
    if (offer->ice_ufrag.len == 0 || offer->ice_pwd.len == 0)
        return refuse(deal->reason, ENGINE_ERROR_NO_ICE, "no a=ice-ufrag and a=ice-pwd");
    copy_text(remote->ufrag, sizeof remote->ufrag, offer->ice_ufrag);
    copy_text(remote->pwd, sizeof remote->pwd, offer->ice_pwd);
    if (!take_fingerprint(offer, remote))
        return refuse(deal->reason, ENGINE_ERROR_NO_FINGERPRINT,
                      "no a=fingerprint with sha-256, sha-384 or sha-512");
    remote->dtls_client = offer->setup == SDP_PASSIVE;
    if (previous == NULL)
        return 0;
    /* RFC 8839 4.4.1.1.1: "the agent MUST change both" to restart. */
    deal->leg->ice_restart = strcmp(remote->ufrag, previous->remote.ufrag) != 0 ||
                             strcmp(remote->pwd, previous->remote.pwd) != 0;
    const bool same = same_certificate(remote, &previous->remote);
    /* RFC 8842 5.5: a later offer says actpass again, the roles of the session stay as they are. */
    if (same && offer->setup != SDP_ACTIVE)
        remote->dtls_client = previous->remote.dtls_client;
    /* RFC 8842 4: a new DTLS association over ICE needs new ICE credentials. */
    if (!same && !deal->leg->ice_restart)
        return refuse(deal->reason, ENGINE_ERROR_BAD_SDP,
                      "another certificate without an ICE restart");
    return 0;
}

/* ---- all of it ----------------------------------------------------------------------------- */

static void clear(struct deal *deal)
{
    struct negotiated *leg = deal->leg;
    memset(leg, 0, sizeof *leg);
    memset(leg->source_media, NEGOTIATE_NO_MEDIA, sizeof leg->source_media);
    memset(leg->seats, NEGOTIATE_NO_MEDIA, sizeof leg->seats);
    leg->session_version = 1;
    if (deal->request->previous != NULL)
        leg->session_version = deal->request->previous->session_version + 1;
    leg->ice_lite_peer = deal->offer->ice_lite;
    deal->reason->text[0] = '\0';
}

int negotiate_offer(const struct sdp *offer, const struct negotiate_request *request,
                    struct negotiated *leg, struct negotiate_reason *reason)
{
    struct deal deal = {offer, request, leg, reason};
    int error;
    clear(&deal);
    if ((error = agree_all_media(&deal)) != 0 || (error = check_previous(&deal)) != 0 ||
        (error = take_remote(&deal)) != 0 || (error = assign_sources(&deal)) != 0 ||
        (error = assign_seats(&deal, NEGOTIATE_AUDIO)) != 0 ||
        (error = assign_seats(&deal, NEGOTIATE_VIDEO)) != 0)
        return error;
    negotiate_extensions(offer, leg);
    take_streams(&deal);
    return 0;
}
