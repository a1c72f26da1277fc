/* Datagrams over a TCP stream (RFC 4571, used by ICE-TCP, RFC 6544): a 16-bit length before each.
 *
 *   room = frame_room(&reader, &len);  n = recv(…, room, len);  frame_fill(&reader, n);
 *   while ((r = frame_next(&reader, &bytes, &len)) > 0) …;  r < 0: close the connection */
#ifndef PARLEY_WIRE_FRAME_H
#define PARLEY_WIRE_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "wire/wire.h"

#define FRAME_HEADER_BYTES 2u
/* The least buffer that any frame fits into. */
#define FRAME_BUFFER_BYTES (FRAME_HEADER_BYTES + WIRE_DATAGRAM_BYTES)

struct frame_reader {
    /* borrowed */
    uint8_t *buffer;
    size_t capacity;
    /* state: bytes [taken, filled) wait */
    size_t taken;
    size_t filled;
};

/* capacity >= FRAME_BUFFER_BYTES. */
void frame_reader_init(struct frame_reader *reader, uint8_t *buffer, size_t capacity);
/* Where the next bytes from the stream go, and how many fit (> 0 once frame_next returned 0).
 * Moves what is left to the front: earlier frames are gone afterwards. */
uint8_t *frame_room(struct frame_reader *reader, size_t *len);
void frame_fill(struct frame_reader *reader, size_t len);
/* 1: one whole datagram, which may be changed in place; 0: more bytes are needed; WIRE_OVERSIZE:
 * the stream is not one of ours. Empty frames are passed over. */
int frame_next(struct frame_reader *reader, uint8_t **bytes, size_t *len)
    __attribute__((warn_unused_result));

/* The header for a datagram of len bytes. */
void frame_put_header(uint8_t out[static FRAME_HEADER_BYTES], size_t len);

#endif
