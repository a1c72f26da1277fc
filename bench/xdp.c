/* What AF_XDP saves on single packets: sealed with the project's routine and sent by the worker's
 * own way past the UDP stack (worker/xdp.c), 64 at a time. Beside it bench_bare, into the same
 * device: `make bench-xdp`. Usage: bench_xdp INTERFACE FROM TO; the interface must have a route to
 * TO, and know its link address. Prints CPU time per packet by size, a JSON object a line. */
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "base/counters.h"
#include "engine/gcm.h"
#include "measure.h"
#include "worker/xdp.h"

#define RECEIVERS     100u
#define BATCH         64u
#define HEADER_BYTES  24u /* RTP with extensions */
#define LONGEST_BYTES 1200u
#define ROUNDS        21u
#define ROUND_PACKETS 20000u

struct bench {
    const struct gcm_routine *routine;
    struct gcm_key keys[RECEIVERS];
    struct net_path path;
    struct xdp *xdp;
    uint64_t clock_us; /* stands still: the next hop is asked for once */
    uint64_t counters[WORKER_COUNTERS];
    uint32_t next; /* packets ever */
};

static size_t seal(struct bench *bench, size_t bytes, uint8_t *out)
{
    static const uint8_t packet[HEADER_BYTES + LONGEST_BYTES] = {0x90, 0x60};
    uint8_t iv[CIPHER_GCM_IV_BYTES] = {0};
    bytes_put_u32(iv + 8, bench->next / RECEIVERS);
    memcpy(out, packet, HEADER_BYTES);
    must(bench->routine->seal(&bench->keys[bench->next % RECEIVERS], iv,
                              (struct span){out, HEADER_BYTES},
                              (struct span){packet + HEADER_BYTES, bytes}, out + HEADER_BYTES) == 0,
         "seal");
    return HEADER_BYTES + bytes + CIPHER_GCM_TAG_BYTES;
}

static void send_batch(struct bench *bench, size_t bytes)
{
    uint8_t sealed[HEADER_BYTES + LONGEST_BYTES + CIPHER_GCM_TAG_BYTES];
    for (unsigned i = 0; i < BATCH; i++, bench->next++) {
        const size_t len = seal(bench, bytes, sealed);
        bench->path.remote.port = (uint16_t)(20000u + bench->next % RECEIVERS);
        must(xdp_takes(bench->xdp, &bench->path, 1, len), "a packet that xdp does not take");
        xdp_send(bench->xdp, &bench->path, sealed, len);
    }
    xdp_flush(bench->xdp);
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
    printf("{\"burst\": 1, \"bytes\": %zu, \"ns\": %.1f}\n", bytes, median(spent_ns, ROUNDS));
}

static void prepare(struct bench *bench, char **arguments)
{
    uint8_t key[16] = {1};
    bench->routine = gcm_best();
    for (unsigned i = 0; i < RECEIVERS; i++) {
        key[15] = (uint8_t)i;
        must(bench->routine->init(&bench->keys[i], key, sizeof key, CIPHER_SEAL) == 0, "key");
    }
    must(net_ip_parse(arguments[1], strlen(arguments[1]), &bench->path.local) == 0, "FROM");
    must(net_ip_parse(arguments[2], strlen(arguments[2]), &bench->path.remote) == 0, "TO");
    const struct xdp_start start = {.fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0),
                                    .interface = arguments[0],
                                    .port = 7900,
                                    .clock_us = &bench->clock_us,
                                    .counters = bench->counters};
    must(start.fd >= 0, "socket(AF_XDP)");
    bench->xdp = xdp_new(&start);
    must(bench->xdp != NULL, "AF_XDP on this interface");
}

int main(int argc, char **argv)
{
    static struct bench bench;
    if (argc != 4) {
        fprintf(stderr, "usage: bench_xdp INTERFACE FROM TO\n");
        return 2;
    }
    prepare(&bench, argv + 1);
    measure(&bench, 1100);
    measure(&bench, 120);
    xdp_free(bench.xdp);
    return 0;
}
