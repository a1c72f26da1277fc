#include "cli/addresses.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "worker/sockaddr.h"

static bool is_loopback(const struct net_address *address)
{
    static const uint8_t one[16] = {[15] = 1};
    return address->family == NET_IPV4 ? address->ip[0] == 127
                                       : memcmp(address->ip, one, sizeof one) == 0;
}

/* No router forwards these, and an IPv6 one needs an interface name beside it. */
static bool is_link_local(const struct net_address *address)
{
    if (address->family == NET_IPV4)
        return address->ip[0] == 169 && address->ip[1] == 254;
    return address->ip[0] == 0xfe && (address->ip[1] & 0xc0) == 0x80;
}

static void add(struct setup *setup, const struct net_address *address)
{
    if (setup->address_count == SETUP_ADDRESSES || address->family == NET_NONE ||
        is_loopback(address) || is_link_local(address))
        return;
    for (size_t i = 0; i < setup->address_count; i++)
        if (net_address_equal(&setup->addresses[i], address))
            return;
    setup->addresses[setup->address_count++] = *address;
}

static void add_interfaces(struct setup *setup, const struct ifaddrs *all, int family)
{
    for (const struct ifaddrs *at = all; at; at = at->ifa_next) {
        struct sockaddr_storage copy;
        struct net_address address;
        if (!at->ifa_addr || at->ifa_addr->sa_family != family || !(at->ifa_flags & IFF_UP))
            continue;
        memset(&copy, 0, sizeof copy);
        memcpy(&copy, at->ifa_addr,
               family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
        sockaddr_to_net(&copy, &address);
        add(setup, &address);
    }
}

int addresses_find(struct setup *setup, struct setup_error *error)
{
    const struct config_list *configured = &setup->config.media.addresses;
    struct ifaddrs *all;
    for (size_t i = 0; i < configured->count; i++) {
        struct net_address address = {.port = 0};
        const char *text = configured->items[i];
        if (net_ip_parse(text, strlen(text), &address) == 0)
            add(setup, &address);
    }
    if (configured->count > 0)
        return 0;
    if (getifaddrs(&all) < 0)
        return setup_fail(error, "cannot read this machine's addresses: %s; set media.addresses",
                          strerror(errno));
    add_interfaces(setup, all, AF_INET);
    add_interfaces(setup, all, AF_INET6);
    freeifaddrs(all);
    return 0;
}

struct candidate_list {
    struct engine_candidate *candidates;
    size_t count;
};

static void add_candidate(struct candidate_list *list, const struct net_address *address,
                          uint32_t port, enum net_proto proto)
{
    if (list->count == LIMIT_CANDIDATES)
        return;
    struct engine_candidate *candidate = &list->candidates[list->count++];
    memset(candidate, 0, sizeof *candidate);
    candidate->address = *address;
    candidate->address.port = (uint16_t)port;
    candidate->proto = (uint8_t)proto;
}

static void add_all(const struct setup *setup, struct candidate_list *list, uint32_t port,
                    enum net_proto proto)
{
    const struct config_list *public_addresses = &setup->config.media.public_addresses;
    const struct net_address loopback = {.ip = {127, 0, 0, 1}, .family = NET_IPV4};
    for (size_t i = 0; i < public_addresses->count; i++) {
        struct net_address address = {.port = 0};
        const char *text = public_addresses->items[i];
        if (net_ip_parse(text, strlen(text), &address) == 0)
            add_candidate(list, &address, port, proto);
    }
    if (public_addresses->count > 0)
        return;
    for (size_t i = 0; i < setup->address_count; i++)
        add_candidate(list, &setup->addresses[i], port, proto);
    add_candidate(list, &loopback, port, proto);
}

size_t addresses_candidates(const struct setup *setup, size_t slot,
                            struct engine_candidate out[static LIMIT_CANDIDATES])
{
    struct candidate_list list = {out, 0};
    const struct config_media *media = &setup->config.media;
    add_all(setup, &list, media->udp_port + (uint32_t)slot, NET_UDP);
    if (setup->tcp_fds[slot] >= 0)
        add_all(setup, &list, media->tcp_port + (uint32_t)slot, NET_TCP);
    return list.count;
}
