/* Holds a replay against its recording. */
#ifndef PARLEY_TESTS_SIM_REPLAY_REPORT_H
#define PARLEY_TESTS_SIM_REPLAY_REPORT_H

#include <stdio.h>

#include "sim/replay_call.h"

#define REPLAY_KINDS 24u

/* How often one kind of decision was made, and made in both: by the same viewer, about the same
 * source, with the same outcome, within 2 s. Of estimates and probes the outcome may be off by a
 * quarter. */
struct replay_kind {
    char what[REPLAY_WORD_BYTES];
    unsigned recorded, replayed, both;
};

struct replay_agreement {
    struct replay_kind kinds[REPLAY_KINDS];
    unsigned kind_count;
    /* Of the time that a viewer and a camera were both there: the same layer was shown; or the same
     * or its neighbour. */
    double layer_percent, near_layer_percent;
    /* How far the replay's estimates were off, in the mean over time and viewers. */
    double estimate_off_percent;
};

/* out: both timelines side by side; NULL: only compares. */
void replay_report(const struct replay_people *people, const struct replay_log *recorded,
                   const struct replay_log *replayed, FILE *out,
                   struct replay_agreement *agreement);
/* What is in it, and what of the recording could not be rebuilt. */
void replay_summarise(const struct replay_people *people, const struct replay_log *recorded,
                      const struct replay_agreement *agreement, FILE *out);

#endif
