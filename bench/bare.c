/* The least that forwarding can cost: AES-GCM with the project's routine, GSO and sendmmsg, no SFU.
 * One burst after the other is sealed for each receiver, with keys of its own, straight into runs
 * and sent to addresses of loopback. Where the packets go is up to routes: see sfu-sink.mjs.
 * Usage: bench_bare PORT; prints CPU time per packet by length of bursts, a JSON object a line. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "engine/gcm.h"
#include "measure.h"

#define RECEIVERS     100u
#define AT_ONCE       25u /* receivers of one call, whose packets a cache holds */
#define LONGEST_BURST 10u
#define HEADER_BYTES  24u
#define LONGEST_BYTES 1200u
#define ROUNDS        21u
#define ROUND_PACKETS 20000u
#define FIRST_PORT    20000u

struct bare {
    const struct gcm_routine *routine;
    struct gcm_key keys[RECEIVERS];
    struct sockaddr_in addresses[RECEIVERS];
    uint8_t runs[AT_ONCE][LONGEST_BURST * (HEADER_BYTES + LONGEST_BYTES + CIPHER_GCM_TAG_BYTES)];
    struct mmsghdr messages[AT_ONCE];
    struct iovec pieces[AT_ONCE];
    _Alignas(struct cmsghdr) uint8_t controls[AT_ONCE][CMSG_SPACE(sizeof(uint16_t))];
    uint32_t index;
    int fd;
};

static size_t seal_run(struct bare *bare, unsigned receiver, unsigned place, unsigned burst,
                       size_t bytes)
{
    static const uint8_t packet[HEADER_BYTES + LONGEST_BYTES] = {0x90, 0x60};
    uint8_t *out = bare->runs[place];
    for (unsigned i = 0; i < burst; i++) {
        uint8_t iv[CIPHER_GCM_IV_BYTES] = {0};
        bytes_put_u32(iv + 8, bare->index + i);
        memcpy(out, packet, HEADER_BYTES);
        must(bare->routine->seal(&bare->keys[receiver], iv, (struct span){out, HEADER_BYTES},
                                 (struct span){packet + HEADER_BYTES, bytes},
                                 out + HEADER_BYTES) == 0,
             "seal");
        out += HEADER_BYTES + bytes + CIPHER_GCM_TAG_BYTES;
    }
    return (size_t)(out - bare->runs[place]);
}

static void put_message(struct bare *bare, unsigned receiver, unsigned place, size_t len,
                        size_t segment)
{
    struct msghdr *message = &bare->messages[place].msg_hdr;
    bare->pieces[place] = (struct iovec){bare->runs[place], len};
    *message = (struct msghdr){.msg_name = &bare->addresses[receiver],
                               .msg_namelen = sizeof bare->addresses[receiver],
                               .msg_iov = &bare->pieces[place],
                               .msg_iovlen = 1};
    if (len == segment)
        return;
    const uint16_t size = (uint16_t)segment;
    message->msg_control = bare->controls[place];
    message->msg_controllen = sizeof bare->controls[place];
    struct cmsghdr *control = CMSG_FIRSTHDR(message);
    control->cmsg_level = SOL_UDP;
    control->cmsg_type = UDP_SEGMENT;
    control->cmsg_len = CMSG_LEN(sizeof size);
    memcpy(CMSG_DATA(control), &size, sizeof size);
}

static void send_all(struct bare *bare, unsigned count)
{
    for (unsigned sent = 0; sent < count;) {
        const int more = sendmmsg(bare->fd, bare->messages + sent, count - sent, 0);
        must(more > 0, "sendmmsg");
        sent += (unsigned)more;
    }
}

static void forward(struct bare *bare, unsigned burst, size_t bytes)
{
    for (unsigned from = 0; from < RECEIVERS; from += AT_ONCE) {
        for (unsigned place = 0; place < AT_ONCE; place++) {
            const size_t len = seal_run(bare, from + place, place, burst, bytes);
            put_message(bare, from + place, place, len,
                        HEADER_BYTES + bytes + CIPHER_GCM_TAG_BYTES);
        }
        send_all(bare, AT_ONCE);
    }
    bare->index += burst;
}

static void measure(struct bare *bare, unsigned burst, size_t bytes)
{
    double spent_ns[ROUNDS];
    const unsigned bursts = ROUND_PACKETS / RECEIVERS / burst;
    for (unsigned round = 0; round < ROUNDS; round++) {
        const double from_ns = cpu_ns();
        for (unsigned i = 0; i < bursts; i++)
            forward(bare, burst, bytes);
        spent_ns[round] = (cpu_ns() - from_ns) / (bursts * burst * RECEIVERS);
    }
    printf("{\"burst\": %u, \"bytes\": %zu, \"ns\": %.1f}\n", burst, bytes,
           median(spent_ns, ROUNDS));
}

static void prepare(struct bare *bare, const char *port)
{
    const struct sockaddr_in own = {.sin_family = AF_INET,
                                    .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    uint8_t key[16] = {1};
    bare->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    must(bare->fd >= 0, "socket");
    must(bind(bare->fd, (const struct sockaddr *)&own, sizeof own) == 0, "bind");
    bare->routine = gcm_best();
    for (unsigned i = 0; i < RECEIVERS; i++) {
        key[15] = (uint8_t)i;
        must(bare->routine->init(&bare->keys[i], key, sizeof key, CIPHER_SEAL) == 0, "key");
        bare->addresses[i] = own;
        bare->addresses[i].sin_port = htons((uint16_t)(FIRST_PORT + i));
    }
}

int main(int argc, char **argv)
{
    static const unsigned bursts[] = {10, 5, 2, 1};
    static struct bare bare;
    if (argc != 2) {
        fprintf(stderr, "usage: bench_bare PORT\n");
        return 2;
    }
    prepare(&bare, argv[1]);
    for (size_t i = 0; i < sizeof bursts / sizeof bursts[0]; i++)
        measure(&bare, bursts[i], 1100);
    measure(&bare, 1, 120);
    return 0;
}
