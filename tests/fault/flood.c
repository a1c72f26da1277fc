/* A flood of datagrams from many ports of this machine, at a rate. Usage: flood HOST PORT
 * PER_SECOND SECONDS
 *
 * Standard input has what to send, in turn: a datagram a line, in hexadecimal. Prints what was sent
 * and what came back as a line of JSON. Whoever sends less than PER_SECOND had no time for more. */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_DATAGRAMS 1024u
#define MOST_BYTES     1500u
#define PORTS          256u
#define BATCH          64u

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            perror("flood: " #what);                                                               \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static struct iovec datagrams[MOST_DATAGRAMS];
static size_t count;
static int ports[PORTS];
static struct {
    unsigned long long sent, sent_bytes, answers, answer_bytes;
} totals;

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void read_datagrams(void)
{
    static char line[2 * MOST_BYTES + 2];
    while (count < MOST_DATAGRAMS && fgets(line, sizeof line, stdin)) {
        const size_t len = strcspn(line, "\n") / 2;
        uint8_t *bytes = malloc(len + 1);
        MUST(bytes);
        for (size_t i = 0; i < len; i++) {
            const char digits[] = {line[2 * i], line[2 * i + 1], '\0'};
            bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
        }
        datagrams[count++] = (struct iovec){.iov_base = bytes, .iov_len = len};
    }
    MUST(count > 0);
}

static void open_ports(const char *host, const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    MUST(inet_pton(AF_INET, host, &to.sin_addr) == 1);
    for (size_t i = 0; i < PORTS; i++) {
        ports[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        MUST(ports[i] >= 0);
        MUST(connect(ports[i], (struct sockaddr *)&to, sizeof to) == 0);
    }
}

static void count_answers(int port)
{
    uint8_t answer[MOST_BYTES];
    ssize_t len;
    while ((len = recv(port, answer, sizeof answer, 0)) >= 0) {
        totals.answers++;
        totals.answer_bytes += (unsigned long long)len;
    }
}

static void send_batch(void)
{
    struct mmsghdr batch[BATCH];
    const int port = ports[totals.sent / BATCH % PORTS];
    memset(batch, 0, sizeof batch);
    for (size_t i = 0; i < BATCH; i++) {
        batch[i].msg_hdr.msg_iov = &datagrams[(totals.sent + i) % count];
        batch[i].msg_hdr.msg_iovlen = 1;
    }
    count_answers(port);
    const int sent = sendmmsg(port, batch, BATCH, 0);
    for (int i = 0; i < sent; i++)
        totals.sent_bytes += batch[i].msg_len;
    totals.sent += sent > 0 ? (unsigned)sent : 0;
}

static void flood(double per_second, double seconds)
{
    const double began = now_s();
    for (double now = began; now - began < seconds; now = now_s()) {
        if ((double)totals.sent < (now - began) * per_second)
            send_batch();
        else
            nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
    }
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: flood HOST PORT PER_SECOND SECONDS\n");
        return 2;
    }
    read_datagrams();
    open_ports(argv[1], argv[2]);
    const double seconds = atof(argv[4]);
    flood(atof(argv[3]), seconds);
    usleep(100000);
    for (size_t i = 0; i < PORTS; i++)
        count_answers(ports[i]);
    printf("{\"sent\": %llu, \"sent_bytes\": %llu, \"per_second\": %.0f, \"answers\": %llu, "
           "\"answer_bytes\": %llu}\n",
           totals.sent, totals.sent_bytes, (double)totals.sent / seconds, totals.answers,
           totals.answer_bytes);
    return 0;
}
