/* The state that SRTP keeps per SSRC (RFC 3711 3.2.1 and 3.2.3): rollover, SRTCP index, replay.
 * A table has a fixed size; an SSRC enters it only once a packet of it was authenticated. */
#ifndef PARLEY_ENGINE_SRTP_STREAM_H
#define PARLEY_ENGINE_SRTP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/replay.h"

/* RFC 3711 3.3.1: "i = 2^16 * ROC + SEQ", 48 bits; 9.2: a key serves at most 2^48 SRTP and 2^31
 * SRTCP packets. */
#define SRTP_MAX_RTP_INDEX  ((UINT64_C(1) << 48) - 1)
#define SRTP_MAX_RTCP_INDEX ((UINT64_C(1) << 31) - 1)

struct srtp_stream {
    uint32_t ssrc;
    struct replay rtp;
    struct replay rtcp; /* sending: newest alone counts */
};

struct srtp_streams {
    /* owned */
    struct srtp_stream *streams; /* [0..count) in use, grows with them */
    uint8_t *slots;              /* hash of the SSRC -> place in streams + 1; 0: free */
    /* state */
    unsigned capacity;  /* at most so many */
    unsigned allocated; /* room for so many now */
    unsigned slot_mask;
    unsigned count;
    unsigned last; /* found last: packets of one stream come in a row */
};

#define SRTP_MAX_STREAMS 128u

/* capacity: 1..SRTP_MAX_STREAMS. 0 or -1 (out of memory). */
int srtp_streams_init(struct srtp_streams *table, unsigned capacity)
    __attribute__((warn_unused_result));
void srtp_streams_fini(struct srtp_streams *table); /* accepts a zeroed struct */
/* NULL: not there. */
struct srtp_stream *srtp_streams_find(struct srtp_streams *table, uint32_t ssrc);
/* A new, zeroed stream; the SSRC is not there yet. Streams found before may have moved. NULL: the
 * table is full, or out of memory. */
struct srtp_stream *srtp_streams_add(struct srtp_streams *table, uint32_t ssrc);

/* The 48-bit index of a packet with this sequence number: the one nearest to the newest (RFC 3711
 * 3.3.1 and appendix A); ROC 0 for the first. false: it would lie below zero or be too large. */
bool srtp_stream_rtp_index(const struct srtp_stream *stream, uint16_t seq, uint64_t *index);

/* The one found last, and the hash (base/prefetch.h). */
void srtp_streams_prefetch(const struct srtp_streams *table);

#endif
