/* SRTP packets: where the indices come from and what is checked in which order. What the two kinds
 * of profile do to the bytes is in srtp_suite.c. */
#include "engine/srtp.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/assert.h"
#include "base/prefetch.h"
#include "engine/srtp_stream.h"
#include "engine/srtp_suite.h"

#define RTP_HEADER_BYTES  12u
#define RTCP_HEADER_BYTES 8u
#define SRTCP_INDEX_BYTES 4u
/* RFC 3711 3.4: "The E-flag indicates if the current SRTCP packet is encrypted". */
#define SRTCP_E_FLAG UINT32_C(0x80000000)

struct srtp {
    /* owned */
    struct srtp_suite *seal_rtp;
    struct srtp_suite *seal_rtcp;
    struct srtp_suite *open_rtp;
    struct srtp_suite *open_rtcp;
    struct srtp_streams out;
    struct srtp_streams in;
};

static int derive_suites(struct srtp *srtp, const struct srtp_config *config)
{
    enum srtp_profile profile = config->profile;

    srtp->seal_rtp = srtp_suite_new(profile, &config->local, SRTP_KIND_RTP, CIPHER_SEAL);
    srtp->seal_rtcp = srtp_suite_new(profile, &config->local, SRTP_KIND_RTCP, CIPHER_SEAL);
    srtp->open_rtp = srtp_suite_new(profile, &config->remote, SRTP_KIND_RTP, CIPHER_OPEN);
    srtp->open_rtcp = srtp_suite_new(profile, &config->remote, SRTP_KIND_RTCP, CIPHER_OPEN);
    return srtp->seal_rtp != NULL && srtp->seal_rtcp != NULL && srtp->open_rtp != NULL &&
                   srtp->open_rtcp != NULL
               ? 0
               : -1;
}

struct srtp *srtp_new(const struct srtp_config *config)
{
    struct srtp *srtp = calloc(1, sizeof(*srtp));

    if (srtp == NULL)
        return NULL;
    if (derive_suites(srtp, config) != 0 ||
        srtp_streams_init(&srtp->out, config->max_ssrcs_out) != 0 ||
        srtp_streams_init(&srtp->in, config->max_ssrcs_in) != 0) {
        srtp_free(srtp);
        return NULL;
    }
    return srtp;
}

void srtp_free(struct srtp *srtp)
{
    if (srtp == NULL)
        return;
    srtp_streams_fini(&srtp->in);
    srtp_streams_fini(&srtp->out);
    srtp_suite_free(srtp->open_rtcp);
    srtp_suite_free(srtp->open_rtp);
    srtp_suite_free(srtp->seal_rtcp);
    srtp_suite_free(srtp->seal_rtp);
    free(srtp);
}

/* ---- sending -------------------------------------------------------------------------------- */

static struct srtp_stream *stream_for_sending(struct srtp *srtp, uint32_t ssrc)
{
    struct srtp_stream *stream = srtp_streams_find(&srtp->out, ssrc);

    return stream != NULL ? stream : srtp_streams_add(&srtp->out, ssrc);
}

int srtp_protect_rtp(struct srtp *srtp, struct span header, struct span payload, uint8_t *out,
                     size_t *out_len)
{
    struct srtp_stream *stream;
    struct srtp_nonce nonce;

    PARLEY_ASSERT(header.len >= RTP_HEADER_BYTES);
    nonce.ssrc = bytes_get_u32(header.bytes + 8);
    stream = stream_for_sending(srtp, nonce.ssrc);
    if (stream == NULL)
        return SRTP_ERROR_FULL;
    if (!srtp_stream_rtp_index(stream, bytes_get_u16(header.bytes + 2), &nonce.index))
        return SRTP_ERROR_EXHAUSTED;
    if (!replay_is_fresh(&stream->rtp, nonce.index))
        return SRTP_ERROR_REPLAY;
    /* Marked first: should the cipher fail half way, this index is never used again. */
    replay_mark(&stream->rtp, nonce.index);
    memcpy(out, header.bytes, header.len);
    if (srtp_suite_seal_rtp(srtp->seal_rtp, &nonce, header, payload, out + header.len) != 0)
        return SRTP_ERROR_LIBRARY;
    *out_len = header.len + payload.len + srtp_suite_tag_bytes(srtp->seal_rtp);
    return 0;
}

int srtp_protect_rtcp(struct srtp *srtp, struct span packet, uint8_t *out, size_t *out_len)
{
    struct srtp_stream *stream;
    struct srtp_nonce nonce;

    PARLEY_ASSERT(packet.len >= RTCP_HEADER_BYTES);
    nonce.ssrc = bytes_get_u32(packet.bytes + 4);
    stream = stream_for_sending(srtp, nonce.ssrc);
    if (stream == NULL)
        return SRTP_ERROR_FULL;
    nonce.index = stream->rtcp.started ? stream->rtcp.newest + 1 : 0;
    if (nonce.index > SRTP_MAX_RTCP_INDEX)
        return SRTP_ERROR_EXHAUSTED;
    replay_mark(&stream->rtcp, nonce.index);
    if (srtp_suite_seal_rtcp(srtp->seal_rtcp, &nonce, packet, out) != 0)
        return SRTP_ERROR_LIBRARY;
    *out_len = packet.len + srtp_suite_tag_bytes(srtp->seal_rtcp) + SRTCP_INDEX_BYTES;
    return 0;
}

/* ---- receiving ------------------------------------------------------------------------------ */

/* The stream as it is known, or what it would be if this were its first packet. */
static struct srtp_stream *stream_or_fresh(struct srtp *srtp, uint32_t ssrc,
                                           struct srtp_stream *fresh)
{
    struct srtp_stream *stream = srtp_streams_find(&srtp->in, ssrc);

    *fresh = (struct srtp_stream){.ssrc = ssrc};
    return stream != NULL ? stream : fresh;
}

/* Only now, authenticated, does a new SSRC get a place. NULL: there is none. */
static struct srtp_stream *stream_kept(struct srtp *srtp, struct srtp_stream *stream,
                                       const struct srtp_stream *fresh)
{
    return stream == fresh ? srtp_streams_add(&srtp->in, fresh->ssrc) : stream;
}

/* Bytes up to the payload (RFC 3550 5.1 and 5.3.1); 0: malformed.
 *
 *     |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *     |                           timestamp                           |
 *     |                             SSRC                              |
 *     |                    CSRC (CC times)                            |
 *     |  X: defined by profile        |  X: length in words           | … */
static size_t rtp_header_bytes(const uint8_t *bytes, size_t len)
{
    size_t header_len;

    if (len < RTP_HEADER_BYTES || bytes[0] >> 6 != 2)
        return 0;
    header_len = RTP_HEADER_BYTES + 4u * (bytes[0] & 0x0fu);
    if ((bytes[0] & 0x10) == 0)
        return header_len <= len ? header_len : 0;
    if (header_len + 4 > len)
        return 0;
    header_len += 4 + 4u * (size_t)bytes_get_u16(bytes + header_len + 2);
    return header_len <= len ? header_len : 0;
}

int srtp_unprotect_rtp(struct srtp *srtp, uint8_t *bytes, size_t *len)
{
    size_t tag_len = srtp_suite_tag_bytes(srtp->open_rtp);
    size_t header_len = rtp_header_bytes(bytes, *len);
    struct srtp_stream fresh, *stream;
    struct srtp_nonce nonce;

    if (header_len == 0 || *len < header_len + tag_len)
        return SRTP_ERROR_MALFORMED;
    nonce.ssrc = bytes_get_u32(bytes + 8);
    stream = stream_or_fresh(srtp, nonce.ssrc, &fresh);
    if (!srtp_stream_rtp_index(stream, bytes_get_u16(bytes + 2), &nonce.index) ||
        !replay_is_fresh(&stream->rtp, nonce.index))
        return SRTP_ERROR_REPLAY;
    if (srtp_suite_open_rtp(srtp->open_rtp, &nonce, bytes, *len, header_len) != 0)
        return SRTP_ERROR_TAG;
    stream = stream_kept(srtp, stream, &fresh);
    if (stream == NULL)
        return SRTP_ERROR_FULL;
    replay_mark(&stream->rtp, nonce.index);
    *len -= tag_len;
    return 0;
}

int srtp_unprotect_rtcp(struct srtp *srtp, uint8_t *bytes, size_t *len)
{
    size_t trailer_len = srtp_suite_tag_bytes(srtp->open_rtcp) + SRTCP_INDEX_BYTES;
    struct srtp_stream fresh, *stream;
    struct srtp_nonce nonce;
    uint32_t index_word;

    if (*len < RTCP_HEADER_BYTES + trailer_len || bytes[0] >> 6 != 2)
        return SRTP_ERROR_MALFORMED;
    index_word = srtp_suite_rtcp_index_word(srtp->open_rtcp, bytes, *len);
    /* RFC 8827 6.5: "MUST NOT negotiate ... unencrypted RTCP": the E flag is always set. */
    if ((index_word & SRTCP_E_FLAG) == 0)
        return SRTP_ERROR_MALFORMED;
    nonce.ssrc = bytes_get_u32(bytes + 4);
    nonce.index = index_word & ~SRTCP_E_FLAG;
    stream = stream_or_fresh(srtp, nonce.ssrc, &fresh);
    if (!replay_is_fresh(&stream->rtcp, nonce.index))
        return SRTP_ERROR_REPLAY;
    if (srtp_suite_open_rtcp(srtp->open_rtcp, &nonce, bytes, *len) != 0)
        return SRTP_ERROR_TAG;
    stream = stream_kept(srtp, stream, &fresh);
    if (stream == NULL)
        return SRTP_ERROR_FULL;
    replay_mark(&stream->rtcp, nonce.index);
    *len -= trailer_len;
    return 0;
}

void srtp_prefetch(const struct srtp *srtp, unsigned depth)
{
    if (depth == 0) {
        PREFETCH(*srtp);
    } else {
        srtp_suite_prefetch(srtp->seal_rtp, depth - 1);
        if (depth == 1)
            srtp_streams_prefetch(&srtp->out);
    }
}
