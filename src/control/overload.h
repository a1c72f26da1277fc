/* Whoever comes to a server that has no time left for them would be a burden to those who are
 * there: they are told to come again. Who is in a call is never refused anything here. */
#ifndef PARLEY_CONTROL_OVERLOAD_H
#define PARLEY_CONTROL_OVERLOAD_H

#include <stdbool.h>
#include <stdint.h>

#define OVERLOAD_RETRY_S 10u

struct room;
struct server;

/* Whether a process that takes so much of its processor takes more than limits.cpu_percent. */
bool overload_of(const struct server *server, uint32_t permille);
/* Nobody new: control or the worker of that room (NULL: of a new one) has no time, or there are as
 * many sockets as there may be. Counted. */
bool overload_refuses(struct server *server, const struct room *room);

#endif
