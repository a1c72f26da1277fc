/* What arrives in a seat: one RTP stream, judged as a decoder would. Packets wait in a ring until
 * they can be taken in order; gaps are asked for (NACK) and given up after a while, or passed over
 * when a frame behind them can and must be shown. */
#ifndef PARLEY_CLIENT_CLIENT_SINK_H
#define PARLEY_CLIENT_CLIENT_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/seq.h"
#include "client/client.h"
#include "client/client_playout.h"
#include "client/client_reception.h"
#include "client/client_render.h"
#include "client/client_source.h"
#include "wire/rtp.h"

#define CLIENT_SINK_RING  512u /* a power of two */
#define CLIENT_SINK_H264  102u /* payload types */
#define CLIENT_SINK_VP9   98u
#define CLIENT_SINK_NACKS 32u /* asked for at once */

struct client_slot {
    uint64_t seq;       /* extended */
    uint64_t missed_us; /* a missing one: since when; 0: never missed */
    uint64_t asked_us;  /* and the last NACK for it */
    uint32_t timestamp;
    uint16_t picture_id;
    uint8_t asked; /* NACKs sent for it */
    bool here, marker, padding, key, frame_start;
    bool numbered; /* has a picture id */
    bool spatial;  /* one of several layers in the stream */
    struct client_tag tag;
};

/* The frames of one layer that were decoded, for those that refer to them. */
struct client_chain {
    bool started;
    uint32_t newest;
    uint64_t decoded; /* bit n: the frame n before the newest */
};

struct client_sink {
    /* set by the owner */
    bool video;
    bool repairs;            /* NACK was agreed on */
    uint32_t ssrc, rtx_ssrc; /* 0: not agreed */
    /* state of the stream */
    struct client_reception reception; /* its clock rate is set by the owner */
    uint64_t next_seq;                 /* next to be taken */
    bool started;
    bool damaged; /* the chain of frames is broken; waiting for a key frame */
    bool holed;   /* something was given up that not everything depends on */
    bool gap;     /* a NACK is due at once */
    bool has_last, has_chain, last_numbered;
    bool padded; /* padding came since the last packet: pictures may be left out there */
    uint32_t last_timestamp;
    uint16_t last_picture_id;
    struct client_tag last;       /* the frame decoded last */
    struct client_tag last_taken; /* of the packet taken last, decodable or not */
    struct client_chain chains[CLIENT_MAX_LAYERS];
    uint64_t last_packet_us;
    uint32_t heard_owner; /* of the audio played */
    uint8_t pieces;       /* of the frame being taken */
    bool frame_good;
    uint64_t key_wanted_us; /* a PLI is due; 0: none */
    uint64_t key_asked_us;
    struct client_playout playout; /* audio */
    struct client_render render;   /* video */
    struct client_seat_stats stats;
    struct client_slot ring[CLIENT_SINK_RING];
};

/* A plain packet of this stream, or, with rtx, what the RTX packet carried, under the original
 * sequence number. payload: of audio the newest frame. */
void client_sink_receive(struct client_sink *sink, uint64_t now_us, const struct rtp_packet *packet,
                         struct span payload, bool rtx);
/* An earlier audio frame that came along (RFC 2198). */
void client_sink_recover(struct client_sink *sink, uint32_t timestamp);
/* Takes what can be taken, gives up what is too late. */
void client_sink_run(struct client_sink *sink, uint64_t now_us);
/* Sequence numbers to ask for now; at most CLIENT_SINK_NACKS. */
size_t client_sink_nacks(struct client_sink *sink, uint64_t now_us,
                         uint16_t seqs[static CLIENT_SINK_NACKS]);
/* Whether to send a PLI now. */
bool client_sink_wants_key(struct client_sink *sink, uint64_t now_us);

#endif
