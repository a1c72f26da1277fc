/* The event loop under libwebsockets. Its own asks the kernel about all sockets for each thing that
 * happens on one (poll), which with a thousand of them costs more than the thing; libev keeps them
 * in an epoll set. Used by control and by `parley load`. */
#ifndef PARLEY_CONTROL_LOOP_H
#define PARLEY_CONTROL_LOOP_H

#include <stdint.h>

struct ev_loop;
struct lws_context;
struct lws_context_creation_info;

/* NULL: the kernel has no memory or descriptor for it. */
struct ev_loop *loop_new(void);
/* After the context that runs on it. NULL does nothing. */
void loop_free(struct ev_loop *loop);
/* libwebsockets with these wishes, on this loop. The process may have no more than so many
 * descriptors from then on. NULL: no memory, or its package for libev (libwebsockets-evlib-ev) is
 * not installed. */
struct lws_context *loop_context(struct ev_loop *loop,
                                 const struct lws_context_creation_info *wanted,
                                 uint32_t most_files);
/* Waits until something happens, `most_us` at most, and serves it. */
void loop_turn(struct ev_loop *loop, uint64_t most_us);

#endif
