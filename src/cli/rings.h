/* What workers share to hold parts of one room: a ring for each ordered pair of them, and an
 * eventfd for each, made before they start and kept, so that a new worker finds its predecessor's.
 * After an upgrade there are new ones: workers of two releases never share a room, and need not
 * agree on its bytes. */
#ifndef PARLEY_CLI_RINGS_H
#define PARLEY_CLI_RINGS_H

#include "cli/setup.h"

/* For the first PIPES_MAX_WORKERS workers; none where there is one only. Without them rooms stay
 * in one worker each, which is said in the log. */
void rings_open(struct setup *setup);
/* Those of the worker in one position; borrowed. */
void rings_of(const struct setup *setup, uint32_t position, struct pipe_fds *out);

#endif
