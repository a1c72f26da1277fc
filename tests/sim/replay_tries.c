#include "sim/replay_tries.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static double replay(const struct replay_people *people, const struct replay_log *recorded,
                     uint64_t seed, struct replay_log *replayed)
{
    struct replay_agreement agreement;

    replay_call_run(people, recorded, seed, replayed);
    replay_report(people, recorded, replayed, NULL, &agreement);
    return agreement.layer_percent;
}

void replay_tries_run(const struct replay_people *people, const struct replay_log *recorded,
                      uint64_t first_seed, unsigned count, struct replay_log *nearest,
                      struct replay_tries *tries)
{
    double percents[REPLAY_MOST_TRIES], most = -1;

    *tries = (struct replay_tries){.count = count < REPLAY_MOST_TRIES ? count : REPLAY_MOST_TRIES};
    *nearest = (struct replay_log){0};
    for (unsigned i = 0; i < tries->count; i++) {
        struct replay_log replayed = {0};

        percents[i] = replay(people, recorded, first_seed + i, &replayed);
        if (percents[i] <= most) {
            replay_log_fini(&replayed);
            continue;
        }
        most = percents[i];
        tries->seed = first_seed + i;
        replay_log_fini(nearest);
        *nearest = replayed;
    }
    qsort(percents, tries->count, sizeof(percents[0]), compare);
    tries->worst_percent = percents[0];
    tries->median_percent = percents[tries->count / 2];
    tries->nearest_percent = percents[tries->count - 1];
}
