#include "worker/sockaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

void sockaddr_to_net(const struct sockaddr_storage *from, struct net_address *to)
{
    memset(to, 0, sizeof *to);
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)from;
        to->family = NET_IPV4;
        to->port = ntohs(v4->sin_port);
        memcpy(to->ip, &v4->sin_addr, 4);
        return;
    }
    if (from->ss_family != AF_INET6)
        return;
    const struct sockaddr_in6 *v6 = (const void *)from;
    bool mapped = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
    to->family = mapped ? NET_IPV4 : NET_IPV6;
    to->port = ntohs(v6->sin6_port);
    memcpy(to->ip, v6->sin6_addr.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
}

static socklen_t make_v4(const struct net_address *from, struct sockaddr_storage *to)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(from->port)};
    memcpy(&v4.sin_addr, from->ip, 4);
    memcpy(to, &v4, sizeof v4);
    return sizeof v4;
}

socklen_t sockaddr_from_net(const struct net_address *from, int family, struct sockaddr_storage *to)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(from->port)};
    if (family == AF_INET)
        return from->family == NET_IPV4 ? make_v4(from, to) : 0;
    if (from->family == NET_IPV4) {
        memcpy(v6.sin6_addr.s6_addr, mapped, 12);
        memcpy(v6.sin6_addr.s6_addr + 12, from->ip, 4);
    } else {
        memcpy(v6.sin6_addr.s6_addr, from->ip, 16);
    }
    memcpy(to, &v6, sizeof v6);
    return sizeof v6;
}
