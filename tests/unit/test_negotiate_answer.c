#include "test.h"

#include <stdio.h>
#include <string.h>

#include "support/offers.h"

/* Negotiates camera (mid 0) and whatever follows, and writes the answer. */
static struct offers_case *answer(const char *session, const char *media)
{
    struct offers_case *c = offers_case();
    const char *text = offers_text("%s%s%s", offers_session(4), session, media);
    offers_add_source(c, "0", ENGINE_CAMERA);
    assert_int_equal(offers_negotiate(c, text, strlen(text)), 0);
    assert_true(offers_answer(c) > 0);
    return c;
}

static void assert_has(const struct offers_case *c, const char *line)
{
    if (strstr(c->answer, line) == NULL)
        fail_msg("not in the answer: %s\n%s", line, c->answer);
}

static void assert_has_not(const struct offers_case *c, const char *line)
{
    if (strstr(c->answer, line) != NULL)
        fail_msg("in the answer: %s\n%s", line, c->answer);
}

static size_t count_of(const struct offers_case *c, const char *line)
{
    size_t count = 0;
    for (const char *at = c->answer; (at = strstr(at, line)) != NULL; at++)
        count++;
    return count;
}

static void test_begins_as_rfc_9429_says(void **state)
{
    const struct offers_case *c = answer("", offers_media("video", 0, "sendonly", ""));
    (void)state;
    assert_int_equal(
        strncmp(c->answer,
                "v=0\r\no=- 77 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
                "a=group:BUNDLE 0\r\na=ice-lite\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n",
                100),
        0);
}

static void test_every_m_line_has_the_transport_and_the_first_the_candidates(void **state)
{
    const struct offers_case *c =
        answer("", offers_text("%s%s", offers_media("video", 0, "sendonly", ""),
                               offers_media("audio", 1, "recvonly", "")));
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct sdp_media *media = &c->answer_sdp.media[i];
        assert_true(sdp_text_is(media->transport.ice_ufrag, "ours"));
        assert_int_equal(media->transport.fingerprints[0].bytes[31], 0xef);
        assert_int_equal(media->transport.setup, SDP_PASSIVE);
        assert_int_equal(media->candidate_count, i == 0 ? 3 : 0);
    }
    const struct sdp_candidate *candidates = c->answer_sdp.media[0].candidates;
    assert_true(sdp_text_is(candidates[1].address, "2001:db8::1"));
    assert_true(candidates[2].tcp && sdp_text_is(candidates[2].tcptype, "passive"));
    assert_true(candidates[0].priority > candidates[1].priority);
    assert_true(candidates[1].priority > candidates[2].priority);
    assert_int_equal(count_of(c, "a=end-of-candidates\r\n"), 1);
}

static void test_setup_is_active_only_for_a_passive_peer(void **state)
{
    (void)state;
    const char *media = offers_media("video", 0, "sendonly", "a=setup:passive\n");
    assert_has(answer("", media), "a=setup:active\r\n");
    media = offers_media("video", 0, "sendonly", "a=setup:active\n");
    assert_has(answer("", media), "a=setup:passive\r\n");
}

static void test_a_seat_has_streams_a_source_has_not(void **state)
{
    const struct offers_case *c =
        answer("", offers_text("%s%s%s%s", offers_media("video", 0, "sendonly", ""),
                               offers_media("audio", 1, "recvonly", ""),
                               offers_media("video", 2, "recvonly", ""),
                               offers_media("video", 3, "inactive", "")));
    (void)state;
    assert_has(c, "a=msid:seat-0 seat-0-audio\r\na=ssrc:1000 cname:seat-0\r\n");
    assert_has(c, "a=msid:seat-0 seat-0-video\r\na=ssrc-group:FID 2000 3000\r\n"
                  "a=ssrc:2000 cname:seat-0\r\na=ssrc:3000 cname:seat-0\r\n");
    assert_int_equal(count_of(c, "a=msid:"), 2);
    assert_int_equal(c->answer_sdp.media[0].direction, SDP_RECVONLY);
    assert_int_equal(c->answer_sdp.media[2].direction, SDP_SENDONLY);
    assert_int_equal(c->answer_sdp.media[3].direction, SDP_INACTIVE);
}

static void test_what_is_rejected_is_repeated_with_port_0(void **state)
{
    const struct offers_case *c =
        answer("", offers_text("%sm=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:1\n",
                               offers_media("video", 0, "sendonly", "")));
    (void)state;
    assert_has(
        c, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n");
    assert_has(c, "a=group:BUNDLE 0\r\n");
}

static void test_the_first_accepted_m_line_has_the_candidates(void **state)
{
    const struct offers_case *c =
        answer("", offers_text("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:1\n%s",
                               offers_media("video", 0, "sendonly", "")));
    (void)state;
    assert_int_equal(c->answer_sdp.media[1].candidate_count, 3);
    assert_has(c, "a=group:BUNDLE 0\r\n");
}

static void test_feedback_is_what_both_know(void **state)
{
    const struct offers_case *c =
        answer("", offers_media("video", 0, "sendonly",
                                "a=rtcp-fb:96 goog-remb\na=rtcp-fb:96 nack\na=rtcp-fb:96 nack pli\n"
                                "a=rtcp-fb:96 ccm fir\na=rtcp-fb:96 ack rpsi\n"));
    (void)state;
    assert_int_equal(c->answer_sdp.media[0].formats[0].feedback,
                     SDP_FB_NACK | SDP_FB_PLI | SDP_FB_FIR);
    assert_has_not(c, "rpsi");
}

static void test_opus_parameters(void **state)
{
    struct offers_case *c = offers_case();
    const char *opus = "a=fmtp:111 minptime=20;stereo=1;usedtx=1;sprop-stereo=1\n";
    const char *text = offers_text(
        "%s%s%s%s", offers_session(3), offers_media("audio", 0, "sendonly", opus),
        offers_media("audio", 1, "sendonly", ""), offers_media("audio", 2, "recvonly", opus));
    (void)state;
    offers_add_source(c, "0", ENGINE_MICROPHONE);
    offers_add_source(c, "1", ENGINE_SCREEN_AUDIO);
    assert_int_equal(offers_negotiate(c, text, strlen(text)), 0);
    assert_true(offers_answer(c) > 0);
    const struct sdp_media *media = c->answer_sdp.media;
    assert_true(sdp_text_is(media[0].formats[0].fmtp, "minptime=10;useinbandfec=1;usedtx=1"));
    assert_true(sdp_text_is(media[1].formats[0].fmtp, "minptime=10;useinbandfec=1;stereo=1"));
    assert_true(
        sdp_text_is(media[2].formats[0].fmtp, "minptime=10;useinbandfec=1;stereo=1;usedtx=1"));
}

static void test_video_parameters_are_repeated_without_what_is_the_senders(void **state)
{
    const char *h264 = "a=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=1;"
                       "sprop-parameter-sets=Z0LADYyNQKD5APCIRqA=,aM48gA==;"
                       "profile-level-id=42c00d;;level-asymmetry-allowed=1\n";
    const struct offers_case *c =
        answer("", offers_text("%s%s", offers_media("video", 0, "sendonly", h264),
                               offers_media("video", 1, "recvonly", h264)));
    const char *expected = "packetization-mode=1;profile-level-id=42c00d;level-asymmetry-allowed=1;"
                           "x-google-start-bitrate=1000";
    (void)state;
    assert_true(sdp_text_is(c->answer_sdp.media[0].formats[0].fmtp, expected));
    assert_true(sdp_text_is(c->answer_sdp.media[1].formats[0].fmtp, expected));
}

static void test_the_start_bitrate_is_the_same_on_all_of_the_bundle(void **state)
{
    const struct offers_case *c =
        answer("", offers_text("%s%s", offers_media("video", 0, "sendonly", ""),
                               offers_media("video", 1, "recvonly", "")));
    (void)state;
    assert_true(sdp_text_is(c->answer_sdp.media[0].formats[0].fmtp, "x-google-start-bitrate=1000"));
    assert_true(sdp_text_is(c->answer_sdp.media[1].formats[0].fmtp, "x-google-start-bitrate=1000"));
}

static void test_simulcast_is_answered(void **state)
{
    const struct offers_case *c =
        answer("", offers_media("video", 0, "sendonly",
                                "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\n"
                                "a=rid:q send\na=rid:h send\na=simulcast:send q;h\n"));
    (void)state;
    assert_has(c, "a=rid:q recv\r\na=rid:h recv\r\na=simulcast:recv q;h\r\n");
    assert_has(c, "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n");
}

static void test_extensions_turn_their_direction(void **state)
{
    const struct offers_case *c = answer(
        "a=extmap-allow-mixed\n",
        offers_media("video", 0, "sendonly",
                     "a=extmap:1/sendonly urn:3gpp:video-orientation\na=extmap:2 urn:unknown\n"
                     "a=extmap:3/recvonly urn:ietf:params:rtp-hdrext:sdes:mid\n"));
    (void)state;
    assert_has(c, "a=extmap:1/recvonly urn:3gpp:video-orientation\r\n");
    assert_has_not(c, "urn:unknown");
    assert_has_not(c, "sdes:mid");
    assert_int_equal(count_of(c, "a=extmap-allow-mixed\r\n"), 1);
    assert_true(c->answer_sdp.extmap_allow_mixed);
}

static void test_mixing_forms_is_said_where_the_offer_says_it(void **state)
{
    const struct offers_case *c =
        answer("", offers_media("video", 0, "sendonly", "a=extmap-allow-mixed\na=rtcp-rsize\n"));
    (void)state;
    assert_false(c->answer_sdp.extmap_allow_mixed);
    assert_true(c->answer_sdp.media[0].extmap_allow_mixed);
    assert_true(c->answer_sdp.media[0].rtcp_rsize);
}

static void test_a_small_buffer_is_an_error(void **state)
{
    static const uint8_t fingerprint[32];
    const struct offers_case *c = answer("", offers_media("video", 0, "sendonly", ""));
    const struct negotiate_identity identity = {"ours", "pwd", fingerprint, NULL, 0, 1};
    char text[2048];
    (void)state;
    const int len = negotiate_answer(&c->offer, &c->leg, &identity, text, sizeof text);
    assert_true(len > 100 && (size_t)len < sizeof text);
    assert_int_equal(negotiate_answer(&c->offer, &c->leg, &identity, text, (size_t)len + 1), len);
    assert_int_equal(negotiate_answer(&c->offer, &c->leg, &identity, text, (size_t)len),
                     ENGINE_ERROR_FULL);
    assert_int_equal(negotiate_answer(&c->offer, &c->leg, &identity, text, 1), ENGINE_ERROR_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begins_as_rfc_9429_says),
        cmocka_unit_test(test_every_m_line_has_the_transport_and_the_first_the_candidates),
        cmocka_unit_test(test_setup_is_active_only_for_a_passive_peer),
        cmocka_unit_test(test_a_seat_has_streams_a_source_has_not),
        cmocka_unit_test(test_what_is_rejected_is_repeated_with_port_0),
        cmocka_unit_test(test_the_first_accepted_m_line_has_the_candidates),
        cmocka_unit_test(test_feedback_is_what_both_know),
        cmocka_unit_test(test_opus_parameters),
        cmocka_unit_test(test_video_parameters_are_repeated_without_what_is_the_senders),
        cmocka_unit_test(test_the_start_bitrate_is_the_same_on_all_of_the_bundle),
        cmocka_unit_test(test_simulcast_is_answered),
        cmocka_unit_test(test_extensions_turn_their_direction),
        cmocka_unit_test(test_mixing_forms_is_said_where_the_offer_says_it),
        cmocka_unit_test(test_a_small_buffer_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
