/* Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01):
 * which of the transport's packets arrived, and when. */
#ifndef PARLEY_WIRE_TWCC_H
#define PARLEY_WIRE_TWCC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* One message of ours reports on no more; the rest goes into the next one. */
#define TWCC_MAX_WRITTEN 480u

struct twcc_header {
    uint32_t sender_ssrc;
    uint32_t media_ssrc;
    uint16_t base_seq;      /* transport-wide number of the first packet reported on */
    uint8_t feedback_count; /* rises by one with each message; wraps */
};

struct twcc_arrival {
    uint64_t arrival_us;
    bool received;
};

/* Appends one RTPFB packet on base_seq, base_seq + 1, … Returns how many of the arrivals it covers
 * (1..count; fewer than count when a gap in time does not fit a delta or the message is full: call
 * again for the rest with a new header), or enum wire_error: WIRE_NO_ROOM, WIRE_MALFORMED (none of
 * the first TWCC_MAX_WRITTEN is received). */
int twcc_write(struct writer *writer, const struct twcc_header *header,
               const struct twcc_arrival *arrivals, size_t count)
    __attribute__((warn_unused_result));

struct twcc_status {
    uint16_t seq;
    bool received;
    int32_t delta_us; /* since the one received before it; the first: since reference_us */
};

struct twcc_feedback {
    uint16_t base_seq;
    uint8_t feedback_count;
    int64_t reference_us; /* of the receiver's clock; wraps at 2^24 * 64 ms, about 12 days */
    size_t status_count;
};

/* Reads the FCI (struct rtcp_feedback). statuses holds max entries. 0 or enum wire_error. */
int twcc_read(struct span fci, struct twcc_feedback *out, struct twcc_status *statuses, size_t max)
    __attribute__((warn_unused_result));

#endif
