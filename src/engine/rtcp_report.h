/* The regular reports (RFC 3550 6.4): receiver reports on what a peer sends us, sender reports on
 * what goes out to it, with times that keep audio and video of a seat together. */
#ifndef PARLEY_ENGINE_RTCP_REPORT_H
#define PARLEY_ENGINE_RTCP_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/rtcp_out.h"

void rtcp_report_write(struct leg *leg, struct rtcp_out *out);

/* A publisher's sender report on one of its layers. */
void rtcp_report_on_sender(struct leg *leg, struct layer *layer, uint64_t ntp, uint32_t timestamp,
                           const struct shared *shared);

/* Which outgoing RTP timestamp goes with our wall clock now. False: not known yet. */
bool rtcp_report_timestamp(const struct seat_stream *stream, const struct shared *shared,
                           uint32_t *timestamp);

#endif
