/* The header extensions that we know: their URIs (as in a=extmap), their values read at once into
 * one struct, and writers for those that we rewrite. */
#ifndef PARLEY_WIRE_RTP_EXT_H
#define PARLEY_WIRE_RTP_EXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/rtp.h"

enum rtp_ext_kind {
    RTP_EXT_NONE,
    RTP_EXT_MID,          /* RFC 9143 15 */
    RTP_EXT_RID,          /* RFC 8852 3.1 */
    RTP_EXT_REPAIRED_RID, /* RFC 8852 3.2 */
    RTP_EXT_ABS_SEND_TIME,
    RTP_EXT_TRANSPORT_SEQ,     /* draft-holmer-rmcat-transport-wide-cc-extensions-01 */
    RTP_EXT_AUDIO_LEVEL,       /* RFC 6464 */
    RTP_EXT_VIDEO_ORIENTATION, /* 3GPP TS 26.114 7.4.5 */
    RTP_EXT_PLAYOUT_DELAY,
    RTP_EXT_ABS_CAPTURE_TIME,
    RTP_EXT_VIDEO_LAYERS_ALLOCATION,
    RTP_EXT_DEPENDENCY_DESCRIPTOR, /* AV1 RTP specification, appendix A */
    RTP_EXT_KINDS
};

/* NULL for RTP_EXT_NONE. */
const char *rtp_ext_uri(enum rtp_ext_kind kind);
/* RTP_EXT_NONE: not known. */
enum rtp_ext_kind rtp_ext_kind_of_uri(const char *uri, size_t len);

/* Which id stands for which kind, from the negotiated a=extmap lines. Zeroed: none. */
struct rtp_ext_ids {
    uint8_t kind_of_id[256];
};

#define RTP_EXT_MAX_ID_TEXT 31u /* mid and rid: longer ones are treated as absent */

struct rtp_ext_values {
    /* Views; len 0: absent. */
    struct span mid;
    struct span rid;
    struct span repaired_rid;
    struct span abs_capture_time;
    struct span video_layers_allocation;
    struct span dependency_descriptor;

    uint32_t abs_send_time; /* 24 bits: seconds modulo 64 in 6.18 fixed point */
    uint16_t transport_seq;
    uint16_t playout_min_ms;
    uint16_t playout_max_ms;
    uint8_t audio_level_dbov;  /* 0 loud .. 127 silent, in -dBov */
    uint8_t video_orientation; /* the byte as sent: camera, flip and rotation bits */
    bool has_abs_send_time;
    bool has_transport_seq;
    bool has_playout_delay;
    bool has_audio_level;
    bool voice; /* RFC 6464's V bit */
    bool has_video_orientation;
};

/* Reads all known extensions of a packet. A value of the wrong size is treated as absent. */
void rtp_ext_read(const struct rtp_packet *packet, const uint8_t *bytes,
                  const struct rtp_ext_ids *ids, struct rtp_ext_values *out);

#define RTP_EXT_ABS_SEND_TIME_BYTES 3u
#define RTP_EXT_TRANSPORT_SEQ_BYTES 2u
#define RTP_EXT_AUDIO_LEVEL_BYTES   1u
#define RTP_EXT_PLAYOUT_DELAY_BYTES 3u

/* Any clock will do: receivers only take differences. */
void rtp_ext_put_abs_send_time(uint8_t out[static RTP_EXT_ABS_SEND_TIME_BYTES], uint64_t now_us);
void rtp_ext_put_transport_seq(uint8_t out[static RTP_EXT_TRANSPORT_SEQ_BYTES], uint16_t seq);
void rtp_ext_put_audio_level(uint8_t out[static RTP_EXT_AUDIO_LEVEL_BYTES], uint8_t level_dbov,
                             bool voice);
/* In steps of 10 ms, at most 40950 ms. */
void rtp_ext_put_playout_delay(uint8_t out[static RTP_EXT_PLAYOUT_DELAY_BYTES], uint16_t min_ms,
                               uint16_t max_ms);

#endif
