/* Rings in the memory of two processes, an eventfd for each reader. */
#include "worker/pipes.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/counters.h"
#include "worker/pipe_ring.h"

/* Media frames are short; the longest frame has to find room behind others. */
#define BATCH_BYTES (2u * PIPE_FRAME_BYTES)

struct pipes {
    struct pipe_reader in[PIPES_MAX_WORKERS];
    struct pipe_writer out[PIPES_MAX_WORKERS];
    int wake[PIPES_MAX_WORKERS]; /* owned */
    uint32_t own;
    uint32_t next; /* whose ring is read next */
    uint64_t *counters;
    uint8_t bytes[BATCH_BYTES];
};

/* Both map it for writing: each end keeps its own place in it. */
static struct pipe_ring *map_ring(int fd)
{
    if (fd < 0)
        return NULL;
    void *ring = mmap(NULL, sizeof(struct pipe_ring), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return ring == MAP_FAILED ? NULL : ring;
}

static void unmap_ring(struct pipe_ring *ring)
{
    if (ring)
        munmap(ring, sizeof *ring);
}

struct pipes *pipes_new(const struct pipe_fds *fds, uint32_t own, uint64_t *counters)
{
    if (own >= PIPES_MAX_WORKERS)
        return NULL;
    struct pipes *pipes = calloc(1, sizeof *pipes);
    if (!pipes)
        return NULL;
    pipes->own = own;
    pipes->counters = counters;
    for (uint32_t i = 0; i < PIPES_MAX_WORKERS; i++) {
        pipes->in[i] = pipe_reader_of(map_ring(fds->in[i]));
        pipes->out[i] = pipe_writer_of(map_ring(fds->out[i]));
        pipes->wake[i] = fds->wake[i];
    }
    return pipes;
}

void pipes_free(struct pipes *pipes)
{
    if (!pipes)
        return;
    for (uint32_t i = 0; i < PIPES_MAX_WORKERS; i++) {
        unmap_ring(pipes->in[i].ring);
        unmap_ring(pipes->out[i].ring);
        if (pipes->wake[i] >= 0)
            close(pipes->wake[i]);
    }
    free(pipes);
}

int pipes_fd(const struct pipes *pipes)
{
    return pipes->wake[pipes->own];
}

/* ---- out ------------------------------------------------------------------------------------- */

void pipes_send(struct pipes *pipes, const struct engine_tx *tx)
{
    const uint32_t to = tx->path.connection;
    if (to < PIPES_MAX_WORKERS && pipe_push(&pipes->out[to], tx->bytes, tx->len))
        pipes->counters[WORKER_COUNTER_pipe_sent]++;
    else
        pipes->counters[WORKER_COUNTER_pipe_full]++;
}

/* An eventfd that cannot take one more wakes its reader all the same. */
static void wake(int fd)
{
    const uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof one);
    (void)written;
}

void pipes_flush(struct pipes *pipes)
{
    for (uint32_t i = 0; i < PIPES_MAX_WORKERS; i++)
        if (pipe_publish(&pipes->out[i]))
            wake(pipes->wake[i]);
}

/* ---- in -------------------------------------------------------------------------------------- */

void pipes_rearm(struct pipes *pipes)
{
    uint64_t count;
    ssize_t got = read(pipes_fd(pipes), &count, sizeof count);
    (void)got;
}

void pipes_come_back(struct pipes *pipes)
{
    wake(pipes_fd(pipes));
}

size_t pipes_receive(struct pipes *pipes, struct engine_datagram out[static PIPES_BATCH])
{
    size_t count = 0, used = 0;
    uint32_t empty = 0;
    while (count < PIPES_BATCH && empty < PIPES_MAX_WORKERS &&
           BATCH_BYTES - used >= PIPE_FRAME_BYTES) {
        const uint32_t from = pipes->next;
        const size_t len = pipe_pop(&pipes->in[from], pipes->bytes + used, PIPE_FRAME_BYTES);
        if (len == 0) {
            pipes->next = (from + 1u) % PIPES_MAX_WORKERS;
            empty++;
            continue;
        }
        out[count++] = (struct engine_datagram){.path = {.proto = NET_PIPE, .connection = from},
                                                .bytes = pipes->bytes + used,
                                                .len = len};
        used += len;
        empty = 0;
    }
    return count;
}
