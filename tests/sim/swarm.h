/* A meeting in which everything happens that may happen, drawn from one seed: rooms, people who
 * come, go, reload and fall silent, networks of all kinds, engines that die. Then the network is
 * good again, and everybody must see and hear whom they want to within three seconds (or five,
 * where key frames are kept from coming too often: those are counted); then all leave, and nothing
 * may be left. All the time the guard listens (guard.h). */
#ifndef PARLEY_TESTS_SIM_SWARM_H
#define PARLEY_TESTS_SIM_SWARM_H

#include <stdbool.h>
#include <stdint.h>

struct swarm_result {
    uint64_t simulated_us;
    uint64_t datagrams; /* of the engine, each one judged */
    unsigned late;      /* tracks that took more than three seconds, but no more than five */
    unsigned violations;
};

/* What OpenSSL keeps for good from its first handshake on is not to be blamed on the first run. */
void swarm_warm_up(void);
/* Prints a line for each violation, with the seed; verbose: also all that happens. */
struct swarm_result swarm_run(uint64_t seed, bool verbose);

#endif
