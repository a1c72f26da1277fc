/* Writes SDP into a bounded buffer, line by line, each ended by CRLF (RFC 8866 5). Going over the
 * end is remembered, not reported: check sdp_writer_len() once, at the end. */
#ifndef PARLEY_WIRE_SDP_WRITE_H
#define PARLEY_WIRE_SDP_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/sdp.h"

struct sdp_writer {
    char *text;  /* borrowed; NUL-terminated at any time */
    size_t size; /* of text, NUL included */
    size_t len;
    bool full; /* a line did not fit; nothing more is written */
};

/* size >= 1 */
void sdp_writer_init(struct sdp_writer *writer, char *text, size_t size);
/* Length of a complete text, or -1 if it did not fit. */
int sdp_writer_len(const struct sdp_writer *writer);

/* One line, or a piece of it, like printf; the caller writes "\r\n" at the end of a line. */
void sdp_write(struct sdp_writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* v=, o=, s= and t=. */
void sdp_write_session(struct sdp_writer *writer, uint64_t session_id, uint32_t version);
/* a=fingerprint:sha-256 …; bytes: 32. */
void sdp_write_fingerprint(struct sdp_writer *writer, const uint8_t *bytes);

/* RFC 8445 5.1.2.1 and RFC 6544 4.2 for a host candidate of component 1; rank 0 is the best
 * address (a multi-homed host prefers its first). UDP comes before TCP. */
uint32_t sdp_host_priority(bool tcp, size_t rank);
/* a=candidate of a host, UDP or TCP passive. address is an IP without brackets. */
struct sdp_host {
    const char *address;
    uint16_t port;
    bool tcp;
};
void sdp_write_host(struct sdp_writer *writer, const struct sdp_host *host, size_t rank);

/* "sendrecv", "sendonly", … */
const char *sdp_direction_name(uint8_t direction);

#endif
