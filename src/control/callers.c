#include "control/callers.h"

#include <libwebsockets.h>
#include <stdlib.h>

#include "control/control.h"
#include "control/server.h"

struct caller {
    struct list_node in_callers;
    struct lws *wsi;
};

/* From the most recent one on, whom most events are about. NULL: not an HTTP connection (any more).
 */
static struct caller *find(const struct server *server, const struct lws *wsi)
{
    const struct list_node *head = &server->callers.head;
    for (struct list_node *node = head->prev; node != head; node = node->prev) {
        struct caller *caller = LIST_ELEMENT(node, struct caller, in_callers);
        if (caller->wsi == wsi)
            return caller;
    }
    return NULL;
}

/* Closed here and now: that forgets it. */
static void turn_out(struct server *server)
{
    struct caller *first = LIST_ELEMENT(list_first(&server->callers), struct caller, in_callers);
    COUNT_CONTROL(server, callers_turned_out);
    lws_set_timeout(first->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

int callers_add(struct server *server, struct lws *wsi)
{
    struct caller *caller = calloc(1, sizeof *caller);
    if (caller == NULL)
        return -1;
    if (server->caller_count >= server->most_callers)
        turn_out(server);
    caller->wsi = wsi;
    list_push_back(&server->callers, &caller->in_callers);
    server->caller_count++;
    return 0;
}

void callers_served(struct server *server, struct lws *wsi)
{
    struct caller *caller = find(server, wsi);
    if (caller == NULL)
        return;
    list_remove(&caller->in_callers);
    list_push_back(&server->callers, &caller->in_callers);
}

void callers_forget(struct server *server, struct lws *wsi)
{
    struct caller *caller = find(server, wsi);
    if (caller == NULL)
        return;
    list_remove(&caller->in_callers);
    server->caller_count--;
    free(caller);
}
