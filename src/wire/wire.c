/* Telling kinds of datagrams apart. */
#include "wire/wire.h"

/* RFC 7983 7:
 *                +----------------+
 *                |        [0..3] -+--> forward to STUN
 *                |      [16..19] -+--> forward to ZRTP
 *    packet -->  |      [20..63] -+--> forward to DTLS
 *                |      [64..79] -+--> forward to TURN Channel
 *                |    [128..191] -+--> forward to RTP/RTCP
 *                +----------------+
 * ZRTP and TURN channels are none of ours. */
enum wire_kind wire_kind_of(const uint8_t *bytes, size_t len)
{
    if (len < 2)
        return WIRE_UNKNOWN;
    if (bytes[0] <= 3)
        return WIRE_STUN;
    if (bytes[0] >= 20 && bytes[0] <= 63)
        return WIRE_DTLS;
    if (bytes[0] < 128 || bytes[0] > 191)
        return WIRE_UNKNOWN;
    /* RFC 5761 4: RTCP packet types 192..223, which as marker + payload type are 64..95. */
    return bytes[1] >= 192 && bytes[1] <= 223 ? WIRE_RTCP : WIRE_RTP;
}
