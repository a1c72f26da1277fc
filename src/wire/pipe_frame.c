/* Frames between workers, read and written. */
#include "wire/pipe_frame.h"

#include <string.h>

#include "wire/wire.h"

static int ended(const struct reader *reader)
{
    if (reader->failed)
        return WIRE_TRUNCATED;
    return reader_left(reader) == 0 ? 0 : WIRE_MALFORMED;
}

int pipe_frame_parse(const uint8_t *bytes, size_t len, struct pipe_frame *out)
{
    struct reader reader = reader_of(bytes, len);
    *out = (struct pipe_frame){.kind = reader_u8(&reader)};
    reader_skip(&reader, 7);
    out->room = reader_u64(&reader);
    out->participant = reader_u64(&reader);
    if (reader.failed)
        return WIRE_TRUNCATED;
    out->body = reader_rest(&reader);
    return out->kind >= PIPE_MEDIA && out->kind <= PIPE_NEED ? 0 : WIRE_MALFORMED;
}

void pipe_frame_write(struct writer *writer, const struct pipe_frame *frame)
{
    writer_u8(writer, frame->kind);
    writer_zeros(writer, 7);
    writer_u64(writer, frame->room);
    writer_u64(writer, frame->participant);
}

/* ---- who publishes --------------------------------------------------------------------------- */

int pipe_read_state(struct span body, struct pipe_state *out)
{
    struct reader reader = reader_of(body.bytes, body.len);
    out->count = reader_u16(&reader);
    if (out->count > PIPE_MAX_PUBLISHERS) {
        out->count = 0;
        return WIRE_LIMIT;
    }
    for (size_t i = 0; i < out->count; i++) {
        struct pipe_publisher *publisher = &out->publishers[i];
        publisher->participant = reader_u64(&reader);
        publisher->leg = reader_u64(&reader);
        publisher->version = reader_u32(&reader);
        publisher->enabled = reader_u8(&reader);
    }
    return ended(&reader);
}

void pipe_write_state(struct writer *writer, const struct pipe_state *state)
{
    writer_u16(writer, (uint16_t)state->count);
    for (size_t i = 0; i < state->count; i++) {
        const struct pipe_publisher *publisher = &state->publishers[i];
        writer_u64(writer, publisher->participant);
        writer_u64(writer, publisher->leg);
        writer_u32(writer, publisher->version);
        writer_u8(writer, publisher->enabled);
    }
}

/* ---- what it offered ------------------------------------------------------------------------- */

static int read_source(struct reader *reader, struct pipe_source *out)
{
    out->source = reader_u8(reader);
    const size_t len = reader_u8(reader);
    if (len > PIPE_MAX_MID_BYTES)
        return WIRE_LIMIT;
    const uint8_t *mid = reader_bytes(reader, len);
    if (!mid)
        return WIRE_TRUNCATED;
    memcpy(out->mid, mid, len);
    out->mid[len] = '\0';
    return strlen(out->mid) == len ? 0 : WIRE_MALFORMED;
}

int pipe_read_offer(struct span body, struct pipe_offer *out)
{
    struct reader reader = reader_of(body.bytes, body.len);
    out->leg = reader_u64(&reader);
    out->version = reader_u32(&reader);
    out->source_count = reader_u8(&reader);
    if (out->source_count > PIPE_MAX_SOURCES)
        return WIRE_LIMIT;
    for (size_t i = 0; i < out->source_count; i++) {
        const int error = read_source(&reader, &out->sources[i]);
        if (error != 0)
            return error;
    }
    if (reader.failed)
        return WIRE_TRUNCATED;
    out->sdp = reader_rest(&reader);
    return out->sdp.len <= PIPE_MAX_SDP_BYTES ? 0 : WIRE_LIMIT;
}

void pipe_write_offer(struct writer *writer, const struct pipe_offer *offer)
{
    writer_u64(writer, offer->leg);
    writer_u32(writer, offer->version);
    writer_u8(writer, (uint8_t)offer->source_count);
    for (size_t i = 0; i < offer->source_count; i++) {
        const size_t len = strlen(offer->sources[i].mid);
        writer_u8(writer, offer->sources[i].source);
        writer_u8(writer, (uint8_t)len);
        writer_bytes(writer, offer->sources[i].mid, len);
    }
    writer_bytes(writer, offer->sdp.bytes, offer->sdp.len);
}

/* ---- what its viewers elsewhere need --------------------------------------------------------- */

int pipe_read_keyframe(struct span body, struct pipe_keyframe *out)
{
    struct reader reader = reader_of(body.bytes, body.len);
    out->source = reader_u8(&reader);
    out->layer = reader_u8(&reader);
    out->why = reader_u8(&reader);
    return ended(&reader);
}

void pipe_write_keyframe(struct writer *writer, const struct pipe_keyframe *keyframe)
{
    writer_u8(writer, keyframe->source);
    writer_u8(writer, keyframe->layer);
    writer_u8(writer, keyframe->why);
}

int pipe_read_need(struct span body, struct pipe_need *out)
{
    struct reader reader = reader_of(body.bytes, body.len);
    out->source = reader_u8(&reader);
    out->layers = reader_u8(&reader);
    return ended(&reader);
}

void pipe_write_need(struct writer *writer, const struct pipe_need *need)
{
    writer_u8(writer, need->source);
    writer_u8(writer, need->layers);
}
