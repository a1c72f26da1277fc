/* One outgoing RTP stream: the audio or the video of one seat. To the browser it never ends and
 * never jumps, whoever sits in the seat and whichever layer is sent: SSRC, sequence numbers,
 * timestamps, picture ids and frame numbers go on across switches.
 *
 *   source A  101 102 103 104 |                      A segment is a stretch of one layer; in it
 *   source B                  | 7001 7002 7003       every number is the source's plus an offset.
 *   outgoing   17  18  19  20 |   21   22   23       Video begins a segment on a key frame only. */
#ifndef PARLEY_ENGINE_SEAT_STREAM_H
#define PARLEY_ENGINE_SEAT_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "engine/layer_filter.h"
#include "engine/red_stream.h"
#include "engine/seat_numbers.h"
#include "engine/track.h"

#define SEAT_STREAM_SEGMENTS 4u /* remembered for NACKs that come after a switch */

/* What a viewer is to get of a video track; the allocator's word. What is not there (any more) is
 * replaced by the next lower layer that is alive, or else the next higher. */
struct stream_target {
    int8_t spatial;  /* simulcast layer or spatial layer of SVC, 0: lowest; -1: paused */
    int8_t temporal; /* highest temporal layer */
};
#define STREAM_TARGET_BEST ((struct stream_target){LIMIT_LAYERS - 1, TRACK_TEMPORAL_LAYERS - 1})

/* A replayed group of pictures: what is older than the newest picture is shown in no time. */
struct seat_squeeze {
    uint32_t from;  /* the source's timestamp where it begins */
    uint32_t ticks; /* and for how long; 0: nothing is squeezed */
    uint32_t base;  /* our timestamp there */
};

struct seat_segment {
    uint32_t layer_id;
    uint32_t first_seq; /* the layer's packets before this one are not sent */
    uint8_t source_payload_type;
    uint8_t codec;            /* enum codec of the source */
    uint8_t payload_type;     /* the viewer's */
    uint8_t rtx_payload_type; /* NEGOTIATE_NO_PAYLOAD: none */
    uint8_t red_payload_type; /* audio; the same */
    uint8_t tl0_offset;
    uint16_t picture_offset;
    uint16_t frame_offset; /* dependency descriptor's frame_number */
    uint32_t timestamp_offset;
    int32_t timestamp_skew; /* of that, how much it is ahead of the track's true time */
    uint32_t clock_rate_hz;
    struct seat_squeeze squeeze;
};

struct sent_packet {
    uint32_t seq;           /* the layer's extended number */
    uint16_t resent_ms;     /* when last repeated, modulo 65.536 s */
    uint16_t sequence;      /* ours */
    uint16_t picture_shift; /* taken off the picture id */
    uint8_t segment;        /* number of the segment, modulo 256 */
    uint8_t used : 1;
    uint8_t filler : 1; /* padding in the place of a packet that was not to be sent */
    uint8_t marker : 1;
    uint8_t arrived : 1; /* by the viewer's feedback */
    uint8_t resent : 4;  /* how often it was repeated */
};

/* What the log says of a stream, to say why it changes. */
struct seat_told {
    int8_t layer;  /* simulcast layer, or spatial layer of SVC; -1: none */
    int8_t top;    /* the highest that came then */
    int8_t useful; /* the highest that its tile could take then */
};

/* The RTP header that most packets of a stream begin with, made once for each agreement: only
 * numbers are put into it. */
#define SEAT_FRONT_BYTES 80u
struct seat_front {
    uint8_t len; /* 0: there is none, each header is written from its beginning */
    uint8_t send_time_at, sequence_at, level_at; /* values of extensions; 0: not in it */
    uint8_t bytes[SEAT_FRONT_BYTES];
};

struct seat_stream {
    /* borrowed */
    struct leg *viewer;
    struct track *track;       /* NULL: nobody */
    struct list_node in_track; /* track->viewers */
    /* owned */
    struct sent_packet *sent;    /* NULL until the stream is agreed on */
    struct layer_filter *filter; /* video: the same */
    struct red_stream red;       /* audio: what the viewer misses */
    /* state */
    uint8_t seat;
    bool video;
    uint8_t media; /* index into the viewer's negotiated.media */
    struct seat_front front;
    uint32_t ssrc, rtx_ssrc;
    bool no_codec;    /* the viewer cannot decode what comes */
    bool flowing;     /* segments[segment % …] is what is sent now */
    bool started;     /* the numbers below mean something */
    bool rtx_started; /* so does rtx_sequence */
    bool may_replay;  /* what the viewer missed was never sent to it, and not for want of room */
    bool waiting;     /* packets could not be judged: their structure is missing */
    uint8_t dark_why; /* enum timeline_why: what brought a stream to an end that is to go on */
    struct seat_told told;
    struct keyframe_asker asker;
    struct stream_target target;
    uint64_t rising_us; /* since when more temporal layers are wanted than can be had; 0: not */
    uint8_t segment;
    struct seat_segment segments[SEAT_STREAM_SEGMENTS];
    struct seat_numbers numbers; /* of the present segment */
    uint16_t next_sequence;
    uint16_t rtx_sequence;
    uint32_t timestamp;      /* newest sent */
    uint64_t arrival_us;     /* its packet's */
    uint16_t picture, frame; /* newest sent */
    uint8_t tl0;
    uint32_t packets, octets;  /* for sender reports (RFC 3550 6.4.1) */
    uint32_t reported_packets; /* when the last report was sent */
};

/* Room to remember what is sent. 0 or -1 (out of memory). */
int seat_stream_prepare(struct seat_stream *stream) __attribute__((warn_unused_result));
void seat_stream_fini(struct seat_stream *stream);

/* From now on this track; the stream itself goes on. NULL: nobody. */
void seat_stream_show(struct seat_stream *stream, struct track *track);
/* The source is muted or changed, or the viewer's line is full: what comes next begins a new
 * segment, on a key frame of its own. why: enum timeline_why, what that one will be asked for. */
void seat_stream_pause(struct seat_stream *stream, uint8_t why);
/* Changes what the viewer gets. The old layer goes on until a key frame of the new one comes; one
 * is asked for. Paused: nothing is sent until another target is set. */
void seat_stream_set_target(struct seat_stream *stream, struct stream_target target,
                            struct shared *shared);
/* What the viewer waits for is asked for: a group of pictures from the ring, or a key frame. To be
 * called now and then, and when layers come and go. */
void seat_stream_serve(struct seat_stream *stream, struct shared *shared);
/* The viewer cannot decode any more (PLI, FIR). */
void seat_stream_want_keyframe(struct seat_stream *stream, struct shared *shared);
/* The layer that is being sent, or 0. */
uint32_t seat_stream_layer(const struct seat_stream *stream);
/* Its present segment; NULL: nothing flows. */
const struct seat_segment *seat_stream_segment(const struct seat_stream *stream);

/* Whether seat_stream_forward() may send the packet: what the viewer is never to have need not be
 * queued. Changes nothing. */
bool seat_stream_wants(const struct seat_stream *stream, const struct layer *layer,
                       const struct packet *packet);

/* Whether what the viewer is to have now leaves that packet out: it is seen here all the same, for
 * the numbers, and costs the link nothing. */
bool seat_stream_leaves_out(const struct seat_stream *stream, const struct layer *layer,
                            const struct packet *packet, uint64_t now_us);

/* Whether a new segment would begin with that packet: what came before is of no use then. */
bool seat_stream_begins(const struct seat_stream *stream, const struct layer *layer,
                        const struct packet *packet, uint64_t now_us);

/* A packet came in one of the track's layers; sends it if the viewer is to have it. True:
 * no_codec changed, the viewer should be told. */
bool seat_stream_forward(struct seat_stream *stream, const struct layer *layer,
                         const struct packet *packet, struct shared *shared);

/* Audio that was paused goes on with this packet of the ring and what came after it. */
void seat_stream_replay(struct seat_stream *stream, const struct layer *layer,
                        const struct packet *packet, struct shared *shared);

/* ---- repeating (seat_resend.c) -------------------------------------------------------------- */

enum seat_stream_resend { SEAT_STREAM_RESENT, SEAT_STREAM_GONE, SEAT_STREAM_TOO_OFTEN };
/* The viewer misses one of our sequence numbers: sends it again as RTX (RFC 4588), so many times.
 */
enum seat_stream_resend seat_stream_resend(struct seat_stream *stream, uint16_t sequence,
                                           unsigned copies, struct shared *shared);

/* The last repetition of that number got lost as well: the next one need not wait for it. */
void seat_stream_repetition_lost(struct seat_stream *stream, uint16_t sequence, uint64_t now_us);
/* Whether the packet of that number is of the lowest temporal layer, which all others need. Sound
 * and what is not known are. */
bool seat_stream_is_base(const struct seat_stream *stream, uint16_t sequence);

/* Sends something of no new content, at least `bytes` of it: recent packets again as RTX, then
 * padding on the RTX SSRC. For probing the viewer's link: marked with the probe's number. Returns
 * the bytes sent; 0: this stream cannot (nothing was sent yet, or no RTX was agreed on). */
size_t seat_stream_pad(struct seat_stream *stream, size_t bytes, uint8_t probe,
                       struct shared *shared);

#endif
