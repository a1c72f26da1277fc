/* libssl reads the wall clock for its retransmission timer. An executable that defines
 * gettimeofday() itself answers that call, so a test's time is libssl's time too. */
#ifndef PARLEY_TESTS_SUPPORT_CLOCK_H
#define PARLEY_TESTS_SUPPORT_CLOCK_H

#include <stdint.h>

extern uint64_t clock_now_us;

#endif
