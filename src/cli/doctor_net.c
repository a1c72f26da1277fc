#include "cli/doctor_net.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cli/load_clock.h"
#include "worker/sockaddr.h"

/* ---- names ----------------------------------------------------------------------------------- */

/* getaddrinfo() alone waits as long as the resolver likes. */
struct lookup {
    struct gaicb request;
    struct addrinfo hints;
    char host[256], port[8];
};

/* NULL: error says why. freeaddrinfo() is the caller's. */
static struct addrinfo *look_up(const char *host, unsigned port, uint64_t until_us, char *error)
{
    uint64_t now_us = load_clock_us(), left_us = until_us > now_us ? until_us - now_us : 1;
    struct timespec wait = {(time_t)(left_us / 1000000u), (long)(left_us % 1000000u) * 1000};
    struct lookup *lookup = calloc(1, sizeof *lookup);
    struct addrinfo *found = NULL;
    if (!lookup)
        return NULL;
    size_t len = strlen(host);
    bool brackets = len > 2 && host[0] == '[' && host[len - 1] == ']';
    snprintf(lookup->host, sizeof lookup->host, "%.*s", (int)(brackets ? len - 2 : len),
             host + (brackets ? 1 : 0));
    snprintf(lookup->port, sizeof lookup->port, "%u", port);
    lookup->hints.ai_socktype = SOCK_STREAM;
    lookup->request.ar_name = lookup->host;
    lookup->request.ar_service = lookup->port;
    lookup->request.ar_request = &lookup->hints;
    struct gaicb *list[] = {&lookup->request};
    int result = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
    if (result == 0) {
        gai_suspend((const struct gaicb *const *)list, 1, &wait);
        result = gai_error(&lookup->request);
    }
    if (result == EAI_INPROGRESS) {
        snprintf(error, DOCTOR_NET_ERROR_BYTES, "the name %.100s: no answer from DNS", host);
        if (gai_cancel(&lookup->request) != EAI_CANCELED)
            return NULL; /* glibc's thread still writes there: left to it */
    } else if (result != 0) {
        snprintf(error, DOCTOR_NET_ERROR_BYTES, "the name %.100s: %s", host, gai_strerror(result));
    } else {
        found = lookup->request.ar_result;
    }
    free(lookup);
    return found;
}

static void address_of(const struct addrinfo *info, struct net_address *out)
{
    struct sockaddr_storage storage;
    memset(&storage, 0, sizeof storage);
    memcpy(&storage, info->ai_addr, info->ai_addrlen);
    sockaddr_to_net(&storage, out);
}

int doctor_net_resolve(const char *host, unsigned port, uint64_t until_us, struct net_address *out,
                       char error[static DOCTOR_NET_ERROR_BYTES])
{
    struct addrinfo *found = look_up(host, port, until_us, error);
    if (!found)
        return -1;
    address_of(found, out);
    freeaddrinfo(found);
    return 0;
}

/* ---- waiting --------------------------------------------------------------------------------- */

static int fail(struct doctor_net *net, const char *why)
{
    snprintf(net->error, sizeof net->error, "%s", why);
    return -1;
}

/* Whether the socket is ready before the time is over. */
static bool wait_for(const struct doctor_net *net, short events, uint64_t until_us)
{
    struct pollfd poll_fd = {.fd = net->fd, .events = events};
    for (;;) {
        uint64_t now_us = load_clock_us();
        if (now_us >= until_us)
            return false;
        int result = poll(&poll_fd, 1, (int)((until_us - now_us) / 1000u) + 1);
        if (result > 0)
            return true;
        if (result < 0 && errno != EINTR)
            return false;
    }
}

static int connect_to(struct doctor_net *net, const struct addrinfo *info)
{
    int type = net->transport == DOCTOR_UDP ? SOCK_DGRAM : SOCK_STREAM, reason = 0;
    socklen_t len = sizeof reason;
    net->fd = socket(info->ai_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (net->fd < 0)
        return fail(net, strerror(errno));
    address_of(info, &net->remote);
    if (connect(net->fd, info->ai_addr, info->ai_addrlen) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return fail(net, strerror(errno));
    if (!wait_for(net, POLLOUT, net->until_us))
        return fail(net, "no answer");
    if (getsockopt(net->fd, SOL_SOCKET, SO_ERROR, &reason, &len) < 0 || reason != 0)
        return fail(net, strerror(reason ? reason : errno));
    return 0;
}

/* ---- TLS ------------------------------------------------------------------------------------- */

/* What SSL_* wants before it can go on. */
static bool wait_for_ssl(const struct doctor_net *net, int result, uint64_t until_us)
{
    int error = SSL_get_error(net->ssl, result);
    if (error == SSL_ERROR_WANT_READ)
        return wait_for(net, POLLIN, until_us);
    return error == SSL_ERROR_WANT_WRITE && wait_for(net, POLLOUT, until_us);
}

static int shake_hands(struct doctor_net *net, const char *host)
{
    int result;
    net->context = SSL_CTX_new(TLS_client_method());
    if (!net->context || SSL_CTX_set_default_verify_paths(net->context) != 1)
        return fail(net, "OpenSSL does not start");
    net->ssl = SSL_new(net->context);
    if (!net->ssl || SSL_set_fd(net->ssl, net->fd) != 1)
        return fail(net, "OpenSSL does not start");
    SSL_set_tlsext_host_name(net->ssl, host);
    while ((result = SSL_connect(net->ssl)) != 1)
        if (!wait_for_ssl(net, result, net->until_us))
            return fail(net, load_clock_us() >= net->until_us ? "TLS: no answer"
                                                              : "TLS: the handshake fails");
    return 0;
}

int doctor_net_open(struct doctor_net *net, const char *host, unsigned port,
                    enum doctor_transport transport, uint64_t timeout_us)
{
    *net = (struct doctor_net){.transport = transport, .fd = -1};
    net->until_us = load_clock_us() + timeout_us;
    struct addrinfo *found = look_up(host, port, net->until_us, net->error);
    if (!found)
        return -1;
    int result = -1;
    for (const struct addrinfo *at = found; at && result != 0; at = at->ai_next) {
        if (net->fd >= 0)
            close(net->fd);
        result = connect_to(net, at);
    }
    freeaddrinfo(found);
    return result == 0 && transport == DOCTOR_TLS ? shake_hands(net, host) : result;
}

void doctor_net_close(struct doctor_net *net)
{
    SSL_free(net->ssl);
    SSL_CTX_free(net->context);
    if (net->fd >= 0)
        close(net->fd);
    ERR_clear_error();
    *net = (struct doctor_net){.fd = -1};
}

/* ---- bytes ----------------------------------------------------------------------------------- */

int doctor_net_send(struct doctor_net *net, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        long sent = net->ssl ? SSL_write(net->ssl, bytes, (int)len)
                             : (long)send(net->fd, bytes, len, MSG_NOSIGNAL);
        if (sent > 0) {
            bytes += sent;
            len -= (size_t)sent;
            continue;
        }
        bool again = net->ssl ? wait_for_ssl(net, (int)sent, net->until_us)
                              : errno == EAGAIN && wait_for(net, POLLOUT, net->until_us);
        if (!again)
            return fail(net, "it closes the connection");
    }
    return 0;
}

long doctor_net_receive(struct doctor_net *net, uint8_t *bytes, size_t size, uint64_t until_us)
{
    if (until_us > net->until_us)
        until_us = net->until_us;
    for (;;) {
        long len = net->ssl ? SSL_read(net->ssl, bytes, (int)size)
                            : (long)recv(net->fd, bytes, size, MSG_DONTWAIT);
        if (len > 0)
            return len;
        int reason = errno;
        if (net->ssl ? wait_for_ssl(net, (int)len, until_us)
                     : len < 0 && reason == EAGAIN && wait_for(net, POLLIN, until_us))
            continue;
        if (load_clock_us() >= until_us)
            return 0;
        return fail(net, !net->ssl && len < 0 ? strerror(reason) : "it closes the connection");
    }
}

/* ---- certificates ---------------------------------------------------------------------------- */

static int64_t unix_time(const ASN1_TIME *time)
{
    struct tm fields;
    return ASN1_TIME_to_tm(time, &fields) == 1 ? (int64_t)timegm(&fields) : 0;
}

static void describe(X509 *certificate, struct doctor_certificate *out)
{
    *out = (struct doctor_certificate){
        .not_before_s = unix_time(X509_get0_notBefore(certificate)),
        .not_after_s = unix_time(X509_get0_notAfter(certificate)),
        .self_signed = X509_self_signed(certificate, 0) == 1,
        .name_matches = true,
    };
}

int doctor_net_certificate(const struct doctor_net *net, const char *host,
                           struct doctor_certificate *out)
{
    X509 *certificate = net->ssl ? SSL_get1_peer_certificate(net->ssl) : NULL;
    if (!certificate)
        return -1;
    describe(certificate, out);
    if (host)
        out->name_matches = X509_check_host(certificate, host, 0, 0, NULL) == 1 ||
                            X509_check_ip_asc(certificate, host, 0) == 1;
    long verified = SSL_get_verify_result(net->ssl);
    if (verified != X509_V_OK)
        snprintf(out->problem, sizeof out->problem, "%s", X509_verify_cert_error_string(verified));
    X509_free(certificate);
    ERR_clear_error();
    return 0;
}

int doctor_net_read_certificate(const char *path, struct doctor_certificate *out)
{
    BIO *file = BIO_new_file(path, "r");
    X509 *certificate = file ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;
    BIO_free(file);
    if (certificate)
        describe(certificate, out);
    X509_free(certificate);
    ERR_clear_error();
    return certificate ? 0 : -1;
}
