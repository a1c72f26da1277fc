/* What an HTTP request says about where it comes from and how its client sees this server. Header
 * values are input from outside: checked here, and nowhere used raw. */
#ifndef PARLEY_CONTROL_REQUEST_H
#define PARLEY_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/net.h"
#include "control/limits.h"

#define REQUEST_HOST_BYTES  256u
#define REQUEST_URL_BYTES   300u
#define REQUEST_QUERY_BYTES 256u /* of one argument, with its name */

struct lws;
struct server;

/* The peer's address; behind http.trusted_proxies the right-most X-Forwarded-For entry that is not
 * a trusted proxy itself. */
void request_address(const struct server *server, struct lws *wsi, struct net_address *out);

/* One token of what the request's address may do. 0: go on; else the seconds to wait. */
uint32_t request_take(struct server *server, struct lws *wsi, enum limits_kind kind);

/* The Host header (or that of http.public_url, if set), with its port. "localhost" if it is missing
 * or holds what no host name does. */
void request_host(const struct server *server, struct lws *wsi,
                  char out[static REQUEST_HOST_BYTES]);

/* "https://meet.example.org": http.public_url, or made from this request. socket: wss:// or ws://.
 */
void request_base_url(const struct server *server, struct lws *wsi, bool socket,
                      char out[static REQUEST_URL_BYTES]);

/* Whether a browser page of this origin may talk to us: none (no browser), our own host, or one of
 * http.allowed_origins. Host names are compared whole, never by suffix. */
bool request_origin_allowed(const struct server *server, struct lws *wsi);

/* An argument of the query; name: with its '='. What is not there stays. false: it is not a number,
 * or out of range. */
bool request_number(struct lws *wsi, const char *name, uint64_t min, uint64_t max, uint64_t *out);

/* ---- pure parts ---- */

/* Letters, digits, '-', '.', ':' and brackets, 1..255 of them. */
bool request_is_host(const char *text, size_t len);
/* "host:port" → "host"; IPv6 keeps its brackets. */
void request_strip_port(const char *host, char *out, size_t size);
/* Whether address lies in "192.0.2.0/24", "2001:db8::/32" or is the single address named. */
bool request_in_network(const struct net_address *address, const char *network);

#endif
