/* What a receiver report says of one RTP stream (RFC 3550 6.4.1, A.3, A.8), from headers alone. */
#ifndef PARLEY_CLIENT_CLIENT_RECEPTION_H
#define PARLEY_CLIENT_CLIENT_RECEPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/seq.h"
#include "wire/rtcp.h"

struct client_reception {
    uint32_t clock_rate_hz; /* set by the owner */
    /* set by the owner as packets come */
    struct seq16_unwrapper seqs;
    uint64_t first_seq; /* extended */
    uint64_t received;  /* first transmissions */
    /* state */
    uint64_t received_before, expected_before;
    uint32_t jitter_q4, first_transit, last_transit;
    bool has_transit;
    uint32_t last_sr;
    uint64_t last_sr_us;
};

/* A packet with this timestamp came now. */
void client_reception_arrived(struct client_reception *reception, uint64_t now_us,
                              uint32_t timestamp);
/* A sender report came; ntp as it says. */
void client_reception_sr(struct client_reception *reception, uint64_t now_us, uint64_t ntp);
/* The block of the next receiver report; what it tells of begins anew then. */
struct rtcp_report client_reception_report(struct client_reception *reception, uint32_t ssrc,
                                           uint64_t now_us);

#endif
