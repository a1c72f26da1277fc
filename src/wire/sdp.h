/* SDP text -> struct sdp (RFC 8866, and what WebRTC uses of it: RFC 9429, 8839, 8842, 8843, 8285,
 * 8851, 8853, 5576, 4585).
 *
 * Strings in the result are views into the text, which must outlive it. Nothing is allocated: the
 * result is about 600 KiB, so it belongs into something made once. Lines and attributes that are
 * not known here are skipped; what is known must be well-formed. What session level says for all
 * m-lines (ICE, fingerprint, setup, direction, extmap) stands in each of them afterwards. */
#ifndef PARLEY_WIRE_SDP_H
#define PARLEY_WIRE_SDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/sdp_text.h"

/* Limits; the first three are also in engine/limits.h. Going over one refuses the SDP, except
 * where it says "first": more is skipped, since they are only hints. */
#define SDP_BYTES        65536u /* pages trim what they do not use: 24 seats then fit */
#define SDP_MEDIA        64u
#define SDP_MID_BYTES    31u
#define SDP_LINES        4096u /* the page trims its offer; GStreamer and Firefox stay far below */
#define SDP_LINE_BYTES   4096u /* an a=identity of Firefox; all else is below 512 */
#define SDP_FMTP_BYTES   2048u /* H.264's parameter sets are some 100 */
#define SDP_FORMATS      64u   /* per m-line; Chromium 156: 29 */
#define SDP_EXTMAPS      32u   /* per m-line; Chromium 156: 16 */
#define SDP_RIDS         8u
#define SDP_SSRCS        32u /* first; per m-line */
#define SDP_SSRC_GROUPS  16u /* first */
#define SDP_GROUP_SSRCS  4u  /* first; per group */
#define SDP_FINGERPRINTS 4u  /* first */
#define SDP_CANDIDATES   16u /* first; per m-line */

enum sdp_kind { SDP_OTHER = 0, SDP_AUDIO, SDP_VIDEO, SDP_APPLICATION };
/* Bits: what the side that wrote the SDP does. */
enum sdp_direction { SDP_INACTIVE = 0, SDP_SENDONLY = 1, SDP_RECVONLY = 2, SDP_SENDRECV = 3 };
enum sdp_setup { SDP_SETUP_NONE = 0, SDP_ACTPASS, SDP_ACTIVE, SDP_PASSIVE };
enum sdp_hash { SDP_SHA1 = 1, SDP_SHA256, SDP_SHA384, SDP_SHA512 };
enum sdp_feedback {
    SDP_FB_NACK = 1,
    SDP_FB_PLI = 2,
    SDP_FB_FIR = 4,
    SDP_FB_TRANSPORT_CC = 8,
    SDP_FB_REMB = 16,
};

struct sdp_fingerprint {
    uint8_t hash; /* enum sdp_hash */
    uint8_t len;
    uint8_t bytes[64];
};

/* ICE and DTLS parameters. */
struct sdp_transport {
    struct sdp_text ice_ufrag; /* empty: none */
    struct sdp_text ice_pwd;
    uint8_t setup;             /* enum sdp_setup */
    uint8_t fingerprint_count; /* of hashes that are known here */
    struct sdp_fingerprint fingerprints[SDP_FINGERPRINTS];
};

/* One payload type of an m-line, with its a=rtpmap, a=fmtp and a=rtcp-fb. */
struct sdp_format {
    uint8_t payload_type;
    uint8_t feedback; /* bits of enum sdp_feedback, "*" included */
    uint8_t channels; /* 1 unless given */
    uint32_t clock_rate_hz;
    struct sdp_text name; /* empty: no rtpmap (a static payload type) */
    struct sdp_text fmtp;
};

struct sdp_extmap {
    uint16_t id;
    uint8_t direction; /* enum sdp_direction; SENDRECV unless given */
    struct sdp_text uri;
};

struct sdp_rid {
    struct sdp_text id;
    uint8_t direction; /* SENDONLY: "send", RECVONLY: "recv" */
};

struct sdp_ssrc_group {
    struct sdp_text semantics; /* FID, SIM, FEC-FR, … */
    uint8_t ssrc_count;
    uint32_t ssrcs[SDP_GROUP_SSRCS];
};

struct sdp_candidate {
    uint8_t component; /* 1: RTP, 2: RTCP (Firefox offers it, rtcp-mux makes it moot) */
    bool tcp;
    uint32_t priority;
    uint16_t port;
    struct sdp_text address; /* an IP address, or an mDNS name */
    struct sdp_text type;    /* host, srflx, … */
    struct sdp_text tcptype; /* active, passive, so; empty for UDP */
};

struct sdp_media {
    uint8_t kind;      /* enum sdp_kind */
    uint8_t direction; /* enum sdp_direction */
    bool bundled;      /* in the BUNDLE group */
    bool bundle_only, rtcp_mux, rtcp_rsize, extmap_allow_mixed;
    uint16_t port;             /* 0: rejected, unless bundle_only */
    struct sdp_text kind_text; /* "audio"; as written, like the next two: an answer */
    struct sdp_text proto;     /* that rejects an m-line repeats it */
    struct sdp_text formats_text;
    struct sdp_text mid;         /* empty: none */
    struct sdp_text msid_stream; /* empty: no a=msid; "-": no stream */
    struct sdp_text msid_track;
    struct sdp_transport transport;
    uint8_t format_count; /* audio and video only */
    uint8_t extmap_count;
    uint8_t rid_count;
    uint8_t simulcast_send_count;
    uint8_t simulcast_recv_count;
    uint8_t ssrc_count;
    uint8_t ssrc_group_count;
    uint8_t candidate_count;
    struct sdp_format formats[SDP_FORMATS];
    struct sdp_extmap extmaps[SDP_EXTMAPS];
    struct sdp_rid rids[SDP_RIDS];
    /* Rids in order; of alternatives ("a,b") the first, a pause mark ("~") is left out. */
    struct sdp_text simulcast_send[SDP_RIDS];
    struct sdp_text simulcast_recv[SDP_RIDS];
    uint32_t ssrcs[SDP_SSRCS]; /* distinct, in order */
    struct sdp_ssrc_group ssrc_groups[SDP_SSRC_GROUPS];
    struct sdp_candidate candidates[SDP_CANDIDATES];
};

struct sdp {
    bool ice_lite;
    bool extmap_allow_mixed; /* at session level */
    uint8_t bundle_count;    /* of the first BUNDLE group; 0: none */
    uint8_t media_count;
    struct sdp_text bundle[SDP_MEDIA]; /* mids, the tagged one first (RFC 8843 7.1) */
    struct sdp_media media[SDP_MEDIA];
    struct sdp_media session; /* only what is inherited is set */
};

/* Why a text is not SDP that we can use. */
struct sdp_problem {
    unsigned line;      /* from 1; 0: no line in particular */
    const char *reason; /* static, ASCII: "a=rtpmap without an encoding" */
};

/* 0; -1: refused, see *problem (*sdp is then not to be used). Accepts LF and CRLF. */
int sdp_parse(const char *text, size_t len, struct sdp *sdp, struct sdp_problem *problem)
    __attribute__((warn_unused_result));

/* The m-line's entry for a payload type, or NULL. */
const struct sdp_format *sdp_find_format(const struct sdp_media *media, uint64_t payload_type);

#endif
