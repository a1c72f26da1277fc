#include "cli/doctor_report.h"

#include <jansson.h>
#include <stdarg.h>
#include <string.h>

#define WHAT_COLUMN 22

static const char *const words[] = {
    [DOCTOR_OK] = "ok", [DOCTOR_WARN] = "warn", [DOCTOR_FAIL] = "fail"};

struct doctor_finding doctor_finding_of(const char *what)
{
    struct doctor_finding finding = {.verdict = DOCTOR_OK};
    snprintf(finding.what, sizeof finding.what, "%s", what);
    return finding;
}

void doctor_says(struct doctor_finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->says, sizeof finding->says, format, arguments);
    va_end(arguments);
}

void doctor_change(struct doctor_finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->change, sizeof finding->change, format, arguments);
    va_end(arguments);
}

void doctor_report_add(struct doctor_report *report, const struct doctor_finding *finding)
{
    if (report->count == DOCTOR_FINDINGS)
        return;
    report->findings[report->count++] = *finding;
    if (!report->lines)
        return;
    fprintf(report->lines, "%-4s  %-*s  %s%s%s\n", words[finding->verdict], WHAT_COLUMN,
            finding->what, finding->says, finding->change[0] ? " — " : "", finding->change);
    fflush(report->lines);
}

enum doctor_verdict doctor_report_verdict(const struct doctor_report *report)
{
    enum doctor_verdict worst = DOCTOR_OK;
    for (unsigned i = 0; i < report->count; i++)
        if (report->findings[i].verdict > worst)
            worst = report->findings[i].verdict;
    return worst;
}

int doctor_report_json(const struct doctor_report *report, FILE *out)
{
    json_t *checks = json_array();
    for (unsigned i = 0; i < report->count; i++) {
        const struct doctor_finding *finding = &report->findings[i];
        json_t *check = json_pack("{s:s,s:s,s:s}", "verdict", words[finding->verdict], "check",
                                  finding->what, "says", finding->says);
        if (finding->change[0])
            json_object_set_new(check, "change", json_string(finding->change));
        json_array_append_new(checks, check);
    }
    json_t *all =
        json_pack("{s:s,s:o}", "verdict", words[doctor_report_verdict(report)], "checks", checks);
    int failed = !all || json_dumpf(all, out, JSON_INDENT(2)) != 0 || fputc('\n', out) == EOF;
    json_decref(all);
    return failed ? -1 : 0;
}
