/* What all of wire/ shares: error codes, the size limit, and telling kinds of datagrams apart. */
#ifndef PARLEY_WIRE_WIRE_H
#define PARLEY_WIRE_WIRE_H

#include <stddef.h>
#include <stdint.h>

/* Longer datagrams are refused by every parser: nothing real is longer on the Internet. */
#define WIRE_DATAGRAM_BYTES 1500u

enum wire_error {
    WIRE_TRUNCATED = -100,      /* a length points past the end */
    WIRE_MALFORMED = -101,      /* a field has a value that the RFC forbids */
    WIRE_OVERSIZE = -102,       /* longer than WIRE_DATAGRAM_BYTES */
    WIRE_CHECKSUM = -103,       /* STUN FINGERPRINT does not match */
    WIRE_NO_ROOM = -104,        /* the output does not fit the writer */
    WIRE_LIMIT = -105,          /* more entries than the caller's struct holds */
    WIRE_NEEDS_STRUCTURE = -106 /* dependency descriptor before its template structure */
};

enum wire_kind { WIRE_UNKNOWN, WIRE_STUN, WIRE_DTLS, WIRE_RTP, WIRE_RTCP };

/* By the first byte (RFC 7983 7), and RTP from RTCP by the second (RFC 5761 4). */
enum wire_kind wire_kind_of(const uint8_t *bytes, size_t len);

#endif
