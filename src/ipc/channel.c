/* One end of a SOCK_SEQPACKET pair: sends at once while the socket takes it, queues in order
 * otherwise. Must never block and never grow without a bound. */
#include "ipc/ipc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define QUEUE_MAX_BYTES (4u * 1024u * 1024u)

struct queued {
    struct queued *next;
    size_t len;
    uint8_t bytes[];
};

struct ipc_channel {
    int fd;
    bool gone; /* the other end closed; what comes is dropped */
    struct queued *first, **last;
    size_t queued_bytes;
    uint64_t malformed;
    uint8_t received[IPC_MAX_BYTES];
};

struct ipc_channel *ipc_channel_new(int fd)
{
    struct ipc_channel *channel = calloc(1, sizeof *channel);
    if (!channel)
        return NULL;
    channel->fd = fd;
    channel->last = &channel->first;
    return channel;
}

void ipc_channel_free(struct ipc_channel *channel)
{
    if (!channel)
        return;
    while (channel->first) {
        struct queued *next = channel->first->next;
        free(channel->first);
        channel->first = next;
    }
    close(channel->fd);
    free(channel);
}

int ipc_channel_fd(const struct ipc_channel *channel)
{
    return channel->fd;
}

bool ipc_wants_write(const struct ipc_channel *channel)
{
    return channel->first != NULL;
}

uint64_t ipc_malformed(const struct ipc_channel *channel)
{
    return channel->malformed;
}

static int enqueue(struct ipc_channel *channel, const uint8_t *header,
                   const struct ipc_message *message)
{
    size_t len = IPC_HEADER_BYTES + message->payload_len;
    if (channel->queued_bytes + len > QUEUE_MAX_BYTES)
        return -1;
    struct queued *queued = malloc(sizeof *queued + len);
    if (!queued)
        return -1;
    queued->next = NULL;
    queued->len = len;
    memcpy(queued->bytes, header, IPC_HEADER_BYTES);
    if (message->payload_len > 0)
        memcpy(queued->bytes + IPC_HEADER_BYTES, message->payload, message->payload_len);
    *channel->last = queued;
    channel->last = &queued->next;
    channel->queued_bytes += len;
    return 0;
}

/* Nothing is wrong with the other end: it reads slowly, or the kernel has no memory just now. Who
 * took it for gone would be without it for good, for the other end sees nothing of that. */
static bool is_passing(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ENOMEM;
}

/* 1: sent; 0: the socket is full; -1: the other end is gone. */
static int send_pieces(struct ipc_channel *channel, struct iovec *pieces, size_t count)
{
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
    for (;;) {
        if (sendmsg(channel->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return 1;
        if (errno == EINTR)
            continue;
        if (is_passing(errno))
            return 0;
        channel->gone = true;
        return -1;
    }
}

int ipc_send(struct ipc_channel *channel, const struct ipc_message *message)
{
    uint8_t header[IPC_HEADER_BYTES];
    if (channel->gone || ipc_header_write(message, header) < 0)
        return -1;
    if (!channel->first) {
        /* sendmsg does not write to what it sends. */
        struct iovec pieces[2] = {{header, sizeof header},
                                  {(void *)(uintptr_t)message->payload, message->payload_len}};
        int sent = send_pieces(channel, pieces, message->payload_len > 0 ? 2 : 1);
        if (sent != 0)
            return sent < 0 ? -1 : 0;
    }
    return enqueue(channel, header, message);
}

int ipc_flush(struct ipc_channel *channel)
{
    while (channel->first) {
        struct queued *queued = channel->first;
        struct iovec piece = {queued->bytes, queued->len};
        int sent = send_pieces(channel, &piece, 1);
        if (sent <= 0)
            return sent;
        channel->first = queued->next;
        if (!channel->first)
            channel->last = &channel->first;
        channel->queued_bytes -= queued->len;
        free(queued);
    }
    return 0;
}

int ipc_receive(struct ipc_channel *channel, struct ipc_message *out)
{
    for (;;) {
        /* MSG_TRUNC: the real length, so that one that is too long is seen as such. */
        ssize_t len = recv(channel->fd, channel->received, sizeof channel->received,
                           MSG_DONTWAIT | MSG_TRUNC);
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0 && is_passing(errno))
            return 0;
        if (len <= 0)
            return -1;
        if ((size_t)len <= sizeof channel->received &&
            ipc_parse(channel->received, (size_t)len, out) == 0)
            return 1;
        channel->malformed++;
    }
}
