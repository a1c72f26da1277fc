/* recvmmsg and sendmmsg. On the way out, runs of equally long datagrams to one destination become
 * one message with UDP_SEGMENT (generic segmentation offload): the kernel walks its stack once for
 * the run. What cannot be sent is dropped and counted: RTP has its own repair. */
#include "worker/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/counters.h"
#include "worker/sockaddr.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

/* One byte more than the engine takes, so that what is too long is seen to be. */
#define SLOT_BYTES      (LIMIT_DATAGRAM_BYTES + 1u)
#define SEGMENTS_MAX    64u    /* UDP_MAX_SEGMENTS of Linux before 6.9 */
#define RUN_MAX_BYTES   65000u /* a run is one IP packet until it is cut */
#define SOCKET_BYTES    (4 * 1024 * 1024)
#define ANCILLARY_BYTES (CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint16_t)))

struct ancillary {
    _Alignas(struct cmsghdr) char bytes[ANCILLARY_BYTES];
};

/* One message to send: a single datagram or a run. */
struct run {
    struct sockaddr_storage remote;
    struct ancillary ancillary;
    struct net_path path;
    size_t first; /* in pieces[] */
    size_t count;
    size_t segment_bytes; /* length of all but the last */
    size_t total_bytes;
    bool closed; /* a shorter one ended it */
};

struct udp {
    int fd;
    int family;
    bool gso;
    uint64_t *counters;
    /* in */
    struct mmsghdr in[UDP_BATCH];
    struct iovec in_pieces[UDP_BATCH];
    struct sockaddr_storage in_remote[UDP_BATCH];
    struct ancillary in_ancillary[UDP_BATCH];
    uint8_t slots[UDP_BATCH][SLOT_BYTES];
    /* out */
    struct mmsghdr out[UDP_BATCH];
    struct run runs[UDP_BATCH];
    size_t run_count;
    struct iovec pieces[UDP_BATCH * 4];
    size_t piece_count;
};

static void set_option(int fd, int level, int name, int value)
{
    /* What an old kernel does not know costs speed or IPv6, not calls. */
    int result = setsockopt(fd, level, name, &value, sizeof value);
    (void)result;
}

struct udp *udp_new(int fd, uint64_t *counters)
{
    struct sockaddr_storage local;
    socklen_t local_len = sizeof local;
    int segment = 0;
    socklen_t segment_len = sizeof segment;
    struct udp *udp = calloc(1, sizeof *udp);
    if (!udp || getsockname(fd, (struct sockaddr *)&local, &local_len) < 0) {
        free(udp);
        return NULL;
    }
    udp->fd = fd;
    udp->family = local.ss_family;
    udp->counters = counters;
    udp->gso = getsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment, &segment_len) == 0;
    if (udp->family == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    else
        set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
    set_option(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BYTES);
    set_option(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BYTES);
    return udp;
}

void udp_free(struct udp *udp)
{
    if (!udp)
        return;
    close(udp->fd);
    free(udp);
}

/* ---- in -------------------------------------------------------------------------------------- */

/* The address that the peer sent to: answers must come from there. */
static void read_local(struct msghdr *message, struct net_address *local)
{
    struct sockaddr_storage address;
    memset(&address, 0, sizeof address);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            struct sockaddr_in6 *v6 = (void *)&address;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            v6->sin6_family = AF_INET6;
            v6->sin6_addr = info.ipi6_addr;
        } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            struct sockaddr_in *v4 = (void *)&address;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            v4->sin_family = AF_INET;
            v4->sin_addr = info.ipi_addr;
        }
    }
    sockaddr_to_net(&address, local);
}

static void prepare_receive(struct udp *udp)
{
    for (size_t i = 0; i < UDP_BATCH; i++) {
        udp->in_pieces[i] = (struct iovec){udp->slots[i], SLOT_BYTES};
        udp->in[i].msg_hdr = (struct msghdr){.msg_name = &udp->in_remote[i],
                                             .msg_namelen = sizeof udp->in_remote[i],
                                             .msg_iov = &udp->in_pieces[i],
                                             .msg_iovlen = 1,
                                             .msg_control = udp->in_ancillary[i].bytes,
                                             .msg_controllen = ANCILLARY_BYTES};
    }
}

size_t udp_receive(struct udp *udp, struct engine_datagram out[static UDP_BATCH])
{
    prepare_receive(udp);
    int count = recvmmsg(udp->fd, udp->in, UDP_BATCH, MSG_DONTWAIT, NULL);
    if (count <= 0)
        return 0;
    udp->counters[WORKER_COUNTER_receive_calls]++;
    for (int i = 0; i < count; i++) {
        struct engine_datagram *datagram = &out[i];
        memset(datagram, 0, sizeof *datagram);
        datagram->path.proto = NET_UDP;
        sockaddr_to_net(&udp->in_remote[i], &datagram->path.remote);
        read_local(&udp->in[i].msg_hdr, &datagram->path.local);
        datagram->bytes = udp->slots[i];
        datagram->len = udp->in[i].msg_len;
    }
    return (size_t)count;
}

/* ---- out ------------------------------------------------------------------------------------- */

static struct cmsghdr *add_ancillary(struct msghdr *message, int level, int type, size_t len)
{
    struct cmsghdr *header = (void *)((char *)message->msg_control + message->msg_controllen);
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(len);
    message->msg_controllen += CMSG_SPACE(len);
    return header;
}

static void add_source(const struct udp *udp, struct msghdr *message,
                       const struct net_address *local)
{
    struct sockaddr_storage address;
    if (local->family == NET_NONE || sockaddr_from_net(local, udp->family, &address) == 0)
        return;
    if (udp->family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)&address;
        struct in6_pktinfo info = {.ipi6_addr = v6->sin6_addr};
        memcpy(CMSG_DATA(add_ancillary(message, IPPROTO_IPV6, IPV6_PKTINFO, sizeof info)), &info,
               sizeof info);
    } else {
        const struct sockaddr_in *v4 = (const void *)&address;
        struct in_pktinfo info = {.ipi_spec_dst = v4->sin_addr};
        memcpy(CMSG_DATA(add_ancillary(message, IPPROTO_IP, IP_PKTINFO, sizeof info)), &info,
               sizeof info);
    }
}

static bool make_message(struct udp *udp, struct run *run, struct msghdr *message)
{
    socklen_t remote_len = sockaddr_from_net(&run->path.remote, udp->family, &run->remote);
    memset(&run->ancillary, 0, sizeof run->ancillary);
    *message = (struct msghdr){.msg_name = &run->remote,
                               .msg_namelen = remote_len,
                               .msg_iov = &udp->pieces[run->first],
                               .msg_iovlen = run->count,
                               .msg_control = run->ancillary.bytes};
    add_source(udp, message, &run->path.local);
    if (run->count > 1) {
        uint16_t segment = (uint16_t)run->segment_bytes;
        memcpy(CMSG_DATA(add_ancillary(message, SOL_UDP, UDP_SEGMENT, sizeof segment)), &segment,
               sizeof segment);
    }
    if (message->msg_controllen == 0)
        message->msg_control = NULL;
    return remote_len > 0;
}

/* A run that the path does not take in one piece (no checksum offload, smaller MTU). */
static void send_one_by_one(struct udp *udp, struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        struct run single = *run;
        struct msghdr message;
        single.first = run->first + i;
        single.count = 1;
        if (!make_message(udp, &single, &message) ||
            sendmsg(udp->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            udp->counters[WORKER_COUNTER_send_failed]++;
    }
}

static void on_failure(struct udp *udp, struct run *run, int error)
{
    bool offload_refused = run->count > 1 && (error == EIO || error == EINVAL || error == EMSGSIZE);
    if (offload_refused) {
        if (error == EIO)
            udp->gso = false; /* the device cannot checksum segments: never will */
        udp->counters[WORKER_COUNTER_gso_refused]++;
        send_one_by_one(udp, run);
    } else if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS) {
        udp->counters[WORKER_COUNTER_send_full] += run->count;
    } else {
        udp->counters[WORKER_COUNTER_send_failed] += run->count;
    }
}

void udp_flush(struct udp *udp)
{
    size_t count = 0, at = 0;
    struct run *order[UDP_BATCH];
    for (size_t i = 0; i < udp->run_count; i++) {
        if (make_message(udp, &udp->runs[i], &udp->out[count].msg_hdr))
            order[count++] = &udp->runs[i];
        else
            udp->counters[WORKER_COUNTER_send_failed] += udp->runs[i].count;
    }
    while (at < count) {
        int sent =
            sendmmsg(udp->fd, udp->out + at, (unsigned)(count - at), MSG_DONTWAIT | MSG_NOSIGNAL);
        udp->counters[WORKER_COUNTER_send_calls]++;
        if (sent > 0) {
            at += (size_t)sent;
        } else if (errno != EINTR) {
            on_failure(udp, order[at], errno);
            at++;
        }
    }
    udp->run_count = 0;
    udp->piece_count = 0;
}

/* Whether the datagram can go into the last run. All segments are as long as the first; a shorter
 * one may only be the last. */
static bool joins_run(const struct udp *udp, const struct run *run, const struct engine_tx *tx)
{
    return udp->gso && !run->closed && run->count < SEGMENTS_MAX && tx->len <= run->segment_bytes &&
           run->total_bytes + tx->len <= RUN_MAX_BYTES && net_path_equal(&run->path, &tx->path) &&
           net_address_equal(&run->path.local, &tx->path.local);
}

void udp_send(struct udp *udp, const struct engine_tx *tx)
{
    if (udp->piece_count == sizeof udp->pieces / sizeof udp->pieces[0])
        udp_flush(udp);
    struct run *last = udp->run_count > 0 ? &udp->runs[udp->run_count - 1] : NULL;
    if (!last || !joins_run(udp, last, tx)) {
        if (udp->run_count == UDP_BATCH)
            udp_flush(udp);
        last = &udp->runs[udp->run_count++];
        last->path = tx->path;
        last->first = udp->piece_count;
        last->count = 0;
        last->segment_bytes = tx->len;
        last->total_bytes = 0;
        last->closed = false;
    }
    /* sendmmsg only reads it. */
    udp->pieces[udp->piece_count++] = (struct iovec){(void *)(uintptr_t)tx->bytes, tx->len};
    last->count++;
    last->total_bytes += tx->len;
    last->closed = tx->len < last->segment_bytes;
}
