/* What arrives in a seat: one RTP stream, judged as a decoder would. Packets wait in a ring until
 * they can be taken in order; gaps are asked for (NACK) and given up after a while. */
#ifndef PARLEY_CLIENT_CLIENT_SINK_H
#define PARLEY_CLIENT_CLIENT_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/seq.h"
#include "client/client.h"
#include "client/client_source.h"
#include "wire/rtp.h"

#define CLIENT_SINK_RING  512u /* a power of two */
#define CLIENT_SINK_NACKS 32u  /* asked for at once */

struct client_slot {
    uint64_t seq;      /* extended */
    uint64_t asked_us; /* a missing one: last NACK, or when it was missed */
    uint32_t timestamp;
    uint16_t picture_id;
    uint8_t asked; /* NACKs sent for it */
    bool here, marker, padding, key, frame_start;
    struct client_tag tag;
};

struct client_sink {
    /* set by the owner */
    bool video;
    uint32_t ssrc, rtx_ssrc; /* 0: not agreed */
    uint32_t clock_rate_hz;
    /* state of the stream */
    struct seq16_unwrapper seqs;
    uint64_t first_seq, next_seq; /* next to be taken */
    bool started;
    bool damaged; /* something was given up; waiting for a key frame */
    bool has_last, has_chain;
    uint32_t last_timestamp;
    uint16_t last_picture_id;
    struct client_tag last; /* the frame taken last */
    uint8_t pieces;         /* of the frame being taken */
    bool frame_good;
    uint64_t key_wanted_us; /* a PLI is due; 0: none */
    uint64_t key_asked_us;
    /* for receiver reports (RFC 3550 6.4.1) */
    uint64_t received, received_before, expected_before;
    uint32_t jitter_q4, last_transit;
    bool has_transit;
    uint32_t last_sr;
    uint64_t last_sr_us;
    struct client_seat_stats stats;
    struct client_slot ring[CLIENT_SINK_RING];
};

/* bytes: a plain packet of this stream, or, with rtx, what the RTX packet carried, under the
 * original sequence number. */
void client_sink_receive(struct client_sink *sink, uint64_t now_us, const struct rtp_packet *packet,
                         struct span payload, bool rtx);
/* Takes what can be taken, gives up what is too late. */
void client_sink_run(struct client_sink *sink, uint64_t now_us);
/* Sequence numbers to ask for now; at most CLIENT_SINK_NACKS. */
size_t client_sink_nacks(struct client_sink *sink, uint64_t now_us,
                         uint16_t seqs[static CLIENT_SINK_NACKS]);
/* Whether to send a PLI now. */
bool client_sink_wants_key(struct client_sink *sink, uint64_t now_us);

#endif
