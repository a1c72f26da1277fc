#include "test.h"

#include <string.h>

#include "engine/negotiate_extensions.h"
#include "support/offers.h"

#define TCC "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
#define DD  "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
#define MID "urn:ietf:params:rtp-hdrext:sdes:mid"

static const struct negotiated *agree(const char *session, const char *first, const char *second)
{
    struct offers_case *c = offers_case();
    const char *text = offers_text("%s%s%s%s", offers_session(2), session, first, second);
    offers_add_source(c, "0", ENGINE_CAMERA);
    assert_int_equal(offers_negotiate(c, text, strlen(text)), 0);
    return &c->leg;
}

static void test_ids_of_what_both_sides_know(void **state)
{
    const struct negotiated *leg =
        agree("",
              offers_media("video", 0, "sendonly",
                           "a=extmap:3 " TCC "\na=extmap:4 " MID "\n"
                           "a=extmap:5 urn:ietf:params:rtp-hdrext:toffset\n"),
              offers_media("video", 1, "recvonly", "a=extmap:4 " MID "\n"));
    (void)state;
    assert_int_equal(leg->media[0].extension_ids[RTP_EXT_TRANSPORT_SEQ], 3);
    assert_int_equal(leg->media[0].extension_ids[RTP_EXT_MID], 4);
    assert_int_equal(leg->media[1].extension_ids[RTP_EXT_MID], 4);
    assert_int_equal(leg->media[1].extension_ids[RTP_EXT_TRANSPORT_SEQ], 0);
    assert_int_equal(leg->ext_ids.kind_of_id[3], RTP_EXT_TRANSPORT_SEQ);
    assert_int_equal(leg->ext_ids.kind_of_id[5], RTP_EXT_NONE);
}

static void test_one_id_is_one_extension_in_all_m_lines(void **state)
{
    const struct negotiated *leg =
        agree("", offers_media("video", 0, "sendonly", "a=extmap:3 " TCC "\n"),
              offers_media("video", 1, "recvonly", "a=extmap:3 " MID "\na=extmap:4 " TCC "\n"));
    (void)state;
    assert_int_equal(leg->media[1].extension_ids[RTP_EXT_MID], 0);
    assert_int_equal(leg->media[1].extension_ids[RTP_EXT_TRANSPORT_SEQ], 4);
    assert_int_equal(leg->ext_ids.kind_of_id[3], RTP_EXT_TRANSPORT_SEQ);
    assert_int_equal(leg->ext_ids.kind_of_id[4], RTP_EXT_TRANSPORT_SEQ);
}

static void test_directions_are_kept(void **state)
{
    const struct negotiated *leg =
        agree("",
              offers_media("video", 0, "sendonly",
                           "a=extmap:1/sendonly " DD "\na=extmap:2/recvonly " MID "\n"),
              offers_media("video", 1, "recvonly",
                           "a=extmap:1/sendonly " DD "\na=extmap:2/recvonly " MID "\n"));
    (void)state;
    assert_int_equal(leg->media[0].extension_ids[RTP_EXT_DEPENDENCY_DESCRIPTOR], 1);
    assert_int_equal(leg->media[0].extension_ids[RTP_EXT_MID], 0);
    assert_int_equal(leg->media[1].extension_ids[RTP_EXT_DEPENDENCY_DESCRIPTOR], 0);
    assert_int_equal(leg->media[1].extension_ids[RTP_EXT_MID], 2);
}

static void test_a_seat_gets_only_what_its_viewer_takes(void **state)
{
    const struct negotiated *leg =
        agree("", offers_media("video", 0, "sendrecv", "a=extmap:1/sendonly " DD "\n"), "");
    (void)state;
    assert_int_equal(leg->media[0].extension_ids[RTP_EXT_DEPENDENCY_DESCRIPTOR], 0);
    assert_int_equal(leg->ext_ids.kind_of_id[1], RTP_EXT_DEPENDENCY_DESCRIPTOR);
}

static void test_high_ids_need_the_two_byte_form(void **state)
{
    const char *lines = "a=extmap:14 " MID "\na=extmap:15 " DD "\na=extmap:16 " TCC "\n"
                        "a=extmap:4096 urn:3gpp:video-orientation\n";
    const struct negotiated *leg = agree("", offers_media("video", 0, "sendonly", lines), "");
    (void)state;
    assert_false(leg->extmap_allow_mixed);
    assert_int_equal(leg->media[0].extension_ids[RTP_EXT_MID], 14);
    assert_int_equal(leg->media[0].extension_ids[RTP_EXT_TRANSPORT_SEQ], 0);
    leg = agree("a=extmap-allow-mixed\n", offers_media("video", 0, "sendonly", lines), "");
    assert_true(leg->extmap_allow_mixed);
    assert_int_equal(leg->media[0].extension_ids[RTP_EXT_TRANSPORT_SEQ], 16);
    assert_int_equal(leg->media[0].extension_ids[RTP_EXT_DEPENDENCY_DESCRIPTOR], 0);
    assert_int_equal(leg->media[0].extension_ids[RTP_EXT_VIDEO_ORIENTATION], 0);
}

static void test_mixing_forms_is_agreed_for_all_m_lines_or_none(void **state)
{
    const struct negotiated *leg =
        agree("", offers_media("video", 0, "sendonly", "a=extmap-allow-mixed\n"),
              offers_media("video", 1, "recvonly", ""));
    (void)state;
    assert_false(leg->extmap_allow_mixed);
}

static void test_transport_cc_needs_its_extension(void **state)
{
    const struct negotiated *leg = agree(
        "",
        offers_media("video", 0, "sendonly",
                     "a=rtcp-fb:96 transport-cc\n"
                     "a=rtcp-fb:96 nack\n"),
        offers_media("video", 1, "recvonly", "a=rtcp-fb:96 transport-cc\na=extmap:3 " TCC "\n"));
    (void)state;
    assert_int_equal(leg->media[0].codecs[0].feedback, NEGOTIATE_FB_NACK);
    assert_int_equal(leg->media[1].codecs[0].feedback, NEGOTIATE_FB_TRANSPORT_CC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_of_what_both_sides_know),
        cmocka_unit_test(test_one_id_is_one_extension_in_all_m_lines),
        cmocka_unit_test(test_directions_are_kept),
        cmocka_unit_test(test_a_seat_gets_only_what_its_viewer_takes),
        cmocka_unit_test(test_high_ids_need_the_two_byte_form),
        cmocka_unit_test(test_mixing_forms_is_agreed_for_all_m_lines_or_none),
        cmocka_unit_test(test_transport_cc_needs_its_extension),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
