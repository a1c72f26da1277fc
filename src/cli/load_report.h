/* What a run of `parley load` found out: as JSON for scripts, as text for people. */
#ifndef PARLEY_CLI_LOAD_REPORT_H
#define PARLEY_CLI_LOAD_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "base/histogram.h"
#include "cli/load_io.h"
#include "cli/load_options.h"
#include "cli/load_peer.h"

#define LOAD_REPORT_LIMITS      16u
#define LOAD_REPORT_LIMIT_BYTES 160u
#define LOAD_REPORT_REASONS     32u
#define LOAD_REPORT_SERIES      4096u /* seconds kept; of longer runs the first */

struct load_second {
    double at_s; /* since the first join */
    unsigned connected;
    double in_per_s, in_mbps, out_per_s, lost_per_s;
    uint64_t delay_p50_us, delay_p99_us;
    double cpu; /* of the generator, in cores */
};

struct load_reason {
    char text[LOAD_REASON_BYTES];
    unsigned count;
};

struct load_report {
    /* set by the run */
    const struct load_options *options;
    uint64_t started_unix_ms;
    double joining_s, window_s;
    struct load_counts before, after; /* at the ends of the window, all threads */
    struct load_counts end;           /* when what was under way had come */
    struct load_counts thread_before[LOAD_MAX_THREADS], thread_after[LOAD_MAX_THREADS];
    struct load_spread spread;
    uint64_t user_us, system_us; /* of the whole process, over the window */
    uint64_t total_cpu_us;       /* since it started */
    struct histogram resume_us;  /* how long WebSockets were gone that dropped in the call */
    struct load_second *series;  /* owned by the run */
    size_t series_count;
    /* load_report_joins() */
    unsigned wanted, joined, watching, with_media, with_key_frame, resumes;
    struct histogram connect_us, media_us, key_frame_us;
    struct load_reason reasons[LOAD_REPORT_REASONS];
    size_t reason_count;
    /* load_report_limits() */
    char limits[LOAD_REPORT_LIMITS][LOAD_REPORT_LIMIT_BYTES];
    size_t limit_count;
};

void load_counts_add(struct load_counts *sum, const struct load_counts *other);
void load_spread_add(struct load_spread *sum, const struct load_spread *other);

/* Join times and why joins failed, from all peers. */
void load_report_joins(struct load_report *report, const struct load_peer *peers, unsigned count);
/* Whether the generator itself was too slow for what it measured, and why. */
void load_report_limits(struct load_report *report);
/* Everybody joined and everybody who watches received. */
bool load_report_fine(const struct load_report *report);

/* NULL: out of memory. */
json_t *load_report_json(const struct load_report *report);
void load_report_text(const struct load_report *report, FILE *out);

#endif
