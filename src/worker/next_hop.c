/* RTM_GETROUTE, then RTM_GETNEIGH: two questions for each destination every few seconds. */
#include "worker/next_hop.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PLACES   1024u /* destinations; a power of two. Who shares a place asks more often */
#define KNOWN_US 5000000u
#define ASKED_US 20000u /* after the kernel was to send by itself: time to find out */
#define NONE_US  1000000u

enum answer { UNKNOWN, KNOWN, ELSEWHERE };

struct place {
    struct net_address remote; /* port 0 */
    uint8_t answer;            /* enum answer */
    uint8_t link[NEXT_HOP_BYTES];
    uint64_t until_us; /* what it says counts; then the kernel has its turn */
    uint64_t ask_at_us;
};

struct next_hops {
    int netlink;
    unsigned interface;
    uint32_t sequence;
    struct place places[PLACES];
};

struct question {
    struct nlmsghdr header;
    union {
        struct rtmsg route;
        struct ndmsg neighbour;
    } what;
    uint8_t attributes[64];
};

struct next_hops *next_hops_new(unsigned interface)
{
    struct next_hops *hops = calloc(1, sizeof *hops);
    if (!hops)
        return NULL;
    hops->interface = interface;
    hops->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (hops->netlink >= 0)
        return hops;
    free(hops);
    return NULL;
}

void next_hops_free(struct next_hops *hops)
{
    if (!hops)
        return;
    close(hops->netlink);
    free(hops);
}

/* ---- netlink --------------------------------------------------------------------------------- */

static size_t address_len(const struct net_address *address)
{
    return address->family == NET_IPV6 ? 16u : 4u;
}

static uint8_t family_of(const struct net_address *address)
{
    return address->family == NET_IPV6 ? AF_INET6 : AF_INET;
}

static void add_address(struct question *question, unsigned short type,
                        const struct net_address *address)
{
    const size_t len = address_len(address);
    struct rtattr *attribute =
        (void *)((uint8_t *)question + NLMSG_ALIGN(question->header.nlmsg_len));
    attribute->rta_type = type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(len);
    memcpy(RTA_DATA(attribute), address->ip, len);
    question->header.nlmsg_len =
        NLMSG_ALIGN(question->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
}

/* The kernel answers within the call. The answer's length, 0: none, or an error. */
static size_t ask(struct next_hops *hops, struct question *question, uint8_t *out, size_t size)
{
    question->header.nlmsg_flags = NLM_F_REQUEST;
    question->header.nlmsg_seq = ++hops->sequence;
    if (send(hops->netlink, question, question->header.nlmsg_len, MSG_DONTWAIT) < 0)
        return 0;
    for (;;) {
        const ssize_t got = recv(hops->netlink, out, size, MSG_DONTWAIT);
        struct nlmsghdr header;
        if (got < (ssize_t)sizeof header)
            return 0;
        memcpy(&header, out, sizeof header);
        if (header.nlmsg_seq != hops->sequence)
            continue; /* late, of an earlier question */
        return header.nlmsg_type == NLMSG_ERROR || header.nlmsg_len > (size_t)got
                   ? 0
                   : header.nlmsg_len;
    }
}

/* NULL: not in it. */
static const struct rtattr *find_attribute(const uint8_t *message, size_t len, size_t at,
                                           unsigned short type, size_t least)
{
    while (at + sizeof(struct rtattr) <= len) {
        const struct rtattr *attribute = (const void *)(message + at);
        if (attribute->rta_len < sizeof *attribute || at + attribute->rta_len > len)
            return NULL;
        if (attribute->rta_type == type)
            return attribute->rta_len >= RTA_LENGTH(least) ? attribute : NULL;
        at += RTA_ALIGN(attribute->rta_len);
    }
    return NULL;
}

/* Whom a packet to remote is handed to first: itself, or a gateway. */
static enum answer ask_route(struct next_hops *hops, const struct net_address *remote,
                             struct net_address *gateway)
{
    _Alignas(struct nlmsghdr) uint8_t answer[1024];
    const size_t head = NLMSG_LENGTH(sizeof(struct rtmsg));
    struct question question = {
        .header = {.nlmsg_len = (uint32_t)head, .nlmsg_type = RTM_GETROUTE},
        .what.route = {.rtm_family = family_of(remote),
                       .rtm_dst_len = (unsigned char)(8u * address_len(remote))}};
    add_address(&question, RTA_DST, remote);
    const size_t len = ask(hops, &question, answer, sizeof answer);
    const struct rtattr *out = find_attribute(answer, len, head, RTA_OIF, sizeof(uint32_t));
    uint32_t interface = 0;
    if (len == 0)
        return UNKNOWN;
    if (out)
        memcpy(&interface, RTA_DATA(out), sizeof interface);
    struct rtmsg route;
    memcpy(&route, NLMSG_DATA((struct nlmsghdr *)(void *)answer), sizeof route);
    if (interface != hops->interface || route.rtm_type != RTN_UNICAST)
        return ELSEWHERE;
    *gateway = *remote;
    const struct rtattr *via =
        find_attribute(answer, len, head, RTA_GATEWAY, address_len(remote));
    if (via)
        memcpy(gateway->ip, RTA_DATA(via), address_len(remote));
    return KNOWN;
}

static enum answer ask_neighbour(struct next_hops *hops, const struct net_address *gateway,
                                 uint8_t link[static NEXT_HOP_BYTES])
{
    _Alignas(struct nlmsghdr) uint8_t answer[1024];
    const size_t head = NLMSG_LENGTH(sizeof(struct ndmsg));
    struct question question = {
        .header = {.nlmsg_len = (uint32_t)head, .nlmsg_type = RTM_GETNEIGH},
        .what.neighbour = {.ndm_family = family_of(gateway),
                           .ndm_ifindex = (int32_t)hops->interface}};
    add_address(&question, NDA_DST, gateway);
    const size_t len = ask(hops, &question, answer, sizeof answer);
    const struct rtattr *address =
        find_attribute(answer, len, head, NDA_LLADDR, NEXT_HOP_BYTES);
    struct ndmsg neighbour;
    if (len == 0 || !address)
        return UNKNOWN;
    memcpy(&neighbour, NLMSG_DATA((struct nlmsghdr *)(void *)answer), sizeof neighbour);
    if ((neighbour.ndm_state &
         (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT)) == 0)
        return UNKNOWN;
    memcpy(link, RTA_DATA(address), NEXT_HOP_BYTES);
    return KNOWN;
}

/* ---- what is remembered ---------------------------------------------------------------------- */

static struct place *place_of(struct next_hops *hops, const struct net_address *host)
{
    uint32_t hash = 0;
    for (size_t i = 0; i < sizeof host->ip; i++)
        hash = (hash ^ host->ip[i]) * UINT32_C(16777619);
    return &hops->places[(hash >> 16 ^ hash) & (PLACES - 1u)];
}

static void look_up(struct next_hops *hops, struct place *place, uint64_t now_us)
{
    struct net_address gateway;
    enum answer answer = ask_route(hops, &place->remote, &gateway);
    if (answer == KNOWN)
        answer = ask_neighbour(hops, &gateway, place->link);
    place->answer = (uint8_t)answer;
    place->until_us = now_us + (answer == KNOWN ? KNOWN_US : NONE_US);
    place->ask_at_us = place->until_us + ASKED_US;
}

bool next_hops_find(struct next_hops *hops, uint64_t now_us, const struct net_address *remote,
                    uint8_t out[static NEXT_HOP_BYTES])
{
    struct net_address host = *remote;
    host.port = 0;
    struct place *place = place_of(hops, &host);
    if (!net_address_equal(&place->remote, &host))
        *place = (struct place){.remote = host, .until_us = now_us, .ask_at_us = now_us};
    if (now_us >= place->ask_at_us)
        look_up(hops, place, now_us);
    if (place->answer != KNOWN || now_us >= place->until_us)
        return false;
    memcpy(out, place->link, NEXT_HOP_BYTES);
    return true;
}
