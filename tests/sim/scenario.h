/* Runs scenarios with several seeds and holds what they measure against the project's goals.
 *
 * A goal that is missed is never loosened: it stays in the table as missed, with its figure, and
 * `accepted` says what it must not fall behind. Then the run fails only if it gets worse. */
#ifndef PARLEY_TESTS_SIM_SCENARIO_H
#define PARLEY_TESTS_SIM_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#define SCENARIO_MAX_VALUES 8u
#define SCENARIO_MAX_SEEDS  100u

enum goal_sense { GOAL_AT_MOST, GOAL_AT_LEAST };

struct goal {
    const char *id; /* "Q3" */
    const char *what, *unit;
    enum goal_sense sense;
    unsigned percent; /* of the seeds that keep to it: 50, 95, 100 */
    double goal;
    double accepted; /* 0: the goal itself */
};

struct scenario {
    const char *name;
    unsigned seeds; /* 0: as many as usual */
    /* Fills in one value for each goal. */
    void (*run)(uint64_t seed, double *values);
    struct goal goals[SCENARIO_MAX_VALUES]; /* up to the first without an id */
    uint8_t value_of[SCENARIO_MAX_VALUES];  /* which value each is about */
};

/* --table: prints all rows; --only <id or name>, --seeds <n>, --seed <n>: that one alone.
 * Otherwise prints what is missed. 0, or 1: something is worse than accepted. */
int scenarios_main(int argc, char **argv, const struct scenario *scenarios, unsigned count);

#endif
