/* The client's inside, shared by its files only. */
#ifndef PARLEY_CLIENT_CLIENT_INNER_H
#define PARLEY_CLIENT_CLIENT_INNER_H

#include "base/rng.h"
#include "base/seq.h"
#include "client/client.h"
#include "client/client_counter.h"
#include "client/client_delays.h"
#include "client/client_ice.h"
#include "client/client_key_frame.h"
#include "client/client_sink.h"
#include "client/client_source.h"
#include "engine/dtls.h"
#include "engine/srtp.h"
#include "engine/tx.h"
#include "wire/rtp_ext.h"
#include "wire/twcc.h"

/* Payload types and extension ids of our offers. */
#define CLIENT_PT_OPUS          111u
#define CLIENT_PT_RED           63u
#define CLIENT_PT_VP8           96u
#define CLIENT_PT_RTX           97u
#define CLIENT_PT_H264          CLIENT_SINK_H264
#define CLIENT_PT_H264_RTX      103u
#define CLIENT_PT_VP9           CLIENT_SINK_VP9
#define CLIENT_PT_VP9_RTX       99u
#define CLIENT_EXT_LEVEL        1u
#define CLIENT_EXT_SEND_TIME    2u
#define CLIENT_EXT_TRANSPORT    3u
#define CLIENT_EXT_MID          4u
#define CLIENT_EXT_RID          10u
#define CLIENT_EXT_REPAIRED_RID 11u
#define CLIENT_EXT_DESCRIPTOR   12u

#define CLIENT_MAX_SOURCES (1u + CLIENT_MAX_LAYERS)
#define CLIENT_TWCC_WINDOW 512u /* arrivals not reported yet; a power of two */

/* Arrivals of the server's packets by transport-wide number, for feedback. */
struct client_arrivals {
    struct seq16_unwrapper seqs;
    uint64_t next_seq; /* first one not reported on */
    bool fresh;        /* something arrived since the last report */
    uint8_t feedback_count;
    uint32_t media_ssrc;
    struct twcc_arrival window[CLIENT_TWCC_WINDOW];
};

/* What each packet needs comes first: of a crowd, hardly anything is in the cache. */
struct client {
    /* state */
    enum client_state state;
    unsigned source_count; /* CLIENT_MAX_SOURCES, or 0 */
    bool sending;          /* something was put into tx since it was reset */
    uint64_t next_audio_us, next_video_us, next_report_us, next_feedback_us, next_sinks_us;
    uint64_t first_audio_us, first_video_us;
    struct client_key_frame key_frame; /* of any seat */
    /* owned */
    struct srtp *srtp;
    uint32_t *ssrcs; /* stream k: [2k] its own, [2k + 1] of its repetitions; 0: not agreed */
    struct client_counter *counters;
    struct tx *tx;
    struct client_sink *sinks;     /* seat k: [2k] audio, [2k + 1] video; NULL: none are kept */
    struct client_source *sources; /* [0] audio, then the camera's layers */
    struct dtls *dtls;
    /* borrowed */
    struct client_delays *delays; /* NULL: not wanted */
    struct dtls_context *context;
    /* state */
    struct client_config config;
    struct client_stats stats;
    struct client_arrivals arrivals;
    struct rng rng;
    struct client_ice ice;
    struct net_path path; /* to the server */
    enum dtls_role role;
    enum dtls_hash hash;
    uint8_t fingerprint[DTLS_FINGERPRINT_BYTES];
    uint32_t ssrc;           /* sender of feedback */
    bool audio_on, video_on; /* agreed and not muted */
    bool audio_agreed, video_agreed;
    bool transport_ext; /* transport-wide numbers were agreed on what we send */
    unsigned layers_agreed;
    uint8_t level_dbov;
    struct span descriptor; /* borrowed */
    uint16_t transport_seq; /* next of ours */
};

static inline unsigned client_streams(const struct client *client)
{
    return 2 * client->config.seats;
}

/* client_sdp.c: reads the answer into ice, path, fingerprint, sources and sinks. */
int client_read_answer(struct client *client, const char *text, size_t len)
    __attribute__((warn_unused_result));

/* client.c: one packet of a source, under its own SSRC or again under its RTX SSRC. */
void client_send_packet(struct client *client, uint64_t now_us, struct client_source *source,
                        const struct client_sent *sent, bool rtx);
/* Protects and sends one compound. */
void client_send_rtcp(struct client *client, const uint8_t *bytes, size_t len);

/* client_light.c: SRTP that need not be decrypted. */
void client_receive_light(struct client *client, uint64_t now_us, uint8_t *bytes, size_t len);
/* The stream that an SSRC belongs to, by the answer; client_streams(): none. rtx: it is that of the
 * repetitions. */
unsigned client_find_stream(const struct client *client, uint32_t ssrc, bool *rtx);
/* Counts a packet of a stream. Whether to decrypt it: it is a sample. */
bool client_count_packet(struct client *client, uint64_t now_us, unsigned stream,
                         const struct rtp_packet *packet, size_t len);
/* Looks for the first key frame; packet.seq is that of the first transmission. */
void client_note_key_frame(struct client *client, uint64_t now_us, unsigned stream,
                           const struct rtp_packet *packet, struct span payload);
/* The payload of a packet that came in time tells how long it took. */
void client_note_delay(struct client *client, uint64_t now_us, struct span payload);
/* Asks again for what is missing. */
void client_tick_light(struct client *client, uint64_t now_us);

/* client_rtcp.c */
void client_receive_rtcp(struct client *client, uint64_t now_us, const uint8_t *bytes, size_t len);
/* SR and RR of all that was sent and received. */
void client_send_reports(struct client *client, uint64_t now_us);
/* NACKs and PLIs of one sink. */
void client_send_sink_feedback(struct client *client, uint64_t now_us, struct client_sink *sink);
/* The same for a stream that is counted only. */
void client_send_counter_feedback(struct client *client, uint64_t now_us, unsigned stream);
/* Transport-wide feedback. */
void client_send_feedback(struct client *client);
void client_note_arrival(struct client *client, uint64_t now_us, uint16_t transport_seq,
                         uint32_t ssrc);
/* The same by the header's extension, if it is there. */
void client_note_transport_seq(struct client *client, uint64_t now_us,
                               const struct rtp_packet *packet, const uint8_t *bytes);

#endif
