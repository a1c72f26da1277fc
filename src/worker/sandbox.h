/* Gives up what the media process does not need. */
#ifndef PARLEY_WORKER_SANDBOX_H
#define PARLEY_WORKER_SANDBOX_H

/* From here on only the system calls of the event loop, of malloc and of dying are possible: no
 * files, no new sockets but accepted ones, no processes. 0 or -1 (the kernel has no seccomp; the
 * caller decides). A no-op under sanitizers, which need more. */
int sandbox_enter(void) __attribute__((warn_unused_result));

#endif
