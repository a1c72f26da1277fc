/* RTCP to one peer, gathered into as few datagrams as possible. Where reduced-size RTCP (RFC 5506)
 * was not agreed on, each compound begins with a receiver report and a CNAME (RFC 3550 6.1). */
#ifndef PARLEY_ENGINE_RTCP_OUT_H
#define PARLEY_ENGINE_RTCP_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "engine/leg.h"
#include "engine/shared.h"

/* Below any path's MTU with SRTCP's trailer and TURN's header. */
#define RTCP_OUT_BYTES 1100u

struct rtcp_out {
    /* borrowed */
    struct leg *leg;
    struct shared *shared;
    /* state */
    struct writer writer;
    size_t prefix; /* nothing but the obligatory front is in it up to here */
    uint8_t bytes[RTCP_OUT_BYTES];
};

void rtcp_out_begin(struct rtcp_out *out, struct leg *leg, struct shared *shared);
/* A writer with room for len bytes (at most 1000); sends what is there if it must. */
struct writer *rtcp_out_room(struct rtcp_out *out, size_t len);
/* Sends what is there, if anything. */
void rtcp_out_end(struct rtcp_out *out);

/* The CNAME of our own SSRC of a leg. */
struct span rtcp_out_cname(void);

#endif
