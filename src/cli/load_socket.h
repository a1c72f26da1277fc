/* UDP for many clients: each has a socket of its own, as the server sees it in reality; the buffers
 * are a thread's. */
#ifndef PARLEY_CLI_LOAD_SOCKET_H
#define PARLEY_CLI_LOAD_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/net.h"

struct client;
struct load_buffers;

/* NULL: out of memory. */
struct load_buffers *load_buffers_new(bool gro);
void load_buffers_free(struct load_buffers *buffers); /* accepts NULL */

/* A socket connected to the address; -1: errno says why. */
int load_socket_open(const struct net_address *remote, bool gro);
/* Datagrams that the kernel dropped since nobody read them in time. */
uint64_t load_socket_drops(int fd);

/* What was read with one call: some datagrams, each perhaps a run of equally long ones. */
struct load_received {
    uint8_t *bytes;
    size_t len;
    size_t segment;   /* length of each datagram but for the last */
    int64_t stamp_us; /* CLOCK_REALTIME, when the kernel had it; 0: not told */
};
#define LOAD_READ_BATCH 8u
/* Reads at most so many (1..LOAD_READ_BATCH). How many; they stay until the next call. */
size_t load_socket_read(int fd, struct load_buffers *buffers, unsigned most,
                        struct load_received out[static LOAD_READ_BATCH]);

struct load_sent {
    uint64_t packets, bytes, failed;
};
/* All that the client has to send, added to *sent. */
void load_socket_send(int fd, struct client *client, struct load_sent *sent);

#endif
