/* Compound RTCP (RFC 3550 6, RFC 4585, RFC 5104) read and written. Transport-wide feedback has its
 * own twcc.h. */
#ifndef PARLEY_WIRE_RTCP_H
#define PARLEY_WIRE_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* RFC 3550 12.1, RFC 4585 6.1, RFC 3611 */
enum rtcp_type {
    RTCP_SR = 200,
    RTCP_RR = 201,
    RTCP_SDES = 202,
    RTCP_BYE = 203,
    RTCP_APP = 204,
    RTCP_RTPFB = 205,
    RTCP_PSFB = 206,
    RTCP_XR = 207,
};

/* Feedback formats: RFC 4585 6.2, 6.3; RFC 5104 4.3; RFC 8888 3.1; transport-wide-cc draft 3.1. */
enum rtcp_rtpfb { RTCP_NACK = 1, RTCP_CCFB = 11, RTCP_TWCC = 15 };
enum rtcp_psfb { RTCP_PLI = 1, RTCP_FIR = 4, RTCP_AFB = 15 };

#define RTCP_MAX_REPORTS 31u
#define RTCP_MAX_SSRCS   31u
#define RTCP_MAX_CNAME   255u

/* One packet of a compound. */
struct rtcp_packet {
    uint8_t type;     /* enum rtcp_type, or another */
    uint8_t count;    /* report or source count; the format (FMT) of feedback */
    struct span body; /* after the 4-byte header, without padding */
};

/* Walks a compound (or reduced-size, RFC 5506) datagram. */
struct rtcp_compound {
    struct reader reader;
};
/* 0 or enum wire_error (oversize, empty). */
int rtcp_open(const uint8_t *bytes, size_t len, struct rtcp_compound *out)
    __attribute__((warn_unused_result));
/* 1: *out is the next one, 0: no more, or enum wire_error: the rest cannot be read. */
int rtcp_next(struct rtcp_compound *compound, struct rtcp_packet *out)
    __attribute__((warn_unused_result));

/* ---- reading one packet: 0 or enum wire_error ----------------------------------------------- */

struct rtcp_sender {
    uint32_t ssrc;
    uint64_t ntp; /* 32.32 fixed point seconds since 1900 */
    uint32_t rtp_timestamp;
    uint32_t packets;
    uint32_t bytes;
};
int rtcp_read_sr(const struct rtcp_packet *packet, struct rtcp_sender *out)
    __attribute__((warn_unused_result));

struct rtcp_report {
    uint32_t ssrc;           /* whose stream is reported on */
    uint32_t highest_seq;    /* extended: cycles << 16 | seq */
    uint32_t jitter;         /* in timestamp units */
    uint32_t last_sr;        /* middle 32 bits of the last SR's ntp; 0: none yet */
    uint32_t delay_since_sr; /* in 1/65536 s */
    int32_t lost;            /* cumulative, 24 bit signed */
    uint8_t fraction_lost;   /* in 1/256 */
};
/* The index-th report block (0..count-1) of an SR or RR. */
int rtcp_read_report(const struct rtcp_packet *packet, size_t index, struct rtcp_report *out)
    __attribute__((warn_unused_result));

/* The index-th source (0..count-1) that left. */
int rtcp_read_bye(const struct rtcp_packet *packet, size_t index, uint32_t *ssrc)
    __attribute__((warn_unused_result));

/* What every RTPFB and PSFB begins with. */
struct rtcp_feedback {
    uint32_t sender_ssrc;
    uint32_t media_ssrc;
    struct span fci;
};
int rtcp_read_feedback(const struct rtcp_packet *packet, struct rtcp_feedback *out)
    __attribute__((warn_unused_result));
/* The lost sequence numbers of a NACK, as written, at most max. Returns how many. */
size_t rtcp_read_nack(struct span fci, uint16_t *seqs, size_t max);
/* The index-th entry of a FIR; false: no more. */
bool rtcp_read_fir(struct span fci, size_t index, uint32_t *ssrc, uint8_t *command_seq);
/* draft-alvestrand-rmcat-remb-03. False: another kind of application layer feedback. */
bool rtcp_read_remb(struct span fci, uint64_t *bitrate_bps);

/* ---- appending one packet: 0 or WIRE_NO_ROOM (or WIRE_LIMIT for a count too high) ------------ */

int rtcp_write_sr(struct writer *writer, const struct rtcp_sender *sender,
                  const struct rtcp_report *reports, size_t count)
    __attribute__((warn_unused_result));
int rtcp_write_rr(struct writer *writer, uint32_t sender_ssrc, const struct rtcp_report *reports,
                  size_t count) __attribute__((warn_unused_result));
int rtcp_write_sdes_cname(struct writer *writer, uint32_t ssrc, struct span cname)
    __attribute__((warn_unused_result));
int rtcp_write_bye(struct writer *writer, const uint32_t *ssrcs, size_t count)
    __attribute__((warn_unused_result));
/* seqs in rising order (modulo wrap); runs within 17 share an entry. */
int rtcp_write_nack(struct writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc,
                    const uint16_t *seqs, size_t count) __attribute__((warn_unused_result));
int rtcp_write_pli(struct writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc)
    __attribute__((warn_unused_result));
int rtcp_write_fir(struct writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc,
                   uint8_t command_seq) __attribute__((warn_unused_result));
int rtcp_write_remb(struct writer *writer, uint32_t sender_ssrc, uint64_t bitrate_bps,
                    const uint32_t *ssrcs, size_t count) __attribute__((warn_unused_result));

/* For other writers of feedback (twcc.c): begins a packet and returns where; ends it by padding to
 * whole words and filling in the length. */
size_t rtcp_begin(struct writer *writer, uint8_t type, uint8_t count);
int rtcp_end(struct writer *writer, size_t start) __attribute__((warn_unused_result));

#endif
