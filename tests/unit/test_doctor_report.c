#include "test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor_report.h"

static void add(struct doctor_report *report, enum doctor_verdict verdict, const char *change)
{
    struct doctor_finding finding = doctor_finding_of("media over UDP");

    finding.verdict = verdict;
    doctor_says(&finding, "%u \"seen\"", report->count);
    doctor_change(&finding, "%s", change);
    doctor_report_add(report, &finding);
}

static void lines_are_aligned_and_say_what_to_change(void **state)
{
    char *text = NULL;
    size_t len = 0;
    struct doctor_report report = {.lines = open_memstream(&text, &len)};

    (void)state;
    assert_non_null(report.lines);
    add(&report, DOCTOR_OK, "");
    add(&report, DOCTOR_FAIL, "do this");
    fclose(report.lines);
    assert_string_equal(text, "ok    media over UDP          0 \"seen\"\n"
                              "fail  media over UDP          1 \"seen\" — do this\n");
    free(text);
}

static void the_worst_verdict_counts(void **state)
{
    struct doctor_report report = {.lines = NULL};

    (void)state;
    assert_int_equal(doctor_report_verdict(&report), DOCTOR_OK);
    add(&report, DOCTOR_WARN, "");
    add(&report, DOCTOR_OK, "");
    assert_int_equal(doctor_report_verdict(&report), DOCTOR_WARN);
    add(&report, DOCTOR_FAIL, "");
    add(&report, DOCTOR_OK, "");
    assert_int_equal(doctor_report_verdict(&report), DOCTOR_FAIL);
    for (unsigned i = 0; i < DOCTOR_FINDINGS; i++)
        add(&report, DOCTOR_OK, "");
    assert_int_equal(report.count, DOCTOR_FINDINGS);
}

static void json_says_the_same(void **state)
{
    char *text = NULL;
    size_t len = 0;
    struct doctor_report report = {.lines = NULL};
    FILE *out = open_memstream(&text, &len);

    (void)state;
    assert_non_null(out);
    add(&report, DOCTOR_OK, "");
    add(&report, DOCTOR_WARN, "do this");
    assert_int_equal(doctor_report_json(&report, out), 0);
    fclose(out);
    json_t *json = json_loads(text, 0, NULL);
    json_t *second = json_array_get(json_object_get(json, "checks"), 1);
    assert_string_equal(json_string_value(json_object_get(json, "verdict")), "warn");
    assert_string_equal(json_string_value(json_object_get(second, "says")), "1 \"seen\"");
    assert_string_equal(json_string_value(json_object_get(second, "change")), "do this");
    assert_null(json_object_get(json_array_get(json_object_get(json, "checks"), 0), "change"));
    json_decref(json);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_aligned_and_say_what_to_change),
        cmocka_unit_test(the_worst_verdict_counts),
        cmocka_unit_test(json_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
