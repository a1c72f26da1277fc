/* Every limit of the engine in one place. Hitting one counts (base/counters.def), never asserts. */
#ifndef PARLEY_ENGINE_LIMITS_H
#define PARLEY_ENGINE_LIMITS_H

/* Rooms and people. */
#define LIMIT_ROOM_PARTICIPANTS   4096u /* most of them listen and watch only, in so large a room */
#define LIMIT_ROOM_PUBLISHERS     128u  /* of them, who can be seen and heard */
#define LIMIT_VIEWS               64u   /* tiles that a page speaks of */
#define LIMIT_QUALITIES           64u   /* in one report */
#define LIMIT_ENGINE_PARTICIPANTS 4096u
#define LIMIT_ENGINE_ROOMS        1024u
#define LIMIT_SEATS               24u /* per viewer */
#define LIMIT_CANDIDATES          8u
#define LIMIT_TIMELINE_ENTRIES    1024u /* decisions kept per room */
#define LIMIT_LOUDEST             16u   /* microphones forwarded in a large room, at most */
#define LIMIT_LOUDEST_DEFAULT     5u

/* Packets. */
#define LIMIT_DATAGRAM_BYTES     1500u /* RFC 8831-free: media only; nothing larger is real */
#define LIMIT_LAYERS             3u    /* simulcast rids per track */
#define LIMIT_TRACKS             4u    /* per participant: one per source */
#define LIMIT_SSRCS              16u   /* per participant, RTX included */
#define LIMIT_VIDEO_RING_PACKETS 512u  /* per layer; a power of two */
#define LIMIT_AUDIO_RING_PACKETS 64u   /* a power of two */
#define LIMIT_NACK_SEQS_PER_RTCP 64u
#define LIMIT_NACK_RETRIES       10u
#define LIMIT_NACK_MISSING       128u /* per layer, asked for at one time; else a key frame */
#define LIMIT_RTX_PER_PACKET     8u   /* repetitions of one packet for one viewer; less than 16 */
#define LIMIT_SENT_PACKETS       256u /* per seat video stream, remembered for NACKs; power of two */
#define LIMIT_SENT_AUDIO_PACKETS 64u  /* the same for its audio */
#define LIMIT_POOL_SLOTS_SMALL   64u  /* per peer connection, shared by all of an engine */
#define LIMIT_POOL_SLOTS_LARGE   384u
#define LIMIT_TWCC_PACKETS       256u  /* in one feedback */
#define LIMIT_FEEDBACK_PACKETS   1024u /* of a viewer's feedback message; more: malformed */
#define LIMIT_PACER_VIDEO        512u  /* per viewer, in line; a power of two */
#define LIMIT_PACER_REPAIRS      128u  /* the same for repairs */
/* Per viewer: which packet a transport-wide number was; a power of two. */
#define LIMIT_TRACED_PACKETS 512u
#define LIMIT_NEIGHBOURS     64u   /* viewers behind one address who may share a link */
#define LIMIT_BWE_PACKETS    4096u /* sent and waiting for feedback, per viewer; a power of two */

/* ICE and SDP. */
#define LIMIT_ICE_UFRAG_BYTES 256u /* RFC 8839 5.4: 4..256 */
#define LIMIT_ICE_PWD_BYTES   256u /* 22..256 */
#define LIMIT_MID_BYTES       31u
#define LIMIT_SDP_BYTES       65536u /* the page trims its offer: 24 seats fit */
#define LIMIT_SDP_MEDIA       64u    /* m-lines: 4 sources + 24 seats of 2, and some */
#define LIMIT_ICE_PATHS       8u     /* checked paths kept per transport */

/* SRTP. In: what a publisher may show over a long call (a new screen share may bring new SSRCs);
 * out: 24 seats of audio, video and RTX, and our own RTCP. */
#define LIMIT_SRTP_SSRCS_IN  64u
#define LIMIT_SRTP_SSRCS_OUT 80u

#endif
