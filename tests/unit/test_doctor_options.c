#include "test.h"

#include <stdio.h>
#include <string.h>

#include "cli/doctor_options.h"

#define MAX_ARGUMENTS 8

static enum doctor_options_result parse(const char *line, struct doctor_options *out,
                                        char error[static DOCTOR_ERROR_BYTES])
{
    static char copy[256];
    char *arguments[MAX_ARGUMENTS + 1] = {NULL};
    int count = 0;

    snprintf(copy, sizeof copy, "doctor %s", line);
    for (char *word = strtok(copy, " "); word && count < MAX_ARGUMENTS; word = strtok(NULL, " "))
        arguments[count++] = word;
    error[0] = '\0';
    return doctor_options_parse(count, arguments, out, error);
}

static void options_are_read(void **state)
{
    struct doctor_options options;
    char error[DOCTOR_ERROR_BYTES];

    (void)state;
    assert_int_equal(parse("", &options, error), DOCTOR_OPTIONS_RUN);
    assert_null(options.url);
    assert_null(options.config_path);
    assert_int_equal(options.timeout_s, 5);
    assert_int_equal(parse("-c a.yaml --json --timeout 2", &options, error), DOCTOR_OPTIONS_RUN);
    assert_string_equal(options.config_path, "a.yaml");
    assert_true(options.json);
    assert_int_equal(options.timeout_s, 2);
    assert_int_equal(parse("--url=https://a", &options, error), DOCTOR_OPTIONS_RUN);
    assert_string_equal(options.url, "https://a");
    assert_int_equal(parse("--help", &options, error), DOCTOR_OPTIONS_HELP);
}

static void wrong_ones_are_named(void **state)
{
    static const struct {
        const char *line, *why;
    } cases[] = {
        {"--nonsense", "unknown option"},
        {"--url", "needs a value"},
        {"--timeout 0", "1..60"},
        {"--timeout 61", "1..60"},
        {"--timeout x", "1..60"},
        {"please", "unexpected please"},
        {"--url http://a -c b", "no configuration"},
    };
    struct doctor_options options;
    char error[DOCTOR_ERROR_BYTES];

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        assert_int_equal(parse(cases[i].line, &options, error), DOCTOR_OPTIONS_BAD);
        assert_non_null(strstr(error, cases[i].why));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_read),
        cmocka_unit_test(wrong_ones_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
