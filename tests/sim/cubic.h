/* A competitor: one TCP connection with CUBIC (RFC 9438) that always has something to send,
 * through a bottleneck that others share. Its acknowledgements come back over a path that is never
 * full. Segments only count: nobody reads them. */
#ifndef PARLEY_TESTS_SIM_CUBIC_H
#define PARLEY_TESTS_SIM_CUBIC_H

#include "sim/network.h"

struct cubic {
    /* set by the owner */
    struct link link; /* forward; link.shared is the bottleneck */
    uint64_t return_us;
    bool on;
    /* state */
    double window; /* segments */
    double threshold;
    double before_loss; /* W_max */
    uint64_t epoch_us;  /* of the present growth; 0: a new one begins */
    double epoch_window;
    uint64_t sent, acked; /* segments, in order */
    uint64_t recover;     /* losses before this one belong to the same reduction */
    uint64_t rtt_us;
    uint64_t heard_us; /* the last acknowledgement */
    /* counts */
    uint64_t delivered_bytes, reductions, timeouts;
};

void cubic_start(struct cubic *cubic, uint64_t now_us);
/* An acknowledgement that the network brought. */
void cubic_receive(struct cubic *cubic, struct network *network, uint64_t now_us,
                   const struct datagram *ack);
/* Sends what the window permits; a retransmission timeout if nothing is heard. */
void cubic_run(struct cubic *cubic, struct network *network, uint64_t now_us);
uint64_t cubic_wake_at(const struct cubic *cubic);

#endif
