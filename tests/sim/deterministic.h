/* Takes over what a process draws from outside: OpenSSL's randomness comes from a seed, and
 * allocations, ours and OpenSSL's, are counted. */
#ifndef PARLEY_TESTS_SIM_DETERMINISTIC_H
#define PARLEY_TESTS_SIM_DETERMINISTIC_H

#include <stdint.h>

void deterministic_seed(uint64_t seed);
/* Before anything else uses OpenSSL. */
void deterministic_install(void);

#endif
