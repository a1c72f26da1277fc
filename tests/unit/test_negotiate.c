#include "test.h"

#include <stdio.h>
#include <string.h>

#include "engine/dtls.h"
#include "support/offers.h"
#include "support/vectors.h"

#define FINGERPRINT_512                                                                            \
    "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:"   \
    "1E:"                                                                                          \
    "1F:20:21:22:23:24:25:26:27:28:29:2A:2B:2C:2D:2E:2F:30:31:32:33:34:35:36:37:38:39:3A:3B:3C:"   \
    "3D:"                                                                                          \
    "3E:3F"

/* Microphone, camera, one seat: what a page offers first. */
static const char *usual_offer(void)
{
    return offers_text("%s%s%s%s%s", offers_session(4), offers_media("audio", 0, "sendonly", ""),
                       offers_media("video", 1, "sendonly", ""),
                       offers_media("audio", 2, "recvonly", ""),
                       offers_media("video", 3, "recvonly", ""));
}

static struct offers_case *usual_case(void)
{
    struct offers_case *c = offers_case();
    offers_add_source(c, "0", ENGINE_MICROPHONE);
    offers_add_source(c, "1", ENGINE_CAMERA);
    return c;
}

static int negotiate_text(struct offers_case *c, const char *text)
{
    return offers_negotiate(c, text, strlen(text));
}

/* A second offer after c's. */
static struct offers_case *later(const struct offers_case *c)
{
    struct offers_case *next = usual_case();
    next->request.previous = &c->leg;
    return next;
}

static const char *replaced(const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);
    assert_non_null(at);
    return offers_text("%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
}

/* ---- what is agreed ------------------------------------------------------------------------ */

static void test_sources_come_in_and_seats_go_out(void **state)
{
    struct offers_case *c = usual_case();
    const struct negotiated *leg = &c->leg;
    (void)state;
    assert_int_equal(negotiate_text(c, usual_offer()), 0);
    assert_int_equal(leg->media_count, 4);
    assert_int_equal(leg->source_media[ENGINE_MICROPHONE], 0);
    assert_int_equal(leg->source_media[ENGINE_CAMERA], 1);
    assert_int_equal(leg->source_media[ENGINE_SCREEN], NEGOTIATE_NO_MEDIA);
    assert_true(leg->media[0].receiving && !leg->media[0].sending);
    assert_int_equal(leg->media[0].seat, NEGOTIATE_NO_SEAT);
    assert_true(leg->media[3].sending && !leg->media[3].receiving);
    assert_int_equal(leg->media[3].source, NEGOTIATE_NO_SOURCE);
    assert_int_equal(leg->seat_count, 1);
    assert_int_equal(leg->seats[0].audio, 2);
    assert_int_equal(leg->seats[0].video, 3);
    assert_int_equal(leg->media[2].seat_ssrc, 1000);
    assert_int_equal(leg->media[2].seat_rtx_ssrc, 0);
    assert_int_equal(leg->media[3].seat_ssrc, 2000);
    assert_int_equal(leg->media[3].seat_rtx_ssrc, 3000);
    assert_int_equal(leg->session_version, 1);
    assert_false(leg->ice_restart);
}

static void test_the_other_end_is_taken_over(void **state)
{
    struct offers_case *c = usual_case();
    (void)state;
    assert_int_equal(negotiate_text(c, usual_offer()), 0);
    assert_string_equal(c->leg.remote.ufrag, "theirs");
    assert_string_equal(c->leg.remote.pwd, "theirs-theirs-theirs-theirs");
    assert_int_equal(c->leg.remote.fingerprint_hash, DTLS_HASH_SHA256);
    assert_int_equal(c->leg.remote.fingerprint_len, 32);
    assert_int_equal(c->leg.remote.fingerprint[31], 31);
    assert_false(c->leg.remote.dtls_client);
}

static void test_sendrecv_is_a_source_and_a_seat(void **state)
{
    struct offers_case *c = offers_case();
    offers_add_source(c, "0", ENGINE_MICROPHONE);
    (void)state;
    assert_int_equal(negotiate_text(c, offers_text("%s%s%s", offers_session(2),
                                                   offers_media("audio", 0, "sendrecv", ""),
                                                   offers_media("video", 1, "sendrecv", ""))),
                     0);
    assert_true(c->leg.media[0].receiving && c->leg.media[0].sending);
    assert_int_equal(c->leg.media[0].source, ENGINE_MICROPHONE);
    assert_int_equal(c->leg.media[0].seat, 0);
    assert_true(!c->leg.media[1].receiving && c->leg.media[1].sending);
    assert_int_equal(c->leg.seats[0].video, 1);
}

static void test_seats_pair_by_order_whatever_stands_between(void **state)
{
    struct offers_case *c = offers_case();
    (void)state;
    assert_int_equal(negotiate_text(c, offers_text("%s%s%s%s%s%s", offers_session(5),
                                                   offers_media("video", 0, "recvonly", ""),
                                                   offers_media("video", 1, "recvonly", ""),
                                                   offers_media("video", 2, "sendonly", ""),
                                                   offers_media("audio", 3, "recvonly", ""),
                                                   offers_media("video", 4, "recvonly", ""))),
                     0);
    assert_int_equal(c->leg.seat_count, 3);
    assert_int_equal(c->leg.seats[0].audio, 3);
    assert_int_equal(c->leg.seats[0].video, 0);
    assert_int_equal(c->leg.seats[1].audio, NEGOTIATE_NO_MEDIA);
    assert_int_equal(c->leg.seats[1].video, 1);
    assert_int_equal(c->leg.seats[2].video, 4);
    assert_true(!c->leg.media[2].receiving && !c->leg.media[2].sending);
}

static void test_a_source_that_is_not_sent_now_is_kept(void **state)
{
    struct offers_case *c = usual_case();
    (void)state;
    assert_int_equal(negotiate_text(c, replaced(usual_offer(), "a=sendonly", "a=inactive")), 0);
    assert_int_equal(c->leg.source_media[ENGINE_MICROPHONE], 0);
    assert_false(c->leg.media[0].receiving);
}

static void test_what_cannot_be_taken_is_rejected(void **state)
{
    struct offers_case *c = usual_case();
    (void)state;
    assert_int_equal(
        negotiate_text(c,
                       offers_text("%sm=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:9\n"
                                   "m=audio 0 UDP/TLS/RTP/SAVPF 111\na=rtpmap:111 opus/48000/2\n"
                                   "m=audio 9 RTP/AVP 111\na=rtpmap:111 opus/48000/2\n"
                                   "m=video 9 UDP/TLS/RTP/SAVPF 1\na=rtpmap:1 H265/90000\n",
                                   usual_offer())),
        0);
    for (size_t i = 4; i < 8; i++)
        assert_true(c->leg.media[i].rejected);
    assert_int_equal(c->leg.seat_count, 1);
}

static void test_bundle_only_is_not_rejected(void **state)
{
    struct offers_case *c = usual_case();
    const char *offer = replaced(usual_offer(), "m=video 9", "m=video 0");
    (void)state;
    assert_int_equal(negotiate_text(c, offer), 0);
    assert_true(c->leg.media[1].rejected);
    assert_int_equal(c->leg.source_media[ENGINE_CAMERA], NEGOTIATE_NO_MEDIA);
    c = usual_case();
    assert_int_equal(negotiate_text(c, replaced(offer, "a=mid:1", "a=mid:1\na=bundle-only")), 0);
    assert_false(c->leg.media[1].rejected);
}

static void test_finds_mids(void **state)
{
    struct offers_case *c = usual_case();
    (void)state;
    assert_int_equal(negotiate_text(c, usual_offer()), 0);
    assert_int_equal(negotiate_find_mid(&c->leg, "3x", 1), 3);
    assert_int_equal(negotiate_find_mid(&c->leg, "33", 2), NEGOTIATE_NO_MEDIA);
    assert_int_equal(negotiate_find_mid(&c->leg, "", 0), NEGOTIATE_NO_MEDIA);
}

/* ---- streams ------------------------------------------------------------------------------- */

#define RID_LINE "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\n"

static const struct negotiated_media *camera(const char *lines)
{
    struct offers_case *c = offers_case();
    offers_add_source(c, "0", ENGINE_CAMERA);
    assert_int_equal(negotiate_text(c, offers_text("%s%s", offers_session(1),
                                                   offers_media("video", 0, "sendonly", lines))),
                     0);
    return &c->leg.media[0];
}

static void test_rids_of_simulcast(void **state)
{
    const struct negotiated_media *media =
        camera(RID_LINE "a=rid:q send\na=rid:h send\na=rid:f send\na=rid:x send\na=rid:r recv\n"
                        "a=simulcast:send r;q;12345678901234567;h;nowhere;f;x\n");
    (void)state;
    assert_int_equal(media->rid_count, LIMIT_LAYERS);
    assert_string_equal(media->rids[0], "q");
    assert_string_equal(media->rids[1], "h");
    assert_string_equal(media->rids[2], "f");
    assert_int_equal(media->ssrc_count, 0);
}

static void test_rids_need_their_extension(void **state)
{
    (void)state;
    assert_int_equal(camera("a=rid:q send\na=rid:h send\na=simulcast:send q;h\n")->rid_count, 0);
}

static void test_ssrcs_of_one_stream_with_rtx(void **state)
{
    const struct negotiated_media *media =
        camera("a=ssrc-group:FID 5 6\na=ssrc-group:FEC-FR 5 7\na=ssrc:7 cname:a\na=ssrc:5 cname:a\n"
               "a=ssrc:6 cname:a\na=ssrc:8 cname:a\n");
    (void)state;
    assert_int_equal(media->ssrc_count, 1);
    assert_int_equal(media->ssrcs[0].ssrc, 5);
    assert_int_equal(media->ssrcs[0].rtx_ssrc, 6);
}

static void test_ssrcs_of_a_sim_group(void **state)
{
    const struct negotiated_media *media =
        camera("a=ssrc-group:SIM 1 2 3 4\na=ssrc-group:FID 1 11\na=ssrc-group:FID 3 13\n"
               "a=ssrc:1 cname:a\na=ssrc:2 cname:a\na=ssrc:3 cname:a\na=ssrc:11 cname:a\n");
    (void)state;
    assert_int_equal(media->ssrc_count, LIMIT_LAYERS);
    assert_int_equal(media->ssrcs[0].rtx_ssrc, 11);
    assert_int_equal(media->ssrcs[1].ssrc, 2);
    assert_int_equal(media->ssrcs[1].rtx_ssrc, 0);
    assert_int_equal(media->ssrcs[2].ssrc, 3);
}

static void test_ssrcs_beside_rids(void **state)
{
    const struct negotiated_media *media =
        camera(RID_LINE "a=rid:q send\na=rid:h send\na=simulcast:send q;h\na=ssrc-group:FID 1 2\n"
                        "a=ssrc-group:FID 3 4\na=ssrc:1 c:a\na=ssrc:2 c:a\na=ssrc:3 c:a\n"
                        "a=ssrc:4 c:a\n");
    (void)state;
    assert_int_equal(media->ssrc_count, 2);
    assert_int_equal(media->ssrcs[1].ssrc, 3);
    assert_int_equal(media->ssrcs[1].rtx_ssrc, 4);
}

/* ---- refusals ------------------------------------------------------------------------------ */

static void assert_refused(const char *text, int error)
{
    struct offers_case *c = usual_case();
    assert_int_equal(negotiate_text(c, text), error);
    assert_true(strlen(c->reason.text) > 5);
}

static void test_refuses_what_does_not_parse(void **state)
{
    struct offers_case *c = usual_case();
    (void)state;
    assert_int_equal(negotiate_text(c, replaced(usual_offer(), "opus/48000/2", "/1")),
                     ENGINE_ERROR_BAD_SDP);
    assert_string_equal(c->reason.text, "line 14: a=rtpmap without an encoding");
    assert_int_equal(negotiate_text(c, ""), ENGINE_ERROR_BAD_SDP);
    assert_string_equal(c->reason.text, "empty");
}

static void test_refuses_without_ice(void **state)
{
    (void)state;
    assert_refused(replaced(usual_offer(), "a=ice-ufrag:theirs\n", ""), ENGINE_ERROR_NO_ICE);
    assert_refused(replaced(usual_offer(), "a=ice-pwd:theirs-theirs-theirs-theirs\n", ""),
                   ENGINE_ERROR_NO_ICE);
}

static void test_refuses_without_a_fingerprint_that_counts(void **state)
{
    (void)state;
    assert_refused(replaced(usual_offer(), "a=fingerprint:sha-256", "a=fingerprint:md-9"),
                   ENGINE_ERROR_NO_FINGERPRINT);
    assert_refused(replaced(usual_offer(),
                            "a=fingerprint:sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:",
                            "a=fingerprint:sha-1 "),
                   ENGINE_ERROR_NO_FINGERPRINT);
}

static void test_prefers_sha_256_and_takes_longer_ones(void **state)
{
    struct offers_case *c = usual_case();
    const char *offer =
        replaced(usual_offer(), "a=setup", "a=fingerprint:sha-512 " FINGERPRINT_512 "\na=setup");
    (void)state;
    assert_int_equal(negotiate_text(c, offer), 0);
    assert_int_equal(c->leg.remote.fingerprint_hash, DTLS_HASH_SHA256);
    c = usual_case();
    assert_int_equal(negotiate_text(c, replaced(offer, "a=fingerprint:sha-256", "a=x")), 0);
    assert_int_equal(c->leg.remote.fingerprint_hash, DTLS_HASH_SHA512);
    assert_int_equal(c->leg.remote.fingerprint_len, 64);
    assert_int_equal(c->leg.remote.fingerprint[63], 0x3f);
}

static void test_refuses_without_bundle_and_mux(void **state)
{
    (void)state;
    assert_refused(replaced(usual_offer(), "a=group:BUNDLE", "a=group:LS"), ENGINE_ERROR_NO_BUNDLE);
    assert_refused(replaced(usual_offer(), "BUNDLE 0 1 2 3", "BUNDLE 0 1 2"),
                   ENGINE_ERROR_NO_BUNDLE);
    assert_refused(replaced(usual_offer(), "a=rtcp-mux\n", ""), ENGINE_ERROR_NO_BUNDLE);
    assert_refused(replaced(usual_offer(), "a=mid:0\n", ""), ENGINE_ERROR_NO_BUNDLE);
}

static void test_refuses_duplicate_mids_and_too_many_m_lines(void **state)
{
    const char *offer = usual_offer();
    (void)state;
    assert_refused(replaced(offer, "a=mid:1", "a=mid:0"), ENGINE_ERROR_BAD_SDP);
    for (unsigned i = 0; i < LIMIT_SDP_MEDIA - 4; i++)
        offer = offers_text("%sm=application 9 UDP/DTLS/SCTP x\n", offer);
    struct offers_case *c = usual_case();
    assert_int_equal(negotiate_text(c, offer), 0);
    assert_refused(offers_text("%sm=application 9 UDP/DTLS/SCTP x\n", offer), ENGINE_ERROR_BAD_SDP);
}

static void test_refuses_an_offer_with_nothing_to_answer(void **state)
{
    (void)state;
    assert_refused("v=0\n", ENGINE_ERROR_BAD_SDP);
    assert_refused(offers_text("%sm=application 9 UDP/DTLS/SCTP x\na=mid:0\n", offers_session(1)),
                   ENGINE_ERROR_BAD_SDP);
}

static int negotiate_sources(const char *first, enum engine_source a, const char *second,
                             enum engine_source b)
{
    struct offers_case *c = offers_case();
    offers_add_source(c, first, a);
    offers_add_source(c, second, b);
    const int error = negotiate_text(c, usual_offer());
    assert_true(error == 0 || strlen(c->reason.text) > 5);
    return error;
}

static void test_refuses_sources_that_do_not_fit(void **state)
{
    struct offers_case *c = offers_case();
    (void)state;
    assert_int_equal(negotiate_sources("0", ENGINE_MICROPHONE, "1", ENGINE_SCREEN), 0);
    assert_int_equal(negotiate_sources("0", ENGINE_MICROPHONE, "9", ENGINE_CAMERA),
                     ENGINE_ERROR_BAD_SOURCES);
    assert_int_equal(negotiate_sources("0", ENGINE_MICROPHONE, "", ENGINE_CAMERA),
                     ENGINE_ERROR_BAD_SOURCES);
    assert_int_equal(negotiate_sources("0", ENGINE_CAMERA, "1", ENGINE_SCREEN),
                     ENGINE_ERROR_BAD_SOURCES);
    assert_int_equal(negotiate_sources("1", ENGINE_CAMERA, "1", ENGINE_SCREEN),
                     ENGINE_ERROR_BAD_SOURCES);
    assert_int_equal(negotiate_sources("1", ENGINE_CAMERA, "3", ENGINE_CAMERA),
                     ENGINE_ERROR_BAD_SOURCES);
    assert_int_equal(negotiate_sources("1", ENGINE_CAMERA, "0", ENGINE_SOURCES),
                     ENGINE_ERROR_BAD_SOURCES);
    c->request.source_count = ENGINE_SOURCES + 1;
    assert_int_equal(negotiate_text(c, usual_offer()), ENGINE_ERROR_BAD_SOURCES);
}

static void test_a_reason_is_printable(void **state)
{
    struct offers_case *c = offers_case();
    (void)state;
    offers_add_source(c, "\x1b[1m\xff", ENGINE_CAMERA);
    assert_int_equal(negotiate_text(c, usual_offer()), ENGINE_ERROR_BAD_SOURCES);
    assert_string_equal(c->reason.text, "no m-line has the mid '?[1m?'");
}

static void test_limit_of_seats(void **state)
{
    const char *offer = offers_session(LIMIT_SEATS + 1);
    struct offers_case *c = offers_case();
    (void)state;
    for (unsigned i = 0; i < LIMIT_SEATS; i++)
        offer = offers_text("%s%s", offer, offers_media("video", i, "recvonly", ""));
    assert_int_equal(negotiate_text(c, offer), 0);
    assert_int_equal(c->leg.seat_count, LIMIT_SEATS);
    offer = offers_text("%s%s", offer, offers_media("video", LIMIT_SEATS, "recvonly", ""));
    assert_int_equal(negotiate_text(c, offer), ENGINE_ERROR_FULL);
}

/* ---- later offers -------------------------------------------------------------------------- */

static void test_a_later_offer_may_add_m_lines(void **state)
{
    struct offers_case *first = usual_case();
    (void)state;
    assert_int_equal(negotiate_text(first, usual_offer()), 0);
    struct offers_case *second = later(first);
    const char *more = replaced(usual_offer(), "BUNDLE", "BUNDLE 4 5");
    assert_int_equal(
        negotiate_text(second, offers_text("%s%s%s", more, offers_media("audio", 4, "recvonly", ""),
                                           offers_media("video", 5, "recvonly", ""))),
        0);
    assert_int_equal(second->leg.seat_count, 2);
    assert_int_equal(second->leg.seats[1].video, 5);
    assert_int_equal(second->leg.session_version, 2);
    assert_false(second->leg.ice_restart);
}

static void test_a_later_offer_may_not_change_or_drop_m_lines(void **state)
{
    struct offers_case *first = usual_case();
    const char *offer = usual_offer();
    (void)state;
    assert_int_equal(negotiate_text(first, offer), 0);
    const char *fewer = offers_text("%.*s",
                                    (int)(strstr(offer, "m=audio 9 UDP/TLS/RTP/SAVPF 111\n"
                                                        "a=mid:2") -
                                          offer),
                                    offer);
    assert_int_equal(negotiate_text(later(first), fewer), ENGINE_ERROR_CHANGED_MLINES);
    const char *renamed = replaced(replaced(offer, "a=mid:2", "a=mid:7"), "BUNDLE", "BUNDLE 7");
    assert_int_equal(negotiate_text(later(first), renamed), ENGINE_ERROR_CHANGED_MLINES);
    struct offers_case *third = later(first);
    third->request.source_count = 0;
    const char *other = offers_text(
        "%s%s%s%s%s", offers_session(4), offers_media("video", 0, "sendonly", ""),
        offers_media("video", 1, "sendonly", ""), offers_media("audio", 2, "recvonly", ""),
        offers_media("video", 3, "recvonly", ""));
    assert_int_equal(negotiate_text(third, other), ENGINE_ERROR_CHANGED_MLINES);
}

static void test_a_seat_stays_where_it_was(void **state)
{
    struct offers_case *first = usual_case();
    const char *offer = usual_offer();
    (void)state;
    assert_int_equal(negotiate_text(first, offer), 0);
    /* The seat rests, and the camera's m-line receives now: it must not take seat 0. */
    const char *resting = offers_text(
        "%s%s%s%s%s", offers_session(4), offers_media("audio", 0, "sendonly", ""),
        offers_media("video", 1, "sendrecv", ""), offers_media("audio", 2, "recvonly", ""),
        offers_media("video", 3, "inactive", ""));
    struct offers_case *second = later(first);
    assert_int_equal(negotiate_text(second, resting), 0);
    assert_int_equal(second->leg.media[3].seat, 0);
    assert_false(second->leg.media[3].sending);
    assert_int_equal(second->leg.seats[0].video, NEGOTIATE_NO_MEDIA);
    assert_int_equal(second->leg.media[1].seat, 1);
    assert_int_equal(second->leg.seats[1].video, 1);
}

static void test_a_rejected_m_line_may_come_back_as_another(void **state)
{
    struct offers_case *first = usual_case();
    (void)state;
    const char *stopped = replaced(usual_offer(), "m=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:2",
                                   "m=audio 0 UDP/TLS/RTP/SAVPF 111\na=mid:2");
    assert_int_equal(negotiate_text(first, stopped), 0);
    assert_true(first->leg.media[2].rejected);
    struct offers_case *second = later(first);
    const char *recycled = offers_text(
        "%s%s%s%s%s", offers_session(8), offers_media("audio", 0, "sendonly", ""),
        offers_media("video", 1, "sendonly", ""), offers_media("video", 7, "recvonly", ""),
        offers_media("video", 3, "recvonly", ""));
    assert_int_equal(negotiate_text(second, recycled), 0);
    assert_int_equal(second->leg.media[3].seat, 0);
    assert_int_equal(second->leg.media[2].seat, 1);
}

static void test_new_credentials_are_an_ice_restart(void **state)
{
    struct offers_case *first = usual_case();
    (void)state;
    assert_int_equal(negotiate_text(first, usual_offer()), 0);
    struct offers_case *second = later(first);
    assert_int_equal(negotiate_text(second, replaced(usual_offer(), "ufrag:theirs", "ufrag:newer")),
                     0);
    assert_true(second->leg.ice_restart);
}

static void test_dtls_roles(void **state)
{
    struct offers_case *first = usual_case();
    (void)state;
    assert_int_equal(negotiate_text(first, replaced(usual_offer(), "actpass", "active")), 0);
    assert_false(first->leg.remote.dtls_client);
    first = usual_case();
    assert_int_equal(negotiate_text(first, replaced(usual_offer(), "actpass", "passive")), 0);
    assert_true(first->leg.remote.dtls_client);
    /* RFC 8842 5.5: actpass in a later offer keeps the roles of a session. */
    struct offers_case *second = later(first);
    assert_int_equal(negotiate_text(second, usual_offer()), 0);
    assert_true(second->leg.remote.dtls_client);
}

static void test_a_new_certificate_needs_an_ice_restart(void **state)
{
    struct offers_case *first = usual_case();
    (void)state;
    assert_int_equal(negotiate_text(first, replaced(usual_offer(), "actpass", "passive")), 0);
    const char *other = replaced(usual_offer(), "00:01", "FF:01");
    assert_int_equal(negotiate_text(later(first), other), ENGINE_ERROR_BAD_SDP);
    struct offers_case *second = later(first);
    assert_int_equal(negotiate_text(second, replaced(other, "ufrag:theirs", "ufrag:newer")), 0);
    assert_true(second->leg.ice_restart);
    assert_false(second->leg.remote.dtls_client);
}

/* ---- recorded offers ----------------------------------------------------------------------- */

/* The page's convention: microphone and camera are what sends first, then the screen. */
static void name_sources(struct offers_case *c)
{
    unsigned audio = 0, video = 0;
    for (size_t i = 0; i < c->offer.media_count; i++) {
        const struct sdp_media *media = &c->offer.media[i];
        const char *mid = offers_text("%.*s", SDP_ARGS(media->mid));
        if ((media->direction & SDP_SENDONLY) == 0)
            continue;
        if (media->kind == SDP_AUDIO && audio < 2)
            offers_add_source(c, mid, audio++ == 0 ? ENGINE_MICROPHONE : ENGINE_SCREEN_AUDIO);
        else if (media->kind == SDP_VIDEO && video < 2)
            offers_add_source(c, mid, video++ == 0 ? ENGINE_CAMERA : ENGINE_SCREEN);
    }
}

static void check_answer(const struct offers_case *c)
{
    assert_int_equal(c->answer_sdp.media_count, c->offer.media_count);
    assert_true(c->answer_sdp.ice_lite);
    for (size_t i = 0; i < c->offer.media_count; i++) {
        const struct sdp_media *offer = &c->offer.media[i], *answer = &c->answer_sdp.media[i];
        assert_true(sdp_text_equal(answer->mid, offer->mid));
        assert_int_equal(answer->kind, offer->kind);
        assert_int_equal(answer->port != 0, !c->leg.media[i].rejected);
        if (answer->port == 0)
            continue;
        assert_true(answer->bundled && answer->rtcp_mux);
        assert_int_equal(answer->transport.setup, SDP_PASSIVE);
        /* We send what they receive and the other way round, never more. */
        if ((answer->direction & SDP_SENDONLY) != 0)
            assert_true((offer->direction & SDP_RECVONLY) != 0);
        if ((answer->direction & SDP_RECVONLY) != 0)
            assert_true((offer->direction & SDP_SENDONLY) != 0);
        for (size_t f = 0; f < answer->format_count; f++) {
            const struct sdp_format *theirs =
                sdp_find_format(offer, answer->formats[f].payload_type);
            assert_non_null(theirs);
            assert_true(sdp_text_equal(theirs->name, answer->formats[f].name));
            assert_int_equal(theirs->clock_rate_hz, answer->formats[f].clock_rate_hz);
            assert_int_equal(theirs->channels, answer->formats[f].channels);
            assert_int_equal(answer->formats[f].feedback & ~theirs->feedback, 0);
        }
    }
}

static void test_answers_every_recorded_offer(void **state)
{
    size_t count = 0;
    (void)state;
    for (const char *name; (name = vectors_sdp_name(count)) != NULL; count++) {
        struct offers_case *c = offers_case();
        size_t len;
        const char *text = vectors_sdp(name, &len);
        assert_non_null(text);
        if (strncmp(name, "refused-", 8) == 0) {
            assert_true(offers_negotiate(c, text, len) < 0);
            continue;
        }
        assert_int_equal(negotiate_parse(text, len, &c->offer, &c->reason), 0);
        name_sources(c);
        if (offers_negotiate(c, text, len) != 0)
            fail_msg("%s: %s", name, c->reason.text);
        assert_true(offers_answer(c) > 0);
        check_answer(c);
        /* The same offer again, as a later one, gives the same seats. */
        struct offers_case *again = offers_case();
        memcpy(again->sources, c->sources, sizeof again->sources);
        again->request.source_count = c->request.source_count;
        again->request.previous = &c->leg;
        assert_int_equal(offers_negotiate(again, text, len), 0);
        assert_memory_equal(again->leg.seats, c->leg.seats, sizeof c->leg.seats);
        assert_memory_equal(again->leg.media, c->leg.media, sizeof c->leg.media);
    }
    assert_true(count > 15);
}

static struct offers_case *negotiate_vector(const char *name)
{
    struct offers_case *c = offers_case();
    size_t len;
    const char *text = vectors_sdp(name, &len);
    assert_non_null(text);
    assert_int_equal(negotiate_parse(text, len, &c->offer, &c->reason), 0);
    name_sources(c);
    assert_int_equal(offers_negotiate(c, text, len), 0);
    return c;
}

static void test_chromium_with_simulcast(void **state)
{
    const struct negotiated *leg = &negotiate_vector("chromium-156-dependency-descriptor.sdp")->leg;
    (void)state;
    assert_int_equal(leg->media[1].rid_count, 3);
    assert_true(leg->media[1].extension_ids[RTP_EXT_DEPENDENCY_DESCRIPTOR] != 0);
    assert_true(leg->media[1].extension_ids[RTP_EXT_VIDEO_LAYERS_ALLOCATION] != 0);
    assert_true(leg->media[0].extension_ids[RTP_EXT_AUDIO_LEVEL] != 0);
    assert_true(leg->extmap_allow_mixed);
    assert_int_equal(leg->media[1].codecs[0].codec, CODEC_VP8);
    assert_int_equal(leg->media[0].codecs[0].red_payload_type, 63);
    assert_int_equal(leg->seat_count, 2);
}

static void test_firefox_with_leftover_lines(void **state)
{
    const struct negotiated *leg = &negotiate_vector("firefox-153-vp8-only.sdp")->leg;
    (void)state;
    assert_int_equal(leg->media[1].codec_count, 1);
    assert_int_equal(leg->media[1].codecs[0].payload_type, 120);
    assert_int_equal(leg->media[1].codecs[0].rtx_payload_type, 124);
    assert_int_equal(leg->media[0].codecs[0].payload_type, 109);
    assert_int_equal(leg->seat_count, 2);
    /* "/sendonly": Firefox sends it, so a seat does not. */
    leg = &negotiate_vector("firefox-153-simulcast.sdp")->leg;
    assert_true(leg->media[1].extension_ids[RTP_EXT_DEPENDENCY_DESCRIPTOR] != 0);
    assert_int_equal(leg->media[4].extension_ids[RTP_EXT_DEPENDENCY_DESCRIPTOR], 0);
    assert_int_equal(leg->media[1].rid_count, 3);
    assert_int_equal(leg->media[1].ssrc_count, 3);
}

static void test_gstreamer(void **state)
{
    const struct negotiated *leg = &negotiate_vector("gstreamer-1.22-sendrecv.sdp")->leg;
    (void)state;
    assert_int_equal(leg->media[0].codecs[0].codec, CODEC_OPUS);
    assert_true(leg->media[1].receiving && leg->media[1].sending);
    assert_int_equal(leg->seat_count, 1);
    assert_int_equal(leg->media[1].ssrc_count, 1);
    assert_int_equal(leg->media[1].seat_rtx_ssrc, 0);
    assert_int_equal(leg->media[1].extension_ids[RTP_EXT_MID], 0);
}

static void test_safari(void **state)
{
    const struct negotiated *leg = &negotiate_vector("safari-18-sendrecv.sdp")->leg;
    (void)state;
    assert_string_equal(leg->remote.ufrag, "//pY");
    assert_int_equal(leg->media[1].codec_count, 5);
    leg = &negotiate_vector("legacy-sim-group.sdp")->leg;
    assert_int_equal(leg->media[1].ssrc_count, 3);
    assert_int_equal(leg->media[1].ssrcs[2].rtx_ssrc, 3332);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources_come_in_and_seats_go_out),
        cmocka_unit_test(test_the_other_end_is_taken_over),
        cmocka_unit_test(test_sendrecv_is_a_source_and_a_seat),
        cmocka_unit_test(test_seats_pair_by_order_whatever_stands_between),
        cmocka_unit_test(test_a_source_that_is_not_sent_now_is_kept),
        cmocka_unit_test(test_what_cannot_be_taken_is_rejected),
        cmocka_unit_test(test_bundle_only_is_not_rejected),
        cmocka_unit_test(test_finds_mids),
        cmocka_unit_test(test_rids_of_simulcast),
        cmocka_unit_test(test_rids_need_their_extension),
        cmocka_unit_test(test_ssrcs_of_one_stream_with_rtx),
        cmocka_unit_test(test_ssrcs_of_a_sim_group),
        cmocka_unit_test(test_ssrcs_beside_rids),
        cmocka_unit_test(test_refuses_what_does_not_parse),
        cmocka_unit_test(test_refuses_without_ice),
        cmocka_unit_test(test_refuses_without_a_fingerprint_that_counts),
        cmocka_unit_test(test_prefers_sha_256_and_takes_longer_ones),
        cmocka_unit_test(test_refuses_without_bundle_and_mux),
        cmocka_unit_test(test_refuses_duplicate_mids_and_too_many_m_lines),
        cmocka_unit_test(test_refuses_an_offer_with_nothing_to_answer),
        cmocka_unit_test(test_refuses_sources_that_do_not_fit),
        cmocka_unit_test(test_a_reason_is_printable),
        cmocka_unit_test(test_limit_of_seats),
        cmocka_unit_test(test_a_later_offer_may_add_m_lines),
        cmocka_unit_test(test_a_later_offer_may_not_change_or_drop_m_lines),
        cmocka_unit_test(test_a_seat_stays_where_it_was),
        cmocka_unit_test(test_a_rejected_m_line_may_come_back_as_another),
        cmocka_unit_test(test_new_credentials_are_an_ice_restart),
        cmocka_unit_test(test_dtls_roles),
        cmocka_unit_test(test_a_new_certificate_needs_an_ice_restart),
        cmocka_unit_test(test_answers_every_recorded_offer),
        cmocka_unit_test(test_chromium_with_simulcast),
        cmocka_unit_test(test_firefox_with_leftover_lines),
        cmocka_unit_test(test_gstreamer),
        cmocka_unit_test(test_safari),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
