#include "cli/load_socket.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "client/client.h"
#include "engine/engine.h"
#include "worker/sockaddr.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define RUN_BYTES       65535u /* of UDP_GRO, at most */
#define SINGLE_BYTES    2048u
#define RECEIVE_BYTES   (1024 * 1024)
#define SEND_BATCH      64u
#define ANCILLARY_BYTES (CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct timespec)))

struct ancillary {
    _Alignas(struct cmsghdr) char bytes[ANCILLARY_BYTES];
};

struct load_buffers {
    size_t slot_bytes;
    uint8_t *slots;
    struct mmsghdr messages[LOAD_READ_BATCH];
    struct iovec pieces[LOAD_READ_BATCH];
    struct ancillary ancillary[LOAD_READ_BATCH];
};

struct load_buffers *load_buffers_new(bool gro)
{
    struct load_buffers *buffers = calloc(1, sizeof *buffers);
    if (!buffers)
        return NULL;
    buffers->slot_bytes = gro ? RUN_BYTES : SINGLE_BYTES;
    buffers->slots = malloc(LOAD_READ_BATCH * buffers->slot_bytes);
    if (!buffers->slots) {
        free(buffers);
        return NULL;
    }
    for (size_t i = 0; i < LOAD_READ_BATCH; i++) {
        buffers->pieces[i] =
            (struct iovec){buffers->slots + i * buffers->slot_bytes, buffers->slot_bytes};
        buffers->messages[i].msg_hdr = (struct msghdr){.msg_iov = &buffers->pieces[i],
                                                       .msg_iovlen = 1,
                                                       .msg_control = buffers->ancillary[i].bytes};
    }
    return buffers;
}

void load_buffers_free(struct load_buffers *buffers)
{
    if (!buffers)
        return;
    free(buffers->slots);
    free(buffers);
}

/* ---- one socket ------------------------------------------------------------------------------ */

static void set_option(int fd, int level, int name, int value)
{
    /* What an old kernel does not know costs speed or precision only. */
    int result = setsockopt(fd, level, name, &value, sizeof value);
    (void)result;
}

int load_socket_open(const struct net_address *remote, bool gro)
{
    struct sockaddr_storage address;
    int family = remote->family == NET_IPV6 ? AF_INET6 : AF_INET;
    socklen_t len = sockaddr_from_net(remote, family, &address);
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (len == 0 || connect(fd, (struct sockaddr *)&address, len) != 0) {
        int reason = errno;
        close(fd);
        errno = reason;
        return -1;
    }
    set_option(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BYTES);
    set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BYTES);
    set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    if (gro)
        set_option(fd, SOL_UDP, UDP_GRO, 1);
    return fd;
}

uint64_t load_socket_drops(int fd)
{
    uint32_t values[SK_MEMINFO_VARS] = {0};
    socklen_t len = sizeof values;
    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values, &len) != 0 ||
        len <= SK_MEMINFO_DROPS * sizeof values[0])
        return 0;
    return values[SK_MEMINFO_DROPS];
}

/* ---- in -------------------------------------------------------------------------------------- */

static void read_ancillary(struct msghdr *message, struct load_received *out)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
            int segment;
            memcpy(&segment, CMSG_DATA(c), sizeof segment);
            if (segment > 0)
                out->segment = (size_t)segment;
        } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
            struct timespec stamp;
            memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
            out->stamp_us = (int64_t)stamp.tv_sec * 1000000 + stamp.tv_nsec / 1000;
        }
    }
}

static int read_some(int fd, struct load_buffers *buffers, unsigned most)
{
    if (most > 1)
        return recvmmsg(fd, buffers->messages, most, MSG_DONTWAIT, NULL);
    ssize_t len = recvmsg(fd, &buffers->messages[0].msg_hdr, MSG_DONTWAIT);
    buffers->messages[0].msg_len = len > 0 ? (unsigned)len : 0;
    return len > 0 ? 1 : -1;
}

size_t load_socket_read(int fd, struct load_buffers *buffers, unsigned most,
                        struct load_received out[static LOAD_READ_BATCH])
{
    for (unsigned i = 0; i < most; i++)
        buffers->messages[i].msg_hdr.msg_controllen = ANCILLARY_BYTES;
    int count = read_some(fd, buffers, most);
    if (count <= 0)
        return 0;
    for (int i = 0; i < count; i++) {
        size_t len = buffers->messages[i].msg_len;
        out[i] = (struct load_received){
            .bytes = buffers->pieces[i].iov_base, .len = len, .segment = len};
        read_ancillary(&buffers->messages[i].msg_hdr, &out[i]);
    }
    return (size_t)count;
}

/* ---- out ------------------------------------------------------------------------------------- */

static void send_batch(int fd, struct mmsghdr *messages, unsigned count, struct load_sent *sent)
{
    unsigned at = 0;
    while (at < count) {
        int done = sendmmsg(fd, messages + at, count - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (done > 0) {
            for (int i = 0; i < done; i++)
                sent->bytes += messages[at + (unsigned)i].msg_len;
            sent->packets += (unsigned)done;
            at += (unsigned)done;
        } else if (errno != EINTR) {
            sent->failed++;
            at++;
        }
    }
}

void load_socket_send(int fd, struct client *client, struct load_sent *sent)
{
    struct mmsghdr messages[SEND_BATCH];
    struct iovec pieces[SEND_BATCH];
    struct engine_tx tx;
    unsigned count = 0;
    while (client_next_tx(client, &tx)) {
        /* sendmmsg only reads it. */
        pieces[count] = (struct iovec){(void *)(uintptr_t)tx.bytes, tx.len};
        messages[count].msg_hdr = (struct msghdr){.msg_iov = &pieces[count], .msg_iovlen = 1};
        if (++count < SEND_BATCH)
            continue;
        send_batch(fd, messages, count, sent);
        count = 0;
    }
    if (count > 0)
        send_batch(fd, messages, count, sent);
}
