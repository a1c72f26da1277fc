/* Addresses and paths as plain values. No sockets here: the worker turns these into
 * sockaddrs, the engine only compares and copies them. */
#ifndef PARLEY_BASE_NET_H
#define PARLEY_BASE_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum net_family { NET_NONE = 0, NET_IPV4 = 4, NET_IPV6 = 6 };
/* NET_PIPE: another media worker, whose index is the connection (wire/pipe_frame.h). */
enum net_proto { NET_UDP = 0, NET_TCP = 1, NET_PIPE = 2 };

/* An IP address with a port. Zeroed: no address. IPv4 uses ip[0..3], the rest is zero, so that
 * two equal addresses are equal bytes. IPv4-mapped IPv6 is always stored as IPv4. */
struct net_address {
    uint8_t ip[16];   /* network order */
    uint16_t port;    /* host order */
    uint8_t family;   /* enum net_family */
    uint8_t reserved; /* zero */
};

/* One way to reach a peer: what a datagram came in on, and what its answer goes out on. */
struct net_path {
    struct net_address remote;
    struct net_address local; /* ip the datagram was sent to (IP_PKTINFO); port unused */
    uint32_t connection;      /* TCP: the worker's connection id; PIPE: a worker; UDP: 0 */
    uint8_t proto;            /* enum net_proto */
    uint8_t reserved[3];      /* zero */
};

bool net_address_equal(const struct net_address *a, const struct net_address *b);
/* Equal in everything but the local address. */
bool net_path_equal(const struct net_path *a, const struct net_path *b);
/* Mixes all bytes that net_path_equal compares; for hash tables. */
uint64_t net_path_hash(const struct net_path *path, uint64_t seed);

/* Reads "192.0.2.1" or "2001:db8::1" (no port, no brackets, no zone) from len bytes.
 * 0, or -1 if it is not an address; *out is untouched then, and its port stays. */
int net_ip_parse(const char *text, size_t len, struct net_address *out);

#define NET_IP_TEXT_BYTES 46
/* Writes the IP without the port, NUL-terminated. Returns text. */
const char *net_ip_format(const struct net_address *address, char text[static NET_IP_TEXT_BYTES]);

/* Loopback, private, link-local, CGNAT, multicast, unspecified, documentation and other special
 * ranges (IANA special-purpose registries), v4, v6 and mapped. */
bool net_ip_is_special(const struct net_address *address);

#endif
