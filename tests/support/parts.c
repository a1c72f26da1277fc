#include "support/parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void on_frame(void *context, uint32_t worker, const uint8_t *bytes, size_t len)
{
    struct parts *parts = *(struct parts **)context;
    const uint32_t own = context == &parts->ends[1];
    assert(worker == 1 - own && len > 0);
    if (parts->cut)
        return;
    if (parts->count == parts->capacity) {
        parts->capacity = parts->capacity * 2 + 16;
        parts->frames = realloc(parts->frames, parts->capacity * sizeof parts->frames[0]);
        assert(parts->frames);
    }
    struct parts_frame *frame = &parts->frames[parts->count++];
    *frame = (struct parts_frame){.from = own, .len = len, .bytes = malloc(len)};
    assert(frame->bytes);
    memcpy(frame->bytes, bytes, len);
}

struct parts *parts_new(uint64_t seed)
{
    struct parts *parts = calloc(1, sizeof *parts);
    assert(parts);
    for (uint32_t i = 0; i < 2; i++) {
        parts->calls[i] = plain_call_new(seed + i);
        parts->ends[i].parts = parts;
        parts->ends[i].own = i;
        parts->calls[i]->id_base = 1000 * (uint64_t)i;
        parts->calls[i]->on_frame = on_frame;
        parts->calls[i]->frame_context = &parts->ends[i];
        parts_tell(parts, i, 2u >> i);
    }
    return parts;
}

void parts_free(struct parts *parts)
{
    plain_call_free(parts->calls[0]);
    plain_call_free(parts->calls[1]);
    for (size_t i = 0; i < parts->count; i++)
        free(parts->frames[i].bytes);
    free(parts->frames);
    free(parts);
}

void parts_tell(struct parts *parts, unsigned which, uint64_t others)
{
    struct plain_call *call = parts->calls[which];
    const struct engine_command command = {
        .type = ENGINE_ROOM_PARTS, .room = PLAIN_ROOM, .parts = others};
    int error = engine_command(call->engine, call->now_us, &command);
    assert(error == 0);
    (void)error;
    plain_call_run(call, 0);
}

void parts_carry(struct parts *parts)
{
    for (size_t i = 0; i < parts->count; i++) {
        const struct parts_frame frame = parts->frames[i];
        if (frame.bytes[0] < 7)
            parts->carried[frame.bytes[0]]++;
        plain_call_receive_frame(parts->calls[1 - frame.from], frame.from, frame.bytes, frame.len);
        free(frame.bytes);
    }
    parts->count = 0;
}

void parts_run(struct parts *parts, unsigned ms)
{
    for (unsigned t = 0; t < ms; t += 10) {
        plain_call_run(parts->calls[0], 10000);
        plain_call_run(parts->calls[1], 10000);
        parts_carry(parts);
    }
}
