/* Bytes of the messages between control and worker. Pure: no socket, no allocation. Decoders take
 * whatever comes (a worker that was taken over by hostile media sends what it likes) and give back
 * structs whose every field is in range. */
#include "ipc/ipc.h"

#include <string.h>

/* ---- bounded writing and reading, little-endian --------------------------------------------- */

struct writer {
    uint8_t *bytes;
    size_t size, len;
    bool failed;
};

static void put_bytes(struct writer *w, const void *bytes, size_t len)
{
    if (w->failed || len > w->size - w->len) {
        w->failed = true;
        return;
    }
    if (len > 0)
        memcpy(w->bytes + w->len, bytes, len);
    w->len += len;
}

static void put_uint(struct writer *w, uint64_t value, unsigned width)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < width; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    put_bytes(w, bytes, width);
}

static long written(const struct writer *w)
{
    return w->failed ? -1 : (long)w->len;
}

struct reader {
    const uint8_t *bytes;
    size_t len, at;
    bool failed;
};

static const uint8_t *get_bytes(struct reader *r, size_t len)
{
    if (r->failed || len > r->len - r->at) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *bytes = r->bytes + r->at;
    r->at += len;
    return bytes;
}

static uint64_t get_uint(struct reader *r, unsigned width)
{
    const uint8_t *bytes = get_bytes(r, width);
    uint64_t value = 0;
    for (unsigned i = 0; bytes && i < width; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

/* A number that must not exceed max. */
static uint8_t get_small(struct reader *r, unsigned max)
{
    uint64_t value = get_uint(r, 1);
    if (value > max) {
        r->failed = true;
        return 0;
    }
    return (uint8_t)value;
}

/* A count, then so many elements of at least element_bytes each must follow. */
static size_t get_count(struct reader *r, size_t max, size_t element_bytes)
{
    size_t count = (size_t)get_uint(r, 2);
    if (r->failed || count > max || count * element_bytes > r->len - r->at) {
        r->failed = true;
        return 0;
    }
    return count;
}

/* One byte of length, then text without NULs; size counts the NUL that is added. */
static void get_text(struct reader *r, char *text, size_t size)
{
    size_t len = (size_t)get_uint(r, 1);
    const uint8_t *bytes = get_bytes(r, len);
    text[0] = '\0';
    if (!bytes)
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
    put_uint(w, len, 1);
    put_bytes(w, text, len);
}

/* Everything read, nothing left over. */
static int finish(const struct reader *r)
{
    return r->failed || r->at != r->len ? -1 : 0;
}

/* ---- header ---------------------------------------------------------------------------------- */

int ipc_header_write(const struct ipc_message *message, uint8_t out[static IPC_HEADER_BYTES])
{
    struct writer w = {out, IPC_HEADER_BYTES, 0, false};
    put_uint(&w, IPC_VERSION, 1);
    put_uint(&w, message->type, 1);
    put_uint(&w, message->flags, 2);
    put_uint(&w, message->request, 4);
    put_uint(&w, message->room, 8);
    put_uint(&w, message->participant, 8);
    return message->payload_len <= IPC_MAX_BYTES - IPC_HEADER_BYTES ? 0 : -1;
}

static bool type_known(unsigned type)
{
    return (type >= IPC_ROOM_OPEN && type <= IPC_SHUTDOWN) ||
           (type >= IPC_HELLO && type <= IPC_COUNTERS);
}

int ipc_parse(const uint8_t *bytes, size_t len, struct ipc_message *out)
{
    struct reader r = {bytes, len, 0, false};
    if (len > IPC_MAX_BYTES || get_uint(&r, 1) != IPC_VERSION)
        return -1;
    out->type = (uint8_t)get_uint(&r, 1);
    out->flags = (uint16_t)get_uint(&r, 2);
    out->request = (uint32_t)get_uint(&r, 4);
    out->room = get_uint(&r, 8);
    out->participant = get_uint(&r, 8);
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
    struct writer w = {out, size, 0, false};
    if (offer->source_count > IPC_SOURCES)
        return -1;
    put_uint(&w, offer->new_leg ? 1 : 0, 1);
    put_uint(&w, offer->source_count, 2);
    for (size_t i = 0; i < offer->source_count; i++) {
        put_uint(&w, offer->sources[i].source, 1);
        put_text(&w, offer->sources[i].mid);
    }
    put_bytes(&w, offer->sdp, offer->sdp_len);
    return written(&w);
}

int ipc_decode_offer(const uint8_t *payload, size_t len, struct ipc_offer *out)
{
    struct reader r = {payload, len, 0, false};
    memset(out, 0, sizeof *out);
    out->new_leg = get_small(&r, 1) == 1;
    out->source_count = get_count(&r, IPC_SOURCES, 2);
    for (size_t i = 0; i < out->source_count; i++) {
        out->sources[i].source = get_small(&r, IPC_SOURCES - 1);
        get_text(&r, out->sources[i].mid, sizeof out->sources[i].mid);
    }
    if (r.failed)
        return -1;
    out->sdp_len = r.len - r.at;
    out->sdp = (const char *)get_bytes(&r, out->sdp_len);
    return 0;
}

/*  count(2)  { participant(8) group(1) }* */
long ipc_encode_views(const struct ipc_views *views, uint8_t *out, size_t size)
{
    struct writer w = {out, size, 0, false};
    if (views->count > IPC_MAX_VIEWS)
        return -1;
    put_uint(&w, views->count, 2);
    for (size_t i = 0; i < views->count; i++) {
        put_uint(&w, views->views[i].participant, 8);
        put_uint(&w, views->views[i].group, 1);
    }
    return written(&w);
}

int ipc_decode_views(const uint8_t *payload, size_t len, struct ipc_views *out)
{
    struct reader r = {payload, len, 0, false};
    memset(out, 0, sizeof *out);
    out->count = get_count(&r, IPC_MAX_VIEWS, 9);
    for (size_t i = 0; i < out->count; i++) {
        out->views[i].participant = get_uint(&r, 8);
        out->views[i].group = get_small(&r, 1);
    }
    return finish(&r);
}

/*  code-length(1) code  text-length(1) text */
long ipc_encode_refusal(const struct ipc_refusal *refusal, uint8_t *out, size_t size)
{
    struct writer w = {out, size, 0, false};
    put_text(&w, refusal->code);
    put_text(&w, refusal->text);
    return written(&w);
}

int ipc_decode_refusal(const uint8_t *payload, size_t len, struct ipc_refusal *out)
{
    struct reader r = {payload, len, 0, false};
    memset(out, 0, sizeof *out);
    get_text(&r, out->code, sizeof out->code);
    get_text(&r, out->text, sizeof out->text);
    return finish(&r);
}

/*  count(2)  { participant(8) group(1) audio|video<<1 (1) problem(1) }* */
long ipc_encode_seats(const struct ipc_seats *seats, uint8_t *out, size_t size)
{
    struct writer w = {out, size, 0, false};
    if (seats->count > IPC_MAX_SEATS)
        return -1;
    put_uint(&w, seats->count, 2);
    for (size_t i = 0; i < seats->count; i++) {
        const struct ipc_seat *seat = &seats->seats[i];
        put_uint(&w, seat->participant, 8);
        put_uint(&w, seat->group, 1);
        put_uint(&w, (seat->audio ? 1u : 0u) | (seat->video ? 2u : 0u), 1);
        put_uint(&w, seat->problem, 1);
    }
    return written(&w);
}

int ipc_decode_seats(const uint8_t *payload, size_t len, struct ipc_seats *out)
{
    struct reader r = {payload, len, 0, false};
    memset(out, 0, sizeof *out);
    out->count = get_count(&r, IPC_MAX_SEATS, 11);
    for (size_t i = 0; i < out->count; i++) {
        struct ipc_seat *seat = &out->seats[i];
        seat->participant = get_uint(&r, 8);
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
    struct writer w = {out, size, 0, false};
    if (speakers->count > IPC_MAX_SPEAKERS)
        return -1;
    put_uint(&w, speakers->dominant, 8);
    put_uint(&w, speakers->count, 2);
    for (size_t i = 0; i < speakers->count; i++) {
        put_uint(&w, speakers->speakers[i].participant, 8);
        put_uint(&w, speakers->speakers[i].level_dbov, 1);
    }
    return written(&w);
}

int ipc_decode_speakers(const uint8_t *payload, size_t len, struct ipc_speakers *out)
{
    struct reader r = {payload, len, 0, false};
    memset(out, 0, sizeof *out);
    out->dominant = get_uint(&r, 8);
    out->count = get_count(&r, IPC_MAX_SPEAKERS, 9);
    for (size_t i = 0; i < out->count; i++) {
        out->speakers[i].participant = get_uint(&r, 8);
        out->speakers[i].level_dbov = get_small(&r, 127);
    }
    return finish(&r);
}

/*  count(2)  { value(8) }* */
long ipc_encode_counters(const struct ipc_counters *counters, uint8_t *out, size_t size)
{
    struct writer w = {out, size, 0, false};
    if (counters->count > IPC_MAX_COUNTERS)
        return -1;
    put_uint(&w, counters->count, 2);
    for (size_t i = 0; i < counters->count; i++)
        put_uint(&w, counters->values[i], 8);
    return written(&w);
}

int ipc_decode_counters(const uint8_t *payload, size_t len, struct ipc_counters *out)
{
    struct reader r = {payload, len, 0, false};
    memset(out, 0, sizeof *out);
    out->count = get_count(&r, IPC_MAX_COUNTERS, 8);
    for (size_t i = 0; i < out->count; i++)
        out->values[i] = get_uint(&r, 8);
    return finish(&r);
}
