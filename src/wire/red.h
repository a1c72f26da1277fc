/* Redundant audio data (RFC 2198), as browsers use it around Opus ("audio/red"). */
#ifndef PARLEY_WIRE_RED_H
#define PARLEY_WIRE_RED_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define RED_MAX_BLOCKS 10u /* the primary one included; Chrome sends up to 9 redundant ones */

struct red_block {
    uint16_t timestamp_offset; /* how much older than the packet's timestamp; primary: 0 */
    uint8_t payload_type;
    struct span payload;
};

struct red_packet {
    struct red_block blocks[RED_MAX_BLOCKS]; /* oldest first; the last one is the primary */
    size_t count;
};

/* 0 or enum wire_error. Blocks are views into bytes. */
int red_parse(const uint8_t *bytes, size_t len, struct red_packet *out)
    __attribute__((warn_unused_result));

/* Appends a RED payload. 0, WIRE_NO_ROOM, or WIRE_LIMIT: no block, too many, a redundant block over
 * 1023 bytes or an offset over 16383. */
int red_write(struct writer *writer, const struct red_packet *packet)
    __attribute__((warn_unused_result));

#endif
