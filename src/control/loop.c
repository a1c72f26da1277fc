#include "control/loop.h"

#include <errno.h>
#include <ev.h>
#include <libwebsockets.h>
#include <sys/resource.h>

#include "base/log.h"

struct ev_loop *loop_new(void)
{
    return ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
}

void loop_free(struct ev_loop *loop)
{
    if (loop != NULL)
        ev_loop_destroy(loop);
}

/* libwebsockets finds a socket by its number in a table as long as this process may have
 * descriptors; told how many there may be (fd_limit_per_thread), it would look through all of them
 * each time. The table is written to in whole, so it is to be no longer than it must. */
static void limit_files(uint32_t most)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur <= most)
        return;
    files.rlim_cur = most;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        log_write(LOG_WARN, "loop", "event=files_not_limited error=%d", errno);
}

struct lws_context *loop_context(struct ev_loop *loop,
                                 const struct lws_context_creation_info *wanted,
                                 uint32_t most_files)
{
    struct lws_context_creation_info info = *wanted;
    void *loops[] = {loop};
    limit_files(most_files);
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
