/* Draining: no new rooms, while those with someone in them go on to their end. Who runs the server
 * asks for it, and is told what is left, on a local socket (ipc/operator.h). */
#ifndef PARLEY_CONTROL_DRAIN_H
#define PARLEY_CONTROL_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

struct drain;
struct server;

#define DRAIN_RETRY_S 60u /* Retry-After of what is refused meanwhile */

/* Listens on server->start->operator_fd, unless that is -1. NULL: out of memory, or the descriptor
 * is unusable. */
struct drain *drain_new(struct server *server);
void drain_free(struct drain *drain); /* accepts NULL */
/* Tells those who watch what has changed. */
void drain_tick(struct drain *drain);
/* Whether the room is refused: nobody is in it, and no rooms are taken. */
bool drain_refuses(const struct server *server, uint64_t room);

#endif
