/* A WebRTC endpoint as a value (sans-IO), for simulations and the load tool: it offers like the
 * page does, checks and nominates like a browser does, sends made-up VP8 and Opus whose payload
 * says what it is, and judges what comes back.
 *
 *   client_offer() → the server's answer → client_answer()
 *   client_receive(), client_tick()   then drain client_next_tx(), sleep until client_wake_at()
 *
 * It knows nothing of the engine's inside; only DTLS, SRTP and the wire formats are shared. */
#ifndef PARLEY_CLIENT_CLIENT_H
#define PARLEY_CLIENT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/net.h"

struct client;
struct client_clip;
struct client_delays;
struct dtls_context;
struct engine_tx;

#define CLIENT_MAX_SEATS  24u
#define CLIENT_MAX_LAYERS 3u

/* VP9 is sent as L3T3_KEY: three spatial layers in one stream. */
enum client_codec { CLIENT_VP8, CLIENT_H264, CLIENT_VP9 };
#define CLIENT_ALL_CODECS 7u

struct client_config {
    uint64_t seed[2];
    uint32_t id;               /* written into every payload it sends */
    struct dtls_context *dtls; /* borrowed; its certificate */
    unsigned seats;            /* <= CLIENT_MAX_SEATS */
    bool microphone, camera;
    unsigned layers;      /* of the camera: 1, or up to 3 with rids q, h, f */
    unsigned fps;         /* 0: 15 */
    unsigned frame_bytes; /* of the lowest layer; the next has twice as much. 0: 1500 */
    uint32_t layer_bps[CLIENT_MAX_LAYERS]; /* instead of frame_bytes: what an encoder aims at */
    unsigned temporal_layers;              /* 3, else 1 */
    /* Borrowed; NULL: pictures and sound are made up. One per layer, of VP8. */
    const struct client_clip *pictures[CLIENT_MAX_LAYERS];
    const struct client_clip *sound;
    unsigned clip_from;    /* its first frame, or the next key frame */
    bool red;              /* takes redundant audio in its seats (RFC 2198) */
    uint8_t codecs;        /* bit per enum client_codec: offered beside VP8 */
    uint8_t codec;         /* enum client_codec: what it sends at first */
    bool descriptor;       /* offers the dependency descriptor for its camera */
    bool audio_nack;       /* asks for lost audio */
    int64_t ntp_offset_us; /* now_us + this = microseconds since 1900 */
    bool counts;           /* fills client_count() */
    /* For crowds: counts, and does not decrypt what it receives but for a sample and repetitions,
     * so that nothing is judged. Feedback and reports are the same. */
    bool light;
    uint32_t feedback_us; /* between two messages of transport-wide feedback; 0: 50 ms */
};

/* Buckets of 5 ms: how long repairs took. */
#define CLIENT_REPAIR_BUCKETS 100u

/* What was seen in one seat, audio or video. Errors are the sender's: after loss that was not
 * repaired in time nothing is an error until the next frame that needs nothing of it. */
struct client_seat_stats {
    uint32_t owner; /* id of the client whose media came last; 0: nothing came */
    uint64_t packets, rtx_packets, duplicates;
    uint64_t bytes, duplicate_bytes; /* of payload; repetitions included */
    int64_t transit_ticks; /* arrival - timestamp, against the first; the sum of all packets */
    uint64_t transits;
    uint64_t missed;         /* gaps in the numbers, in packets; most get filled */
    uint64_t lost;           /* given up */
    uint64_t frames;         /* video: decodable; audio: packets played in order */
    uint64_t undecodable;    /* complete, but what it refers to is missing */
    uint64_t skipped;        /* frames left out since others could be shown without them */
    uint64_t last_frame_us;  /* when the last one became decodable */
    uint64_t longest_gap_us; /* between two of them, while the owner stayed the same */
    uint64_t switches;       /* of owner or layer */
    uint64_t ups, downs;     /* those of the layer */
    uint64_t switch_gap_us;  /* the last one's: from the last old to the first new frame */
    uint64_t key_frames;
    uint32_t repair_buckets[CLIENT_REPAIR_BUCKETS]; /* from the gap to its filling */
    /* Of the frame decoded last. */
    uint8_t layer, temporal;
    uint16_t height;
    /* Errors. */
    uint64_t conflicts;        /* two different packets under one sequence number */
    uint64_t timestamps_back;  /* timestamp went back while the sequence number went on */
    uint64_t pictures_skipped; /* VP8 picture id not the next one, without loss */
    uint64_t broken_chains;    /* delta frame whose reference never came, without loss */
    uint64_t malformed;        /* not what any client sent */
};

/* What a person would notice. */
struct client_audio_view {
    uint64_t played, concealed; /* frames of 20 ms */
};
struct client_video_view {
    uint64_t shown, freezes, frozen_us;
};

struct client_stats {
    uint64_t datagrams_out, datagrams_in;
    uint64_t frames_sent, key_frames_sent;
    uint64_t packets_sent; /* RTP, repetitions left out */
    uint64_t plis_received, nacks_received, rtx_sent;
    uint64_t plis_sent, nacks_sent;
    uint64_t twcc_received, twcc_lost; /* packets that the server's feedback speaks of */
    uint64_t reports_received;         /* report blocks on what we send */
    uint64_t sender_reports;           /* SRs of the server */
    uint64_t unauthentic;              /* SRTP that did not verify or was replayed */
    uint64_t unknown_ssrcs;            /* RTP for no seat */
    uint64_t address_changes;          /* of our own, as the server sees it */
    uint64_t media_bytes;              /* RTP that came, headers included */
    uint64_t padding_bytes;            /* of which padding, to probe the path */
    uint64_t layer_key_frames[CLIENT_MAX_LAYERS], layer_bytes[CLIENT_MAX_LAYERS]; /* sent */
    uint64_t layer_plis[CLIENT_MAX_LAYERS];                                       /* received */
    uint8_t fraction_lost; /* the last report's, of the camera */
};

/* What headers tell of all that came, with config.counts or .light. */
struct client_counts {
    uint64_t expected; /* by sequence numbers, first to highest of each stream */
    uint64_t packets;  /* first transmissions that came */
    uint64_t repaired; /* came as a repetition only */
    uint64_t lost;     /* never came */
    uint64_t bytes;    /* of first transmissions, headers and tags included */
    uint64_t repetitions, duplicates;
    uint64_t first_audio_us, first_video_us; /* when the first packet came; 0: none yet */
    uint64_t key_frame_us; /* when a key frame of VP8 was whole for the first time; 0: not yet */
};

/* How long nothing came of a stream, with config.counts or .light. */
struct client_pause {
    bool seen;           /* something came once, be it over the former connection */
    bool here;           /* over this one */
    uint64_t longest_us; /* over this one; what lasts still included */
    uint64_t resumed_us; /* between the last packet of the former one and the first; 0: none */
};

enum client_state { CLIENT_NEW, CLIENT_CHECKING, CLIENT_SECURING, CLIENT_CONNECTED, CLIENT_CLOSED };

/* NULL: out of memory. */
struct client *client_new(const struct client_config *config, uint64_t now_us);
void client_free(struct client *client); /* accepts NULL */

/* Writes the offer. Its length, or -1 if it does not fit. m-lines: microphone (mid "mic"), camera
 * ("cam"), then audio and video ("a<k>", "v<k>") of each seat. */
int client_offer(const struct client *client, char *text, size_t size);
/* 0, or -1: not an answer to our offer. Checks begin with the next client_tick(). */
int client_answer(struct client *client, uint64_t now_us, const char *text, size_t len)
    __attribute__((warn_unused_result));
/* New ICE names, for another offer (RFC 8445 9). */
void client_restart_ice(struct client *client);

void client_receive(struct client *client, uint64_t now_us, uint8_t *bytes, size_t len);
void client_tick(struct client *client, uint64_t now_us);
uint64_t client_wake_at(const struct client *client);
/* path.remote: the server. path.local is left to the network. */
bool client_next_tx(struct client *client, struct engine_tx *out);

/* A compound of the caller's own, to see what the server makes of it. Drain afterwards. */
void client_inject_rtcp(struct client *client, const uint8_t *bytes, size_t len);
/* The SSRC of a seat's audio or video, for such compounds; 0: not agreed. */
uint32_t client_seat_ssrc(const struct client *client, unsigned seat, bool video);

enum client_state client_state(const struct client *client);
void client_mute(struct client *client, bool microphone, bool camera);
/* Which layers of the camera to send, bit 0 the lowest; all at first. One that comes back begins
 * with a key frame. */
void client_publish(struct client *client, unsigned layers);
/* RTCRtpReceiver.jitterBufferTarget of all audio; 0: as it likes. */
void client_set_jitter_target(struct client *client, uint64_t target_us);
/* Other ways to send the camera, from the next frames on; lines: of the highest layer. */
void client_change_codec(struct client *client, enum client_codec codec);
void client_change_height(struct client *client, unsigned lines);
void client_change_ssrcs(struct client *client);
/* Puts these bytes into the dependency descriptor of each of the camera's packets; len 0: none.
 * Borrowed. */
void client_set_descriptor(struct client *client, const uint8_t *bytes, size_t len);
/* 0 loud .. 127 silent: what the audio level extension says (RFC 6464). */
void client_set_level(struct client *client, uint8_t level_dbov);
/* Says goodbye (DTLS close_notify). */
void client_close(struct client *client);

const struct client_stats *client_stats(const struct client *client);
/* Where to note the delays of packets that were decrypted; NULL, as at first: nowhere. Borrowed. */
void client_set_delays(struct client *client, struct client_delays *delays);
void client_count(const struct client *client, struct client_counts *out);
/* The new connection of somebody whose former one is of no use any more; before anything came. */
void client_go_on(struct client *client, const struct client *former);
/* Even streams are audio, odd ones video. False: there are not so many, or none are counted. */
bool client_pause(const struct client *client, uint64_t now_us, unsigned stream,
                  struct client_pause *out);
/* The longest ones begin anew. */
void client_forget_pauses(struct client *client);
/* seat < seats of the config. With config.light there is nothing to see in seats. */
const struct client_seat_stats *client_seat_audio(const struct client *client, unsigned seat);
const struct client_seat_stats *client_seat_video(const struct client *client, unsigned seat);
/* now_us: a freeze or silence that still lasts counts. */
struct client_audio_view client_seat_heard(const struct client *client, unsigned seat);
struct client_video_view client_seat_seen(const struct client *client, unsigned seat,
                                          uint64_t now_us);
/* Sum of the errors. */
uint64_t client_seat_errors(const struct client_seat_stats *stats);

#endif
