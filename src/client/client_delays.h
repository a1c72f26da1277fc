/* One-way delays of packets whose payload was decrypted and said when it was sent, by the clock
 * that both ends share. */
#ifndef PARLEY_CLIENT_CLIENT_DELAYS_H
#define PARLEY_CLIENT_CLIENT_DELAYS_H

#include <stdint.h>

#include "base/histogram.h"

/* Zeroed: none yet. Shared by all clients of one thread. */
struct client_delays {
    /* set by the owner before client_receive(): when the datagram at hand was read; 0: at the
     * now_us of the call, which may be when the kernel had it */
    uint64_t read_us;
    struct histogram arrived_us; /* until the now_us of client_receive() */
    struct histogram read_at_us; /* until read_us */
};

/* sent_us: the low 32 bits of the sender's clock. */
void client_delays_add(struct client_delays *delays, uint64_t now_us, uint32_t sent_us);

#endif
