/* Bytes of the messages between control and worker. Pure: no socket, no allocation. Decoders take
 * whatever comes (a worker that was taken over by hostile media sends what it likes) and give back
 * structs whose every field is in range. */
#include "ipc/ipc.h"

#include <string.h>

#include "base/bytes.h"

static long written(const struct writer *w)
{
    return w->failed ? -1 : (long)w->at;
}

/* A number that must not exceed max. */
static uint8_t get_small(struct reader *r, unsigned max)
{
    uint8_t value = reader_u8(r);
    if (value > max)
        r->failed = true;
    return value <= max ? value : 0;
}

/* A count, then so many elements of at least element_bytes each must follow. */
static size_t get_count(struct reader *r, size_t max, size_t element_bytes)
{
    size_t count = reader_u16(r);
    if (r->failed || count > max || count * element_bytes > reader_left(r)) {
        r->failed = true;
        return 0;
    }
    return count;
}

/* One byte of length, then text without NULs; size counts the NUL that is added. */
static void get_text(struct reader *r, char *text, size_t size)
{
    size_t len = reader_u8(r);
    const uint8_t *bytes = reader_bytes(r, len);
    text[0] = '\0';
    if (!bytes || len == 0)
        return;
    if (len >= size || memchr(bytes, 0, len)) {
        r->failed = true;
        return;
    }
    memcpy(text, bytes, len);
    text[len] = '\0';
}

static void put_text(struct writer *w, const char *text)
{
    size_t len = strlen(text);
    if (len > UINT8_MAX)
        w->failed = true;
    writer_u8(w, (uint8_t)len);
    writer_bytes(w, text, len);
}

/* Everything read, nothing left over. */
static int finish(const struct reader *r)
{
    return r->failed || r->at != r->len ? -1 : 0;
}

/* ---- header ---------------------------------------------------------------------------------- */

int ipc_header_write(const struct ipc_message *message, uint8_t out[static IPC_HEADER_BYTES])
{
    struct writer w = writer_of(out, IPC_HEADER_BYTES);
    writer_u8(&w, IPC_VERSION);
    writer_u8(&w, message->type);
    writer_u16(&w, message->flags);
    writer_u32(&w, message->request);
    writer_u64(&w, message->room);
    writer_u64(&w, message->participant);
    return message->payload_len <= IPC_MAX_BYTES - IPC_HEADER_BYTES ? 0 : -1;
}

static bool type_known(unsigned type)
{
    return (type >= IPC_ROOM_OPEN && type <= IPC_SHUTDOWN) ||
           (type >= IPC_HELLO && type <= IPC_COUNTERS);
}

int ipc_parse(const uint8_t *bytes, size_t len, struct ipc_message *out)
{
    struct reader r = reader_of(bytes, len);
    if (len > IPC_MAX_BYTES || reader_u8(&r) != IPC_VERSION)
        return -1;
    out->type = reader_u8(&r);
    out->flags = reader_u16(&r);
    out->request = reader_u32(&r);
    out->room = reader_u64(&r);
    out->participant = reader_u64(&r);
    if (r.failed || !type_known(out->type))
        return -1;
    out->payload = bytes + IPC_HEADER_BYTES;
    out->payload_len = len - IPC_HEADER_BYTES;
    return 0;
}

/* ---- payloads -------------------------------------------------------------------------------- */

/*  flags(1)  sources(2)  { source(1) mid-length(1) mid }*  SDP to the end */
long ipc_encode_offer(const struct ipc_offer *offer, uint8_t *out, size_t size)
{
    struct writer w = writer_of(out, size);
    if (offer->source_count > IPC_SOURCES)
        return -1;
    writer_u8(&w, offer->new_leg ? 1 : 0);
    writer_u16(&w, (uint16_t)offer->source_count);
    for (size_t i = 0; i < offer->source_count; i++) {
        writer_u8(&w, offer->sources[i].source);
        put_text(&w, offer->sources[i].mid);
    }
    writer_bytes(&w, offer->sdp, offer->sdp_len);
    return written(&w);
}

int ipc_decode_offer(const uint8_t *payload, size_t len, struct ipc_offer *out)
{
    struct reader r = reader_of(payload, len);
    memset(out, 0, sizeof *out);
    out->new_leg = get_small(&r, 1) == 1;
    out->source_count = get_count(&r, IPC_SOURCES, 2);
    for (size_t i = 0; i < out->source_count; i++) {
        out->sources[i].source = get_small(&r, IPC_SOURCES - 1);
        get_text(&r, out->sources[i].mid, sizeof out->sources[i].mid);
    }
    if (r.failed)
        return -1;
    struct span sdp = reader_rest(&r);
    out->sdp = (const char *)sdp.bytes;
    out->sdp_len = sdp.len;
    return 0;
}

/*  count(2)  { participant(8) group(1) }* */
long ipc_encode_views(const struct ipc_views *views, uint8_t *out, size_t size)
{
    struct writer w = writer_of(out, size);
    if (views->count > IPC_MAX_VIEWS)
        return -1;
    writer_u16(&w, (uint16_t)views->count);
    for (size_t i = 0; i < views->count; i++) {
        writer_u64(&w, views->views[i].participant);
        writer_u8(&w, views->views[i].group);
    }
    return written(&w);
}

int ipc_decode_views(const uint8_t *payload, size_t len, struct ipc_views *out)
{
    struct reader r = reader_of(payload, len);
    memset(out, 0, sizeof *out);
    out->count = get_count(&r, IPC_MAX_VIEWS, 9);
    for (size_t i = 0; i < out->count; i++) {
        out->views[i].participant = reader_u64(&r);
        out->views[i].group = get_small(&r, 1);
    }
    return finish(&r);
}

/*  code-length(1) code  text-length(1) text */
long ipc_encode_refusal(const struct ipc_refusal *refusal, uint8_t *out, size_t size)
{
    struct writer w = writer_of(out, size);
    put_text(&w, refusal->code);
    put_text(&w, refusal->text);
    return written(&w);
}

int ipc_decode_refusal(const uint8_t *payload, size_t len, struct ipc_refusal *out)
{
    struct reader r = reader_of(payload, len);
    memset(out, 0, sizeof *out);
    get_text(&r, out->code, sizeof out->code);
    get_text(&r, out->text, sizeof out->text);
    return finish(&r);
}

/*  count(2)  { participant(8) group(1) audio|video<<1 (1) problem(1) }* */
long ipc_encode_seats(const struct ipc_seats *seats, uint8_t *out, size_t size)
{
    struct writer w = writer_of(out, size);
    if (seats->count > IPC_MAX_SEATS)
        return -1;
    writer_u16(&w, (uint16_t)seats->count);
    for (size_t i = 0; i < seats->count; i++) {
        const struct ipc_seat *seat = &seats->seats[i];
        writer_u64(&w, seat->participant);
        writer_u8(&w, seat->group);
        writer_u8(&w, (uint8_t)((seat->audio ? 1u : 0u) | (seat->video ? 2u : 0u)));
        writer_u8(&w, seat->problem);
    }
    return written(&w);
}

int ipc_decode_seats(const uint8_t *payload, size_t len, struct ipc_seats *out)
{
    struct reader r = reader_of(payload, len);
    memset(out, 0, sizeof *out);
    out->count = get_count(&r, IPC_MAX_SEATS, 11);
    for (size_t i = 0; i < out->count; i++) {
        struct ipc_seat *seat = &out->seats[i];
        seat->participant = reader_u64(&r);
        seat->group = get_small(&r, 1);
        uint8_t media = get_small(&r, 3);
        seat->audio = (media & 1u) != 0;
        seat->video = (media & 2u) != 0;
        seat->problem = get_small(&r, 1);
    }
    return finish(&r);
}

/*  dominant(8)  count(2)  { participant(8) level(1) }* */
long ipc_encode_speakers(const struct ipc_speakers *speakers, uint8_t *out, size_t size)
{
    struct writer w = writer_of(out, size);
    if (speakers->count > IPC_MAX_SPEAKERS)
        return -1;
    writer_u64(&w, speakers->dominant);
    writer_u16(&w, (uint16_t)speakers->count);
    for (size_t i = 0; i < speakers->count; i++) {
        writer_u64(&w, speakers->speakers[i].participant);
        writer_u8(&w, speakers->speakers[i].level_dbov);
    }
    return written(&w);
}

int ipc_decode_speakers(const uint8_t *payload, size_t len, struct ipc_speakers *out)
{
    struct reader r = reader_of(payload, len);
    memset(out, 0, sizeof *out);
    out->dominant = reader_u64(&r);
    out->count = get_count(&r, IPC_MAX_SPEAKERS, 9);
    for (size_t i = 0; i < out->count; i++) {
        out->speakers[i].participant = reader_u64(&r);
        out->speakers[i].level_dbov = get_small(&r, 127);
    }
    return finish(&r);
}

/*  count(2)  { value(8) }* */
long ipc_encode_counters(const struct ipc_counters *counters, uint8_t *out, size_t size)
{
    struct writer w = writer_of(out, size);
    if (counters->count > IPC_MAX_COUNTERS)
        return -1;
    writer_u16(&w, (uint16_t)counters->count);
    for (size_t i = 0; i < counters->count; i++)
        writer_u64(&w, counters->values[i]);
    return written(&w);
}

int ipc_decode_counters(const uint8_t *payload, size_t len, struct ipc_counters *out)
{
    struct reader r = reader_of(payload, len);
    memset(out, 0, sizeof *out);
    out->count = get_count(&r, IPC_MAX_COUNTERS, 8);
    for (size_t i = 0; i < out->count; i++)
        out->values[i] = reader_u64(&r);
    return finish(&r);
}
