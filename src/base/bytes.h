/* Bounded reading and writing of byte spans, network order. Both carry a sticky failed flag: read
 * or write all fields, then look at the flag once. Neither ever touches a byte past the end. */
#ifndef PARLEY_BASE_BYTES_H
#define PARLEY_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that belong to someone else. */
struct span {
    const uint8_t *bytes;
    size_t len;
};

/* ---- single fields; the caller knows that the bytes are there ------------------------------- */

uint16_t bytes_get_u16(const uint8_t *at);
uint32_t bytes_get_u24(const uint8_t *at);
uint32_t bytes_get_u32(const uint8_t *at);
uint64_t bytes_get_u64(const uint8_t *at);
void bytes_put_u16(uint8_t *at, uint16_t value);
void bytes_put_u24(uint8_t *at, uint32_t value);
void bytes_put_u32(uint8_t *at, uint32_t value);
void bytes_put_u64(uint8_t *at, uint64_t value);

/* ---- reader --------------------------------------------------------------------------------- */

struct reader {
    const uint8_t *bytes;
    size_t len;
    size_t at;
    bool failed;
};

struct reader reader_of(const uint8_t *bytes, size_t len);
/* Bytes not read yet; 0 after a failure. */
size_t reader_left(const struct reader *reader);
/* Past the end these give 0 and set failed. */
uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader);
uint32_t reader_u24(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
uint64_t reader_u64(struct reader *reader);
/* A view of the next len bytes; NULL and failed if they are not all there. */
const uint8_t *reader_bytes(struct reader *reader, size_t len);
void reader_skip(struct reader *reader, size_t len);
/* A reader of the next len bytes alone; failed (and empty) if they are not all there. */
struct reader reader_sub(struct reader *reader, size_t len);
/* All that is left, read. */
struct span reader_rest(struct reader *reader);

/* ---- writer --------------------------------------------------------------------------------- */

struct writer {
    uint8_t *bytes;
    size_t capacity;
    size_t at;
    bool failed;
};

struct writer writer_of(uint8_t *bytes, size_t capacity);
size_t writer_left(const struct writer *writer);
/* What does not fit is not written and sets failed. u24 writes the low 24 bits. */
void writer_u8(struct writer *writer, uint8_t value);
void writer_u16(struct writer *writer, uint16_t value);
void writer_u24(struct writer *writer, uint32_t value);
void writer_u32(struct writer *writer, uint32_t value);
void writer_u64(struct writer *writer, uint64_t value);
void writer_bytes(struct writer *writer, const void *bytes, size_t len);
void writer_zeros(struct writer *writer, size_t len);
/* Room for len bytes, to be filled by the caller; NULL and failed if there is not enough. */
uint8_t *writer_reserve(struct writer *writer, size_t len);
/* Overwrites two bytes written earlier, at offset at (length fields). */
void writer_patch_u16(struct writer *writer, size_t at, uint16_t value);
/* Bytes written, or 0 after a failure. */
size_t writer_len(const struct writer *writer);

#endif
