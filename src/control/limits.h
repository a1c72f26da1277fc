/* What one address may do: token buckets and a count of open sockets, in a table of fixed size
 * whose least recently used entry makes room. IPv6 counts by /64: a household has that many
 * addresses. */
#ifndef PARLEY_CONTROL_LIMITS_H
#define PARLEY_CONTROL_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/net.h"

enum limits_kind { LIMITS_ROOMS, LIMITS_JOINS, LIMITS_TIMELINES, LIMITS_PASSWORDS, LIMITS_KINDS };

struct limits_rate {
    uint32_t per_minute; /* also the burst */
};

struct limits;
/* size: addresses remembered, at least 1. NULL: out of memory. */
struct limits *limits_new(uint32_t size, const struct limits_rate rates[static LIMITS_KINDS],
                          uint32_t sockets_per_address, uint64_t seed);
/* Accepts NULL. */
void limits_free(struct limits *limits);

/* Takes one token. 0: go on; else the seconds to wait before the next try. */
uint32_t limits_take(struct limits *limits, enum limits_kind kind,
                     const struct net_address *address, uint64_t now_ms);
/* Counts a socket in: false: the address has too many. Each true needs one limits_socket_closed. */
bool limits_socket_opened(struct limits *limits, const struct net_address *address);
void limits_socket_closed(struct limits *limits, const struct net_address *address);

/* One bucket by itself, for the messages of one socket. Zeroed and then filled by bucket_init. */
struct bucket {
    uint64_t refilled_ms;
    double tokens;
};
void bucket_init(struct bucket *bucket, double burst, uint64_t now_ms);
/* Refills at per_s up to burst, then takes one; false: empty. */
bool bucket_take(struct bucket *bucket, double per_s, double burst, uint64_t now_ms);

#endif
