/* Connections of `parley doctor`: TCP, TLS or connected UDP, each step with a deadline, so that
 * nothing hangs. One at a time, in the foreground. */
#ifndef PARLEY_CLI_DOCTOR_NET_H
#define PARLEY_CLI_DOCTOR_NET_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/net.h"
#include "cli/doctor_judge.h"

#define DOCTOR_NET_ERROR_BYTES 160u

enum doctor_transport { DOCTOR_UDP, DOCTOR_TCP, DOCTOR_TLS };

struct doctor_net {
    enum doctor_transport transport;
    int fd; /* -1: none */
    SSL_CTX *context;
    SSL *ssl;
    uint64_t until_us; /* CLOCK_MONOTONIC: whatever is still under way then has failed */
    struct net_address remote;
    char error[DOCTOR_NET_ERROR_BYTES]; /* why the last call failed */
};

/* The first address of a host name (or of an address in text, in brackets or not), with the port.
 * 0, or -1: error says why. */
int doctor_net_resolve(const char *host, unsigned port, uint64_t until_us, struct net_address *out,
                       char error[static DOCTOR_NET_ERROR_BYTES])
    __attribute__((warn_unused_result));
/* Connects, to each address of the host until one answers; of TLS also shakes hands, whatever the
 * certificate. 0, or -1: net->error says why. doctor_net_close() in either case. */
int doctor_net_open(struct doctor_net *net, const char *host, unsigned port,
                    enum doctor_transport transport, uint64_t timeout_us)
    __attribute__((warn_unused_result));
void doctor_net_close(struct doctor_net *net);
/* Sends all of it. 0 or -1. */
int doctor_net_send(struct doctor_net *net, const uint8_t *bytes, size_t len)
    __attribute__((warn_unused_result));
/* What came: > 0; 0: nothing until then (of net->until_us or until_us, the earlier); -1: closed or
 * refused. */
long doctor_net_receive(struct doctor_net *net, uint8_t *bytes, size_t size, uint64_t until_us);

/* The certificate that a TLS server showed, as a browser would take it for this host (NULL: any
 * name will do). 0, or -1: it showed none. */
int doctor_net_certificate(const struct doctor_net *net, const char *host,
                           struct doctor_certificate *out) __attribute__((warn_unused_result));
/* The same of a PEM file; trust is not looked at. 0 or -1. */
int doctor_net_read_certificate(const char *path, struct doctor_certificate *out)
    __attribute__((warn_unused_result));

#endif
