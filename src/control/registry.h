/* Live rooms and the workers that hold them, kept equal: what a worker's snapshot says against what
 * control knows, and messages of a worker to the room and member they are about. */
#ifndef PARLEY_CONTROL_REGISTRY_H
#define PARLEY_CONTROL_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/ipc.h"

struct server;

/* Its rooms wait for the next worker in that slot. */
void registry_worker_gone(struct server *server, uint32_t worker);
/* After that: nobody will come who could have them. They go to other workers, their clients are
 * told media-restart. */
void registry_worker_replaced(struct server *server, uint32_t worker);
/* Any message but hello, counters and the end of a snapshot. */
void registry_receive(struct server *server, uint32_t worker, const struct ipc_message *message);
/* Registers anew what the snapshot did not hold, tells those clients media-restart, and places
 * rooms that had no worker. last: no other snapshot is under way. */
void registry_snapshot_end(struct server *server, uint32_t worker, bool last);
/* Rooms that the worker holds parts of. */
uint32_t registry_rooms(const struct server *server, uint32_t worker);

#endif
