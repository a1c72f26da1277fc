/* recvmmsg and sendmmsg. On the way in, the kernel may hand over equally long datagrams of one peer
 * as one message (UDP_GRO). On the way out, such runs to one destination become one message with
 * UDP_SEGMENT (generic segmentation offload): the kernel walks its stack once for the run. What
 * cannot be sent is dropped and counted: RTP has its own repair. */
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
#include "worker/xdp.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

/* As much as the kernel may put together. */
#define SLOT_BYTES    65536u
#define SEGMENTS_MAX  64u    /* UDP_MAX_SEGMENTS of Linux before 6.9 */
#define RUN_MAX_BYTES 65000u /* a run is one IP packet until it is cut */
#define SOCKET_BYTES  (4 * 1024 * 1024)
/* Where from, and how long the pieces are. */
#define ANCILLARY_BYTES (CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)))
/* Destinations that have an open run; a power of two, with few collisions among UDP_BATCH. */
#define PLACES 256u

struct ancillary {
    _Alignas(struct cmsghdr) char bytes[ANCILLARY_BYTES];
};

/* One message to send: a single datagram or a run. */
struct run {
    struct sockaddr_storage remote;
    struct ancillary ancillary;
    struct net_path path;
    struct iovec pieces[SEGMENTS_MAX]; /* datagrams that lie side by side are one piece */
    size_t piece_count;
    size_t count;         /* datagrams */
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
    size_t in_count,
        in_next;      /* messages of the last call; the first that was not handed on whole */
    size_t in_offset; /* and how far it was */
    uint8_t (*slots)[SLOT_BYTES];
    /* out */
    struct mmsghdr out[UDP_BATCH];
    struct run runs[UDP_BATCH];
    size_t run_count;
    struct xdp *xdp;        /* NULL: everything by the socket */
    uint8_t places[PLACES]; /* hash of the destination -> its newest run + 1; 0: none */
};

static void set_option(int fd, int level, int name, int value)
{
    /* What an old kernel does not know costs speed or IPv6, not calls. */
    int result = setsockopt(fd, level, name, &value, sizeof value);
    (void)result;
}

/* What browsers send is shorter than 1,280 bytes, so nothing needs to be cut; and what strangers
 * say of the path's MTU (ICMP) is not believed. ECN stays off (not-ECT): no feedback counts marks.
 */
static void dont_fragment(const struct udp *udp)
{
    set_option(udp->fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    if (udp->family == AF_INET6)
        set_option(udp->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
}

struct udp *udp_new(int fd, uint64_t *counters)
{
    struct sockaddr_storage local;
    socklen_t local_len = sizeof local;
    int segment = 0;
    socklen_t segment_len = sizeof segment;
    struct udp *udp = calloc(1, sizeof *udp);
    if (!udp)
        return NULL;
    /* Never touched but for what arrives: mostly one datagram each. */
    udp->slots = malloc(UDP_BATCH * sizeof udp->slots[0]);
    if (!udp->slots || getsockname(fd, (struct sockaddr *)&local, &local_len) < 0) {
        free(udp->slots);
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
    set_option(fd, SOL_UDP, UDP_GRO, 1);
    dont_fragment(udp);
    set_option(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BYTES);
    set_option(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BYTES);
    return udp;
}

void udp_free(struct udp *udp)
{
    if (!udp)
        return;
    close(udp->fd);
    free(udp->slots);
    free(udp);
}

/* ---- in -------------------------------------------------------------------------------------- */

/* The address that the peer sent to: answers must come from there. And how long the datagrams are
 * that the kernel put together; 0: it is one. */
static void read_ancillary(struct msghdr *message, struct net_address *local, size_t *segment_bytes)
{
    struct sockaddr_storage address;
    memset(&address, 0, sizeof address);
    *segment_bytes = 0;
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
        } else if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
            int bytes;
            memcpy(&bytes, CMSG_DATA(c), sizeof bytes);
            *segment_bytes = bytes > 0 ? (size_t)bytes : 0;
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

/* Datagrams of the message that is next, as many as fit. Returns how many. */
static size_t take_message(struct udp *udp, struct engine_datagram *out, size_t room)
{
    const size_t which = udp->in_next;
    const size_t len = udp->in[which].msg_len;
    struct net_path path = {.proto = NET_UDP};
    size_t segment_bytes, count = 0;
    sockaddr_to_net(&udp->in_remote[which], &path.remote);
    read_ancillary(&udp->in[which].msg_hdr, &path.local, &segment_bytes);
    do {
        const size_t left = len - udp->in_offset;
        const size_t bytes = segment_bytes != 0 && segment_bytes < left ? segment_bytes : left;
        out[count++] = (struct engine_datagram){
            .path = path, .bytes = udp->slots[which] + udp->in_offset, .len = bytes};
        udp->in_offset += bytes;
    } while (udp->in_offset < len && count < room);
    if (udp->in_offset >= len) {
        udp->in_next++;
        udp->in_offset = 0;
    }
    return count;
}

bool udp_holds_more(const struct udp *udp)
{
    return udp->in_next < udp->in_count;
}

size_t udp_receive(struct udp *udp, struct engine_datagram out[static UDP_BATCH])
{
    size_t total = 0;
    if (!udp_holds_more(udp)) {
        prepare_receive(udp);
        const int count = recvmmsg(udp->fd, udp->in, UDP_BATCH, MSG_DONTWAIT, NULL);
        udp->in_next = 0;
        udp->in_offset = 0;
        udp->in_count = count > 0 ? (size_t)count : 0;
        udp->counters[WORKER_COUNTER_receive_calls] += count > 0;
    }
    while (udp_holds_more(udp) && total < UDP_BATCH)
        total += take_message(udp, out + total, UDP_BATCH - total);
    return total;
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
                               .msg_iov = run->pieces,
                               .msg_iovlen = run->piece_count,
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
static void send_one_by_one(struct udp *udp, const struct run *run)
{
    struct run single;
    for (size_t i = 0; i < run->piece_count; i++) {
        for (size_t at = 0; at < run->pieces[i].iov_len;) {
            const size_t left = run->pieces[i].iov_len - at;
            const size_t bytes = left < run->segment_bytes ? left : run->segment_bytes;
            struct msghdr message;
            single.path = run->path;
            single.segment_bytes = bytes;
            single.count = single.piece_count = 1;
            single.pieces[0] = (struct iovec){(uint8_t *)run->pieces[i].iov_base + at, bytes};
            if (!make_message(udp, &single, &message) ||
                sendmsg(udp->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
                udp->counters[WORKER_COUNTER_send_failed]++;
            at += bytes;
        }
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

void udp_use_xdp(struct udp *udp, struct xdp *xdp)
{
    udp->xdp = xdp;
}

static bool leaves_by_xdp(const struct udp *udp, const struct run *run)
{
    if (!udp->xdp || run->count > XDP_RUN_MAX ||
        !xdp_takes(udp->xdp, &run->path, run->count, run->segment_bytes))
        return false;
    for (size_t i = 0; i < run->piece_count; i++) {
        const uint8_t *bytes = run->pieces[i].iov_base;
        for (size_t left = run->pieces[i].iov_len, len; left > 0; left -= len, bytes += len) {
            len = left < run->segment_bytes ? left : run->segment_bytes;
            xdp_send(udp->xdp, &run->path, bytes, len);
        }
    }
    return true;
}

void udp_flush(struct udp *udp)
{
    size_t count = 0, at = 0;
    struct run *order[UDP_BATCH];
    for (size_t i = 0; i < udp->run_count; i++) {
        if (leaves_by_xdp(udp, &udp->runs[i]))
            continue;
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
    if (udp->xdp)
        xdp_flush(udp->xdp);
    if (udp->run_count > 0)
        memset(udp->places, 0, sizeof udp->places);
    udp->run_count = 0;
}

/* Whether the datagram can go into the run. All segments are as long as the first; a shorter one
 * may only be the last. */
static bool joins_run(const struct udp *udp, const struct run *run, const struct engine_tx *tx)
{
    return udp->gso && !run->closed && run->count < SEGMENTS_MAX && tx->len <= run->segment_bytes &&
           run->total_bytes + tx->len <= RUN_MAX_BYTES && net_path_equal(&run->path, &tx->path) &&
           net_address_equal(&run->path.local, &tx->path.local);
}

static uint8_t *place_of(struct udp *udp, const struct net_address *remote)
{
    uint32_t hash;
    memcpy(&hash, remote->ip + (remote->family == NET_IPV6 ? 12 : 0), sizeof hash);
    hash = (hash ^ remote->port) * UINT32_C(2654435769);
    return &udp->places[hash >> 24];
}

static struct run *new_run(struct udp *udp, const struct engine_tx *tx)
{
    struct run *run = &udp->runs[udp->run_count++];
    run->path = tx->path;
    run->piece_count = 0;
    run->count = 0;
    run->segment_bytes = tx->len;
    run->total_bytes = 0;
    return run;
}

void udp_send(struct udp *udp, const struct engine_tx *tx)
{
    uint8_t *place = place_of(udp, &tx->path.remote);
    struct run *run = *place > 0 ? &udp->runs[*place - 1] : NULL;
    if (!run || !joins_run(udp, run, tx)) {
        if (udp->run_count == UDP_BATCH)
            udp_flush(udp);
        run = new_run(udp, tx);
        *place = (uint8_t)udp->run_count;
    }
    struct iovec *last = run->piece_count > 0 ? &run->pieces[run->piece_count - 1] : NULL;
    if (last && (const uint8_t *)last->iov_base + last->iov_len == tx->bytes)
        last->iov_len += tx->len;
    else /* sendmmsg only reads it. */
        run->pieces[run->piece_count++] = (struct iovec){(void *)(uintptr_t)tx->bytes, tx->len};
    run->count++;
    run->total_bytes += tx->len;
    run->closed = tx->len < run->segment_bytes;
}
