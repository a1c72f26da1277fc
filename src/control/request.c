/* Addresses, hosts and origins of requests. */
#include "control/request.h"

#include <arpa/inet.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "control/server.h"

#define MAX_FORWARDED_BYTES 1024

/* ---- pure parts ------------------------------------------------------------------------------ */

bool request_is_host(const char *text, size_t len)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "-._:[]";
    return len > 0 && len < REQUEST_HOST_BYTES && strspn(text, allowed) == len;
}

void request_strip_port(const char *host, char *out, size_t size)
{
    const char *bracket = strchr(host, ']');
    const char *colon = strchr(bracket != NULL ? bracket : host, ':');
    size_t len = colon != NULL ? (size_t)(colon - host) : strlen(host);
    snprintf(out, size, "%.*s", (int)len, host);
}

static bool same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8;
    unsigned rest = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

bool request_in_network(const struct net_address *address, const char *network)
{
    struct net_address base = {0};
    const char *slash = strchr(network, '/');
    size_t len = slash != NULL ? (size_t)(slash - network) : strlen(network);
    if (net_ip_parse(network, len, &base) != 0 || base.family != address->family)
        return false;
    unsigned all = base.family == NET_IPV6 ? 128 : 32;
    unsigned long bits = slash != NULL ? strtoul(slash + 1, NULL, 10) : all;
    return same_prefix(address->ip, base.ip, bits < all ? (unsigned)bits : all);
}

/* ---- address --------------------------------------------------------------------------------- */

static void peer_address(struct lws *wsi, struct net_address *out)
{
    struct sockaddr_storage peer = {0};
    socklen_t len = sizeof peer;
    memset(out, 0, sizeof *out);
    char text[INET6_ADDRSTRLEN] = "";
    if (getpeername(lws_get_socket_fd(wsi), (struct sockaddr *)&peer, &len) != 0)
        return;
    if (peer.ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&peer)->sin6_addr, text, sizeof text);
    else if (peer.ss_family == AF_INET)
        inet_ntop(AF_INET, &((struct sockaddr_in *)&peer)->sin_addr, text, sizeof text);
    if (net_ip_parse(text, strlen(text), out) != 0)
        memset(out, 0, sizeof *out);
}

static bool is_trusted_proxy(const struct server *server, const struct net_address *address)
{
    const struct config_list *proxies = &server->config->http.trusted_proxies;
    for (size_t i = 0; i < proxies->count; i++)
        if (request_in_network(address, proxies->items[i]))
            return true;
    return false;
}

void request_address(const struct server *server, struct lws *wsi, struct net_address *out)
{
    char forwarded[MAX_FORWARDED_BYTES];
    peer_address(wsi, out);
    if (!is_trusted_proxy(server, out) ||
        lws_hdr_copy(wsi, forwarded, sizeof forwarded, WSI_TOKEN_X_FORWARDED_FOR) <= 0)
        return;
    /* From the right: each entry was added by the hop after it. */
    size_t end = strlen(forwarded);
    while (end > 0) {
        size_t start = end;
        while (start > 0 && forwarded[start - 1] != ',')
            start--;
        size_t first = start + strspn(forwarded + start, " ");
        size_t len = end - first;
        while (len > 0 && forwarded[first + len - 1] == ' ')
            len--;
        if (net_ip_parse(forwarded + first, len, out) != 0 || !is_trusted_proxy(server, out))
            return;
        end = start > 0 ? start - 1 : 0;
    }
}

uint32_t request_take(struct server *server, struct lws *wsi, enum limits_kind kind)
{
    struct net_address address;
    request_address(server, wsi, &address);
    return limits_take(server->limits, kind, &address, server_now_ms());
}

/* ---- host and origin ------------------------------------------------------------------------- */

/* The part of a URL between "://" and the next '/'. */
static void host_of_url(const char *url, char *out, size_t size)
{
    const char *start = strstr(url, "://");
    start = start != NULL ? start + 3 : url;
    snprintf(out, size, "%.*s", (int)strcspn(start, "/"), start);
}

void request_host(const struct server *server, struct lws *wsi, char out[static REQUEST_HOST_BYTES])
{
    const char *public_url = server->config->http.public_url;
    if (public_url[0] != '\0') {
        host_of_url(public_url, out, REQUEST_HOST_BYTES);
        return;
    }
    int len = lws_hdr_copy(wsi, out, (int)REQUEST_HOST_BYTES, WSI_TOKEN_HOST);
    if (len <= 0 || !request_is_host(out, (size_t)len))
        snprintf(out, REQUEST_HOST_BYTES, "localhost");
}

static bool is_secure(const struct server *server, struct lws *wsi)
{
    static const char name[] = "x-forwarded-proto:";
    char proto[16];
    struct net_address peer;
    peer_address(wsi, &peer);
    if (is_trusted_proxy(server, &peer) &&
        lws_hdr_custom_copy(wsi, proto, sizeof proto, name, (int)strlen(name)) > 0)
        return strcasecmp(proto, "https") == 0;
    return lws_is_ssl(wsi) != 0;
}

void request_base_url(const struct server *server, struct lws *wsi, bool socket,
                      char out[static REQUEST_URL_BYTES])
{
    const char *public_url = server->config->http.public_url;
    char host[REQUEST_HOST_BYTES];
    bool secure =
        public_url[0] != '\0' ? strncasecmp(public_url, "https:", 6) == 0 : is_secure(server, wsi);
    request_host(server, wsi, host);
    snprintf(out, REQUEST_URL_BYTES, "%s%s://%s", socket ? "ws" : "http", secure ? "s" : "", host);
}

bool request_origin_allowed(const struct server *server, struct lws *wsi)
{
    char origin[REQUEST_URL_BYTES];
    char own[REQUEST_HOST_BYTES];
    char host[REQUEST_HOST_BYTES];
    if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) == 0)
        return true;
    if (lws_hdr_copy(wsi, origin, sizeof origin, WSI_TOKEN_ORIGIN) <= 0)
        return false;
    const struct config_list *allowed = &server->config->http.allowed_origins;
    for (size_t i = 0; i < allowed->count; i++)
        if (strcasecmp(origin, allowed->items[i]) == 0)
            return true;
    if (strncmp(origin, "http://", 7) != 0 && strncmp(origin, "https://", 8) != 0)
        return false;
    host_of_url(origin, host, sizeof host);
    request_host(server, wsi, own);
    if (strcasecmp(host, own) == 0)
        return true;
    /* With a public URL the server may still be opened by its own address. */
    return lws_hdr_copy(wsi, own, sizeof own, WSI_TOKEN_HOST) > 0 && strcasecmp(host, own) == 0;
}

/* ---- query ----------------------------------------------------------------------------------- */

/* The value of an argument of the query; name: with its '='. NULL: it is not there. */
static const char *find_argument(struct lws *wsi, const char *name,
                                 char out[static REQUEST_QUERY_BYTES])
{
    for (int i = 0;
         lws_hdr_copy_fragment(wsi, out, REQUEST_QUERY_BYTES, WSI_TOKEN_HTTP_URI_ARGS, i) > 0; i++)
        if (strncmp(out, name, strlen(name)) == 0)
            return out + strlen(name);
    return NULL;
}

bool request_number(struct lws *wsi, const char *name, uint64_t min, uint64_t max, uint64_t *out)
{
    char buffer[REQUEST_QUERY_BYTES];
    const char *text = find_argument(wsi, name, buffer);
    if (text == NULL)
        return true;
    size_t len = strlen(text);
    if (len == 0 || len > 16 || strspn(text, "0123456789") != len)
        return false;
    *out = strtoull(text, NULL, 10);
    return *out >= min && *out <= max;
}
