#include "client/client_delays.h"

#include "base/seq.h"

/* A clock that was read a moment later than the kernel's stamp: no time at all. */
static uint64_t since(uint64_t now_us, uint32_t sent_us)
{
    int32_t delay_us = seq32_diff((uint32_t)now_us, sent_us);

    return delay_us < 0 ? 0 : (uint64_t)delay_us;
}

void client_delays_add(struct client_delays *delays, uint64_t now_us, uint32_t sent_us)
{
    histogram_add(&delays->arrived_us, since(now_us, sent_us));
    histogram_add(&delays->read_at_us,
                  since(delays->read_us != 0 ? delays->read_us : now_us, sent_us));
}
