/* RTP congestion control feedback (RFC 8888): per RTP stream, which packets arrived, when, and with
 * which ECN mark. */
#ifndef PARLEY_WIRE_CCFB_H
#define PARLEY_WIRE_CCFB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* A message, walked stream by stream. */
struct ccfb {
    uint32_t sender_ssrc;
    /* "the middle 32 bits of the NTP timestamp" when the report was made: 1/65536 s, wraps. */
    uint32_t report_timestamp;
    struct reader reader;
};

/* One stream's reports: on begin_seq, begin_seq + 1, … */
struct ccfb_stream {
    uint32_t ssrc;
    uint16_t begin_seq;
    uint16_t count;
    struct span metrics; /* for ccfb_metric() */
};

enum ccfb_ecn { CCFB_NOT_ECT = 0, CCFB_ECT_1 = 1, CCFB_ECT_0 = 2, CCFB_CE = 3 };

struct ccfb_metric {
    bool received;
    uint8_t ecn;               /* enum ccfb_ecn */
    bool time_known;           /* false: too long ago, or not told */
    uint32_t before_report_us; /* arrived so long before report_timestamp */
};

/* body: what follows the header of an RTPFB packet of format RTCP_CCFB (struct rtcp_packet). 0 or
 * enum wire_error. */
int ccfb_open(struct span body, struct ccfb *out) __attribute__((warn_unused_result));
/* 1: *out is the next stream, 0: no more, or enum wire_error: the rest cannot be read. */
int ccfb_next(struct ccfb *ccfb, struct ccfb_stream *out) __attribute__((warn_unused_result));
/* Of packet begin_seq + index; index below count. */
struct ccfb_metric ccfb_metric(const struct ccfb_stream *stream, size_t index);

#endif
