/* Gives up what the media process does not need. */
#ifndef PARLEY_WORKER_CONFINE_H
#define PARLEY_WORKER_CONFINE_H

/* From here on only the system calls of the event loop, of malloc and of dying are possible: no
 * files, no new sockets but accepted ones, no processes. NULL, or what this kernel lacks (the
 * caller decides). */
const char *confine_worker(void) __attribute__((warn_unused_result));

#endif
