/* Rebuilds a call from its timeline and runs it through the engine, in virtual time. */
#ifndef PARLEY_TESTS_SIM_REPLAY_CALL_H
#define PARLEY_TESTS_SIM_REPLAY_CALL_H

#include "sim/replay_link.h"
#include "sim/replay_log.h"
#include "sim/sim.h"

#define REPLAY_PEOPLE 50u /* of a room; who comes later than these is left out */

/* One participant as the recording knows it, from beginning to end. */
struct replay_person {
    uint64_t id; /* in the recording */
    bool begins; /* was there when the recording begins */
    bool leaves;
    uint64_t join_us, leave_us;
    struct client_config config;
    struct replay_link link;
};

struct replay_people {
    struct replay_person list[REPLAY_PEOPLE];
    unsigned count;
    unsigned left_out;  /* were too many */
    unsigned loudest;   /* microphones forwarded; 0: as usual */
    uint64_t length_us; /* of the recording */
};

/* NULL: out of memory or nobody is in it. To be freed. */
struct replay_people *replay_people_find(const struct replay_log *log);
/* The number of a participant; people->count: not there. */
unsigned replay_people_number(const struct replay_people *people, uint64_t id);

/* Runs it; *replayed: the engine's timeline, with the recording's participants in it. */
void replay_call_run(const struct replay_people *people, const struct replay_log *recorded,
                     uint64_t seed, struct replay_log *replayed);

#endif
