/* What goes out to one viewer, as a whole: how much its link takes (bwe.h), which layers fit into
 * that (allocator.h), and when each packet leaves (pacer.h). One for each leg with seats.
 *
 *   forward.c ── downlink_forward() ── credit, nothing queued ──▶ seat_stream_forward()
 *                        └── else: queue ── downlink_service() ──▶ seat_stream_forward()
 *   seat_stream.c, each time a packet went out ──▶ downlink_sent() ──▶ bwe, pacer
 *   rtcp_receive.c ──▶ downlink_feedback(), downlink_report() ──▶ bwe ──▶ pacer, allocator
 *
 * Only this leg's own feedback counts: what a publisher loses on its way to us is no sign of a
 * viewer's link. All functions take a leg without a downlink (nothing is paced there). */
#ifndef PARLEY_ENGINE_DOWNLINK_H
#define PARLEY_ENGINE_DOWNLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "engine/shared.h"

struct layer;
struct leg;
struct packet;
struct rtcp_report;
struct seat_stream;

enum downlink_kind { DOWNLINK_AUDIO, DOWNLINK_VIDEO, DOWNLINK_RTX, DOWNLINK_PADDING };

/* One RTP packet that went out to the viewer. */
struct downlink_packet {
    uint16_t bytes;    /* RTP header and payload, without SRTP, UDP and IP */
    bool numbered;     /* carried a transport-wide number: its m-line agreed on the extension */
    uint16_t sequence; /* that number */
    uint8_t kind;      /* enum downlink_kind */
    uint8_t seat;      /* whose stream it belongs to */
    uint16_t of;       /* the stream's number of what it carries; not of padding */
    uint8_t probe;     /* what seat_stream_pad() was given; else 0 */
};

/* For a leg with seats; transport_cc: the peer gives transport-wide feedback. 0 or -1 (out of
 * memory). May be called again when more was agreed on. */
int downlink_prepare(struct leg *viewer, bool transport_cc, struct shared *shared)
    __attribute__((warn_unused_result));
void downlink_fini(struct leg *viewer, struct shared *shared);

/* Went out: seat_stream calls it for whatever it sends (media, RTX, padding). */
void downlink_sent(struct leg *viewer, const struct downlink_packet *packet, struct shared *shared);

/* A video packet for one viewer: sent now if the link has room, else kept in line. */
void downlink_forward(struct seat_stream *stream, const struct layer *layer,
                      const struct packet *packet, struct shared *shared);

/* Transport-wide feedback of the viewer (RTPFB 15): the FCI. */
void downlink_feedback(struct leg *viewer, struct span fci, struct shared *shared);
/* A report block of the viewer on one of its seats. */
void downlink_report(struct leg *viewer, const struct rtcp_report *report, struct shared *shared);

/* The receiver's own estimate (REMB), where it gives no transport-wide feedback. */
void downlink_cap(struct leg *viewer, uint64_t bps, struct shared *shared);
/* The viewer misses a packet of that stream, one of so many: sent again now, in line, or not at
 * all. */
void downlink_repair(struct seat_stream *stream, uint16_t sequence, size_t missing,
                     struct shared *shared);
/* The viewer asks for a key frame. False: it asked too often, the publisher must not suffer. */
bool downlink_may_want_keyframe(struct seat_stream *stream, struct shared *shared);

/* Sets what each seat gets, now: seats, wishes or layers have changed. */
void downlink_allocate(struct leg *viewer, struct shared *shared);
/* Sends what is due; when it wants to be called next (UINT64_MAX: no need). */
void downlink_service(struct leg *viewer, struct shared *shared);
uint64_t downlink_wake_at(const struct leg *viewer);

/* What the viewer's link is thought to take, audio and repairs included; 0: no downlink. */
uint64_t downlink_target_bps(const struct leg *viewer, uint64_t now_us);
/* What goes out, over the last second. */
uint64_t downlink_sent_bps(const struct leg *viewer, uint64_t now_us);
/* How many temporal layers are to be left out for now, since the line is long; 2: all but one. */
uint8_t downlink_thin(const struct leg *viewer);
/* How many of a thousand packets get lost on the viewer's link (RED distance, quality). */
unsigned downlink_loss_permille(const struct leg *viewer);
/* Whether whole frames of sound in a row got lost there within so long. */
bool downlink_loses_in_bursts(const struct leg *viewer, uint64_t now_us, uint64_t within_us);
/* Somebody else's queue stands on that link: what is lost there is not lost by sending too much. */
bool downlink_has_rival(const struct leg *viewer);
/* How long packets wait on the way, as far as that can be told; UINT64_MAX: it cannot. */
uint64_t downlink_queue_delay_us(const struct leg *viewer);
/* 0: not known yet. */
uint64_t downlink_rtt_us(const struct leg *viewer);
/* When feedback last came; 0: never. */
uint64_t downlink_heard_us(const struct leg *viewer);

/* What this viewer would take of a video track if its link were no limit, by the size of the tile:
 * the highest spatial layer, -1: none (hidden, audio only). For ENGINE_PUBLISH. */
int downlink_wanted_spatial(const struct seat_stream *stream, uint64_t now_us);

/* What sending needs, fetched pointer by pointer: depth 0 and 1, others do nothing
 * (base/prefetch.h). */
void downlink_prefetch(const struct leg *viewer, unsigned depth);

#endif
