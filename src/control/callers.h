/* HTTP connections that are open, the least recently served first. There are so many at most: one
 * more, and who has kept a connection for the longest without a whole request loses it. So slow
 * requests (Slowloris), however many, keep nobody out: a newcomer gets in, and is served at once.
 * WebSockets are counted elsewhere (limits.h). */
#ifndef PARLEY_CONTROL_CALLERS_H
#define PARLEY_CONTROL_CALLERS_H

struct lws;
struct server;

/* A connection was accepted. -1: out of memory; it stays, and is not counted. */
int callers_add(struct server *server, struct lws *wsi) __attribute__((warn_unused_result));
/* A whole request came on it. */
void callers_served(struct server *server, struct lws *wsi);
/* It became a WebSocket, or is closed. No effect on others. */
void callers_forget(struct server *server, struct lws *wsi);

#endif
