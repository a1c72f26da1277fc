/* control/message.c. What the schema's own validator says about the same messages is compared in
 * tests/control/bad.test.mjs. */
#include "control/message.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

static struct message decode(const char *text)
{
    struct message message;
    struct message_problem problem;
    if (message_decode(text, strlen(text), &message, &problem) != 0)
        fail_msg("%s: %s", text, problem.reason);
    return message;
}

static struct message_problem refuse(const char *text, uint32_t *id)
{
    struct message message;
    struct message_problem problem = {0};
    if (message_decode(text, strlen(text), &message, &problem) == 0)
        fail_msg("accepted: %s", text);
    *id = message.id;
    return problem;
}

static void assert_text(struct text text, const char *expected)
{
    assert_int_equal(text.len, strlen(expected));
    assert_string_equal(text.bytes, expected);
}

static void test_join_and_resume(void **state)
{
    (void)state;
    struct message m =
        decode("{\"type\":\"join\",\"id\":7,\"token\":\"t\",\"name\":\"Ad\\u00e9\"}");
    assert_int_equal(m.type, MESSAGE_JOIN);
    assert_int_equal(m.id, 7);
    assert_text(m.join.token, "t");
    assert_text(m.join.name, "Ad\xc3\xa9");
    message_free(&m);

    m = decode("{\"type\":\"resume\",\"token\":\"t\",\"participant_id\":\"00000000000000ab\","
               "\"session\":\"0123456789abcdef\"}");
    assert_int_equal(m.type, MESSAGE_RESUME);
    assert_int_equal(m.id, 0);
    assert_true(m.resume.participant == 0xab);
    message_free(&m);
}

static void test_offer(void **state)
{
    (void)state;
    struct message m =
        decode("{\"type\":\"offer\",\"epoch\":2,\"new_leg\":true,\"sdp\":\"v=0\\r\\n\","
               "\"sources\":[{\"mid\":\"0\",\"source\":\"microphone\"},"
               "{\"mid\":\"v\",\"source\":\"screen-audio\"}]}");
    assert_int_equal(m.offer.epoch, 2);
    assert_true(m.offer.new_leg);
    assert_text(m.offer.sdp, "v=0\r\n");
    assert_int_equal(m.offer.source_count, 2);
    assert_text(m.offer.sources[1].mid, "v");
    assert_int_equal(m.offer.sources[1].source, 3);
    message_free(&m);
}

static void test_description_and_candidate(void **state)
{
    (void)state;
    struct message m = decode("{\"type\":\"description\",\"to\":\"00000000000000ab\",\"epoch\":1,"
                              "\"description\":{\"type\":\"answer\",\"sdp\":\"x\"}}");
    assert_true(m.description.answer && m.description.to == 0xab);
    message_free(&m);

    m = decode("{\"type\":\"candidate\",\"to\":\"sfu\",\"epoch\":1,\"candidate\":null}");
    assert_true(m.candidate.to == 0 && m.candidate.candidate.end);
    message_free(&m);

    m = decode("{\"type\":\"candidate\",\"to\":\"00000000000000ab\",\"epoch\":1,\"candidate\":"
               "{\"candidate\":\"candidate:1\",\"sdpMid\":\"0\",\"sdpMLineIndex\":3}}");
    assert_text(m.candidate.candidate.candidate, "candidate:1");
    assert_text(m.candidate.candidate.sdp_mid, "0");
    assert_int_equal(m.candidate.candidate.sdp_mline_index, 3);
    assert_null(m.candidate.candidate.username_fragment.bytes);
    message_free(&m);

    m = decode("{\"type\":\"candidate\",\"to\":\"sfu\",\"epoch\":1,\"candidate\":"
               "{\"candidate\":\"\",\"sdpMid\":null,\"sdpMLineIndex\":null}}");
    assert_int_equal(m.candidate.candidate.sdp_mline_index, -1);
    assert_null(m.candidate.candidate.sdp_mid.bytes);
    message_free(&m);
}

static void test_the_rest(void **state)
{
    (void)state;
    struct message m =
        decode("{\"type\":\"sources\",\"sources\":{\"microphone\":true,\"camera\":false,"
               "\"screen\":false,\"screen-audio\":true}}");
    assert_int_equal(m.sources.enabled, 9);
    message_free(&m);
    m = decode("{\"type\":\"view\",\"wanted\":[{\"participant_id\":\"00000000000000ab\","
               "\"group\":\"screen\"}]}");
    assert_int_equal(m.view.count, 1);
    assert_int_equal(m.view.wanted[0].group, 1);
    assert_true(m.view.wanted[0].visible && !m.view.wanted[0].pinned && !m.view.audio_only);
    assert_true(m.view.wanted[0].width == 0 && m.view.wanted[0].height == 0);
    message_free(&m);
    m = decode("{\"type\":\"view\",\"audio_only\":true,\"wanted\":[{\"participant_id\":"
               "\"00000000000000ab\",\"group\":\"camera\",\"width\":16384,\"height\":9,"
               "\"visible\":false,\"pinned\":true}]}");
    assert_true(m.view.audio_only && m.view.wanted[0].width == 16384);
    assert_true(m.view.wanted[0].height == 9);
    assert_true(!m.view.wanted[0].visible && m.view.wanted[0].pinned);
    message_free(&m);
    m = decode("{\"type\":\"mode-failed\",\"epoch\":3,\"reason\":\"\"}");
    assert_int_equal(m.mode_failed.epoch, 3);
    message_free(&m);
    m = decode("{\"type\":\"mode-ready\",\"epoch\":2147483647}");
    assert_int_equal(m.mode_ready.epoch, 2147483647);
    message_free(&m);
    m = decode("{\"type\":\"chat\",\"text\":\"two\\nlines\\tand more\"}");
    assert_text(m.chat.text, "two\nlines\tand more");
    message_free(&m);
    m = decode("{\"type\":\"mute\",\"participant_id\":\"00000000000000ab\",\"source\":\"screen\"}");
    assert_true(m.type == MESSAGE_MUTE && m.mute.participant == 0xab && m.mute.source == 2);
    message_free(&m);
    m = decode("{\"type\":\"remove\",\"participant_id\":\"00000000000000ab\"}");
    assert_true(m.type == MESSAGE_REMOVE && m.remove.participant == 0xab);
    message_free(&m);
    m = decode("{\"type\":\"admit\",\"participant_id\":\"00000000000000ab\",\"admitted\":true}");
    assert_true(m.type == MESSAGE_ADMIT && m.admit.participant == 0xab && m.admit.admitted);
    message_free(&m);
    m = decode("{\"type\":\"lock\",\"locked\":true}");
    assert_true(m.type == MESSAGE_LOCK && m.lock.locked);
    message_free(&m);
    m = decode("{\"type\":\"rename\",\"name\":\"x\"}");
    assert_int_equal(m.type, MESSAGE_RENAME);
    message_free(&m);
    static const char *const bare[] = {"{\"type\":\"leave\"}", "{\"type\":\"ping\",\"id\":1}",
                                       "{\"type\":\"end\"}"};
    for (size_t i = 0; i < TEST_COUNT(bare); i++) {
        m = decode(bare[i]);
        message_free(&m);
    }
}

static void test_refusals_name_the_field_and_keep_the_id(void **state)
{
    (void)state;
    uint32_t id = 0;
    struct message_problem p = refuse("{\"type\":\"chat\",\"id\":5,\"text\":7}", &id);
    assert_int_equal(p.code, CODE_BAD_MESSAGE);
    assert_int_equal(id, 5);
    assert_non_null(strstr(p.reason, "text"));
    p = refuse("{\"type\":\"dance\",\"id\":6}", &id);
    assert_int_equal(p.code, CODE_UNKNOWN_TYPE);
    assert_int_equal(id, 6);
    p = refuse("{\"type\":\"offer\",\"epoch\":0,\"new_leg\":true,\"sdp\":\"x\",\"sources\":[{}]}",
               &id);
    assert_non_null(strstr(p.reason, "mid"));
    p = refuse("{\"type\":\"ping\",\"more\":1}", &id);
    assert_non_null(strstr(p.reason, "unknown"));
}

static void test_what_is_no_message(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "null",
        "7",
        "\"x\"",
        "{}",
        "{\"type\":1}",
        "{\"type\":\"ping\",\"id\":0}",
        "{\"type\":\"ping\",\"id\":2147483648}",
        "{\"type\":\"ping\",\"id\":1.0}",
        "{\"type\":\"ping\",\"type\":\"ping\"}",
        "{\"type\":\"chat\",\"text\":\"\\u0000\"}",
        "{\"type\":\"chat\",\"text\":\"\xff\"}",
        "{\"type\":\"chat\",\"text\":\"\\ud800\"}",
        "{\"type\":\"chat\",\"text\":\"\\u0007\"}",
        "{\"type\":\"rename\",\"name\":\"a\\u202eb\"}",
        "{\"type\":\"rename\",\"name\":\"a\\nb\"}",
        "{\"type\":\"rename\",\"name\":\"\\u0085\"}",
        "{\"type\":\"sources\",\"sources\":{\"microphone\":true}}",
        "{\"type\":\"mute\",\"participant_id\":\"00000000000000ab\",\"source\":\"face\"}",
        "{\"type\":\"mute\",\"participant_id\":\"00000000000000ab\"}",
        "{\"type\":\"mute\",\"source\":\"camera\"}",
        "{\"type\":\"remove\",\"participant_id\":\"sfu\"}",
        "{\"type\":\"admit\",\"participant_id\":\"00000000000000ab\"}",
        "{\"type\":\"lock\",\"locked\":1}",
        "{\"type\":\"lock\"}",
        "{\"type\":\"end\",\"room\":1}",
        "{\"type\":\"description\",\"to\":\"sfu\",\"epoch\":1,\"description\":{\"type\":\"offer\","
        "\"sdp\":\"x\"}}",
        "{\"type\":\"description\",\"to\":\"0000000000000000\",\"epoch\":1,\"description\":{"
        "\"type\":\"offer\",\"sdp\":\"x\"}}",
    };
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        uint32_t id;
        assert_int_equal(refuse(bad[i], &id).code, CODE_BAD_MESSAGE);
    }
}

static char json[128 * 1024]; /* the longest test message with room to spare */

/* {"type":"chat","text":"…"} with count repetitions of one character. */
static const char *chat_of(const char *character, size_t count)
{
    char *at = json + sprintf(json, "{\"type\":\"chat\",\"text\":\"");
    for (size_t i = 0; i < count; i++)
        at += sprintf(at, "%s", character);
    sprintf(at, "\"}");
    return json;
}

static void test_lengths_count_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x90\x9d"};
    for (size_t i = 0; i < TEST_COUNT(characters); i++) {
        uint32_t id;
        struct message m = decode(chat_of(characters[i], 4000));
        message_free(&m);
        assert_int_equal(refuse(chat_of(characters[i], 4001), &id).code, CODE_BAD_MESSAGE);
    }
}

static void test_too_large(void **state)
{
    (void)state;
    uint32_t id;
    int len =
        sprintf(json, "{\"type\":\"offer\",\"id\":3,\"epoch\":0,\"new_leg\":true,\"sources\":[],"
                      "\"sdp\":\"");
    memset(json + len, 'v', MESSAGE_SDP_BYTES + 1);
    strcpy(json + len + MESSAGE_SDP_BYTES, "\"}");
    struct message m = decode(json);
    assert_int_equal(m.offer.sdp.len, MESSAGE_SDP_BYTES);
    message_free(&m);
    strcpy(json + len + MESSAGE_SDP_BYTES, "v\"}");
    assert_int_equal(refuse(json, &id).code, CODE_TOO_LARGE);
    assert_int_equal(id, 3);

    assert_int_equal(refuse(chat_of("x", MESSAGE_MAX_BYTES), &id).code, CODE_TOO_LARGE);
}

static void test_deep_nesting_is_harmless(void **state)
{
    (void)state;
    uint32_t id;
    memset(json, '[', 70000);
    json[70000] = '\0';
    assert_int_equal(refuse(json, &id).code, CODE_BAD_MESSAGE);
}

static void test_codes_have_the_schemas_names(void **state)
{
    (void)state;
    assert_string_equal(message_code_name(CODE_NONE), "");
    assert_string_equal(message_code_name(CODE_BAD_MESSAGE), "bad_message");
    assert_string_equal(message_code_name(CODE_INTERNAL), "internal");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_join_and_resume),
        cmocka_unit_test(test_offer),
        cmocka_unit_test(test_description_and_candidate),
        cmocka_unit_test(test_the_rest),
        cmocka_unit_test(test_refusals_name_the_field_and_keep_the_id),
        cmocka_unit_test(test_what_is_no_message),
        cmocka_unit_test(test_lengths_count_characters),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_deep_nesting_is_harmless),
        cmocka_unit_test(test_codes_have_the_schemas_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
