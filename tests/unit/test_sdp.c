#include "test.h"

#include <stdio.h>
#include <string.h>

#include "support/vectors.h"
#include "wire/sdp.h"

static struct sdp sdp;
static struct sdp_problem problem;
static char text[SDP_BYTES * 2];

static int parse(const char *sdp_text)
{
    return sdp_parse(sdp_text, strlen(sdp_text), &sdp, &problem);
}

/* "v=0\n", then line count times, into text. */
static void fill(size_t count, const char *line)
{
    size_t len = (size_t)snprintf(text, sizeof text, "v=0\n");
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s\n", line);
}

static void assert_refused(unsigned line, const char *reason)
{
    assert_non_null(problem.reason);
    assert_string_equal(problem.reason, reason);
    assert_int_equal(problem.line, line);
}

static void test_takes_both_line_ends(void **state)
{
    (void)state;
    assert_int_equal(parse("v=0\r\nm=audio 9 RTP/SAVPF 0\r\na=mid:a\r\n"), 0);
    assert_true(sdp_text_is(sdp.media[0].mid, "a"));
    assert_int_equal(parse("v=0\nm=audio 9 RTP/SAVPF 0\n\na=mid:a"), 0);
    assert_true(sdp_text_is(sdp.media[0].mid, "a"));
}

static void test_reads_m_lines(void **state)
{
    (void)state;
    assert_int_equal(parse("v=0\nm=video 65535/2 UDP/TLS/RTP/SAVPF  96 97 96 \n"
                           "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\nm=text 1 x y\n"),
                     0);
    assert_int_equal(sdp.media_count, 3);
    assert_int_equal(sdp.media[0].kind, SDP_VIDEO);
    assert_int_equal(sdp.media[0].port, 65535);
    assert_int_equal(sdp.media[0].format_count, 2);
    assert_int_equal(sdp.media[0].formats[1].payload_type, 97);
    assert_int_equal(sdp.media[1].kind, SDP_APPLICATION);
    assert_true(sdp_text_is(sdp.media[1].formats_text, "webrtc-datachannel"));
    assert_int_equal(sdp.media[1].format_count, 0);
    assert_int_equal(sdp.media[2].kind, SDP_OTHER);
    assert_true(sdp_text_is(sdp.media[2].kind_text, "text"));
    assert_ptr_equal(sdp_find_format(&sdp.media[0], 97), &sdp.media[0].formats[1]);
    assert_null(sdp_find_format(&sdp.media[0], 98));
}

static void test_session_level_is_inherited(void **state)
{
    (void)state;
    assert_int_equal(parse("v=0\na=recvonly\na=setup:active\na=ice-ufrag:sess\n"
                           "a=ice-pwd:0123456789012345678901\na=extmap:1 u\na=extmap-allow-mixed\n"
                           "a=fingerprint:sha-1 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:"
                           "11:12:13\na=group:BUNDLE a\nm=audio 9 x 0\na=mid:a\n"
                           "m=video 9 x 1\na=sendonly\na=setup:passive\na=ice-ufrag:media\n"
                           "a=fingerprint:sha-1 FF:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:"
                           "11:12:13\n"),
                     0);
    const struct sdp_media *a = &sdp.media[0], *v = &sdp.media[1];
    assert_int_equal(a->direction, SDP_RECVONLY);
    assert_int_equal(v->direction, SDP_SENDONLY);
    assert_int_equal(a->transport.setup, SDP_ACTIVE);
    assert_int_equal(v->transport.setup, SDP_PASSIVE);
    assert_true(sdp_text_is(a->transport.ice_ufrag, "sess"));
    assert_true(sdp_text_is(v->transport.ice_ufrag, "media"));
    assert_int_equal(v->transport.ice_pwd.len, 22);
    assert_int_equal(a->transport.fingerprints[0].bytes[0], 0);
    assert_int_equal(v->transport.fingerprint_count, 1);
    assert_int_equal(v->transport.fingerprints[0].bytes[0], 255);
    assert_int_equal(a->extmap_count, 1);
    assert_true(a->extmap_allow_mixed && sdp.extmap_allow_mixed);
    assert_true(a->bundled && !v->bundled);
}

static void test_sendrecv_is_the_default(void **state)
{
    (void)state;
    assert_int_equal(parse("v=0\nm=audio 9 x 0\n"), 0);
    assert_int_equal(sdp.media[0].direction, SDP_SENDRECV);
}

static void test_a_second_parse_forgets_the_first(void **state)
{
    (void)state;
    assert_int_equal(parse("v=0\na=ice-lite\na=group:BUNDLE a\na=extmap-allow-mixed\n"
                           "a=ice-ufrag:sess\nm=audio 9 x 0\na=mid:a\na=rtcp-mux\n"),
                     0);
    assert_int_equal(parse("v=0\nm=audio 9 x 0\n"), 0);
    assert_false(sdp.ice_lite || sdp.extmap_allow_mixed || sdp.media[0].rtcp_mux);
    assert_int_equal(sdp.bundle_count + sdp.media[0].mid.len, 0);
    assert_int_equal(sdp.media[0].transport.ice_ufrag.len, 0);
}

static void test_only_the_first_bundle_group_counts(void **state)
{
    (void)state;
    assert_int_equal(parse("v=0\na=group:LS a b\na=group:BUNDLE a  b\na=group:BUNDLE c\n"), 0);
    assert_int_equal(sdp.bundle_count, 2);
    assert_true(sdp_text_is(sdp.bundle[1], "b"));
}

static void test_says_where_and_why_it_refuses(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *reason;
    } cases[] = {
        {"v=1\n", 1, "the first line is not v=0"},
        {"\nv=0\n", 1, "the first line is not v=0"},
        {"v=0\nx\n", 2, "line that is not of the form x=value"},
        {"v=0\n1=x\n", 2, "line that is not of the form x=value"},
        {"v=0\ns=a\x01\n", 2, "control character in a line"},
        {"v=0\ns=a\rb\n", 2, "control character in a line"},
        {"v=0\ns=a\x7f\n", 2, "control character in a line"},
        {"v=0\nm=audio\n", 2, "m= whose port is not 0 to 65535"},
        {"v=0\nm=audio 65536 x 0\n", 2, "m= whose port is not 0 to 65535"},
        {"v=0\nm=audio 9 x\n", 2, "m= without formats"},
        {"v=0\nm=audio 9 x 128\n", 2, "m= with a payload type that is not 0 to 127"},
        {"v=0\nm=audio 9 x opus\n", 2, "m= with a payload type that is not 0 to 127"},
        {"v=0\nm=audio 9 x 0\na=rtpmap:0 /8000\n", 3, "a=rtpmap without an encoding"},
        {"v=0\nm=audio 9 x 0\na=mid:0\nm=audio 9 x 0\na=mid:0\n", 5,
         "a=mid that an earlier m-line has"},
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        assert_int_equal(parse(cases[i].text), -1);
        assert_refused(cases[i].line, cases[i].reason);
    }
    assert_int_equal(sdp_parse("", 0, &sdp, &problem), -1);
    assert_refused(0, "empty");
    assert_int_equal(sdp_parse("v=0\ns=\0x", 9, &sdp, &problem), -1);
    assert_refused(2, "control character in a line");
}

static void test_limit_of_bytes(void **state)
{
    (void)state;
    fill(0, "");
    for (size_t len = 4; len < SDP_BYTES + 1; len += 64)
        memcpy(text + len, "s=34567890123456789012345678901234567890123456789012345678901234\n",
               64);
    for (size_t i = 67; i < sizeof text; i += 64)
        text[i] = '\n';
    assert_int_equal(sdp_parse(text, SDP_BYTES, &sdp, &problem), 0);
    assert_int_equal(sdp_parse(text, SDP_BYTES + 1, &sdp, &problem), -1);
    assert_refused(0, "longer than 65536 bytes");
}

static void test_limit_of_lines(void **state)
{
    (void)state;
    fill(SDP_LINES - 1, "s=-");
    assert_int_equal(parse(text), 0);
    fill(SDP_LINES, "s=-");
    assert_int_equal(parse(text), -1);
    assert_refused(SDP_LINES + 1, "more than 4096 lines");
}

static void test_limit_of_a_line(void **state)
{
    static char line[SDP_LINE_BYTES + 2] = "a=";
    (void)state;
    memset(line + 2, 'x', SDP_LINE_BYTES - 2);
    fill(1, line);
    assert_int_equal(parse(text), 0);
    line[SDP_LINE_BYTES] = 'x';
    fill(1, line);
    assert_int_equal(parse(text), -1);
    assert_refused(2, "line longer than 4096 bytes");
}

static void test_limit_of_m_lines(void **state)
{
    (void)state;
    fill(SDP_MEDIA, "m=audio 9 x 0");
    assert_int_equal(parse(text), 0);
    assert_int_equal(sdp.media_count, SDP_MEDIA);
    fill(SDP_MEDIA + 1, "m=audio 9 x 0");
    assert_int_equal(parse(text), -1);
    assert_refused(SDP_MEDIA + 2, "more than 64 m-lines");
    fill(1000, "m=audio 9 x 0");
    assert_int_equal(parse(text), -1);
    assert_int_equal(sdp.media_count, SDP_MEDIA);
}

static void write_formats(unsigned count)
{
    size_t len = (size_t)snprintf(text, sizeof text, "v=0\nm=video 9 x");
    for (unsigned i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, " %u", i);
}

static void test_limit_of_payload_types(void **state)
{
    (void)state;
    write_formats(SDP_FORMATS);
    assert_int_equal(parse(text), 0);
    write_formats(SDP_FORMATS + 1);
    assert_int_equal(parse(text), -1);
    assert_refused(2, "m= with more than 64 payload types");
}

static void test_limit_of_extensions_with_the_inherited(void **state)
{
    (void)state;
    fill(SDP_EXTMAPS, "a=extmap:1 u");
    strcat(text, "m=audio 9 x 0\n");
    assert_int_equal(parse(text), 0);
    strcat(text, "a=extmap:2 v\n");
    assert_int_equal(parse(text), -1);
    assert_refused(0, "more than 32 a=extmap for one m-line");
}

static void test_limit_of_the_bundle_group(void **state)
{
    size_t len = (size_t)snprintf(text, sizeof text, "v=0\na=group:BUNDLE");
    (void)state;
    for (unsigned i = 0; i < SDP_MEDIA; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, " %u", i);
    assert_int_equal(parse(text), 0);
    strcat(text, " x");
    assert_int_equal(parse(text), -1);
    assert_refused(2, "a=group:BUNDLE with more than 64 mids");
}

static void test_parses_every_recorded_offer(void **state)
{
    size_t count = 0;
    (void)state;
    for (const char *name; (name = vectors_sdp_name(count)) != NULL; count++) {
        size_t len;
        const char *offer = vectors_sdp(name, &len);
        assert_non_null(offer);
        const bool refused = strncmp(name, "refused-", 8) == 0;
        if (sdp_parse(offer, len, &sdp, &problem) != (refused ? -1 : 0))
            fail_msg("%s: line %u: %s", name, problem.line,
                     problem.reason != NULL ? problem.reason : "taken");
    }
    assert_true(count > 15);
}

static void test_every_cut_of_an_offer_is_safe(void **state)
{
    size_t len;
    const char *offer = vectors_sdp("firefox-153-sendrecv.sdp", &len);
    (void)state;
    assert_non_null(offer);
    for (size_t cut = 0; cut < len; cut++) {
        char *exact = test_malloc(cut + 1);
        memcpy(exact, offer, cut);
        if (sdp_parse(exact, cut, &sdp, &problem) != 0)
            assert_non_null(problem.reason);
        test_free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_both_line_ends),
        cmocka_unit_test(test_reads_m_lines),
        cmocka_unit_test(test_session_level_is_inherited),
        cmocka_unit_test(test_sendrecv_is_the_default),
        cmocka_unit_test(test_a_second_parse_forgets_the_first),
        cmocka_unit_test(test_only_the_first_bundle_group_counts),
        cmocka_unit_test(test_says_where_and_why_it_refuses),
        cmocka_unit_test(test_limit_of_bytes),
        cmocka_unit_test(test_limit_of_lines),
        cmocka_unit_test(test_limit_of_a_line),
        cmocka_unit_test(test_limit_of_m_lines),
        cmocka_unit_test(test_limit_of_payload_types),
        cmocka_unit_test(test_limit_of_extensions_with_the_inherited),
        cmocka_unit_test(test_limit_of_the_bundle_group),
        cmocka_unit_test(test_parses_every_recorded_offer),
        cmocka_unit_test(test_every_cut_of_an_offer_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
