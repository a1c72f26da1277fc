/* net_address <-> sockaddr. */
#ifndef PARLEY_WORKER_SOCKADDR_H
#define PARLEY_WORKER_SOCKADDR_H

#include <sys/socket.h>

#include "base/net.h"

/* IPv4-mapped IPv6 becomes IPv4. A family of neither gives NET_NONE. */
void sockaddr_to_net(const struct sockaddr_storage *from, struct net_address *to);
/* For a socket of the given family: IPv4 is mapped when it is AF_INET6. Returns the length, 0 if
 * the socket cannot reach such an address. */
socklen_t sockaddr_from_net(const struct net_address *from, int family,
                            struct sockaddr_storage *to);

#endif
