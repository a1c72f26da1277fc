/* base/log.h */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "test.h"

static char last_line[LOG_LINE_BYTES];
static int lines;

static void remember(void *context, enum log_level level, const char *line)
{
    (void)level;
    assert_ptr_equal(context, &lines);
    snprintf(last_line, sizeof last_line, "%s", line);
    lines++;
}

static int set_sink(void **state)
{
    (void)state;
    lines = 0;
    last_line[0] = '\0';
    log_set_sink(remember, &lines);
    log_set_level(LOG_INFO);
    return 0;
}

static void line_has_level_module_and_pairs(void **state)
{
    (void)state;
    log_write(LOG_WARN, "ice", "event=lost room=%s", "abc");
    assert_string_equal(last_line, "level=warn module=ice event=lost room=abc");
}

static void level_filters(void **state)
{
    (void)state;
    log_write(LOG_DEBUG, "ice", "event=x");
    assert_int_equal(lines, 0);
    log_set_level(LOG_DEBUG);
    log_write(LOG_DEBUG, "ice", "event=x");
    assert_int_equal(lines, 1);
    log_set_sink(NULL, NULL);
    assert_false(log_enabled(LOG_ERROR));
    log_write(LOG_ERROR, "ice", "event=x");
    assert_int_equal(lines, 1);
}

static void control_characters_cannot_forge_a_line(void **state)
{
    (void)state;
    log_write(LOG_INFO, "ws", "reason=%s", "a\nlevel=error\x1b[31m\x7f");
    assert_string_equal(last_line, "level=info module=ws reason=a?level=error?[31m?");
}

static void long_lines_are_cut(void **state)
{
    char text[3 * LOG_LINE_BYTES];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_write(LOG_INFO, "ws", "%s", text);
    assert_int_equal(strlen(last_line), LOG_LINE_BYTES - 1);
}

static void limit_holds_back_and_tells_how_many(void **state)
{
    struct log_limit limit = {0};

    (void)state;
    for (unsigned i = 0; i < LOG_LIMIT_LINES + 7; i++)
        log_write_limited(&limit, 1000, LOG_INFO, "dtls", "event=bad");
    assert_int_equal(lines, LOG_LIMIT_LINES);
    log_write_limited(&limit, 1000 + LOG_LIMIT_WINDOW_US, LOG_INFO, "dtls", "event=bad");
    assert_string_equal(last_line, "level=info module=dtls suppressed=7 event=bad");
    log_write_limited(&limit, 1001 + LOG_LIMIT_WINDOW_US, LOG_INFO, "dtls", "event=bad");
    assert_string_equal(last_line, "level=info module=dtls event=bad");
}

static void levels_have_names(void **state)
{
    enum log_level level = LOG_ERROR;

    (void)state;
    assert_int_equal(log_level_parse("debug", &level), 0);
    assert_int_equal(level, LOG_DEBUG);
    assert_string_equal(log_level_name(level), "debug");
    assert_int_equal(log_level_parse("loud", &level), -1);
}

static void quotes_and_cuts_values(void **state)
{
    char out[64], small[6];

    (void)state;
    assert_string_equal(log_quote("a \"b\"\n", 6, out, sizeof out), "\"a \\\"b\\\"?\"");
    assert_string_equal(log_quote("abcdefgh", 8, small, sizeof small), "\"abc\"");
    assert_string_equal(log_quote("ab\"", 3, small, sizeof small), "\"ab\"");
    assert_string_equal(log_quote("ab", 2, small, 2), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(line_has_level_module_and_pairs, set_sink),
        cmocka_unit_test_setup(level_filters, set_sink),
        cmocka_unit_test_setup(control_characters_cannot_forge_a_line, set_sink),
        cmocka_unit_test_setup(long_lines_are_cut, set_sink),
        cmocka_unit_test_setup(limit_holds_back_and_tells_how_many, set_sink),
        cmocka_unit_test_setup(levels_have_names, set_sink),
        cmocka_unit_test_setup(quotes_and_cuts_values, set_sink),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
