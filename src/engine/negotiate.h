/* An SDP offer becomes an agreement (struct negotiated) and an answer (RFC 3264, 8829, 9429).
 *
 *   negotiate_parse()   text -> struct sdp (wire/sdp.h)
 *   negotiate_offer()   struct sdp -> struct negotiated          what is agreed; refuses what can't
 * be transport_start() or transport_restart() with negotiated.remote, by the caller
 *   negotiate_answer()  both -> the answer's text, with the transport's own ufrag and pwd
 *
 * The client always offers. An m-line of the offer is, in the answer,
 *   a source's  it is named in `sources` and the client sends on it: we answer recvonly;
 *   a seat's    the client receives on it: we answer sendonly. The n-th such audio m-line and the
 *               n-th such video m-line are seat n; they share an msid so that the browser keeps
 *               their lips in sync;
 *   both        sendrecv and named in `sources`: that source comes in, a seat goes out;
 *   unused      nothing of that: inactive; or rejected (port 0) where no codec is in common, and
 *               for m=application, since there is no SCTP here.
 * Nothing in here allocates, and text of the peer is never kept by pointer. */
#ifndef PARLEY_ENGINE_NEGOTIATE_H
#define PARLEY_ENGINE_NEGOTIATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "engine/limits.h"
#include "engine/transport.h"
#include "wire/rtp_ext.h"

struct sdp; /* wire/sdp.h */

#define NEGOTIATE_CODECS       24u /* agreed per m-line; Chromium 156 offers 13 for video */
#define NEGOTIATE_NO_PAYLOAD   0xffu
#define NEGOTIATE_NO_MEDIA     0xffu
#define NEGOTIATE_NO_SEAT      0xffu
#define NEGOTIATE_NO_SOURCE    0xffu
#define NEGOTIATE_RID_BYTES    16u /* RFC 8852 3.1: 1*(alpha-numeric); Chromium stops at 16 */
#define NEGOTIATE_REASON_BYTES 160u

enum codec {
    CODEC_NONE = 0,
    CODEC_OPUS,
    CODEC_RED, /* RFC 2198 around Opus; for video it is never agreed */
    CODEC_VP8,
    CODEC_VP9,
    CODEC_H264,
    CODEC_AV1,
};

enum negotiate_kind { NEGOTIATE_OTHER = 0, NEGOTIATE_AUDIO, NEGOTIATE_VIDEO };

/* Which feedback both sides know for a codec (a=rtcp-fb, RFC 4585 4.2). */
enum negotiate_feedback {
    NEGOTIATE_FB_NACK = 1,
    NEGOTIATE_FB_PLI = 2,
    NEGOTIATE_FB_FIR = 4,
    NEGOTIATE_FB_TRANSPORT_CC = 8,
};

struct negotiated_codec {
    uint8_t codec; /* enum codec */
    uint8_t payload_type;
    uint8_t rtx_payload_type; /* RFC 4588; NEGOTIATE_NO_PAYLOAD: none */
    uint8_t red_payload_type; /* OPUS: the RED that carries it, or none. RED: the Opus in it */
    uint8_t feedback;         /* bits of enum negotiate_feedback */
    uint8_t channels;         /* audio */
    /* What tells two formats of one codec apart. */
    uint8_t h264_profile;       /* enum h264_profile in negotiate_codecs.h */
    uint8_t h264_packetization; /* packetization-mode: 0 or 1 */
    uint8_t vp9_profile;
    uint8_t av1_profile;
    /* Opus: what the offer asked for. */
    bool stereo, inband_fec, dtx;
    uint32_t clock_rate_hz;
};

/* SSRCs that the offer announces for one layer (a=ssrc, a=ssrc-group FID and SIM). */
struct negotiated_ssrc {
    uint32_t ssrc;
    uint32_t rtx_ssrc; /* 0: none */
};

/* One m-line, at the index that it has in the offer. */
struct negotiated_media {
    char mid[LIMIT_MID_BYTES + 1];
    uint8_t kind;   /* enum negotiate_kind */
    bool rejected;  /* port 0 in the answer; nothing below counts */
    bool receiving; /* packets come in now: source is set and the client sends */
    bool sending;   /* packets may go out now: seat is set and the client receives */
    uint8_t source; /* enum engine_source, or NEGOTIATE_NO_SOURCE */
    uint8_t seat;   /* its seat, or NEGOTIATE_NO_SEAT; never changes within a leg */

    uint8_t codec_count;
    struct negotiated_codec codecs[NEGOTIATE_CODECS]; /* best first: the offer's order */
    /* Id of each extension, 0: not agreed. With a seat: what we may write; else what the client
     * may send. One id means the same extension on all m-lines (RFC 8843 9.1): packets are read
     * by negotiated.ext_ids. Ids above 15 need the two-byte form of RFC 8285; they are
     * agreed only if extmap-allow-mixed is. */
    uint8_t extension_ids[RTP_EXT_KINDS]; /* by enum rtp_ext_kind */
    bool rtcp_rsize;                      /* reduced-size RTCP, RFC 5506 */

    /* Sources: what the client sends. With rids: simulcast, in the offer's order, and ssrcs is
     * usually empty (they are learned from the rid extension). Without: ssrcs[0] is the stream,
     * more are the layers of an SSRC-based simulcast (SIM group), lowest first. */
    uint8_t rid_count;
    char rids[LIMIT_LAYERS][NEGOTIATE_RID_BYTES + 1];
    uint8_t ssrc_count;
    struct negotiated_ssrc ssrcs[LIMIT_LAYERS];

    /* Seats: what we send; from negotiate_request.seat_ssrcs. */
    uint32_t seat_ssrc;
    uint32_t seat_rtx_ssrc; /* video; 0 where no RTX is agreed */
};

/* A seat's m-lines as indexes, NEGOTIATE_NO_MEDIA: it has none, or it is not sending now.
 * Its msid stream id and its CNAME are negotiate_seat_cname(). */
struct negotiated_seat {
    uint8_t audio;
    uint8_t video;
};

/* All that was agreed for one peer connection. About 40 KiB; a plain value, copy it freely. */
struct negotiated {
    struct transport_remote remote;
    bool ice_restart;   /* later offers: the client's ICE credentials are new */
    bool ice_lite_peer; /* the client says a=ice-lite: two lite ends never connect */
    bool extmap_allow_mixed;
    uint32_t session_version; /* o= of our answers; 1, 2, … */

    uint8_t media_count;
    struct negotiated_media media[LIMIT_SDP_MEDIA];
    uint8_t seat_count; /* highest used seat + 1 */
    struct negotiated_seat seats[LIMIT_SEATS];
    uint8_t source_media[ENGINE_SOURCES]; /* index into media, or NEGOTIATE_NO_MEDIA */
    struct rtp_ext_ids ext_ids;           /* for rtp_ext_read() of whatever comes in */
};

struct negotiate_seat_ssrcs {
    uint32_t audio, video, video_rtx; /* all different, none 0 */
};

struct negotiate_request {
    const struct engine_source_mid *sources;
    size_t source_count;                           /* <= ENGINE_SOURCES */
    const struct negotiate_seat_ssrcs *seat_ssrcs; /* LIMIT_SEATS of them, fixed for a leg */
    const struct negotiated *previous;             /* NULL: the leg's first offer */
};

/* Why an offer was refused, for ENGINE_REFUSED; never holds more than printable ASCII. */
struct negotiate_reason {
    char text[NEGOTIATE_REASON_BYTES];
};

/* sdp_parse() that says "line 12: a=rtpmap without an encoding". 0, or ENGINE_ERROR_BAD_SDP. *offer
 * is about 600 KiB and keeps views into text. */
int negotiate_parse(const char *text, size_t len, struct sdp *offer,
                    struct negotiate_reason *reason) __attribute__((warn_unused_result));

/* Agrees on what it can. *leg is overwritten in any case and only good after 0; it may not be
 * request->previous. Sources listed on an m-line where the client does not send are kept with
 * receiving = false. Errors (enum engine_error): BAD_SDP, NO_ICE, NO_FINGERPRINT, NO_BUNDLE,
 * BAD_SOURCES, CHANGED_MLINES, FULL (more than LIMIT_SEATS seats); *reason says more. */
int negotiate_offer(const struct sdp *offer, const struct negotiate_request *request,
                    struct negotiated *leg, struct negotiate_reason *reason)
    __attribute__((warn_unused_result));

/* Our own end, as it is written into answers. */
struct negotiate_identity {
    const char *ufrag;
    const char *pwd;
    const uint8_t *fingerprint_sha256;         /* 32 bytes */
    const struct engine_candidate *candidates; /* best first: highest priority */
    size_t candidate_count;                    /* <= LIMIT_CANDIDATES */
    uint64_t session_id;                       /* o=; below 2^63, the same for all of a leg */
};

/* The answer to offer, from which leg came. Writes at most size bytes and a NUL into text.
 * Length without the NUL, or ENGINE_ERROR_FULL if it does not fit (LIMIT_SDP_BYTES is enough for
 * the answer to any offer that browsers make). */
int negotiate_answer(const struct sdp *offer, const struct negotiated *leg,
                     const struct negotiate_identity *identity, char *text, size_t size)
    __attribute__((warn_unused_result));

/* What a publisher sends as `codec`, as the viewer's m-line knows it: payload types for the
 * rewritten header. NULL: the viewer cannot decode it (ENGINE_SEAT_NO_CODEC).
 * H.264: the viewer's profile is the same or contains it, Baseline counts as Constrained Baseline
 * (RFC 6184 8.1), and packetization-mode is the same, or 0 for a viewer of 1. VP9, AV1: the same
 * profile. */
const struct negotiated_codec *negotiate_find_payload(const struct negotiated_media *viewer,
                                                      const struct negotiated_codec *codec);

/* The entry whose payload_type or rtx_payload_type is payload_type; *rtx says which. NULL: not
 * agreed on this m-line, drop the packet. */
const struct negotiated_codec *negotiate_find_codec(const struct negotiated_media *media,
                                                    uint8_t payload_type, bool *rtx);

/* Index into leg->media, or NEGOTIATE_NO_MEDIA. mid is not NUL-terminated (RTP's mid extension). */
uint8_t negotiate_find_mid(const struct negotiated *leg, const char *mid, size_t len);

#define NEGOTIATE_CNAME_BYTES 16
/* "seat-<k>": CNAME and msid stream id of what is sent into seat k. Returns text. */
const char *negotiate_seat_cname(uint8_t seat, char text[static NEGOTIATE_CNAME_BYTES]);

#endif
