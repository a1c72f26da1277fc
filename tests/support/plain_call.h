/* Calls at the level of plain RTP: an engine with support/plain_transport.c, and peers that are
 * structs. Each peer publishes a microphone and a camera and has some seats; what the engine sends
 * to it is kept. While it runs it checks that no stream ever repeats a sequence number. */
#ifndef PARLEY_TESTS_SUPPORT_PLAIN_CALL_H
#define PARLEY_TESTS_SUPPORT_PLAIN_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "engine/timeline.h"
#include "engine/transport.h"
#include "wire/rtp.h"
#include "wire/rtp_ext.h"

#define PLAIN_PARTICIPANTS 128u /* that its engine takes */
#define PLAIN_ROOM         UINT64_C(7)
#define PLAIN_PEERS        64u
#define PLAIN_INBOX        4096u
#define PLAIN_PUBLISHES    2u /* video sources */
#define PLAIN_OPUS         111u
#define PLAIN_RED          63u
#define PLAIN_VIDEO        96u
#define PLAIN_RTX          97u
#define PLAIN_H264         102u
#define PLAIN_LEVEL_ID     1u
#define PLAIN_TWCC_ID      3u
#define PLAIN_MID_ID       4u
#define PLAIN_RID_ID       10u
#define PLAIN_RRID_ID      11u
#define PLAIN_DD_ID        8u

/* One datagram from the engine. */
struct plain_packet {
    bool rtcp;
    uint64_t at_us;
    struct rtp_packet rtp;
    struct rtp_ext_values ext; /* views into bytes */
    size_t len;
    uint8_t bytes[1500];
};

struct plain_options {
    unsigned seats;
    bool simulcast;    /* rids q, h, f; no a=ssrc */
    bool no_video_out; /* seats offer audio only codecs, video H.264: nothing in common */
    bool red;          /* RED is offered, and preferred */
    bool audio_nack;   /* audio is asked for again, too */
    bool no_rtx, no_rsize;
    bool no_ssrc;              /* mids only */
    bool screen;               /* one more video m-line */
    unsigned audio_ssrc_shift; /* the peer's SSRCs begin elsewhere */
};

struct plain_peer {
    uint64_t id;
    struct net_path path;
    struct plain_options options;
    char ufrag[32], pwd[64]; /* its own, in offers */
    char server_ufrag[64];
    char *answer;
    /* sending */
    uint16_t audio_seq, video_seq[3], rtx_seq, twcc_seq;
    uint32_t audio_timestamp, video_timestamp[3];
    uint16_t picture[3];
    bool send_mid;
    /* received */
    struct plain_packet **inbox; /* each in memory of its own: pointers to them stay good */
    size_t count;
    enum engine_leg_state leg_state;
    unsigned leg_events, seat_events, refusals;
    int refused;
    char refusal[256];
    struct engine_seat seats[LIMIT_SEATS];
    size_t seat_count;
    struct engine_publish publishes[PLAIN_PUBLISHES];
    size_t publish_count;
    unsigned publish_events;
};

struct plain_call {
    struct engine *engine;
    uint64_t now_us;
    uint32_t requests;
    struct plain_peer peers[PLAIN_PEERS];
    size_t peer_count;
    unsigned speaker_events;
    uint64_t dominant;
    struct engine_speaker speakers[LIMIT_ROOM_PUBLISHERS];
    size_t speaker_count;
    unsigned quality_events;
    struct engine_quality qualities[LIMIT_QUALITIES];
    size_t quality_count;
    uint64_t hash;  /* of all bytes sent */
    unsigned wakes; /* of plain_call_run() */
    bool ignores_rest;
    /* Another call is another part of the same room: its peers have other ids, and what the engine
     * sends to other workers goes to on_frame (dropped without). */
    uint64_t id_base;
    void (*on_frame)(void *context, uint32_t worker, const uint8_t *bytes, size_t len);
    void *frame_context;
};

struct plain_call *plain_call_new(uint64_t seed);
void plain_call_free(struct plain_call *call);
/* Lets time pass: ticks whenever the engine wants to. */
void plain_call_run(struct plain_call *call, uint64_t duration_us);
/* Whether engine_go_on() is left alone after each call. */
void plain_call_ignore_rest(struct plain_call *call, bool ignores);
uint64_t plain_call_counter(const struct plain_call *call, unsigned counter);
/* The newest entry of that kind (enum timeline_what) in the room's log, and how many there are. */
unsigned plain_call_notes(const struct plain_call *call, unsigned what, struct timeline_note *last);
/* From another worker. */
void plain_call_receive_frame(struct plain_call *call, uint32_t worker, const uint8_t *bytes,
                              size_t len);
/* Sends command, filling in room and participant. */
int plain_call_command(struct plain_call *call, struct plain_peer *peer,
                       struct engine_command *command);

/* Joins the room; no media yet. */
struct plain_peer *plain_call_join(struct plain_call *call, const struct plain_options *options);
/* Offers (new_leg or not), checks a path, connects. The engine's error. */
int plain_peer_offer(struct plain_call *call, struct plain_peer *peer, bool new_leg);
int plain_peer_connect(struct plain_call *call, struct plain_peer *peer);
/* Both, and join: the usual beginning. */
struct plain_peer *plain_call_add(struct plain_call *call, const struct plain_options *options);
void plain_peer_set_state(struct plain_call *call, struct plain_peer *peer,
                          enum transport_state state);
void plain_peer_enable(struct plain_call *call, struct plain_peer *peer, unsigned sources);
/* The viewer's tile of that person's camera has 1280x720 pixels; of all others it says nothing. */
void plain_peer_look(struct plain_call *call, struct plain_peer *viewer,
                     const struct plain_peer *other);
void plain_peer_leave(struct plain_call *call, struct plain_peer *peer);

/* SSRCs that the peer sends with. */
uint32_t plain_peer_audio_ssrc(const struct plain_peer *peer);
uint32_t plain_peer_video_ssrc(const struct plain_peer *peer, unsigned layer);
uint32_t plain_peer_rtx_ssrc(const struct plain_peer *peer, unsigned layer);
/* SSRCs of its seats, from the answer; 0: none. */
uint32_t plain_peer_seat_audio(const struct plain_peer *peer, unsigned seat);
uint32_t plain_peer_seat_video(const struct plain_peer *peer, unsigned seat);
uint32_t plain_peer_seat_rtx(const struct plain_peer *peer, unsigned seat);

/* Any datagram. */
void plain_peer_send(struct plain_call *call, struct plain_peer *peer, const uint8_t *bytes,
                     size_t len);
/* One Opus packet (20 ms further): 0xfc, 1, 2, 3, 4, its number; as RED with the one before. */
void plain_peer_send_audio(struct plain_call *call, struct plain_peer *peer, uint8_t level);
/* One packet of a VP8 frame. */
struct plain_piece {
    unsigned layer;
    size_t len;
    bool keyframe, first, last;
};
void plain_peer_send_piece(struct plain_call *call, struct plain_peer *peer,
                           const struct plain_piece *piece);
/* One VP8 frame in packets with payloads of these lengths (at least 24), all at once. */
void plain_peer_send_frame(struct plain_call *call, struct plain_peer *peer, unsigned layer,
                           bool keyframe, const size_t *lens, size_t count);
/* The next packet is made and lost on the way. */
void plain_peer_lose_audio(struct plain_peer *peer);
/* One VP8 frame of one packet (33 ms further in the layer's clock). */
void plain_peer_send_video(struct plain_call *call, struct plain_peer *peer, unsigned layer,
                           bool keyframe);
/* The next frame is made and lost on the way. */
void plain_peer_lose_video(struct plain_peer *peer, unsigned layer);
/* The frame with that sequence number comes again, by RTX. */
void plain_peer_repair_video(struct plain_call *call, struct plain_peer *peer, unsigned layer,
                             uint16_t seq, bool keyframe);
/* PLI, or NACK of one number, about a stream of the engine. */
void plain_peer_send_pli(struct plain_call *call, struct plain_peer *peer, uint32_t ssrc);
void plain_peer_send_nack(struct plain_call *call, struct plain_peer *peer, uint32_t ssrc,
                          uint16_t seq);
void plain_peer_send_sr(struct plain_call *call, struct plain_peer *peer, uint32_t ssrc,
                        uint64_t ntp, uint32_t timestamp);

/* What came: the RTP packets of one SSRC. */
size_t plain_peer_count(const struct plain_peer *peer, uint32_t ssrc);
/* The n-th; NULL: there are not so many. */
const struct plain_packet *plain_peer_nth(const struct plain_peer *peer, uint32_t ssrc, size_t n);
const struct plain_packet *plain_peer_last(const struct plain_peer *peer, uint32_t ssrc);
/* RTCP packets of a type and format (RTCP_PSFB, RTCP_PLI); reports: format 0xff for any. */
size_t plain_peer_count_rtcp(const struct plain_peer *peer, uint8_t type, uint8_t format);
void plain_peer_forget(struct plain_peer *peer);

#endif
