#include "test.h"

#include <stdio.h>
#include <string.h>

#include "wire/sdp_attribute.h"

static struct sdp sdp;

/* One attribute in a video m-line with payload types 96 and 97 (or, not media, above it). */
static const char *read_one(bool media, const char *attribute)
{
    memset(&sdp, 0, sizeof sdp);
    sdp.media_count = 1;
    sdp.media[0].kind = SDP_VIDEO;
    sdp.media[0].format_count = 2;
    sdp.media[0].formats[0].payload_type = 96;
    sdp.media[0].formats[1].payload_type = 97;
    return sdp_attribute_read(&sdp, media ? &sdp.media[0] : &sdp.session, sdp_text(attribute));
}

static const char *repeat(size_t count, const char *before, const char *after)
{
    static char text[8192];
    size_t len = (size_t)snprintf(text, sizeof text, "%s", before);
    memset(text + len, 'x', count);
    (void)snprintf(text + len + count, sizeof text - len - count, "%s", after);
    return text;
}

static void test_refuses_what_is_malformed(void **state)
{
    static const char *const bad[] = {
        "rtpmap:96",
        "rtpmap:96 ",
        "rtpmap:96 /90000",
        "rtpmap:96 VP8",
        "rtpmap:96 VP8/",
        "rtpmap:96 VP8/0",
        "rtpmap:96 VP8/4294967296",
        "rtpmap:96 VP8/90000/x",
        "rtpmap:x VP8/1",
        "rtpmap:128 VP8/90000",
        "rtpmap:",
        "fmtp:",
        "fmtp:x a=b",
        "fmtp:-1 a",
        "rtcp-fb:",
        "rtcp-fb:q nack",
        "extmap:",
        "extmap:0 u",
        "extmap:4352 u",
        "extmap:1",
        "extmap:1/x u",
        "extmap:1/sendonly",
        "mid:",
        "mid:a b",
        "mid:a;b",
        "rid:",
        "rid:q",
        "rid:q both",
        "rid:q,h send",
        "simulcast:send ;",
        "simulcast:send q;;h",
        "simulcast:both q",
        "simulcast:send q recv ~",
        "ssrc:",
        "ssrc:x",
        "ssrc:4294967296 cname:a",
        "ssrc-group:FID 1 x",
        "ssrc-group:FID 4294967296",
        "setup:",
        "setup:maybe",
        "ice-ufrag:abc",
        "ice-ufrag:a:bcd",
        "ice-ufrag:ab d",
        "ice-ufrag:",
        "ice-pwd:short",
        "fingerprint:sha-256 00",
        "fingerprint:sha-256",
        "fingerprint:sha-1 00:11",
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        const char *reason = read_one(true, bad[i]);
        if (reason == NULL)
            fail_msg("taken: %s", bad[i]);
    }
}

static void test_skips_what_it_does_not_know(void **state)
{
    static const char *const odd[] = {
        "",
        ":",
        "unknown",
        "unknown:x",
        "rtcp:9 IN IP4 0.0.0.0",
        "ice-options:trickle",
        "ssr:1",
        "rtpmap:98 VP8/90000",
        "fmtp:98 a",
        "rtcp-fb:98 nack",
        "rtcp-fb:96 ack rpsi",
        "fingerprint:sha-3 zz",
        "candidate:",
        "candidate:1 1 udp 1 x y typ host",
        "msid:",
        "candidate:1 1 sctp 1 192.0.2.1 9 typ host",
        "group:BUNDLE 0",
        "ice-lite",
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(odd); i++) {
        const char *reason = read_one(true, odd[i]);
        if (reason != NULL)
            fail_msg("%s: %s", odd[i], reason);
    }
    assert_int_equal(sdp.media[0].candidate_count, 0);
    assert_int_equal(sdp.bundle_count, 0);
    assert_false(sdp.ice_lite);
}

static void test_keeps_the_limits_of_ice_text(void **state)
{
    (void)state;
    assert_null(read_one(true, repeat(4, "ice-ufrag:", "")));
    assert_null(read_one(true, repeat(256, "ice-ufrag:", "")));
    assert_int_equal(sdp.media[0].transport.ice_ufrag.len, 256);
    assert_non_null(read_one(true, repeat(257, "ice-ufrag:", "")));
    assert_non_null(read_one(true, repeat(21, "ice-pwd:", "")));
    assert_null(read_one(true, repeat(22, "ice-pwd:", "")));
    assert_null(read_one(true, repeat(256, "ice-pwd:", "")));
    assert_non_null(read_one(true, repeat(257, "ice-pwd:", "")));
    assert_null(read_one(true, "ice-ufrag://pY"));
    assert_true(sdp_text_is(sdp.media[0].transport.ice_ufrag, "//pY"));
}

static void test_keeps_the_limit_of_a_mid(void **state)
{
    (void)state;
    assert_null(read_one(true, repeat(SDP_MID_BYTES, "mid:", "")));
    assert_non_null(sdp_attribute_read(&sdp, &sdp.media[0], sdp_text("mid:again")));
    assert_non_null(read_one(true, repeat(SDP_MID_BYTES + 1, "mid:", "")));
}

static void test_keeps_the_limit_of_parameters(void **state)
{
    (void)state;
    assert_null(read_one(true, repeat(SDP_FMTP_BYTES, "fmtp:96 ", "")));
    assert_non_null(read_one(true, repeat(SDP_FMTP_BYTES + 1, "fmtp:96 ", "")));
}

static void test_two_m_lines_do_not_share_a_mid(void **state)
{
    (void)state;
    assert_null(read_one(true, "mid:a"));
    sdp.media_count = 2;
    assert_non_null(sdp_attribute_read(&sdp, &sdp.media[1], sdp_text("mid:a")));
    assert_null(sdp_attribute_read(&sdp, &sdp.media[1], sdp_text("mid:b")));
}

static void test_reads_codecs(void **state)
{
    const struct sdp_format *format = &sdp.media[0].formats[1];
    (void)state;
    assert_null(read_one(true, "rtpmap:97 opus/48000/2"));
    assert_true(sdp_text_is(format->name, "opus"));
    assert_int_equal(format->clock_rate_hz, 48000);
    assert_int_equal(format->channels, 2);
    assert_null(read_one(true, "fmtp:97 apt=96; x=y"));
    assert_true(sdp_text_is(format->fmtp, "apt=96; x=y"));
    assert_null(read_one(true, "rtcp-fb:97 nack pli"));
    assert_int_equal(format->feedback, SDP_FB_PLI);
    assert_int_equal(sdp.media[0].formats[0].feedback, 0);
    assert_null(read_one(true, "rtcp-fb:* transport-cc"));
    assert_int_equal(format->feedback, SDP_FB_TRANSPORT_CC);
    assert_int_equal(sdp.media[0].formats[0].feedback, SDP_FB_TRANSPORT_CC);
}

static void test_skips_codec_lines_outside_of_audio_and_video(void **state)
{
    (void)state;
    memset(&sdp, 0, sizeof sdp);
    sdp.media[0].kind = SDP_APPLICATION;
    assert_null(sdp_attribute_read(&sdp, &sdp.media[0], sdp_text("fmtp:webrtc-datachannel x")));
}

static void test_reads_extensions(void **state)
{
    const struct sdp_extmap *extmap = &sdp.media[0].extmaps[0];
    (void)state;
    assert_null(read_one(true, "extmap:255/recvonly urn:x:y attributes"));
    assert_int_equal(extmap->id, 255);
    assert_int_equal(extmap->direction, SDP_RECVONLY);
    assert_true(sdp_text_is(extmap->uri, "urn:x:y"));
    for (unsigned i = 1; i < SDP_EXTMAPS; i++)
        assert_null(sdp_attribute_read(&sdp, &sdp.media[0], sdp_text("extmap:2 u")));
    assert_int_equal(extmap[1].direction, SDP_SENDRECV);
    assert_non_null(sdp_attribute_read(&sdp, &sdp.media[0], sdp_text("extmap:2 u")));
}

static void test_reads_simulcast(void **state)
{
    const struct sdp_media *media = &sdp.media[0];
    (void)state;
    assert_null(read_one(true, "simulcast:recv a;b send ~q,x;h;f"));
    assert_int_equal(media->simulcast_recv_count, 2);
    assert_int_equal(media->simulcast_send_count, 3);
    assert_true(sdp_text_is(media->simulcast_send[0], "q"));
    assert_true(sdp_text_is(media->simulcast_send[2], "f"));
    assert_null(read_one(true, "simulcast:send 1;2;3;4;5;6;7;8"));
    assert_non_null(read_one(true, "simulcast:send 1;2;3;4;5;6;7;8;9"));
}

static void test_reads_rids(void **state)
{
    (void)state;
    assert_null(read_one(true, "rid:q send pt=96;max-width=320"));
    assert_true(sdp_text_is(sdp.media[0].rids[0].id, "q"));
    assert_int_equal(sdp.media[0].rids[0].direction, SDP_SENDONLY);
    for (unsigned i = 1; i < SDP_RIDS; i++)
        assert_null(sdp_attribute_read(&sdp, &sdp.media[0], sdp_text("rid:h recv")));
    assert_int_equal(sdp.media[0].rids[1].direction, SDP_RECVONLY);
    assert_non_null(sdp_attribute_read(&sdp, &sdp.media[0], sdp_text("rid:h recv")));
}

static void test_reads_each_ssrc_once_and_only_so_many(void **state)
{
    (void)state;
    assert_null(read_one(true, "ssrc:4294967295 cname:a b"));
    assert_null(sdp_attribute_read(&sdp, &sdp.media[0], sdp_text("ssrc:4294967295 msid:a b")));
    assert_int_equal(sdp.media[0].ssrc_count, 1);
    assert_int_equal(sdp.media[0].ssrcs[0], UINT32_MAX);
    for (unsigned i = 0; i < SDP_SSRCS + 5; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "ssrc:%u", i);
        assert_null(sdp_attribute_read(&sdp, &sdp.media[0], sdp_text(text)));
    }
    assert_int_equal(sdp.media[0].ssrc_count, SDP_SSRCS);
}

static void test_reads_ssrc_groups(void **state)
{
    const struct sdp_ssrc_group *group = &sdp.media[0].ssrc_groups[0];
    (void)state;
    assert_null(read_one(true, "ssrc-group:SIM 1 2 3 4 5 "));
    assert_true(sdp_text_is(group->semantics, "SIM"));
    assert_int_equal(group->ssrc_count, SDP_GROUP_SSRCS);
    assert_int_equal(group->ssrcs[3], 4);
    for (unsigned i = 0; i < SDP_SSRC_GROUPS + 5; i++)
        assert_null(sdp_attribute_read(&sdp, &sdp.media[0], sdp_text("ssrc-group:FID 1 2")));
    assert_int_equal(sdp.media[0].ssrc_group_count, SDP_SSRC_GROUPS);
}

static void test_reads_fingerprints(void **state)
{
    const struct sdp_transport *t = &sdp.session.transport;
    const char *line = "fingerprint:SHA-256 00:01:02:03:04:05:06:07:08:09:0a:0B:0C:0D:0E:0F:10:11:"
                       "12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:ff";
    (void)state;
    assert_null(read_one(false, line));
    assert_int_equal(t->fingerprint_count, 1);
    assert_int_equal(t->fingerprints[0].hash, SDP_SHA256);
    assert_int_equal(t->fingerprints[0].len, 32);
    assert_int_equal(t->fingerprints[0].bytes[10], 10);
    assert_int_equal(t->fingerprints[0].bytes[31], 255);
    for (unsigned i = 0; i < SDP_FINGERPRINTS + 5; i++)
        assert_null(sdp_attribute_read(&sdp, &sdp.session, sdp_text(line)));
    assert_int_equal(t->fingerprint_count, SDP_FINGERPRINTS);
}

static void test_reads_candidates(void **state)
{
    const struct sdp_candidate *c = sdp.media[0].candidates;
    (void)state;
    assert_null(read_one(true, "candidate:3 2 TCP 2105524478 fd00::2 9 typ host tcptype active x"));
    assert_int_equal(sdp.media[0].candidate_count, 1);
    assert_true(c->tcp);
    assert_int_equal(c->component, 2);
    assert_int_equal(c->priority, 2105524478);
    assert_int_equal(c->port, 9);
    assert_true(sdp_text_is(c->address, "fd00::2"));
    assert_true(sdp_text_is(c->type, "host"));
    assert_true(sdp_text_is(c->tcptype, "active"));
    for (unsigned i = 0; i < SDP_CANDIDATES + 5; i++)
        assert_null(sdp_attribute_read(&sdp, &sdp.media[0],
                                       sdp_text("candidate:1 1 udp 1 a.local 1 typ host")));
    assert_int_equal(sdp.media[0].candidate_count, SDP_CANDIDATES);
}

static void test_reads_flags(void **state)
{
    (void)state;
    assert_null(read_one(true, "rtcp-mux"));
    assert_true(sdp.media[0].rtcp_mux);
    assert_null(read_one(true, "rtcp-rsize"));
    assert_true(sdp.media[0].rtcp_rsize);
    assert_null(read_one(true, "bundle-only"));
    assert_true(sdp.media[0].bundle_only);
    assert_null(read_one(true, "extmap-allow-mixed"));
    assert_true(sdp.media[0].extmap_allow_mixed && !sdp.extmap_allow_mixed);
    assert_null(read_one(false, "extmap-allow-mixed"));
    assert_true(sdp.extmap_allow_mixed);
    assert_null(read_one(false, "ice-lite"));
    assert_true(sdp.ice_lite);
    assert_null(read_one(true, "recvonly"));
    assert_int_equal(sdp.media[0].direction, SDP_RECVONLY);
    assert_null(read_one(true, "setup:passive"));
    assert_int_equal(sdp.media[0].transport.setup, SDP_PASSIVE);
    assert_null(read_one(true, "msid:- track"));
    assert_true(sdp_text_is(sdp.media[0].msid_stream, "-"));
    assert_true(sdp_text_is(sdp.media[0].msid_track, "track"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses_what_is_malformed),
        cmocka_unit_test(test_skips_what_it_does_not_know),
        cmocka_unit_test(test_keeps_the_limits_of_ice_text),
        cmocka_unit_test(test_keeps_the_limit_of_a_mid),
        cmocka_unit_test(test_keeps_the_limit_of_parameters),
        cmocka_unit_test(test_two_m_lines_do_not_share_a_mid),
        cmocka_unit_test(test_reads_codecs),
        cmocka_unit_test(test_skips_codec_lines_outside_of_audio_and_video),
        cmocka_unit_test(test_reads_extensions),
        cmocka_unit_test(test_reads_simulcast),
        cmocka_unit_test(test_reads_rids),
        cmocka_unit_test(test_reads_each_ssrc_once_and_only_so_many),
        cmocka_unit_test(test_reads_ssrc_groups),
        cmocka_unit_test(test_reads_fingerprints),
        cmocka_unit_test(test_reads_candidates),
        cmocka_unit_test(test_reads_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
