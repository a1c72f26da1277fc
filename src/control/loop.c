#include "control/loop.h"

#include <ev.h>
#include <libwebsockets.h>

struct ev_loop *loop_new(void)
{
    return ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
}

void loop_free(struct ev_loop *loop)
{
    if (loop != NULL)
        ev_loop_destroy(loop);
}

struct lws_context *loop_context(struct ev_loop *loop,
                                 const struct lws_context_creation_info *wanted)
{
    struct lws_context_creation_info info = *wanted;
    void *loops[] = {loop};
    info.options |= LWS_SERVER_OPTION_LIBEV;
    info.foreign_loops = loops;
    return lws_create_context(&info);
}

static void on_time(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop; /* that ev_run() returns is all it is for */
    (void)timer;
    (void)events;
}

void loop_turn(struct ev_loop *loop, uint64_t most_us)
{
    ev_timer timer;
    ev_timer_init(&timer, on_time, (double)most_us / 1e6, 0);
    ev_timer_start(loop, &timer);
    ev_run(loop, EVRUN_ONCE);
    ev_timer_stop(loop, &timer);
}
