/* ICE-TCP, passive (RFC 6544): browsers that cannot use UDP connect here, and STUN, DTLS and SRTP
 * come in frames of a 16-bit length (RFC 4571). The number of connections, what one address may
 * hold, the buffers, and the time until the first and the next frame are bounded. */
#ifndef PARLEY_WORKER_TCP_H
#define PARLEY_WORKER_TCP_H

#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

#define TCP_CONNECTIONS    1024u
#define TCP_FIRST_FRAME_US 10000000u /* a stranger must say something soon */
#define TCP_IDLE_US        45000000u /* consent checks come every 5 s (RFC 7675) */
#define TCP_OUT_BYTES      (256u * 1024u)

struct tcp;

/* What the connections call back with: one frame, or a connection's end. */
struct tcp_owner {
    void (*on_frame)(void *context, struct engine_datagram *datagram);
    void (*on_close)(void *context, uint32_t connection);
    void *context;
};

/* Adds the sockets to epoll_fd with data.u64 = connection id (listener: TCP_LISTENER). */
#define TCP_LISTENER UINT64_C(0x100000000)
struct tcp *tcp_new(int listen_fd, int epoll_fd, uint32_t per_address,
                    const struct tcp_owner *owner, uint64_t *counters);
void tcp_free(struct tcp *tcp); /* closes everything, without callbacks; accepts NULL */

void tcp_accept(struct tcp *tcp, uint64_t now_us);
/* epoll's events for one connection; unknown ids are ignored. */
void tcp_ready(struct tcp *tcp, uint64_t now_us, uint32_t connection, uint32_t events);
/* Sends one frame or drops it whole. */
void tcp_send(struct tcp *tcp, const struct engine_tx *tx);
/* Closes what is idle. */
void tcp_tick(struct tcp *tcp, uint64_t now_us);

#endif
