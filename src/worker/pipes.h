/* A worker's rings to and from all others, and the eventfds that wake whoever waits. */
#ifndef PARLEY_WORKER_PIPES_H
#define PARLEY_WORKER_PIPES_H

#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

#define PIPES_MAX_WORKERS 16u /* that may share a room: the first ones */
#define PIPES_BATCH       64u

/* From the supervisor, by worker; -1: none. The rings are memfds of struct pipe_ring. */
struct pipe_fds {
    int in[PIPES_MAX_WORKERS], out[PIPES_MAX_WORKERS];
    int wake[PIPES_MAX_WORKERS]; /* eventfds, non-blocking; one's own is the one to wait for */
};

struct pipes;

/* Maps them and closes the memfds; eventfds are the pipes' own from now on. NULL: out of memory;
 * rings that cannot be mapped are left out. counters: WORKER_COUNTER_*, borrowed. */
struct pipes *pipes_new(const struct pipe_fds *fds, uint32_t own, uint64_t *counters);
void pipes_free(struct pipes *pipes); /* accepts NULL */
/* Readable: frames came, or some are left. */
int pipes_fd(const struct pipes *pipes);

/* Takes a datagram whose path is NET_PIPE; its bytes are copied. */
void pipes_send(struct pipes *pipes, const struct engine_tx *tx);
/* Those who may be asleep are woken. */
void pipes_flush(struct pipes *pipes);
/* Before a round of pipes_receive(): what comes from now on makes pipes_fd() readable again. */
void pipes_rearm(struct pipes *pipes);
/* Up to PIPES_BATCH frames, good until the next call. 0: all are taken. */
size_t pipes_receive(struct pipes *pipes, struct engine_datagram out[static PIPES_BATCH]);
/* There is more, but others have their turn first. */
void pipes_come_back(struct pipes *pipes);

#endif
