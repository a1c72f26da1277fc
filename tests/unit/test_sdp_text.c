#include "test.h"

#include "wire/sdp_text.h"

static void test_takes_up_to_a_delimiter(void **state)
{
    struct sdp_text rest = sdp_text("a:b::");
    (void)state;
    assert_true(sdp_text_is(sdp_text_take(&rest, ':'), "a"));
    assert_true(sdp_text_is(sdp_text_take(&rest, ':'), "b"));
    assert_true(sdp_text_is(sdp_text_take(&rest, ':'), ""));
    assert_int_equal(rest.len, 0);
    assert_true(sdp_text_is(sdp_text_take(&rest, ':'), ""));
}

static void test_words_swallow_spaces(void **state)
{
    struct sdp_text rest = sdp_text("  one   two ");
    (void)state;
    assert_true(sdp_text_is(sdp_text_word(&rest), "one"));
    assert_true(sdp_text_is(sdp_text_word(&rest), "two"));
    assert_int_equal(sdp_text_word(&rest).len, 0);
    assert_int_equal(sdp_text_trim(sdp_text("   ")).len, 0);
}

static void test_numbers_keep_their_maximum(void **state)
{
    static const struct {
        const char *text;
        uint64_t max;
        bool good;
        uint64_t value;
    } cases[] = {
        {"0", 0, true, 0},
        {"127", 127, true, 127},
        {"128", 127, false, 0},
        {"007", 9, true, 7},
        {"", 9, false, 0},
        {"-1", 9, false, 0},
        {"+1", 9, false, 0},
        {"1 ", 9, false, 0},
        {"0x1", 99, false, 0},
        {"4294967295", UINT32_MAX, true, UINT32_MAX},
        {"4294967296", UINT32_MAX, false, 0},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"99999999999999999999999", UINT64_MAX, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        uint64_t value = 4711;
        assert_int_equal(sdp_text_uint(sdp_text(cases[i].text), cases[i].max, &value),
                         cases[i].good);
        assert_true(value == (cases[i].good ? cases[i].value : 4711));
    }
}

static void test_names_compare_in_either_case(void **state)
{
    (void)state;
    assert_true(sdp_text_is_nocase(sdp_text("OPUS"), "opus"));
    assert_false(sdp_text_is_nocase(sdp_text("opu"), "opus"));
    assert_false(sdp_text_is_nocase(sdp_text("opuss"), "opus"));
    assert_true(sdp_text_starts_nocase(sdp_text("Sprop-x=1"), "sprop-"));
    assert_false(sdp_text_starts_nocase(sdp_text("sprop"), "sprop-"));
    assert_false(sdp_text_is(sdp_text("OPUS"), "opus"));
    assert_true(sdp_text_equal((struct sdp_text){0}, sdp_text("")));
}

static void test_finds_parameters(void **state)
{
    struct sdp_text value;
    const struct sdp_text fmtp = sdp_text(" a=1; Apt = 96 ;flag;;b=x=y");
    (void)state;
    assert_true(sdp_text_parameter(fmtp, "apt", &value) && sdp_text_is(value, "96"));
    assert_true(sdp_text_parameter(fmtp, "a", &value) && sdp_text_is(value, "1"));
    assert_true(sdp_text_parameter(fmtp, "b", &value) && sdp_text_is(value, "x=y"));
    assert_true(sdp_text_parameter(fmtp, "flag", &value) && value.len == 0);
    assert_false(sdp_text_parameter(fmtp, "ap", &value));
    assert_false(sdp_text_parameter((struct sdp_text){0}, "a", &value));
}

static void test_reads_hexadecimal_digits(void **state)
{
    (void)state;
    assert_int_equal(sdp_text_hex('0'), 0);
    assert_int_equal(sdp_text_hex('f'), 15);
    assert_int_equal(sdp_text_hex('A'), 10);
    assert_int_equal(sdp_text_hex('g'), -1);
    assert_int_equal(sdp_text_hex(':'), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_up_to_a_delimiter),
        cmocka_unit_test(test_words_swallow_spaces),
        cmocka_unit_test(test_numbers_keep_their_maximum),
        cmocka_unit_test(test_names_compare_in_either_case),
        cmocka_unit_test(test_finds_parameters),
        cmocka_unit_test(test_reads_hexadecimal_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
