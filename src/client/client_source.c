#include "client/client_source.h"

#include <string.h>

#define MAGIC      0x5052594cu /* "PRYL" */
#define FLAG_KEY   1u
#define FLAG_VIDEO 2u
#define FLAG_LOWER 4u
#define FLAG_TOP   8u
/* A key frame is larger than what follows it. */
#define KEY_FACTOR  4u
#define AUDIO_BYTES 80u

void client_tag_write(const struct client_tag *tag, uint8_t out[static CLIENT_TAG_BYTES])
{
    bytes_put_u32(out, MAGIC);
    bytes_put_u32(out + 4, tag->owner);
    bytes_put_u32(out + 8, tag->frame);
    out[12] = tag->layer;
    out[13] = (uint8_t)((tag->key ? FLAG_KEY : 0u) | (tag->video ? FLAG_VIDEO : 0u) |
                        (tag->lower ? FLAG_LOWER : 0u) | (tag->top ? FLAG_TOP : 0u));
    out[14] = tag->piece;
    out[15] = tag->pieces;
    bytes_put_u16(out + 16, tag->height);
    out[18] = tag->temporal;
    out[19] = tag->back;
    bytes_put_u32(out + 20, tag->sent_us);
}

bool client_tag_read(const uint8_t *payload, size_t len, struct client_tag *out)
{
    const uint8_t *at = payload + len - CLIENT_TAG_BYTES;

    if (len < CLIENT_TAG_BYTES || bytes_get_u32(at) != MAGIC)
        return false;
    *out = (struct client_tag){.owner = bytes_get_u32(at + 4),
                               .frame = bytes_get_u32(at + 8),
                               .layer = at[12],
                               .key = (at[13] & FLAG_KEY) != 0,
                               .video = (at[13] & FLAG_VIDEO) != 0,
                               .lower = (at[13] & FLAG_LOWER) != 0,
                               .top = (at[13] & FLAG_TOP) != 0,
                               .piece = at[14],
                               .pieces = at[15],
                               .height = bytes_get_u16(at + 16),
                               .temporal = at[18],
                               .back = at[19],
                               .sent_us = bytes_get_u32(at + 20)};
    return true;
}

void client_source_init(struct client_source *source, struct rng *rng)
{
    /* RFC 3711 3.3.1's rollover counter starts at 0 on both ends, so a stream that begins just
     * below 65536 and loses its first packets is lost; browsers begin below 32768. */
    source->seq = (uint16_t)(rng_u32(rng) & 0x7fff);
    source->rtx_seq = (uint16_t)(rng_u32(rng) & 0x7fff);
    source->timestamp = rng_u32(rng);
    source->picture_id = (uint16_t)(rng_u32(rng) & 0x7fff);
    source->tl0picidx = (uint8_t)rng_u32(rng);
    source->key_wanted = source->video;
}

/* What libvpx spends on the temporal layers (40, 20 and 40 %), per frame and against the mean. */
struct pattern_step {
    uint8_t temporal, back;
    uint8_t percent;
};
static const struct pattern_step plain_pattern[] = {{0, 1, 100}};
static const struct pattern_step temporal_pattern[] = {
    {0, 4, 160}, {2, 1, 80}, {1, 2, 80}, {2, 1, 80}};
#define TEMPORAL_STEPS 4u

static const struct pattern_step *next_step(struct client_source *source)
{
    const struct pattern_step *step;

    if (source->temporal_layers != 3)
        return &plain_pattern[0];
    if (source->key_wanted)
        source->step = 0;
    step = &temporal_pattern[source->step];
    source->step = (uint8_t)((source->step + 1u) % TEMPORAL_STEPS);
    return step;
}

/* Numerical Recipes' generator: good enough for sizes. */
static unsigned vary(struct client_source *source, unsigned bytes)
{
    unsigned span = 2 * bytes * source->vary_percent / 100;

    source->noise = source->noise * 1664525u + 1013904223u;
    if (span == 0)
        return bytes;
    return bytes - span / 2 + (source->noise >> 8) % (span + 1);
}

/* A key frame that is asked for is the clip's next one: the picture jumps there. */
static void take_frame(struct client_source *source)
{
    const struct client_clip *clip = source->clip;
    unsigned at = source->key_wanted ? client_clip_next_key(clip, source->clip_next)
                                     : source->clip_next % clip->count;

    source->key_wanted = source->video && clip->frames[at].key;
    source->frame_data = clip->frames[at].bytes;
    source->clip_next = at + 1;
}

static unsigned frame_bytes(struct client_source *source, const struct pattern_step *step)
{
    if (source->clip != NULL)
        return (unsigned)source->frame_data.len;
    if (!source->video)
        return AUDIO_BYTES;
    if (source->key_wanted)
        return source->frame_bytes * KEY_FACTOR;
    return vary(source, source->frame_bytes * step->percent / 100);
}

unsigned client_source_frame(struct client_source *source)
{
    const struct pattern_step *step;
    unsigned pieces, most = CLIENT_PAYLOAD_BYTES;

    if (source->clip != NULL) {
        take_frame(source);
        most -= CLIENT_DESCRIPTOR_BYTES;
    }
    step = next_step(source);
    source->size = frame_bytes(source, step);
    pieces = (source->size + most - 1) / most;
    pieces = pieces > 255 ? 255 : pieces;
    source->timestamp += source->timestamp_step;
    source->frame++;
    source->picture_id = (source->picture_id + 1) & 0x7fff;
    if (step->temporal == 0)
        source->tl0picidx++;
    source->tag = (struct client_tag){.owner = source->owner,
                                      .frame = source->frame,
                                      .height = source->height,
                                      .layer = source->layer,
                                      .temporal = step->temporal,
                                      .back = source->key_wanted ? 0 : step->back,
                                      .key = source->key_wanted,
                                      .top = true,
                                      .video = source->video,
                                      .pieces = (uint8_t)pieces};
    source->key_frames += source->key_wanted;
    source->key_wanted = false;
    return pieces;
}

/* A key picture's higher layers refer to the one below, all others to their own layer only. */
unsigned client_source_spatial(struct client_source *source, unsigned layer, bool top,
                               unsigned bytes)
{
    unsigned pieces;

    if (layer == 0) {
        source->frame_bytes = bytes;
        (void)client_source_frame(source);
        source->key_picture = source->tag.key;
    } else {
        source->tag.key = false;
        source->tag.lower = source->key_picture;
        source->size = vary(source, bytes * (source->key_picture ? KEY_FACTOR : 1u));
    }
    pieces = (source->size + CLIENT_PAYLOAD_BYTES - 1) / CLIENT_PAYLOAD_BYTES;
    source->tag.layer = (uint8_t)layer;
    source->tag.height = (uint16_t)(source->height << layer);
    source->tag.top = top;
    source->tag.pieces = (uint8_t)pieces;
    return pieces;
}

void client_source_pass(struct client_source *source)
{
    source->timestamp += source->timestamp_step;
}

void client_source_use(struct client_source *source, uint8_t codec, uint16_t height)
{
    source->codec = codec;
    source->height = height;
    source->key_wanted = true;
}

void client_source_renew(struct client_source *source, struct rng *rng)
{
    source->ssrc = rng_u32(rng) | 1u;
    source->rtx_ssrc = rng_u32(rng) | 1u;
    memset(source->history, 0, sizeof(source->history));
    client_source_init(source, rng);
}

void client_source_stop(struct client_source *source, bool stopped)
{
    if (source->stopped && !stopped)
        source->key_wanted = true;
    source->stopped = stopped;
}

/* The pieces of a frame are about as long as each other. */
static void cut_piece(const struct client_source *source, struct client_sent *sent, unsigned piece,
                      unsigned pieces)
{
    size_t from = source->frame_data.len * piece / pieces;
    size_t to = source->frame_data.len * (piece + 1u) / pieces;

    sent->data = (struct span){source->frame_data.bytes + from, to - from};
    sent->payload_len = (uint16_t)(to - from + (source->video ? CLIENT_DESCRIPTOR_BYTES : 0u));
}

const struct client_sent *client_source_next(struct client_source *source, unsigned piece,
                                             unsigned pieces)
{
    struct client_sent *sent = &source->history[source->seq % CLIENT_HISTORY];
    unsigned bytes = source->size / pieces;

    *sent = (struct client_sent){
        .used = true,
        .marker = source->video && source->tag.top && piece + 1 == pieces,
        .codec = source->codec,
        .seq = source->seq++,
        .payload_len = (uint16_t)(bytes < 64 ? 64 : bytes),
        .picture_id = source->picture_id,
        .tl0picidx = source->tl0picidx,
        .timestamp = source->timestamp,
        .sync = source->step == 2,
        .tag = source->tag,
    };
    sent->tag.piece = (uint8_t)piece;
    sent->tag.pieces = (uint8_t)pieces;
    if (source->clip != NULL)
        cut_piece(source, sent, piece, pieces);
    return sent;
}

const struct client_sent *client_source_find(const struct client_source *source, uint16_t seq)
{
    const struct client_sent *sent = &source->history[seq % CLIENT_HISTORY];

    return sent->used && sent->seq == seq ? sent : NULL;
}

/* RFC 7741 4.2: X, N (nothing refers to it), S, PID; I, L and T; 15-bit picture id; TL0PICIDX; TID
 * and Y. */
static void write_vp8_descriptor(const struct client_sent *sent, struct writer *writer)
{
    const struct client_tag *tag = &sent->tag;
    /* Y: refers to the lowest temporal layer only; the first two steps of the pattern do. */
    bool sync = tag->temporal < 2 || sent->sync;

    writer_u8(writer,
              (uint8_t)(0x80 | (tag->temporal == 2 ? 0x20 : 0) | (tag->piece == 0 ? 0x10 : 0)));
    writer_u8(writer, 0xe0);
    writer_u16(writer, (uint16_t)(0x8000 | sent->picture_id));
    writer_u8(writer, sent->tl0picidx);
    writer_u8(writer, (uint8_t)(tag->temporal << 6 | (sync ? 0x20 : 0)));
}

/* Then, in the first packet of a frame, RFC 6386 9.1: frame tag, and for key frames start code and
 * size. */
static void write_vp8(const struct client_sent *sent, struct writer *writer)
{
    const struct client_tag *tag = &sent->tag;
    unsigned width = tag->height * 16u / 9u;

    write_vp8_descriptor(sent, writer);
    if (sent->tag.piece != 0)
        return;
    writer_u8(writer,
              sent->tag.key ? 0x10 : 0x11); /* show_frame; the lowest bit: not a key frame */
    writer_u16(writer, 0);
    if (!sent->tag.key)
        return;
    writer_u24(writer, 0x9d012a);
    writer_u8(writer, (uint8_t)width); /* little endian */
    writer_u8(writer, (uint8_t)(width >> 8));
    writer_u8(writer, (uint8_t)tag->height);
    writer_u8(writer, (uint8_t)(tag->height >> 8));
}

/* RFC 6184 5.8: a frame is one slice in fragments (FU-A). */
static void write_h264(const struct client_sent *sent, struct writer *writer)
{
    const struct client_tag *tag = &sent->tag;
    bool last = tag->piece + 1 == tag->pieces;

    writer_u8(writer, tag->key ? 0x7c : 0x5c); /* NRI; type 28 */
    writer_u8(writer, (uint8_t)((tag->piece == 0 ? 0x80 : 0) | (last ? 0x40 : 0) |
                                (tag->key ? 5 : 1))); /* start, end; IDR or not */
}

/* RFC 9628 4.2: I, P, L, B, E, V, Z; a 15-bit picture id; TID, U, SID, D; TL0PICIDX; in the first
 * packet of a key picture the structure: three spatial layers and their sizes. */
static void write_vp9(const struct client_source *source, const struct client_sent *sent,
                      struct writer *writer)
{
    const struct client_tag *tag = &sent->tag;
    bool first = tag->piece == 0, last = tag->piece + 1 == tag->pieces;
    bool key_picture = tag->key || tag->lower, structure = tag->key && first;

    writer_u8(writer,
              (uint8_t)(0xa0 | (key_picture ? 0 : 0x40) | (first ? 0x08 : 0) | (last ? 0x04 : 0) |
                        (structure ? 0x02 : 0) | (key_picture && !tag->top ? 0 : 0x01)));
    writer_u16(writer, (uint16_t)(0x8000 | sent->picture_id));
    writer_u8(writer, (uint8_t)(tag->temporal << 5 | (tag->temporal < 2 ? 0x10 : 0) |
                                tag->layer << 1 | (tag->lower ? 1 : 0)));
    writer_u8(writer, sent->tl0picidx);
    if (!structure)
        return;
    writer_u8(writer, (2u << 5) | 0x10);
    for (unsigned i = 0; i < 3; i++) {
        writer_u16(writer, (uint16_t)((unsigned)(source->height << i) * 16u / 9u));
        writer_u16(writer, (uint16_t)(source->height << i));
    }
}

static size_t write_clip(const struct client_source *source, const struct client_sent *sent,
                         uint8_t *out)
{
    struct writer writer = writer_of(out, sent->payload_len);

    if (source->video)
        write_vp8_descriptor(sent, &writer);
    memcpy(out + writer.at, sent->data.bytes, sent->data.len);
    return sent->payload_len;
}

size_t client_source_payload(const struct client_source *source, const struct client_sent *sent,
                             uint8_t *out)
{
    struct writer writer;

    if (sent->data.len > 0)
        return write_clip(source, sent, out);
    writer = writer_of(out, sent->payload_len - CLIENT_TAG_BYTES);
    if (source->video && sent->codec == CLIENT_H264)
        write_h264(sent, &writer);
    else if (source->video && sent->codec == CLIENT_VP9)
        write_vp9(source, sent, &writer);
    else if (source->video)
        write_vp8(sent, &writer);
    memset(out + writer.at, (int)(sent->seq & 0xff), sent->payload_len - writer.at);
    client_tag_write(&sent->tag, out + sent->payload_len - CLIENT_TAG_BYTES);
    return sent->payload_len;
}
