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

static uint16_t get_u16_up_to(struct reader *r, unsigned max)
{
    uint16_t value = reader_u16(r);
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

/* The same for a text of letters and '_' only, at least one. */
static void get_word(struct reader *r, char *word, size_t size)
{
    get_text(r, word, size);
    size_t len = strlen(word);
    if (len == 0 || strspn(word, "abcdefghijklmnopqrstuvwxyz_") != len)
        r->failed = true;
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
    return (type >= IPC_ROOM_OPEN && type <= IPC_ROOM_PARTS) ||
           (type >= IPC_HELLO && type <= IPC_TIMELINE);
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

/*  audio-only(1)  count(2)
 *  { participant(8) group(1) width(2) height(2) visible|pinned<<1 (1) }* */
long ipc_encode_views(const struct ipc_views *views, uint8_t *out, size_t size)
{
    struct writer w = writer_of(out, size);
    if (views->count > IPC_MAX_VIEWS)
        return -1;
    writer_u8(&w, views->audio_only ? 1 : 0);
    writer_u16(&w, (uint16_t)views->count);
    for (size_t i = 0; i < views->count; i++) {
        const struct ipc_view *view = &views->views[i];
        writer_u64(&w, view->participant);
        writer_u8(&w, view->group);
        writer_u16(&w, view->width);
        writer_u16(&w, view->height);
        writer_u8(&w, (uint8_t)((view->visible ? 1u : 0u) | (view->pinned ? 2u : 0u)));
    }
    return written(&w);
}

int ipc_decode_views(const uint8_t *payload, size_t len, struct ipc_views *out)
{
    struct reader r = reader_of(payload, len);
    memset(out, 0, sizeof *out);
    out->audio_only = get_small(&r, 1) == 1;
    out->count = get_count(&r, IPC_MAX_VIEWS, 14);
    for (size_t i = 0; i < out->count; i++) {
        struct ipc_view *view = &out->views[i];
        view->participant = reader_u64(&r);
        view->group = get_small(&r, 1);
        view->width = get_u16_up_to(&r, IPC_MAX_PIXELS);
        view->height = get_u16_up_to(&r, IPC_MAX_PIXELS);
        uint8_t bits = get_small(&r, 3);
        view->visible = (bits & 1u) != 0;
        view->pinned = (bits & 2u) != 0;
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

/*  count(2)  { participant(8) group(1) audio|video<<1 (1) problem(1) paused(1) }* */
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
        writer_u8(&w, seat->paused);
    }
    return written(&w);
}

int ipc_decode_seats(const uint8_t *payload, size_t len, struct ipc_seats *out)
{
    struct reader r = reader_of(payload, len);
    memset(out, 0, sizeof *out);
    out->count = get_count(&r, IPC_MAX_SEATS, 12);
    for (size_t i = 0; i < out->count; i++) {
        struct ipc_seat *seat = &out->seats[i];
        seat->participant = reader_u64(&r);
        seat->group = get_small(&r, 1);
        uint8_t media = get_small(&r, 3);
        seat->audio = (media & 1u) != 0;
        seat->video = (media & 2u) != 0;
        seat->problem = get_small(&r, 1);
        seat->paused = get_small(&r, 3);
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

/*  count(2)  { source(1) layers(1) max-temporal(1) }* */
long ipc_encode_publish(const struct ipc_publish *publish, uint8_t *out, size_t size)
{
    struct writer w = writer_of(out, size);
    if (publish->count > IPC_SOURCES)
        return -1;
    writer_u16(&w, (uint16_t)publish->count);
    for (size_t i = 0; i < publish->count; i++) {
        writer_u8(&w, publish->sources[i].source);
        writer_u8(&w, publish->sources[i].layers);
        writer_u8(&w, publish->sources[i].max_temporal);
    }
    return written(&w);
}

int ipc_decode_publish(const uint8_t *payload, size_t len, struct ipc_publish *out)
{
    struct reader r = reader_of(payload, len);
    memset(out, 0, sizeof *out);
    out->count = get_count(&r, IPC_SOURCES, 3);
    for (size_t i = 0; i < out->count; i++) {
        out->sources[i].source = get_small(&r, IPC_SOURCES - 1);
        out->sources[i].layers = get_small(&r, 7);
        out->sources[i].max_temporal = get_small(&r, 3);
    }
    return finish(&r);
}

/*  count(2)  { participant(8) down(4) sent(4) up(4) loss-down(2) loss-up(2) rtt(2) score(1)
 *              reason(1) }* */
long ipc_encode_qualities(const struct ipc_qualities *qualities, uint8_t *out, size_t size)
{
    struct writer w = writer_of(out, size);
    if (qualities->count > IPC_MAX_QUALITIES)
        return -1;
    writer_u16(&w, (uint16_t)qualities->count);
    for (size_t i = 0; i < qualities->count; i++) {
        const struct ipc_quality *quality = &qualities->participants[i];
        writer_u64(&w, quality->participant);
        writer_u32(&w, quality->down_kbps);
        writer_u32(&w, quality->sent_kbps);
        writer_u32(&w, quality->up_kbps);
        writer_u16(&w, quality->down_loss_permille);
        writer_u16(&w, quality->up_loss_permille);
        writer_u16(&w, quality->rtt_ms);
        writer_u8(&w, quality->score);
        writer_u8(&w, quality->reason);
    }
    return written(&w);
}

int ipc_decode_qualities(const uint8_t *payload, size_t len, struct ipc_qualities *out)
{
    struct reader r = reader_of(payload, len);
    memset(out, 0, sizeof *out);
    out->count = get_count(&r, IPC_MAX_QUALITIES, 28);
    for (size_t i = 0; i < out->count; i++) {
        struct ipc_quality *quality = &out->participants[i];
        quality->participant = reader_u64(&r);
        quality->down_kbps = reader_u32(&r);
        quality->sent_kbps = reader_u32(&r);
        quality->up_kbps = reader_u32(&r);
        quality->down_loss_permille = get_u16_up_to(&r, 1000);
        quality->up_loss_permille = get_u16_up_to(&r, 1000);
        quality->rtt_ms = reader_u16(&r);
        quality->score = get_small(&r, 4);
        quality->reason = get_small(&r, 5);
    }
    return finish(&r);
}

/*  after(8)  max(2) */
long ipc_encode_timeline_request(const struct ipc_timeline_request *request, uint8_t *out,
                                 size_t size)
{
    struct writer w = writer_of(out, size);
    writer_u64(&w, request->after);
    writer_u16(&w, request->max);
    return written(&w);
}

int ipc_decode_timeline_request(const uint8_t *payload, size_t len,
                                struct ipc_timeline_request *out)
{
    struct reader r = reader_of(payload, len);
    out->after = reader_u64(&r);
    out->max = get_u16_up_to(&r, IPC_MAX_TIMELINE);
    return out->max > 0 ? finish(&r) : -1;
}

/*  more(1)  after(8)  count(2)  { number(8) at(8) participant(8) about(8) source(1) a(4) b(4)
 *                       what-length(1) what why-length(1) why }* */
long ipc_encode_timeline(const struct ipc_timeline *timeline, uint8_t *out, size_t size)
{
    struct writer w = writer_of(out, size);
    if (timeline->count > IPC_MAX_TIMELINE)
        return -1;
    writer_u8(&w, timeline->more ? 1 : 0);
    writer_u64(&w, timeline->after);
    writer_u16(&w, (uint16_t)timeline->count);
    for (size_t i = 0; i < timeline->count; i++) {
        const struct ipc_timeline_entry *entry = &timeline->entries[i];
        writer_u64(&w, entry->number);
        writer_u64(&w, entry->at_ms);
        writer_u64(&w, entry->participant);
        writer_u64(&w, entry->about);
        writer_u8(&w, entry->source);
        writer_u32(&w, entry->a);
        writer_u32(&w, entry->b);
        put_text(&w, entry->what);
        put_text(&w, entry->why);
    }
    return written(&w);
}

static void get_entry(struct reader *r, struct ipc_timeline_entry *entry)
{
    entry->number = reader_u64(r);
    entry->at_ms = reader_u64(r);
    entry->participant = reader_u64(r);
    entry->about = reader_u64(r);
    entry->source = reader_u8(r);
    if (entry->source >= IPC_SOURCES && entry->source != IPC_NO_SOURCE)
        r->failed = true;
    entry->a = reader_u32(r);
    entry->b = reader_u32(r);
    get_word(r, entry->what, sizeof entry->what);
    get_word(r, entry->why, sizeof entry->why);
}

int ipc_decode_timeline(const uint8_t *payload, size_t len, struct ipc_timeline *out)
{
    struct reader r = reader_of(payload, len);
    out->more = get_small(&r, 1) == 1;
    out->after = reader_u64(&r);
    out->count = get_count(&r, IPC_MAX_TIMELINE, 45);
    memset(out->entries, 0, out->count * sizeof out->entries[0]);
    for (size_t i = 0; i < out->count && !r.failed; i++)
        get_entry(&r, &out->entries[i]);
    return finish(&r);
}
