/* RTP packets (RFC 3550 5.1) and their header extensions (RFC 8285). Offsets and lengths instead
 * of pointers, so that the struct stays true when the packet is copied into a ring. */
#ifndef PARLEY_WIRE_RTP_H
#define PARLEY_WIRE_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define RTP_HEADER_BYTES   12u /* without CSRCs and extensions */
#define RTP_MAX_EXTENSIONS 16u /* one header written by us */

enum rtp_extension_form { RTP_NO_EXTENSION, RTP_ONE_BYTE, RTP_TWO_BYTE };

struct rtp_packet {
    uint32_t timestamp;
    uint32_t ssrc;
    uint16_t seq;
    uint8_t payload_type;
    bool marker;
    uint8_t csrc_count;
    uint8_t extension_form; /* enum rtp_extension_form */
    uint16_t extensions_at; /* first byte after the extension's own header */
    uint16_t extensions_len;
    uint16_t payload_at;  /* = length of the header with CSRCs and extensions */
    uint16_t payload_len; /* without padding; 0 in padding-only packets */
    uint8_t padding_len;  /* with its count byte; 0: none */
};

/* 0 or enum wire_error. An extension block of an unknown form is skipped (RTP_NO_EXTENSION). */
int rtp_parse(const uint8_t *bytes, size_t len, struct rtp_packet *out)
    __attribute__((warn_unused_result));

/* Whether a datagram of the RTP/RTCP range is RTCP (RFC 5761 4). */
bool rtp_is_rtcp(const uint8_t *bytes, size_t len);

struct rtp_extension {
    uint8_t id; /* as negotiated in a=extmap; 1..14, or 1..255 in two-byte form */
    uint8_t len;
    const uint8_t *value;
};

/* Walks the extensions of a parsed packet. */
struct rtp_extensions {
    struct reader reader;
    uint8_t form;
};
struct rtp_extensions rtp_extensions_of(const struct rtp_packet *packet, const uint8_t *bytes);
/* False: no more, or the rest is malformed (which RFC 8285 4.1.2 wants ignored). */
bool rtp_extensions_next(struct rtp_extensions *extensions, struct rtp_extension *out);

struct rtp_header {
    uint32_t timestamp;
    uint32_t ssrc;
    uint16_t seq;
    uint8_t payload_type;
    bool marker;
    bool padding; /* the caller appends padding with its count byte */
};

/* Appends a header with these extensions: one-byte form if all fit it (id <= 14, length 1..16),
 * else two-byte form, which the receiver must have agreed to (a=extmap-allow-mixed).
 * 0, WIRE_NO_ROOM, or WIRE_MALFORMED (an id of 0, or more than RTP_MAX_EXTENSIONS). */
int rtp_write_header(struct writer *writer, const struct rtp_header *header,
                     const struct rtp_extension *extensions, size_t count)
    __attribute__((warn_unused_result));

#endif
