#include "test.h"

#include <stdio.h>
#include <string.h>

#include "engine/negotiate_codecs.h"
#include "support/offers.h"

static struct sdp sdp;
static struct negotiated_media media;

/* Agrees on the codecs of one m-line: formats, then attribute lines. */
static void agree(const char *kind, const char *formats, const char *lines)
{
    struct sdp_problem problem;
    const char *text = offers_text("v=0\nm=%s 9 UDP/TLS/RTP/SAVPF %s\n%s", kind, formats, lines);
    memset(&media, 0, sizeof media);
    assert_int_equal(sdp_parse(text, strlen(text), &sdp, &problem), 0);
    negotiate_codecs(&sdp.media[0], &media);
}

static void test_profiles_of_h264(void **state)
{
    static const struct {
        const char *text;
        enum h264_profile profile;
    } cases[] = {
        {"42e01f", H264_CONSTRAINED_BASELINE},
        {"42C015", H264_CONSTRAINED_BASELINE},
        {"4d801f", H264_CONSTRAINED_BASELINE},
        {"58c01f", H264_CONSTRAINED_BASELINE},
        {"42001f", H264_BASELINE},
        {"58801f", H264_BASELINE},
        {"4d001f", H264_MAIN},
        {"4d401f", H264_MAIN},
        {"58001f", H264_EXTENDED},
        {"640c1f", H264_CONSTRAINED_HIGH},
        {"64001f", H264_HIGH},
        {"f4001f", H264_HIGH_444_PREDICTIVE},
        {"640c33", H264_CONSTRAINED_HIGH},
        {"42010a", H264_UNKNOWN},
        {"6e001f", H264_UNKNOWN},
        {"42e01", H264_UNKNOWN},
        {"42e01ff", H264_UNKNOWN},
        {"42e0zz", H264_UNKNOWN},
        {"", H264_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++)
        assert_int_equal(h264_profile_of(sdp_text(cases[i].text)), cases[i].profile);
}

static void test_audio_is_opus_and_its_red(void **state)
{
    (void)state;
    agree("audio", "63 111 9 0 13 110",
          "a=rtpmap:111 OPUS/48000/2\na=fmtp:111 minptime=10;useinbandfec=1;usedtx=1;stereo=1\n"
          "a=rtpmap:63 red/48000/2\na=fmtp:63 111/111\na=rtpmap:9 G722/8000\n"
          "a=rtpmap:110 telephone-event/48000\na=rtpmap:13 CN/8000\n");
    assert_int_equal(media.codec_count, 2);
    const struct negotiated_codec *red = &media.codecs[0], *opus = &media.codecs[1];
    assert_int_equal(red->codec, CODEC_RED);
    assert_int_equal(red->red_payload_type, 111);
    assert_int_equal(opus->codec, CODEC_OPUS);
    assert_int_equal(opus->red_payload_type, 63);
    assert_int_equal(opus->rtx_payload_type, NEGOTIATE_NO_PAYLOAD);
    assert_true(opus->stereo && opus->dtx && opus->inband_fec);
    assert_int_equal(opus->clock_rate_hz, 48000);
    assert_int_equal(opus->channels, 2);
}

static void test_red_without_its_opus_is_left_out(void **state)
{
    (void)state;
    agree("audio", "63 111", "a=rtpmap:111 opus/48000/2\na=rtpmap:63 red/48000/2\na=fmtp:63 9/9\n");
    assert_int_equal(media.codec_count, 1);
    assert_int_equal(media.codecs[0].codec, CODEC_OPUS);
    agree("audio", "63", "a=rtpmap:63 red/48000/2\na=fmtp:63 63/63\n");
    assert_int_equal(media.codec_count, 0);
    agree("audio", "63 111", "a=rtpmap:111 opus/48000/2\na=rtpmap:63 red/48000/2\n");
    assert_int_equal(media.codec_count, 1);
}

static void test_odd_forms_are_not_agreed(void **state)
{
    (void)state;
    agree("audio", "1 2 3 4",
          "a=rtpmap:1 opus/48000\na=rtpmap:2 opus/16000/2\na=rtpmap:3 VP8/90000\n");
    assert_int_equal(media.codec_count, 0);
    agree("video", "1 2 3 4 5 6 7 8",
          "a=rtpmap:1 VP8/48000\na=rtpmap:2 opus/48000/2\na=rtpmap:3 H265/90000\n"
          "a=rtpmap:4 VP9/90000\na=fmtp:4 profile-id=4\na=rtpmap:5 AV1/90000\na=fmtp:5 profile=x\n"
          "a=rtpmap:6 H264/90000\na=fmtp:6 packetization-mode=2;profile-level-id=42e01f\n"
          "a=rtpmap:7 H264/90000\na=fmtp:7 profile-level-id=123456\na=rtpmap:8 red/90000\n");
    assert_int_equal(media.codec_count, 0);
}

static void test_video_codecs_with_rtx_in_the_offers_order(void **state)
{
    (void)state;
    agree("video", "97 45 46 98 102 103 96 99",
          "a=rtpmap:96 VP8/90000\na=rtpmap:97 rtx/90000\na=fmtp:97 apt=96\na=rtcp-fb:96 nack\n"
          "a=rtcp-fb:96 nack pli\na=rtcp-fb:96 goog-remb\na=rtpmap:45 AV1/90000\n"
          "a=fmtp:45 level-idx=5;profile=1;tier=0\na=rtpmap:46 rtx/90000\na=fmtp:46 apt=45\n"
          "a=rtpmap:98 VP9/90000\na=fmtp:98 profile-id=2\na=rtpmap:102 H264/90000\n"
          "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\n"
          "a=rtpmap:103 rtx/90000\na=fmtp:103 apt=77\na=rtpmap:99 rtx/90000\na=fmtp:99 apt=96\n");
    assert_int_equal(media.codec_count, 4);
    assert_int_equal(media.codecs[0].codec, CODEC_AV1);
    assert_int_equal(media.codecs[0].rtx_payload_type, 46);
    assert_int_equal(media.codecs[0].av1_profile, 1);
    assert_int_equal(media.codecs[1].codec, CODEC_VP9);
    assert_int_equal(media.codecs[1].vp9_profile, 2);
    assert_int_equal(media.codecs[1].rtx_payload_type, NEGOTIATE_NO_PAYLOAD);
    assert_int_equal(media.codecs[2].codec, CODEC_H264);
    assert_int_equal(media.codecs[2].h264_packetization, 1);
    assert_int_equal(media.codecs[3].codec, CODEC_VP8);
    assert_int_equal(media.codecs[3].rtx_payload_type, 97);
    assert_int_equal(media.codecs[3].feedback, NEGOTIATE_FB_NACK | NEGOTIATE_FB_PLI);
}

static void test_h264_without_parameters_is_baseline_mode_0(void **state)
{
    (void)state;
    agree("video", "96", "a=rtpmap:96 H264/90000\n");
    assert_int_equal(media.codec_count, 1);
    assert_int_equal(media.codecs[0].h264_profile, H264_BASELINE);
    assert_int_equal(media.codecs[0].h264_packetization, 0);
}

static void test_more_codecs_than_fit_are_left_out(void **state)
{
    static char formats[256], lines[4096];
    size_t f = 0, l = 0;
    (void)state;
    for (unsigned i = 0; i < NEGOTIATE_CODECS + 1; i++) {
        f += (size_t)snprintf(formats + f, sizeof formats - f, "%u ", i);
        l += (size_t)snprintf(lines + l, sizeof lines - l, "a=rtpmap:%u VP8/90000\n", i);
    }
    agree("video", formats, lines);
    assert_int_equal(media.codec_count, NEGOTIATE_CODECS);
    assert_int_equal(media.codecs[NEGOTIATE_CODECS - 1].payload_type, NEGOTIATE_CODECS - 1);
}

/* Viewer with three H.264 forms, VP9 profiles 0 and 2, and VP8. */
static void make_viewer(void)
{
    agree("video", "1 2 3 4 5 6",
          "a=rtpmap:1 H264/90000\na=fmtp:1 packetization-mode=1;profile-level-id=640c1f\n"
          "a=rtpmap:2 H264/90000\na=fmtp:2 packetization-mode=1;profile-level-id=42e01f\n"
          "a=rtpmap:3 H264/90000\na=fmtp:3 packetization-mode=0;profile-level-id=42e01f\n"
          "a=rtpmap:4 VP9/90000\na=rtpmap:5 VP9/90000\na=fmtp:5 profile-id=2\n"
          "a=rtpmap:6 VP8/90000\n");
}

static unsigned find_h264(enum h264_profile profile, uint8_t packetization)
{
    const struct negotiated_codec stream = {
        .codec = CODEC_H264, .h264_profile = (uint8_t)profile, .h264_packetization = packetization};
    const struct negotiated_codec *found = negotiate_find_payload(&media, &stream);
    return found == NULL ? 0 : found->payload_type;
}

static void test_finds_the_viewers_h264(void **state)
{
    (void)state;
    make_viewer();
    assert_int_equal(find_h264(H264_CONSTRAINED_BASELINE, 1), 2);
    assert_int_equal(find_h264(H264_CONSTRAINED_BASELINE, 0), 3);
    assert_int_equal(find_h264(H264_BASELINE, 1), 2);
    assert_int_equal(find_h264(H264_BASELINE, 0), 3);
    assert_int_equal(find_h264(H264_CONSTRAINED_HIGH, 1), 1);
    assert_int_equal(find_h264(H264_CONSTRAINED_HIGH, 0), 1);
    assert_int_equal(find_h264(H264_MAIN, 1), 0);
    assert_int_equal(find_h264(H264_HIGH, 1), 0);
}

static void test_h264_mode_1_does_not_go_to_a_viewer_of_mode_0(void **state)
{
    (void)state;
    agree("video", "3",
          "a=rtpmap:3 H264/90000\na=fmtp:3 packetization-mode=0;profile-level-id=42e01f\n");
    assert_int_equal(find_h264(H264_CONSTRAINED_BASELINE, 1), 0);
    assert_int_equal(find_h264(H264_CONSTRAINED_BASELINE, 0), 3);
}

static void test_a_higher_profile_takes_a_lower_one(void **state)
{
    (void)state;
    agree("video", "1 2",
          "a=rtpmap:1 H264/90000\na=fmtp:1 packetization-mode=1;profile-level-id=64001f\n"
          "a=rtpmap:2 H264/90000\na=fmtp:2 packetization-mode=1;profile-level-id=4d001f\n");
    assert_int_equal(find_h264(H264_CONSTRAINED_BASELINE, 1), 2);
    assert_int_equal(find_h264(H264_CONSTRAINED_HIGH, 1), 1);
    assert_int_equal(find_h264(H264_EXTENDED, 1), 0);
}

static void test_finds_the_viewers_profile_of_vp9_and_av1(void **state)
{
    struct negotiated_codec stream = {.codec = CODEC_VP9, .vp9_profile = 2};
    (void)state;
    make_viewer();
    assert_int_equal(negotiate_find_payload(&media, &stream)->payload_type, 5);
    stream.vp9_profile = 0;
    assert_int_equal(negotiate_find_payload(&media, &stream)->payload_type, 4);
    stream.vp9_profile = 1;
    assert_null(negotiate_find_payload(&media, &stream));
    stream = (struct negotiated_codec){.codec = CODEC_AV1};
    assert_null(negotiate_find_payload(&media, &stream));
    agree("video", "1", "a=rtpmap:1 AV1/90000\n");
    assert_non_null(negotiate_find_payload(&media, &stream));
    stream.av1_profile = 1;
    assert_null(negotiate_find_payload(&media, &stream));
}

static void test_finds_a_codec_by_its_payload_types(void **state)
{
    bool rtx = true;
    (void)state;
    agree("video", "96 97", "a=rtpmap:96 VP8/90000\na=rtpmap:97 rtx/90000\na=fmtp:97 apt=96\n");
    assert_ptr_equal(negotiate_find_codec(&media, 96, &rtx), &media.codecs[0]);
    assert_false(rtx);
    assert_ptr_equal(negotiate_find_codec(&media, 97, &rtx), &media.codecs[0]);
    assert_true(rtx);
    assert_null(negotiate_find_codec(&media, 98, &rtx));
    agree("video", "96", "a=rtpmap:96 VP8/90000\n");
    assert_null(negotiate_find_codec(&media, 127, &rtx));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_profiles_of_h264),
        cmocka_unit_test(test_audio_is_opus_and_its_red),
        cmocka_unit_test(test_red_without_its_opus_is_left_out),
        cmocka_unit_test(test_odd_forms_are_not_agreed),
        cmocka_unit_test(test_video_codecs_with_rtx_in_the_offers_order),
        cmocka_unit_test(test_h264_without_parameters_is_baseline_mode_0),
        cmocka_unit_test(test_more_codecs_than_fit_are_left_out),
        cmocka_unit_test(test_finds_the_viewers_h264),
        cmocka_unit_test(test_h264_mode_1_does_not_go_to_a_viewer_of_mode_0),
        cmocka_unit_test(test_a_higher_profile_takes_a_lower_one),
        cmocka_unit_test(test_finds_the_viewers_profile_of_vp9_and_av1),
        cmocka_unit_test(test_finds_a_codec_by_its_payload_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
