/* Addresses as values: comparing, hashing, text, and which of them are not public. */
#include "base/net.h"

#include <arpa/inet.h> /* inet_pton, inet_ntop: pure text conversion, no socket */
#include <string.h>

#include "base/bytes.h"
#include "base/map.h"

bool net_address_equal(const struct net_address *a, const struct net_address *b)
{
    return a->family == b->family && a->port == b->port && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

bool net_path_equal(const struct net_path *a, const struct net_path *b)
{
    return a->proto == b->proto && a->connection == b->connection &&
           net_address_equal(&a->remote, &b->remote);
}

uint64_t net_path_hash(const struct net_path *path, uint64_t seed)
{
    uint64_t hash = map_hash(bytes_get_u64(path->remote.ip), seed);

    hash = map_hash(bytes_get_u64(path->remote.ip + 8), hash);
    hash = map_hash((uint64_t)path->connection << 32 | (uint64_t)path->remote.port << 16 |
                        (uint64_t)path->remote.family << 8 | path->proto,
                    hash);
    return hash;
}

/* RFC 4291 2.5.5.2 */
static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

static void set_ip(struct net_address *out, uint8_t family, const uint8_t *ip)
{
    bool mapped = family == NET_IPV6 && memcmp(ip, mapped_prefix, sizeof mapped_prefix) == 0;

    memset(out->ip, 0, sizeof out->ip);
    out->family = mapped ? NET_IPV4 : family;
    memcpy(out->ip, mapped ? ip + 12 : ip, out->family == NET_IPV4 ? 4 : 16);
}

int net_ip_parse(const char *text, size_t len, struct net_address *out)
{
    char copy[NET_IP_TEXT_BYTES];
    uint8_t ip[16];

    if (len == 0 || len >= sizeof copy || memchr(text, '\0', len) != NULL)
        return -1;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (inet_pton(AF_INET, copy, ip) == 1)
        set_ip(out, NET_IPV4, ip);
    else if (inet_pton(AF_INET6, copy, ip) == 1)
        set_ip(out, NET_IPV6, ip);
    else
        return -1;
    return 0;
}

const char *net_ip_format(const struct net_address *address, char text[static NET_IP_TEXT_BYTES])
{
    int family = address->family == NET_IPV6 ? AF_INET6 : AF_INET;

    if (address->family == NET_NONE ||
        inet_ntop(family, address->ip, text, NET_IP_TEXT_BYTES) == NULL)
        memcpy(text, "none", sizeof "none");
    return text;
}

struct range {
    uint8_t prefix[16];
    uint8_t bits;
    uint8_t rule;
};
/* What an address in a range says about itself. */
enum range_rule {
    SPECIAL,
    EMBEDS_IPV4_AT_2, /* judged by the IPv4 address in these bytes */
    EMBEDS_IPV4_AT_12,
    TEREDO, /* judged by its server and its (inverted) client address */
};

/* https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast (RFC 5771). */
static const struct range ipv4_ranges[] = {
    {{0}, 8, SPECIAL},             /* this network, RFC 791 */
    {{10}, 8, SPECIAL},            /* private use, RFC 1918 */
    {{100, 64}, 10, SPECIAL},      /* shared (CGNAT), RFC 6598 */
    {{127}, 8, SPECIAL},           /* loopback, RFC 1122 */
    {{169, 254}, 16, SPECIAL},     /* link local, RFC 3927 */
    {{172, 16}, 12, SPECIAL},      /* private use, RFC 1918 */
    {{192, 0, 0}, 24, SPECIAL},    /* IETF protocol assignments, RFC 6890 */
    {{192, 0, 2}, 24, SPECIAL},    /* documentation, RFC 5737 */
    {{192, 31, 196}, 24, SPECIAL}, /* AS112, RFC 7535 */
    {{192, 52, 193}, 24, SPECIAL}, /* AMT, RFC 7450 */
    {{192, 88, 99}, 24, SPECIAL},  /* 6to4 relay anycast, RFC 7526 */
    {{192, 168}, 16, SPECIAL},     /* private use, RFC 1918 */
    {{192, 175, 48}, 24, SPECIAL}, /* AS112, RFC 7534 */
    {{198, 18}, 15, SPECIAL},      /* benchmarking, RFC 2544 */
    {{198, 51, 100}, 24, SPECIAL}, /* documentation, RFC 5737 */
    {{203, 0, 113}, 24, SPECIAL},  /* documentation, RFC 5737 */
    {{224}, 4, SPECIAL},           /* multicast, RFC 5771 */
    {{240}, 4, SPECIAL},           /* reserved and broadcast, RFC 1112, RFC 8190 */
};

/* https://www.iana.org/assignments/iana-ipv6-special-registry, multicast and site local. The first
 * match decides. */
static const struct range ipv6_ranges[] = {
    {{[10] = 0xff, [11] = 0xff}, 96, EMBEDS_IPV4_AT_12}, /* mapped, RFC 4291 */
    {{0}, 96, SPECIAL},                                  /* ::, ::1 and IPv4-compatible, RFC 4291 */
    {{0, 0x64, 0xff, 0x9b}, 96, EMBEDS_IPV4_AT_12},      /* NAT64, RFC 6052 */
    {{0, 0x64, 0xff, 0x9b, 0, 1}, 48, SPECIAL},          /* local NAT64, RFC 8215 */
    {{1}, 64, SPECIAL},                                  /* discard only, RFC 6666 */
    {{1, 0, 0, 0, 0, 0, 0, 1}, 64, SPECIAL},             /* dummy prefix, RFC 9780 */
    {{0x20, 0x01}, 32, TEREDO},                          /* RFC 4380 */
    {{0x20, 0x01}, 23, SPECIAL},                         /* IETF protocols, RFC 2928 */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, SPECIAL},             /* documentation, RFC 3849 */
    {{0x20, 0x02}, 16, EMBEDS_IPV4_AT_2},                /* 6to4, RFC 3056 */
    {{0x26, 0x20, 0x00, 0x4f, 0x80}, 48, SPECIAL},       /* AS112, RFC 7534 */
    {{0x3f, 0xff}, 20, SPECIAL},                         /* documentation, RFC 9637 */
    {{0x5f, 0x00}, 16, SPECIAL},                         /* SRv6 SIDs, RFC 9602 */
    {{0xfc}, 7, SPECIAL},                                /* unique local, RFC 4193 */
    {{0xfe, 0x80}, 10, SPECIAL},                         /* link local, RFC 4291 */
    {{0xfe, 0xc0}, 10, SPECIAL},                         /* site local, RFC 3879 */
    {{0xff}, 8, SPECIAL},                                /* multicast, RFC 4291 */
};

static const struct range *find_range(const struct range *ranges, size_t count, const uint8_t *ip)
{
    for (size_t i = 0; i < count; i++) {
        size_t whole = ranges[i].bits / 8u;
        unsigned rest = ranges[i].bits % 8u;

        if (memcmp(ip, ranges[i].prefix, whole) != 0)
            continue;
        if (rest == 0 || ((ip[whole] ^ ranges[i].prefix[whole]) & 0xff00u >> rest & 0xffu) == 0)
            return &ranges[i];
    }
    return NULL;
}

static bool ipv4_is_special(const uint8_t *ip)
{
    return find_range(ipv4_ranges, sizeof ipv4_ranges / sizeof ipv4_ranges[0], ip) != NULL;
}

/* RFC 4380 4: bytes 4..7 are the server's address, 12..15 the client's with all bits inverted. */
static bool teredo_is_special(const uint8_t *ip)
{
    uint8_t client[4];

    for (size_t i = 0; i < sizeof client; i++)
        client[i] = (uint8_t)~ip[12 + i];
    return ipv4_is_special(ip + 4) || ipv4_is_special(client);
}

static bool ipv6_is_special(const uint8_t *ip)
{
    const struct range *range =
        find_range(ipv6_ranges, sizeof ipv6_ranges / sizeof ipv6_ranges[0], ip);

    if (range == NULL)
        return false;
    switch (range->rule) {
    case EMBEDS_IPV4_AT_2:
        return ipv4_is_special(ip + 2);
    case EMBEDS_IPV4_AT_12:
        return ipv4_is_special(ip + 12);
    case TEREDO:
        return teredo_is_special(ip);
    default:
        return true;
    }
}

bool net_ip_is_special(const struct net_address *address)
{
    switch (address->family) {
    case NET_IPV4:
        return ipv4_is_special(address->ip);
    case NET_IPV6:
        return ipv6_is_special(address->ip);
    default:
        return true;
    }
}
