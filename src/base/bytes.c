/* Bounded reader and writer; every access goes through reader_bytes() or writer_reserve(). */
#include "base/bytes.h"

#include <string.h>

uint16_t bytes_get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

uint32_t bytes_get_u24(const uint8_t *at)
{
    return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
}

uint32_t bytes_get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | bytes_get_u24(at + 1);
}

uint64_t bytes_get_u64(const uint8_t *at)
{
    return (uint64_t)bytes_get_u32(at) << 32 | bytes_get_u32(at + 4);
}

void bytes_put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

void bytes_put_u24(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 16);
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)value;
}

void bytes_put_u32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    bytes_put_u24(at + 1, value);
}

void bytes_put_u64(uint8_t *at, uint64_t value)
{
    bytes_put_u32(at, (uint32_t)(value >> 32));
    bytes_put_u32(at + 4, (uint32_t)value);
}

struct reader reader_of(const uint8_t *bytes, size_t len)
{
    return (struct reader){.bytes = bytes, .len = len};
}

size_t reader_left(const struct reader *reader)
{
    return reader->failed ? 0 : reader->len - reader->at;
}

const uint8_t *reader_bytes(struct reader *reader, size_t len)
{
    const uint8_t *view;

    if (reader->failed || len > reader->len - reader->at) {
        reader->failed = true;
        return NULL;
    }
    view = reader->bytes + reader->at;
    reader->at += len;
    return view;
}

void reader_skip(struct reader *reader, size_t len)
{
    (void)reader_bytes(reader, len);
}

uint8_t reader_u8(struct reader *reader)
{
    const uint8_t *at = reader_bytes(reader, 1);

    return at != NULL ? *at : 0;
}

uint16_t reader_u16(struct reader *reader)
{
    const uint8_t *at = reader_bytes(reader, 2);

    return at != NULL ? bytes_get_u16(at) : 0;
}

uint32_t reader_u24(struct reader *reader)
{
    const uint8_t *at = reader_bytes(reader, 3);

    return at != NULL ? bytes_get_u24(at) : 0;
}

uint32_t reader_u32(struct reader *reader)
{
    const uint8_t *at = reader_bytes(reader, 4);

    return at != NULL ? bytes_get_u32(at) : 0;
}

uint64_t reader_u64(struct reader *reader)
{
    const uint8_t *at = reader_bytes(reader, 8);

    return at != NULL ? bytes_get_u64(at) : 0;
}

struct reader reader_sub(struct reader *reader, size_t len)
{
    const uint8_t *bytes = reader_bytes(reader, len);

    if (reader->failed)
        return (struct reader){.failed = true};
    return reader_of(bytes, len);
}

struct span reader_rest(struct reader *reader)
{
    size_t len = reader_left(reader);

    return (struct span){.bytes = reader_bytes(reader, len), .len = len};
}

struct writer writer_of(uint8_t *bytes, size_t capacity)
{
    return (struct writer){.bytes = bytes, .capacity = capacity};
}

size_t writer_left(const struct writer *writer)
{
    return writer->failed ? 0 : writer->capacity - writer->at;
}

uint8_t *writer_reserve(struct writer *writer, size_t len)
{
    uint8_t *room;

    if (writer->failed || len > writer->capacity - writer->at) {
        writer->failed = true;
        return NULL;
    }
    room = writer->bytes + writer->at;
    writer->at += len;
    return room;
}

void writer_u8(struct writer *writer, uint8_t value)
{
    uint8_t *at = writer_reserve(writer, 1);

    if (at != NULL)
        *at = value;
}

void writer_u16(struct writer *writer, uint16_t value)
{
    uint8_t *at = writer_reserve(writer, 2);

    if (at != NULL)
        bytes_put_u16(at, value);
}

void writer_u24(struct writer *writer, uint32_t value)
{
    uint8_t *at = writer_reserve(writer, 3);

    if (at != NULL)
        bytes_put_u24(at, value);
}

void writer_u32(struct writer *writer, uint32_t value)
{
    uint8_t *at = writer_reserve(writer, 4);

    if (at != NULL)
        bytes_put_u32(at, value);
}

void writer_u64(struct writer *writer, uint64_t value)
{
    uint8_t *at = writer_reserve(writer, 8);

    if (at != NULL)
        bytes_put_u64(at, value);
}

void writer_bytes(struct writer *writer, const void *bytes, size_t len)
{
    uint8_t *at = writer_reserve(writer, len);

    if (at != NULL && len > 0)
        memcpy(at, bytes, len);
}

void writer_zeros(struct writer *writer, size_t len)
{
    uint8_t *at = writer_reserve(writer, len);

    if (at != NULL && len > 0)
        memset(at, 0, len);
}

void writer_patch_u16(struct writer *writer, size_t at, uint16_t value)
{
    if (writer->failed || at > writer->at || writer->at - at < 2)
        writer->failed = true;
    else
        bytes_put_u16(writer->bytes + at, value);
}

size_t writer_len(const struct writer *writer)
{
    return writer->failed ? 0 : writer->at;
}
