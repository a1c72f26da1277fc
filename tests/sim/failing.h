/* Makes one allocation of the server fail: the nth of those that are made inside the engine's
 * calls. The clients of a simulation live in the same process and must not be hit, so who calls the
 * engine says so:
 *
 *   failing_arm()   failing_enter() engine_…() failing_leave()   …   failing_seen()
 */
#ifndef PARLEY_TESTS_SIM_FAILING_H
#define PARLEY_TESTS_SIM_FAILING_H

#include <stdbool.h>
#include <stdint.h>

enum failing_whose {
    FAILING_OURS,   /* malloc and its kin, called in src/ */
    FAILING_OPENSSL /* what OpenSSL takes on our behalf */
};

/* Where the failed allocation was made: return addresses, innermost first. */
#define FAILING_FRAMES 24

/* nth 0: none fails, they are counted only. Begins to count anew. */
void failing_arm(enum failing_whose whose, uint64_t nth);
void failing_disarm(void);

void failing_enter(void);
void failing_leave(void);

/* Of every allocator, before it allocates: whether this one fails. */
bool failing_hits(enum failing_whose whose);

/* How many were counted since failing_arm(). */
uint64_t failing_seen(void);
/* Whether the nth has come. */
bool failing_happened(void);
/* How many return addresses were written: 0 if none failed. */
int failing_where(void *frames[FAILING_FRAMES]);

#endif
