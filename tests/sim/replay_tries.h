/* Chance is not in a recording: which packet was lost, whose key frame came first when two tiles of
 * one size competed for one upgrade. So a call is replayed several times, with other seeds, and the
 * replay that comes nearest to the recording is shown, beside what the others came to. */
#ifndef PARLEY_TESTS_SIM_REPLAY_TRIES_H
#define PARLEY_TESTS_SIM_REPLAY_TRIES_H

#include "sim/replay_report.h"

#define REPLAY_TRIES      15u
#define REPLAY_MOST_TRIES 100u

struct replay_tries {
    uint64_t seed; /* of the nearest, by its layers */
    unsigned count;
    double nearest_percent, median_percent, worst_percent; /* layers that agree */
};

/* *nearest: that replay's timeline. */
void replay_tries_run(const struct replay_people *people, const struct replay_log *recorded,
                      uint64_t first_seed, unsigned count, struct replay_log *nearest,
                      struct replay_tries *tries);

#endif
