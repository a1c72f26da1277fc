/* Listens to all that the engine and its clients send, and holds it against what must always be
 * true on the wire, by its own account of who may be sent what:
 *
 *   - but for answers to checks nothing goes to an address from which no authentic check came, or
 *     none in the last 15 s (RFC 8445, RFC 7675);
 *   - under one key no SRTP or SRTCP index is used twice (RFC 3711 9.1);
 *   - along the sequence numbers of one stream timestamps never go back.
 *
 * A peer connection's keys are new with its first answer: the account begins anew there. */
#ifndef PARLEY_TESTS_SIM_GUARD_H
#define PARLEY_TESTS_SIM_GUARD_H

#include "sim/sim.h"

struct guard;

/* What is wrong, in a line; `client` is whose connection it is about. */
typedef void guard_report(void *context, unsigned client, const char *what);

/* Becomes sim's tap. NULL: out of memory. */
struct guard *guard_new(struct sim *sim, guard_report *report, void *context);
void guard_free(struct guard *guard);
/* The engine let go of this client's peer connection, or of all: nothing may be sent to it. */
void guard_forget(struct guard *guard, unsigned client);
void guard_forget_all(struct guard *guard);
/* An authentic check came from where the client is now: what is sent to it can reach it. */
bool guard_is_reached(const struct guard *guard, unsigned client);
/* How many datagrams were judged. */
uint64_t guard_judged(const struct guard *guard);

#endif
