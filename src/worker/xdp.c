/* A umem of frames, a ring of those to send, a ring of those that are free again. */
#include "worker/xdp.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_xdp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/counters.h"
#include "base/log.h"
#include "worker/next_hop.h"

#ifndef SOL_XDP
#define SOL_XDP 283
#endif

#define FRAMES      512u /* a power of two */
#define FRAME_BYTES 2048u
#define UMEM_BYTES  (FRAMES * FRAME_BYTES)
#define HEADERS_MAX (sizeof(struct ethhdr) + sizeof(struct ipv6hdr) + sizeof(struct udphdr))
#define HOPS        64u
#define KICKS_MAX   64u /* the kernel takes 32 packets at a call */

struct ring {
    _Atomic uint32_t *producer, *consumer;
    void *entries;
    void *memory;
    size_t bytes;
};

struct xdp {
    /* owned */
    int fd;
    uint8_t *umem;
    struct ring tx, completed;
    struct next_hops *hops;
    /* borrowed */
    const uint64_t *clock_us;
    uint64_t *counters;
    /* state */
    uint8_t own[ETH_ALEN], next[ETH_ALEN]; /* next: of what xdp_takes() was asked for last */
    uint16_t port;
    size_t mtu;
    uint32_t produced;
    uint32_t free_count;
    uint64_t free[FRAMES]; /* offsets into the umem */
};

/* ---- life ------------------------------------------------------------------------------------ */

static int map_ring(struct xdp *xdp, struct ring *ring, const struct xdp_ring_offset *offset,
                    size_t entry, off_t page)
{
    ring->bytes = offset->desc + FRAMES * entry;
    ring->memory =
        mmap(NULL, ring->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, xdp->fd, page);
    if (ring->memory == MAP_FAILED) {
        ring->memory = NULL;
        return -1;
    }
    uint8_t *at = ring->memory;
    ring->producer = (_Atomic uint32_t *)(void *)(at + offset->producer);
    ring->consumer = (_Atomic uint32_t *)(void *)(at + offset->consumer);
    ring->entries = at + offset->desc;
    return 0;
}

static int set_ring(int fd, int name)
{
    const uint32_t size = FRAMES;
    return setsockopt(fd, SOL_XDP, name, &size, sizeof size);
}

static int open_umem(struct xdp *xdp)
{
    xdp->umem = mmap(NULL, UMEM_BYTES, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (xdp->umem == MAP_FAILED) {
        xdp->umem = NULL;
        return -1;
    }
    const struct xdp_umem_reg memory = {
        .addr = (uint64_t)(uintptr_t)xdp->umem, .len = UMEM_BYTES, .chunk_size = FRAME_BYTES};
    for (uint32_t i = 0; i < FRAMES; i++)
        xdp->free[xdp->free_count++] = (uint64_t)i * FRAME_BYTES;
    return setsockopt(xdp->fd, SOL_XDP, XDP_UMEM_REG, &memory, sizeof memory);
}

static int open_rings(struct xdp *xdp)
{
    struct xdp_mmap_offsets offsets;
    socklen_t len = sizeof offsets;
    if (set_ring(xdp->fd, XDP_UMEM_FILL_RING) != 0 ||
        set_ring(xdp->fd, XDP_UMEM_COMPLETION_RING) != 0 || set_ring(xdp->fd, XDP_TX_RING) != 0 ||
        getsockopt(xdp->fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &len) != 0)
        return -1;
    if (map_ring(xdp, &xdp->tx, &offsets.tx, sizeof(struct xdp_desc), XDP_PGOFF_TX_RING) != 0)
        return -1;
    return map_ring(xdp, &xdp->completed, &offsets.cr, sizeof(uint64_t),
                    (off_t)XDP_UMEM_PGOFF_COMPLETION_RING);
}

static int read_interface(struct xdp *xdp, const char *name)
{
    struct ifreq request = {0};
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    int result = fd >= 0 ? ioctl(fd, SIOCGIFHWADDR, &request) : -1;
    if (result == 0) {
        memcpy(xdp->own, request.ifr_hwaddr.sa_data, ETH_ALEN);
        result = ioctl(fd, SIOCGIFMTU, &request);
    }
    if (result == 0)
        xdp->mtu = (size_t)request.ifr_mtu;
    if (fd >= 0)
        close(fd);
    return result;
}

/* What failed; NULL: nothing. */
static const char *open_all(struct xdp *xdp, const struct xdp_start *start)
{
    const unsigned interface = if_nametoindex(start->interface);
    if (interface == 0 || read_interface(xdp, start->interface) != 0)
        return "no such interface";
    if (open_umem(xdp) != 0)
        return "no memory for frames";
    if (open_rings(xdp) != 0)
        return "no rings";
    xdp->hops = next_hops_new(interface);
    if (!xdp->hops)
        return "no netlink";
    const struct sockaddr_xdp address = {.sxdp_family = AF_XDP,
                                         .sxdp_flags = XDP_COPY,
                                         .sxdp_ifindex = interface,
                                         .sxdp_queue_id = start->queue};
    return bind(xdp->fd, (const struct sockaddr *)&address, sizeof address) == 0
               ? NULL
               : "the interface has no such queue, or somebody else has it";
}

struct xdp *xdp_new(const struct xdp_start *start)
{
    struct xdp *xdp = calloc(1, sizeof *xdp);
    if (!xdp) {
        close(start->fd);
        return NULL;
    }
    xdp->fd = start->fd;
    xdp->port = start->port;
    xdp->clock_us = start->clock_us;
    xdp->counters = start->counters;
    const char *problem = open_all(xdp, start);
    if (!problem)
        return xdp;
    log_write(LOG_WARN, "xdp", "event=no_xdp interface=%s queue=%u problem=\"%s\" error=\"%s\"",
              start->interface, start->queue, problem, strerror(errno));
    xdp_free(xdp);
    return NULL;
}

static void unmap_ring(const struct ring *ring)
{
    if (ring->memory)
        munmap(ring->memory, ring->bytes);
}

void xdp_free(struct xdp *xdp)
{
    if (!xdp)
        return;
    unmap_ring(&xdp->tx);
    unmap_ring(&xdp->completed);
    close(xdp->fd);
    if (xdp->umem)
        munmap(xdp->umem, UMEM_BYTES);
    next_hops_free(xdp->hops);
    free(xdp);
}

/* ---- frames ---------------------------------------------------------------------------------- */

static uint32_t add_words(uint32_t sum, const uint8_t *bytes, size_t len)
{
    uint64_t wide = sum;
    for (; len >= 4; bytes += 4, len -= 4) {
        uint32_t word;
        memcpy(&word, bytes, sizeof word);
        wide += word;
    }
    uint32_t rest = 0;
    memcpy(&rest, bytes, len);
    wide += rest;
    wide = (wide & 0xffffffffu) + (wide >> 32);
    return (uint32_t)((wide & 0xffffffffu) + (wide >> 32));
}

/* RFC 1071, in the order that the bytes lie in. */
static uint16_t fold(uint32_t sum)
{
    sum = (sum & 0xffffu) + (sum >> 16);
    return (uint16_t) ~((sum & 0xffffu) + (sum >> 16));
}

static size_t put_ethernet(const struct xdp *xdp, uint8_t *out, uint16_t type)
{
    struct ethhdr header = {.h_proto = htons(type)};
    memcpy(header.h_dest, xdp->next, ETH_ALEN);
    memcpy(header.h_source, xdp->own, ETH_ALEN);
    memcpy(out, &header, sizeof header);
    return sizeof header;
}

static size_t put_ipv4(const struct net_path *path, uint8_t *out, size_t udp_len)
{
    struct iphdr header = {.version = 4,
                           .ihl = 5,
                           .ttl = IPDEFTTL,
                           .protocol = IPPROTO_UDP,
                           .frag_off = htons(0x4000), /* don't fragment */
                           .tot_len = htons((uint16_t)(sizeof header + udp_len))};
    memcpy(&header.saddr, path->local.ip, sizeof header.saddr);
    memcpy(&header.daddr, path->remote.ip, sizeof header.daddr);
    header.check = fold(add_words(0, (const uint8_t *)&header, sizeof header));
    memcpy(out, &header, sizeof header);
    return sizeof header;
}

static size_t put_ipv6(const struct net_path *path, uint8_t *out, size_t udp_len)
{
    struct ipv6hdr header = {.version = 6,
                             .payload_len = htons((uint16_t)udp_len),
                             .nexthdr = IPPROTO_UDP,
                             .hop_limit = IPDEFTTL};
    memcpy(&header.saddr, path->local.ip, sizeof header.saddr);
    memcpy(&header.daddr, path->remote.ip, sizeof header.daddr);
    memcpy(out, &header, sizeof header);
    return sizeof header;
}

/* Over the pseudo-header too (RFC 768, RFC 8200 8.1); bytes: the header and what follows. */
static void put_checksum(const struct net_path *path, uint8_t *udp, size_t len)
{
    const size_t address = path->remote.family == NET_IPV6 ? 16u : 4u;
    const uint8_t pseudo[4] = {0, IPPROTO_UDP, (uint8_t)(len >> 8), (uint8_t)len};
    uint32_t sum = add_words(0, path->local.ip, address);
    sum = add_words(sum, path->remote.ip, address);
    sum = add_words(sum, pseudo, sizeof pseudo);
    uint16_t check = fold(add_words(sum, udp, len));
    if (check == 0)
        check = 0xffff;
    memcpy(udp + offsetof(struct udphdr, check), &check, sizeof check);
}

static size_t write_frame(const struct xdp *xdp, const struct net_path *path, const uint8_t *bytes,
                          size_t len, uint8_t *out)
{
    const bool v6 = path->remote.family == NET_IPV6;
    const size_t udp_len = sizeof(struct udphdr) + len;
    size_t at = put_ethernet(xdp, out, v6 ? ETH_P_IPV6 : ETH_P_IP);
    at += v6 ? put_ipv6(path, out + at, udp_len) : put_ipv4(path, out + at, udp_len);
    const struct udphdr udp = {.source = htons(xdp->port),
                               .dest = htons(path->remote.port),
                               .len = htons((uint16_t)udp_len)};
    memcpy(out + at, &udp, sizeof udp);
    memcpy(out + at + sizeof udp, bytes, len);
    put_checksum(path, out + at, udp_len);
    return at + udp_len;
}

/* ---- sending --------------------------------------------------------------------------------- */

static void reap(struct xdp *xdp)
{
    const uint64_t *entries = xdp->completed.entries;
    uint32_t at = atomic_load_explicit(xdp->completed.consumer, memory_order_relaxed);
    const uint32_t end = atomic_load_explicit(xdp->completed.producer, memory_order_acquire);
    for (; at != end && xdp->free_count < FRAMES; at++)
        xdp->free[xdp->free_count++] = entries[at & (FRAMES - 1u)];
    atomic_store_explicit(xdp->completed.consumer, at, memory_order_release);
}

bool xdp_takes(struct xdp *xdp, const struct net_path *path, size_t count, size_t max_len)
{
    if (path->local.family != path->remote.family || path->remote.family == NET_NONE ||
        max_len + sizeof(struct ipv6hdr) + sizeof(struct udphdr) > xdp->mtu ||
        max_len + HEADERS_MAX > FRAME_BYTES)
        return false;
    if (xdp->free_count < count)
        xdp_flush(xdp);
    return xdp->free_count >= count &&
           next_hops_find(xdp->hops, *xdp->clock_us, &path->remote, xdp->next);
}

void xdp_send(struct xdp *xdp, const struct net_path *path, const uint8_t *bytes, size_t len)
{
    const uint64_t frame = xdp->free[--xdp->free_count];
    struct xdp_desc *descriptors = xdp->tx.entries;
    const size_t frame_len = write_frame(xdp, path, bytes, len, xdp->umem + frame);
    descriptors[xdp->produced++ & (FRAMES - 1u)] =
        (struct xdp_desc){.addr = frame, .len = (uint32_t)frame_len};
    xdp->counters[WORKER_COUNTER_xdp_sent]++;
}

void xdp_flush(struct xdp *xdp)
{
    atomic_store_explicit(xdp->tx.producer, xdp->produced, memory_order_release);
    for (unsigned i = 0; i < KICKS_MAX; i++) {
        if (atomic_load_explicit(xdp->tx.consumer, memory_order_acquire) == xdp->produced)
            break;
        if (sendto(xdp->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 && errno != EAGAIN &&
            errno != EBUSY && errno != ENOBUFS)
            break;
    }
    reap(xdp);
}
