/* What AF_XDP would save on single packets: sealed with the project's routine straight into frames
 * of a umem, sent in copy mode, 64 at a time. Beside it bench_bare, in the same device: `make
 * bench-xdp`. Linux headers only: what is measured is the kernel's way, not a library's.
 * Usage: bench_xdp INTERFACE; prints CPU time per packet by size, a JSON object a line. */
#include <linux/if_ether.h>
#include <linux/if_xdp.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include "base/bytes.h"
#include "engine/gcm.h"

#ifndef SOL_XDP
#define SOL_XDP 283
#endif

#define RECEIVERS     100u
#define FRAME_BYTES   2048u
#define FRAMES        256u /* in flight; their umem stays in a cache */
#define RING          256u
#define BATCH         64u
#define HEADER_BYTES  24u /* RTP with extensions */
#define LINK_BYTES    (sizeof(struct ethhdr) + sizeof(struct iphdr) + sizeof(struct udphdr))
#define ROUNDS        21u
#define ROUND_PACKETS 20000u

struct ring {
    _Atomic uint32_t *producer, *consumer;
    void *entries;
};

struct bench {
    const struct gcm_routine *routine;
    struct gcm_key keys[RECEIVERS];
    uint8_t *umem;
    struct ring tx, completed;
    uint32_t next; /* packets ever */
    int fd;
};

static void must(int fine, const char *what)
{
    if (fine)
        return;
    perror(what);
    exit(1);
}

static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* ---- the socket ------------------------------------------------------------------------------ */

static struct ring map_ring(int fd, const struct xdp_ring_offset *offset, size_t entry, off_t page)
{
    uint8_t *at = mmap(NULL, offset->desc + RING * entry, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_POPULATE, fd, page);
    must(at != MAP_FAILED, "mmap of a ring");
    return (struct ring){(_Atomic uint32_t *)(void *)(at + offset->producer),
                         (_Atomic uint32_t *)(void *)(at + offset->consumer), at + offset->desc};
}

static void set_ring(int fd, int name)
{
    const uint32_t size = RING;
    must(setsockopt(fd, SOL_XDP, name, &size, sizeof size) == 0, "size of a ring");
}

static void open_socket(struct bench *bench, const char *interface)
{
    bench->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
    must(bench->fd >= 0, "socket(AF_XDP)");
    bench->umem = mmap(NULL, FRAMES * FRAME_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    must(bench->umem != MAP_FAILED, "mmap");
    const struct xdp_umem_reg memory = {.addr = (uint64_t)(uintptr_t)bench->umem,
                                        .len = FRAMES * FRAME_BYTES,
                                        .chunk_size = FRAME_BYTES};
    must(setsockopt(bench->fd, SOL_XDP, XDP_UMEM_REG, &memory, sizeof memory) == 0, "umem");
    set_ring(bench->fd, XDP_UMEM_FILL_RING);
    set_ring(bench->fd, XDP_UMEM_COMPLETION_RING);
    set_ring(bench->fd, XDP_TX_RING);
    struct xdp_mmap_offsets offsets;
    socklen_t len = sizeof offsets;
    must(getsockopt(bench->fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &len) == 0, "offsets");
    bench->tx = map_ring(bench->fd, &offsets.tx, sizeof(struct xdp_desc), XDP_PGOFF_TX_RING);
    bench->completed = map_ring(bench->fd, &offsets.cr, sizeof(uint64_t),
                                (off_t)XDP_UMEM_PGOFF_COMPLETION_RING);
    const struct sockaddr_xdp address = {.sxdp_family = AF_XDP,
                                         .sxdp_flags = XDP_COPY,
                                         .sxdp_ifindex = if_nametoindex(interface)};
    must(bind(bench->fd, (const struct sockaddr *)&address, sizeof address) == 0, "bind");
}

/* ---- packets --------------------------------------------------------------------------------- */

static uint16_t ip_checksum(const struct iphdr *ip)
{
    uint32_t sum = 0;
    uint16_t words[sizeof *ip / 2];
    memcpy(words, ip, sizeof *ip);
    for (size_t i = 0; i < sizeof *ip / 2; i++)
        sum += words[i];
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t) ~(sum + (sum >> 16));
}

/* As a server would know them of each receiver: link address, addresses, ports. */
static void put_headers(uint8_t *out, unsigned receiver, size_t payload)
{
    struct ethhdr ethernet = {.h_dest = {2, 0, 0, 0, 0, 1},
                              .h_source = {2, 0, 0, 0, 0, 2},
                              .h_proto = htons(ETH_P_IP)};
    struct udphdr udp = {.source = htons(7900),
                         .dest = htons((uint16_t)(20000 + receiver)),
                         .len = htons((uint16_t)(sizeof udp + payload))};
    struct iphdr ip = {.version = 4,
                       .ihl = 5,
                       .ttl = 64,
                       .protocol = IPPROTO_UDP,
                       .frag_off = htons(0x4000),
                       .tot_len = htons((uint16_t)(sizeof ip + sizeof udp + payload)),
                       .saddr = htonl(0x0a000001),
                       .daddr = htonl(0x0a000002)};
    ip.check = ip_checksum(&ip);
    memcpy(out, &ethernet, sizeof ethernet);
    memcpy(out + sizeof ethernet, &ip, sizeof ip);
    memcpy(out + sizeof ethernet + sizeof ip, &udp, sizeof udp);
}

static size_t seal(struct bench *bench, unsigned receiver, size_t bytes, uint8_t *out)
{
    static const uint8_t packet[HEADER_BYTES + FRAME_BYTES] = {0x90, 0x60};
    const size_t payload = HEADER_BYTES + bytes + CIPHER_GCM_TAG_BYTES;
    uint8_t iv[CIPHER_GCM_IV_BYTES] = {0};
    bytes_put_u32(iv + 8, bench->next / RECEIVERS);
    put_headers(out, receiver, payload);
    out += LINK_BYTES;
    memcpy(out, packet, HEADER_BYTES);
    must(bench->routine->seal(&bench->keys[receiver], iv, (struct span){out, HEADER_BYTES},
                              (struct span){packet + HEADER_BYTES, bytes},
                              out + HEADER_BYTES) == 0,
         "seal");
    return LINK_BYTES + payload;
}

/* ---- sending --------------------------------------------------------------------------------- */

/* Until the kernel has taken all; it takes 32 or so at a call. */
static void kick(struct bench *bench)
{
    while (atomic_load(bench->tx.consumer) != atomic_load(bench->tx.producer))
        (void)sendto(bench->fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
    atomic_store(bench->completed.consumer, atomic_load(bench->completed.producer));
}

static void send_batch(struct bench *bench, size_t bytes)
{
    struct xdp_desc *descriptors = bench->tx.entries;
    uint32_t at = atomic_load(bench->tx.producer);
    for (unsigned i = 0; i < BATCH; i++, bench->next++, at++) {
        const uint64_t frame = (uint64_t)(bench->next % FRAMES) * FRAME_BYTES;
        const size_t len = seal(bench, bench->next % RECEIVERS, bytes, bench->umem + frame);
        descriptors[at % RING] = (struct xdp_desc){.addr = frame, .len = (uint32_t)len};
    }
    atomic_store(bench->tx.producer, at);
    kick(bench);
}

static int compare(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static void measure(struct bench *bench, size_t bytes)
{
    double spent_ns[ROUNDS];
    const unsigned batches = ROUND_PACKETS / BATCH;
    for (unsigned round = 0; round < ROUNDS; round++) {
        const double from_ns = cpu_ns();
        for (unsigned i = 0; i < batches; i++)
            send_batch(bench, bytes);
        spent_ns[round] = (cpu_ns() - from_ns) / (batches * BATCH);
    }
    qsort(spent_ns, ROUNDS, sizeof spent_ns[0], compare);
    printf("{\"burst\": 1, \"bytes\": %zu, \"ns\": %.1f}\n", bytes, spent_ns[ROUNDS / 2]);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    uint8_t key[16] = {1};
    if (argc != 2) {
        fprintf(stderr, "usage: bench_xdp INTERFACE\n");
        return 2;
    }
    bench.routine = gcm_best();
    for (unsigned i = 0; i < RECEIVERS; i++) {
        key[15] = (uint8_t)i;
        must(bench.routine->init(&bench.keys[i], key, sizeof key, CIPHER_SEAL) == 0, "key");
    }
    open_socket(&bench, argv[1]);
    measure(&bench, 1100);
    measure(&bench, 120);
    return 0;
}
