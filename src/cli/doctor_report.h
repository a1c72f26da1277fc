/* What `parley doctor` found: a line per check, or the same as JSON. */
#ifndef PARLEY_CLI_DOCTOR_REPORT_H
#define PARLEY_CLI_DOCTOR_REPORT_H

#include <stdio.h>

#define DOCTOR_FINDINGS   64u
#define DOCTOR_WHAT_BYTES 48u
#define DOCTOR_TEXT_BYTES 512u

enum doctor_verdict { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };

struct doctor_finding {
    enum doctor_verdict verdict;
    char what[DOCTOR_WHAT_BYTES];   /* "media over UDP" */
    char says[DOCTOR_TEXT_BYTES];   /* what was seen */
    char change[DOCTOR_TEXT_BYTES]; /* what to change; "": nothing */
};

struct doctor_report {
    FILE *lines; /* each finding goes there as soon as it is there; NULL: nowhere */
    unsigned count;
    struct doctor_finding findings[DOCTOR_FINDINGS];
};

/* One that is ok, so far. */
struct doctor_finding doctor_finding_of(const char *what);
/* The text of a finding, printf-like; of one line. */
void doctor_says(struct doctor_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void doctor_change(struct doctor_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* One more; those beyond DOCTOR_FINDINGS are left out. */
void doctor_report_add(struct doctor_report *report, const struct doctor_finding *finding);
/* The worst of all. */
enum doctor_verdict doctor_report_verdict(const struct doctor_report *report);
/* {verdict, checks: [{verdict, check, says, change?}]}. 0, or -1: out of memory, or it cannot be
 * written. */
int doctor_report_json(const struct doctor_report *report, FILE *out)
    __attribute__((warn_unused_result));

#endif
