#include "cli/rings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "worker/pipe_ring.h"

/* Sealed: nobody who maps it can make it shorter under the others. Takes no memory before it is
 * used. -1 with errno. */
static int make_ring(void)
{
    int fd = memfd_create("parley-pipe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    if (ftruncate(fd, sizeof(struct pipe_ring)) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return fd;
    close(fd);
    return -1;
}

static size_t sharing_workers(const struct setup *setup)
{
    if (setup->worker_count < 2)
        return 0;
    return setup->worker_count < PIPES_MAX_WORKERS ? setup->worker_count : PIPES_MAX_WORKERS;
}

void rings_open(struct setup *setup)
{
    const size_t count = sharing_workers(setup);
    bool complete = true;
    memset(setup->ring_fds, -1, sizeof setup->ring_fds);
    memset(setup->wake_fds, -1, sizeof setup->wake_fds);
    for (size_t to = 0; to < count; to++) {
        setup->wake_fds[to] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        complete = complete && setup->wake_fds[to] >= 0;
        for (size_t from = 0; from < count; from++) {
            if (from == to)
                continue;
            setup->ring_fds[from][to] = make_ring();
            complete = complete && setup->ring_fds[from][to] >= 0;
        }
    }
    if (!complete)
        log_write(LOG_WARN, "rings", "event=no_pipes problem=\"%s\"", strerror(errno));
}

void rings_of(const struct setup *setup, uint32_t position, struct pipe_fds *out)
{
    for (uint32_t i = 0; i < PIPES_MAX_WORKERS; i++) {
        const bool shares = position < PIPES_MAX_WORKERS;
        out->in[i] = shares ? setup->ring_fds[i][position] : -1;
        out->out[i] = shares ? setup->ring_fds[position][i] : -1;
        out->wake[i] = shares ? setup->wake_fds[i] : -1;
    }
}
