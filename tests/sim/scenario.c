#include "sim/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/deterministic.h"

#define USUAL_SEEDS 5u

struct options {
    bool table;
    const char *only; /* NULL: all */
    uint64_t first_seed;
    unsigned seeds; /* 0: as the scenario has it */
};

static struct options read_options(int argc, char **argv)
{
    struct options options = {.first_seed = 1};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--table") == 0)
            options.table = true;
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
            options.only = argv[++i];
        else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc)
            options.seeds = (unsigned)strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            options.first_seed = strtoull(argv[++i], NULL, 10);
            options.seeds = 1;
        }
    }
    return options;
}

static bool is_wanted(const struct options *options, const struct scenario *scenario)
{
    if (options->only == NULL || strcmp(options->only, scenario->name) == 0)
        return true;
    for (unsigned i = 0; i < SCENARIO_MAX_VALUES && scenario->goals[i].id != NULL; i++)
        if (strcmp(options->only, scenario->goals[i].id) == 0)
            return true;
    return false;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return left < right ? -1 : left > right;
}

/* The value that `percent` of the seeds keep to: from its bad end the rest is left out. */
static double value_of(const struct goal *goal, const double *values, unsigned count)
{
    double sorted[SCENARIO_MAX_SEEDS];
    unsigned kept = (count * goal->percent + 99) / 100;

    memcpy(sorted, values, count * sizeof(sorted[0]));
    qsort(sorted, count, sizeof(sorted[0]), compare);
    return goal->sense == GOAL_AT_MOST ? sorted[kept - 1] : sorted[count - kept];
}

static bool keeps(const struct goal *goal, double value, double bound)
{
    return goal->sense == GOAL_AT_MOST ? value <= bound : value >= bound;
}

/* False: worse than what is accepted. */
static bool judge(const struct scenario *scenario, const struct goal *goal, double value,
                  const struct options *options)
{
    double accepted = goal->accepted != 0 ? goal->accepted : goal->goal;
    bool met = keeps(goal, value, goal->goal), fine = met || keeps(goal, value, accepted);
    char bound[32] = "";

    if (goal->accepted != 0)
        snprintf(bound, sizeof(bound), " (accepted %g)", goal->accepted);
    if (options->table || !met)
        printf("%-4s %-22s %-50s %s %8g %-6s %10.2f  p%-3u %s%s\n", goal->id, scenario->name,
               goal->what, goal->sense == GOAL_AT_MOST ? "<=" : ">=", goal->goal, goal->unit, value,
               goal->percent,
               met    ? "met"
               : fine ? "missed"
                      : "MISSED, AND WORSE",
               bound);
    fflush(stdout);
    return fine;
}

static bool run(const struct scenario *scenario, const struct options *options)
{
    static double values[SCENARIO_MAX_VALUES][SCENARIO_MAX_SEEDS];
    unsigned seeds = scenario->seeds == 0 ? USUAL_SEEDS : scenario->seeds;
    bool fine = true;

    seeds = options->seeds == 0 ? seeds : options->seeds;
    seeds = seeds > SCENARIO_MAX_SEEDS ? SCENARIO_MAX_SEEDS : seeds;
    for (unsigned seed = 0; seed < seeds; seed++) {
        double measured[SCENARIO_MAX_VALUES] = {0};

        scenario->run(options->first_seed + seed, measured);
        for (unsigned i = 0; i < SCENARIO_MAX_VALUES; i++)
            values[i][seed] = measured[i];
    }
    for (unsigned i = 0; i < SCENARIO_MAX_VALUES && scenario->goals[i].id != NULL; i++) {
        const struct goal *goal = &scenario->goals[i];

        fine &=
            judge(scenario, goal, value_of(goal, values[scenario->value_of[i]], seeds), options);
    }
    return fine;
}

int scenarios_main(int argc, char **argv, const struct scenario *scenarios, unsigned count)
{
    const struct options options = read_options(argc, argv);
    bool fine = true;

    deterministic_install();
    for (unsigned i = 0; i < count; i++)
        if (is_wanted(&options, &scenarios[i]))
            fine &= run(&scenarios[i], &options);
    return fine ? 0 : 1;
}
