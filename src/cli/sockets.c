#include "cli/sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "ipc/operator.h"
#include "worker/sockaddr.h"

#define BACKLOG 512

/* What to bind, and what to say when it fails. */
struct request {
    struct net_address address; /* NET_IPV6 and all zero: every address */
    int type;                   /* SOCK_STREAM: also listens */
    const char *key;            /* "http.port" */
    const char *variable;       /* "PARLEY_HTTP_PORT" */
};

static bool is_any(const struct net_address *address)
{
    static const uint8_t zero[16];
    return memcmp(address->ip, zero, sizeof zero) == 0;
}

static int make_socket(const struct request *request, int family)
{
    struct sockaddr_storage local;
    struct net_address address = request->address;
    int on = 1, off = 0;
    if (is_any(&address) && family == AF_INET)
        address.family = NET_IPV4;
    int fd = socket(family, request->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (request->type == SOCK_STREAM) /* a restart must not wait for old connections */
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    socklen_t len = sockaddr_from_net(&address, family, &local);
    if (bind(fd, (struct sockaddr *)&local, len) == 0 &&
        (request->type != SOCK_STREAM || listen(fd, BACKLOG) == 0))
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

/* An IPv6 socket takes IPv4 as well; a machine without IPv6 gets an IPv4 one. */
static int bind_socket(const struct request *request)
{
    bool dual = request->address.family == NET_IPV6;
    int fd = make_socket(request, dual ? AF_INET6 : AF_INET);
    bool no_ipv6 = fd < 0 && dual && is_any(&request->address) &&
                   (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL);
    return no_ipv6 ? make_socket(request, AF_INET) : fd;
}

static int say_why(const struct request *request, struct setup_error *error)
{
    char ip[NET_IP_TEXT_BYTES];
    const char *what = request->type == SOCK_STREAM ? "TCP" : "UDP";
    unsigned port = request->address.port;
    int reason = errno;
    net_ip_format(&request->address, ip);
    if (reason == EADDRINUSE)
        return setup_fail(error,
                          "%s: %s port %u (address %s) is taken by another program; stop it (ss "
                          "-%slnp 'sport = :%u' shows which), or set %s or %s to a free port",
                          request->key, what, port, ip, request->type == SOCK_STREAM ? "t" : "u",
                          port, request->key, request->variable);
    if (reason == EACCES)
        return setup_fail(error,
                          "%s: not allowed to use %s port %u; start as root, give "
                          "CAP_NET_BIND_SERVICE, or set %s to a port above 1023",
                          request->key, what, port, request->key);
    return setup_fail(error, "%s: cannot use %s port %u on address %s: %s", request->key, what,
                      port, ip, strerror(reason));
}

static int open_one(const struct request *request, int *fd, struct setup_error *error)
{
    *fd = bind_socket(request);
    return *fd >= 0 ? 0 : say_why(request, error);
}

static int open_http(const struct setup *setup, struct request request, int *fds, size_t *count,
                     struct setup_error *error)
{
    const struct config_list *addresses = &setup->config.http.addresses;
    uint16_t port = request.address.port;
    if (port == 0)
        return 0;
    for (size_t i = 0; i < addresses->count && *count < CONTROL_MAX_LISTENERS; i++) {
        const char *text = addresses->items[i];
        memset(&request.address, 0, sizeof request.address);
        if (net_ip_parse(text, strlen(text), &request.address) < 0)
            return setup_fail(error, "http.addresses: \"%s\" is not an address", text);
        request.address.port = port;
        if (open_one(&request, &fds[*count], error) < 0)
            return -1;
        (*count)++;
    }
    return 0;
}

static struct request any_address(uint32_t port, int type, const char *key, const char *variable)
{
    return (struct request){.address = {.family = NET_IPV6, .port = (uint16_t)port},
                            .type = type,
                            .key = key,
                            .variable = variable};
}

int sockets_open_media(struct setup *setup, size_t slot, struct setup_error *error)
{
    const struct config_media *media = &setup->config.media;
    struct request udp = any_address(media->udp_port + (uint32_t)slot, SOCK_DGRAM, "media.udp_port",
                                     "PARLEY_MEDIA_UDP_PORT");
    struct request tcp = any_address(media->tcp_port + (uint32_t)slot, SOCK_STREAM,
                                     "media.tcp_port", "PARLEY_MEDIA_TCP_PORT");
    if (media->udp_port + slot > 65535 || media->tcp_port + slot > 65535)
        return setup_fail(error, "media.udp_port or media.tcp_port leaves no room for the workers "
                                 "of an upgrade");
    if (setup->udp_fds[slot] < 0 && open_one(&udp, &setup->udp_fds[slot], error) < 0)
        return -1;
    if (media->tcp_port == 0 || setup->tcp_fds[slot] >= 0)
        return 0;
    return open_one(&tcp, &setup->tcp_fds[slot], error);
}

static void open_operator(struct setup *setup)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s/run", setup->config.general.data_dir);
    setup->operator_fd = operator_listen(folder);
    if (setup->operator_fd < 0)
        log_write(LOG_WARN, "sockets", "event=no_operator_socket folder=%s problem=\"%s\"", folder,
                  strerror(errno));
}

int sockets_open(struct setup *setup, struct setup_error *error)
{
    const struct config_http *http = &setup->config.http;
    struct request plain = any_address(http->port, SOCK_STREAM, "http.port", "PARLEY_HTTP_PORT");
    struct request tls =
        any_address(http->tls_port, SOCK_STREAM, "http.tls_port", "PARLEY_HTTP_TLS_PORT");
    if (setup->handover) /* they came with it */
        return 0;
    memset(setup->udp_fds, -1, sizeof setup->udp_fds);
    memset(setup->tcp_fds, -1, sizeof setup->tcp_fds);
    if (open_http(setup, plain, setup->http_fds, &setup->http_fd_count, error) < 0 ||
        open_http(setup, tls, setup->https_fds, &setup->https_fd_count, error) < 0)
        return -1;
    for (size_t i = 0; i < setup->worker_count; i++)
        if (sockets_open_media(setup, i, error) < 0)
            return -1;
    open_operator(setup);
    return 0;
}

bool sockets_port_free(uint32_t port)
{
    struct request udp = any_address(port, SOCK_DGRAM, "", "");
    struct request tcp = any_address(port, SOCK_STREAM, "", "");
    int udp_fd = bind_socket(&udp), tcp_fd = bind_socket(&tcp);
    if (udp_fd >= 0)
        close(udp_fd);
    if (tcp_fd >= 0)
        close(tcp_fd);
    return udp_fd >= 0 && tcp_fd >= 0;
}
