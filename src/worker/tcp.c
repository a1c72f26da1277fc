#include "worker/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/counters.h"
#include "wire/frame.h"
#include "worker/sockaddr.h"

#define IN_BYTES         (2u * FRAME_BUFFER_BYTES)
#define INDEX_BITS       10u
#define ACCEPTS_PER_WAKE 32u
#define READS_PER_WAKE   16u

_Static_assert(TCP_CONNECTIONS == 1u << INDEX_BITS, "an id is generation and index");

/* Set up on accept and freed on close, so that idle slots cost nothing. */
struct buffers {
    struct frame_reader reader; /* over in[] */
    uint8_t in[IN_BYTES];
    uint8_t out[TCP_OUT_BYTES]; /* out_start..out_end wait for the socket */
    size_t out_start, out_end;
};

struct connection {
    int fd; /* 0: free slot */
    uint32_t generation;
    struct net_path path;
    uint64_t deadline_us;
    struct buffers *buffers;
};

struct tcp {
    int listen_fd, epoll_fd;
    uint32_t per_address;
    struct tcp_owner owner;
    uint64_t *counters;
    size_t count, most;
    struct connection connections[TCP_CONNECTIONS];
};

/* Descriptors are left for the worker's own: a listener that cannot accept cannot refuse either,
 * and would wake the loop for ever. */
static size_t most_connections(void)
{
    struct rlimit files;
    const bool few = getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur / 2 < TCP_CONNECTIONS;
    return few ? files.rlim_cur / 2 : TCP_CONNECTIONS;
}

struct tcp *tcp_new(int listen_fd, int epoll_fd, uint32_t per_address,
                    const struct tcp_owner *owner, uint64_t *counters)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = TCP_LISTENER};
    struct tcp *tcp = calloc(1, sizeof *tcp);
    if (!tcp || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listen_fd, &event) < 0) {
        free(tcp);
        return NULL;
    }
    tcp->listen_fd = listen_fd;
    tcp->epoll_fd = epoll_fd;
    tcp->per_address = per_address;
    tcp->most = most_connections();
    tcp->owner = *owner;
    tcp->counters = counters;
    return tcp;
}

/* ---- ids: never 0, and not soon the same again ----------------------------------------------- */

static uint32_t id_of(const struct tcp *tcp, const struct connection *connection)
{
    uint32_t index = (uint32_t)(connection - tcp->connections);
    return ((connection->generation + 1) << INDEX_BITS) | index;
}

static void release(struct tcp *tcp, struct connection *connection)
{
    close(connection->fd);
    free(connection->buffers);
    connection->fd = 0;
    connection->buffers = NULL;
    do {
        connection->generation++;
    } while (id_of(tcp, connection) < TCP_CONNECTIONS); /* 0 means UDP */
    tcp->count--;
}

void tcp_free(struct tcp *tcp)
{
    if (!tcp)
        return;
    for (size_t i = 0; i < TCP_CONNECTIONS; i++)
        if (tcp->connections[i].fd)
            release(tcp, &tcp->connections[i]);
    close(tcp->listen_fd);
    free(tcp);
}

static struct connection *find(struct tcp *tcp, uint32_t id)
{
    struct connection *connection = &tcp->connections[id % TCP_CONNECTIONS];
    return connection->fd && id_of(tcp, connection) == id ? connection : NULL;
}

static void close_connection(struct tcp *tcp, struct connection *connection)
{
    uint32_t id = id_of(tcp, connection);
    release(tcp, connection);
    tcp->owner.on_close(tcp->owner.context, id);
}

/* ---- accept ---------------------------------------------------------------------------------- */

static size_t count_of_address(const struct tcp *tcp, const struct net_address *address)
{
    size_t count = 0;
    for (size_t i = 0; i < TCP_CONNECTIONS; i++) {
        const struct connection *connection = &tcp->connections[i];
        if (connection->fd && connection->path.remote.family == address->family &&
            memcmp(connection->path.remote.ip, address->ip, sizeof address->ip) == 0)
            count++;
    }
    return count;
}

static struct connection *free_slot(struct tcp *tcp)
{
    for (size_t i = 0; i < TCP_CONNECTIONS; i++)
        if (!tcp->connections[i].fd)
            return &tcp->connections[i];
    return NULL;
}

static int watch(struct tcp *tcp, struct connection *connection, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = id_of(tcp, connection)};
    return epoll_ctl(tcp->epoll_fd, operation, connection->fd, &event);
}

static int admit(struct tcp *tcp, int fd, const struct net_address *remote, uint64_t now_us)
{
    struct sockaddr_storage local;
    socklen_t local_len = sizeof local;
    int on = 1;
    struct connection *connection = free_slot(tcp);
    if (!connection || tcp->count >= tcp->most || count_of_address(tcp, remote) >= tcp->per_address)
        return -1;
    if (getsockname(fd, (struct sockaddr *)&local, &local_len) < 0)
        return -1;
    connection->buffers = malloc(sizeof *connection->buffers);
    if (!connection->buffers)
        return -1;
    frame_reader_init(&connection->buffers->reader, connection->buffers->in, IN_BYTES);
    connection->buffers->out_start = connection->buffers->out_end = 0;
    connection->fd = fd;
    tcp->count++;
    memset(&connection->path, 0, sizeof connection->path);
    connection->path.proto = NET_TCP;
    connection->path.remote = *remote;
    sockaddr_to_net(&local, &connection->path.local);
    connection->path.connection = id_of(tcp, connection);
    connection->deadline_us = now_us + TCP_FIRST_FRAME_US;
    /* Frames are media: waiting to fill a segment (Nagle) only delays them. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (watch(tcp, connection, EPOLL_CTL_ADD, EPOLLIN) < 0) {
        release(tcp, connection);
        return 0; /* fd is closed */
    }
    return 0;
}

void tcp_accept(struct tcp *tcp, uint64_t now_us)
{
    for (unsigned i = 0; i < ACCEPTS_PER_WAKE; i++) {
        struct sockaddr_storage from;
        socklen_t from_len = sizeof from;
        struct net_address remote;
        int fd = accept4(tcp->listen_fd, (struct sockaddr *)&from, &from_len,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        sockaddr_to_net(&from, &remote);
        if (admit(tcp, fd, &remote, now_us) < 0) {
            tcp->counters[WORKER_COUNTER_tcp_refused]++;
            close(fd);
        } else {
            tcp->counters[WORKER_COUNTER_tcp_accepted]++;
        }
    }
}

/* ---- in -------------------------------------------------------------------------------------- */

/* Hands up all whole frames. -1: a frame longer than any datagram, so this is not ICE-TCP. */
static int take_frames(struct tcp *tcp, uint32_t id, uint64_t now_us)
{
    struct connection *connection = find(tcp, id);
    while (connection) {
        struct engine_datagram datagram = {.path = connection->path};
        int result = frame_next(&connection->buffers->reader, &datagram.bytes, &datagram.len);
        if (result <= 0)
            return result < 0 ? -1 : 0;
        connection->deadline_us = now_us + TCP_IDLE_US;
        tcp->owner.on_frame(tcp->owner.context, &datagram);
        connection = find(tcp, id);
    }
    return 0;
}

static void read_connection(struct tcp *tcp, uint64_t now_us, uint32_t id)
{
    struct connection *connection = find(tcp, id);
    for (unsigned i = 0; connection && i < READS_PER_WAKE; i++) {
        size_t room;
        uint8_t *at = frame_room(&connection->buffers->reader, &room);
        ssize_t got = recv(connection->fd, at, room, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return;
        if (got > 0)
            frame_fill(&connection->buffers->reader, (size_t)got);
        if (got <= 0 || take_frames(tcp, id, now_us) < 0) {
            close_connection(tcp, connection);
            return;
        }
        connection = find(tcp, id);
    }
}

/* ---- out ------------------------------------------------------------------------------------- */

/* -1: broken. */
static int flush(struct connection *connection)
{
    struct buffers *buffers = connection->buffers;
    while (buffers->out_start < buffers->out_end) {
        ssize_t sent = send(connection->fd, buffers->out + buffers->out_start,
                            buffers->out_end - buffers->out_start, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
        buffers->out_start += (size_t)sent;
    }
    buffers->out_start = buffers->out_end = 0;
    return 0;
}

static void watch_output(struct tcp *tcp, struct connection *connection)
{
    bool waiting = connection->buffers->out_end > 0;
    int result = watch(tcp, connection, EPOLL_CTL_MOD, EPOLLIN | (waiting ? EPOLLOUT : 0u));
    (void)result; /* fails only for what is not in the set */
}

static bool append(struct buffers *buffers, const uint8_t *bytes, size_t len)
{
    size_t waiting = buffers->out_end - buffers->out_start;
    if (waiting + len > TCP_OUT_BYTES)
        return false;
    if (buffers->out_end + len > TCP_OUT_BYTES) {
        memmove(buffers->out, buffers->out + buffers->out_start, waiting);
        buffers->out_start = 0;
        buffers->out_end = waiting;
    }
    memcpy(buffers->out + buffers->out_end, bytes, len);
    buffers->out_end += len;
    return true;
}

void tcp_send(struct tcp *tcp, const struct engine_tx *tx)
{
    uint8_t frame[FRAME_HEADER_BYTES + LIMIT_DATAGRAM_BYTES];
    struct connection *connection = find(tcp, tx->path.connection);
    if (!connection || tx->len > LIMIT_DATAGRAM_BYTES)
        return;
    frame_put_header(frame, tx->len);
    memcpy(frame + FRAME_HEADER_BYTES, tx->bytes, tx->len);
    bool was_waiting = connection->buffers->out_end > 0;
    if (!append(connection->buffers, frame, FRAME_HEADER_BYTES + tx->len)) {
        tcp->counters[WORKER_COUNTER_tcp_full]++;
        return;
    }
    if (was_waiting)
        return;
    /* A broken one is closed when epoll says so, not in the middle of the engine's output. */
    if (flush(connection) < 0 || connection->buffers->out_end > 0)
        watch_output(tcp, connection);
}

void tcp_ready(struct tcp *tcp, uint64_t now_us, uint32_t id, uint32_t events)
{
    struct connection *connection = find(tcp, id);
    if (!connection)
        return;
    if (events & EPOLLOUT) {
        if (flush(connection) < 0) {
            close_connection(tcp, connection);
            return;
        }
        watch_output(tcp, connection);
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_connection(tcp, now_us, id);
}

void tcp_tick(struct tcp *tcp, uint64_t now_us)
{
    for (size_t i = 0; tcp->count > 0 && i < TCP_CONNECTIONS; i++) {
        struct connection *connection = &tcp->connections[i];
        if (connection->fd && connection->deadline_us <= now_us) {
            tcp->counters[WORKER_COUNTER_tcp_idle]++;
            close_connection(tcp, connection);
        }
    }
}
