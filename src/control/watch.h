/* Other file descriptors in libwebsockets' loop: listening sockets, channels to workers, signals.
 */
#ifndef PARLEY_CONTROL_WATCH_H
#define PARLEY_CONTROL_WATCH_H

struct lws;
struct lws_protocols;
struct server;

struct watch {
    /* borrowed; all may be called from watch_open on */
    void (*readable)(struct watch *watch);
    void (*writable)(struct watch *watch); /* NULL: never asked for */
    struct server *server;
    void *context;
    /* owned */
    struct lws *wsi; /* NULL: closed */
};

/* Watches a duplicate of fd: whose fd it is may close it whenever he likes, watch_close before.
 * readable is called as well when the other end is gone. 0 or -1. */
int watch_open(struct watch *watch, int fd) __attribute__((warn_unused_result));
void watch_want_write(struct watch *watch);
/* Accepts a zeroed or closed one. */
void watch_close(struct watch *watch);

#define WATCH_PROTOCOL "parley-watch"
/* The protocol to put into the vhost's list. */
struct lws_protocols watch_protocol(void);

#endif
