/* Forwarding into one outgoing stream, and repeating from it. */
#include "engine/seat_stream.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/seq.h"
#include "engine/layer_select.h"
#include "engine/leg.h"
#include "engine/payload.h"
#include "engine/seat_header.h"
#include "wire/dd.h"

/* A repeated packet gets as long as a round trip to arrive before it is repeated once more; viewers
 * that ask sooner ask twice for the same loss. */
#define RESEND_MIN_MS 20u

static uint16_t sent_capacity(const struct seat_stream *stream)
{
    return stream->video ? LIMIT_SENT_PACKETS : LIMIT_SENT_AUDIO_PACKETS;
}

static struct sent_packet *sent_slot(const struct seat_stream *stream, uint16_t sequence)
{
    return &stream->sent[sequence & (sent_capacity(stream) - 1u)];
}

int seat_stream_prepare(struct seat_stream *stream)
{
    if (!stream->sent)
        stream->sent = calloc(sent_capacity(stream), sizeof stream->sent[0]);
    return stream->sent ? 0 : -1;
}

void seat_stream_fini(struct seat_stream *stream)
{
    seat_stream_show(stream, NULL);
    free(stream->sent);
    stream->sent = NULL;
}

void seat_stream_show(struct seat_stream *stream, struct track *track)
{
    if (stream->track == track)
        return;
    list_remove(&stream->in_track);
    stream->track = track;
    stream->target = STREAM_TARGET_BEST;
    stream->flowing = false;
    stream->no_codec = false;
    if (track)
        list_push_back(&track->viewers, &stream->in_track);
}

void seat_stream_pause(struct seat_stream *stream)
{
    stream->flowing = false;
}

const struct seat_segment *seat_stream_segment(const struct seat_stream *stream)
{
    return stream->flowing ? &stream->segments[stream->segment % SEAT_STREAM_SEGMENTS] : NULL;
}

void seat_stream_set_target(struct seat_stream *stream, struct stream_target target,
                            struct shared *shared)
{
    stream->target = target;
    if (target.spatial < 0)
        stream->flowing = false;
    else if (stream->track && stream->track->leg)
        leg_choose_layers(stream->track->leg, shared);
}

uint32_t seat_stream_layer(const struct seat_stream *stream)
{
    const struct seat_segment *segment = seat_stream_segment(stream);
    return segment ? segment->layer_id : 0;
}

/* ---- segments ------------------------------------------------------------------------------- */

static bool continues(const struct seat_segment *segment, const struct layer *layer,
                      const struct packet *packet)
{
    return segment && segment->layer_id == layer->id &&
           segment->source_payload_type == packet->payload_type;
}

static bool may_begin(const struct seat_stream *stream, const struct layer *layer,
                      const struct packet *packet, uint64_t now_us)
{
    if (packet->seq != layer->reception.highest && !packet->keyframe)
        return false;
    if (!stream->video)
        return true;
    return packet->keyframe && layer_select(stream->track, now_us) == layer;
}

/* RED goes through where the viewer knows it under the same inner payload type; else the Opus in
 * it is taken out. */
static const struct negotiated_codec *find_payload(const struct seat_stream *stream,
                                                   const struct layer *layer, bool *strip_red)
{
    const struct negotiated_media *viewer = &stream->viewer->negotiated->media[stream->media];
    const struct negotiated_codec *found = negotiate_find_payload(viewer, &layer->codec);
    *strip_red = false;
    if (layer->codec.codec != CODEC_RED)
        return found;
    if (found && found->red_payload_type == layer->codec.red_payload_type)
        return found;
    const struct track *track = stream->track;
    bool rtx;
    const struct negotiated_codec *opus = negotiate_find_codec(
        &track->leg->negotiated->media[track->media], layer->codec.red_payload_type, &rtx);
    *strip_red = true;
    return opus ? negotiate_find_payload(viewer, opus) : NULL;
}

static uint32_t timestamp_offset(const struct seat_stream *stream, const struct layer *layer,
                                 const struct packet *packet)
{
    const struct seat_segment *last = &stream->segments[stream->segment % SEAT_STREAM_SEGMENTS];
    /* The same stream after a pause: its clock ran on. */
    if (last->layer_id == layer->id &&
        seq32_newer(packet->timestamp + last->timestamp_offset, stream->timestamp))
        return last->timestamp_offset;
    const uint64_t elapsed_us =
        packet->arrival_us > stream->arrival_us ? packet->arrival_us - stream->arrival_us : 0;
    uint32_t ticks = shared_ticks(elapsed_us, layer->codec.clock_rate_hz);
    if (ticks == 0)
        ticks = 1;
    return stream->timestamp + ticks - packet->timestamp;
}

static uint16_t frame_number(const struct packet *packet)
{
    return packet->descriptor_len >= DD_MANDATORY_BYTES
               ? bytes_get_u16(packet_dependency_descriptor(packet) + 1)
               : 0;
}

static void start_numbers(struct seat_stream *stream, const struct packet *packet,
                          struct shared *shared)
{
    stream->started = true;
    /* RFC 3550 5.1: random, "to make known-plaintext attacks on encryption more difficult". The
     * sequence number's upper half stays free: SRTP cannot tell a wrap at the very start. */
    stream->next_sequence = (uint16_t)(rng_u32(&shared->rng) & 0x7fffu);
    stream->rtx_sequence = (uint16_t)(rng_u32(&shared->rng) & 0x7fffu);
    stream->timestamp = rng_u32(&shared->rng);
    stream->arrival_us = packet->arrival_us;
}

/* False: the viewer cannot decode this. */
static bool begin_segment(struct seat_stream *stream, const struct layer *layer,
                          const struct packet *packet, struct shared *shared)
{
    bool strip_red;
    const struct negotiated_codec *payload = find_payload(stream, layer, &strip_red);
    if (!payload)
        return false;
    if (!stream->started)
        start_numbers(stream, packet, shared);
    const struct seat_segment segment = {
        .layer_id = layer->id,
        .first_seq = packet->seq,
        .source_payload_type = packet->payload_type,
        .codec = packet->codec,
        .payload_type = payload->payload_type,
        .rtx_payload_type = payload->rtx_payload_type,
        .strip_red = strip_red,
        .tl0_offset = (uint8_t)(stream->tl0 + 1u - packet->picture.tl0),
        .picture_offset = (uint16_t)(stream->picture + 1u - packet->picture.id),
        .frame_offset = (uint16_t)(stream->frame + 1u - frame_number(packet)),
        .sequence_offset = stream->next_sequence - packet->seq,
        .timestamp_offset = timestamp_offset(stream, layer, packet),
        .clock_rate_hz = layer->codec.clock_rate_hz,
    };
    stream->segment++;
    stream->segments[stream->segment % SEAT_STREAM_SEGMENTS] = segment;
    stream->flowing = true;
    return true;
}

/* ---- sending -------------------------------------------------------------------------------- */

static int send(struct seat_stream *stream, struct seat_header *header, struct shared *shared)
{
    struct leg *viewer = stream->viewer;
    uint8_t bytes[SEAT_HEADER_BYTES + LIMIT_DATAGRAM_BYTES];
    struct writer writer = writer_of(bytes, sizeof bytes);
    size_t header_len;
    struct span payload;
    header->now_us = shared->now_us;
    header->transport_sequence = viewer->transport_sequence;
    if (seat_header_write(header, &writer, &header_len, &payload) != 0)
        return -1;
    /* A payload that begins with something new is put together here; else it is encrypted
     * straight from the ring. */
    if (writer.at > header_len) {
        writer_bytes(&writer, payload.bytes, payload.len);
        payload = (struct span){bytes + header_len, writer.at - header_len};
    }
    viewer->transport_sequence++;
    return transport_send_rtp(viewer->transport, bytes, header_len, payload.bytes, payload.len,
                              shared->tx);
}

/* The numbers from which the next segment goes on. */
static void note_newest(struct seat_stream *stream, const struct seat_segment *segment,
                        const struct packet *packet)
{
    stream->timestamp = packet->timestamp + segment->timestamp_offset;
    stream->arrival_us = packet->arrival_us;
    if (packet->picture.id_bits != 0)
        stream->picture = (uint16_t)(packet->picture.id + segment->picture_offset);
    if (packet->picture.tl0_at != 0)
        stream->tl0 = (uint8_t)(packet->picture.tl0 + segment->tl0_offset);
    if (packet->descriptor_len >= DD_MANDATORY_BYTES)
        stream->frame = (uint16_t)(frame_number(packet) + segment->frame_offset);
}

/* A sequence number is never sent twice with the same SSRC: that would reuse an SRTP nonce. What
 * is older than the memory of sent numbers counts as sent. */
static bool was_sent(const struct seat_stream *stream, uint16_t sequence)
{
    const int ahead = seq16_diff(sequence, stream->next_sequence);
    if (ahead >= 0)
        return false;
    const struct sent_packet *sent = sent_slot(stream, sequence);
    return ahead < -(int)sent_capacity(stream) || (sent->used && sent->sequence == sequence);
}

static void send_packet(struct seat_stream *stream, const struct packet *packet,
                        struct shared *shared)
{
    const struct seat_segment *segment = seat_stream_segment(stream);
    const uint16_t sequence = (uint16_t)(packet->seq + segment->sequence_offset);
    if (seq32_newer(segment->first_seq, packet->seq) || was_sent(stream, sequence))
        return;
    *sent_slot(stream, sequence) = (struct sent_packet){
        .seq = packet->seq, .sequence = sequence, .segment = stream->segment, .used = 1};
    if (!seq16_newer(stream->next_sequence, sequence)) {
        stream->next_sequence = (uint16_t)(sequence + 1u);
        note_newest(stream, segment, packet);
    }
    struct seat_header header = {
        .stream = stream, .segment = segment, .packet = packet, .sequence = sequence};
    if (send(stream, &header, shared) != 0)
        return;
    stream->packets++;
    stream->octets += packet->payload_len;
    SHARED_COUNT(shared, rtp_forwarded);
}

/* The first packet of a key frame may come last (reordered, or repaired): the rest of the frame is
 * in the ring already. */
static void catch_up(struct seat_stream *stream, const struct layer *layer, uint32_t from,
                     struct shared *shared)
{
    for (uint32_t seq = from + 1; !seq32_newer(seq, layer->reception.highest); seq++) {
        const struct packet *packet = packet_ring_find(&layer->ring, seq);
        if (packet && continues(seat_stream_segment(stream), layer, packet))
            send_packet(stream, packet, shared);
    }
}

static bool may_flow(const struct seat_stream *stream)
{
    return stream->viewer->connected && stream->media != NEGOTIATE_NO_MEDIA &&
           stream->target.spatial >= 0;
}

bool seat_stream_wants(const struct seat_stream *stream, const struct layer *layer,
                       const struct packet *packet)
{
    if (!may_flow(stream))
        return false;
    return continues(seat_stream_segment(stream), layer, packet) || packet->keyframe;
}

/* With this packet, and what came after it. True: no_codec changed. */
static bool begin(struct seat_stream *stream, const struct layer *layer,
                  const struct packet *packet, struct shared *shared)
{
    const bool could_not = stream->no_codec;
    stream->no_codec = !begin_segment(stream, layer, packet, shared);
    if (stream->no_codec) {
        stream->flowing = false;
        SHARED_COUNT(shared, dropped_no_codec);
    } else {
        send_packet(stream, packet, shared);
        catch_up(stream, layer, packet->seq, shared);
    }
    return stream->no_codec != could_not;
}

bool seat_stream_forward(struct seat_stream *stream, const struct layer *layer,
                         const struct packet *packet, struct shared *shared)
{
    if (!may_flow(stream))
        return false;
    if (continues(seat_stream_segment(stream), layer, packet)) {
        send_packet(stream, packet, shared);
        return false;
    }
    return may_begin(stream, layer, packet, shared->now_us) && begin(stream, layer, packet, shared);
}

void seat_stream_replay(struct seat_stream *stream, const struct layer *layer,
                        const struct packet *packet, struct shared *shared)
{
    if (may_flow(stream) && !stream->video && !stream->flowing)
        (void)begin(stream, layer, packet, shared);
}

enum seat_stream_resend seat_stream_resend(struct seat_stream *stream, uint16_t sequence,
                                           uint64_t rtt_us, struct shared *shared)
{
    struct sent_packet *sent = stream->sent ? sent_slot(stream, sequence) : NULL;
    if (!sent || !sent->used || sent->sequence != sequence || !stream->track)
        return SEAT_STREAM_GONE;
    const struct seat_segment *segment = &stream->segments[sent->segment % SEAT_STREAM_SEGMENTS];
    if ((uint8_t)(stream->segment - sent->segment) >= SEAT_STREAM_SEGMENTS ||
        segment->rtx_payload_type == NEGOTIATE_NO_PAYLOAD || stream->rtx_ssrc == 0)
        return SEAT_STREAM_GONE;
    const struct layer *layer = track_find_layer(stream->track, segment->layer_id);
    const struct packet *packet = layer ? packet_ring_find(&layer->ring, sent->seq) : NULL;
    if (!packet)
        return SEAT_STREAM_GONE;

    const uint32_t now_ms = (uint32_t)(shared->now_us / 1000u);
    const uint32_t wait_ms = (uint32_t)(rtt_us / 1000u);
    if (sent->resent >= LIMIT_RTX_PER_PACKET ||
        (sent->resent > 0 &&
         now_ms - sent->resent_ms < (wait_ms > RESEND_MIN_MS ? wait_ms : RESEND_MIN_MS)))
        return SEAT_STREAM_TOO_OFTEN;
    sent->resent = (sent->resent + 1u) & 0x7fu;
    sent->resent_ms = now_ms;
    struct seat_header header = {
        .stream = stream,
        .segment = segment,
        .packet = packet,
        .sequence = sequence,
        .rtx = true,
        .rtx_sequence = stream->rtx_sequence++,
    };
    return send(stream, &header, shared) == 0 ? SEAT_STREAM_RESENT : SEAT_STREAM_GONE;
}

size_t seat_stream_pad(struct seat_stream *stream, size_t bytes, uint8_t probe,
                       struct shared *shared)
{
    (void)probe;
    size_t sent = 0;
    for (uint16_t back = 1; stream->started && back < sent_capacity(stream) && sent < bytes;
         back++) {
        const uint16_t sequence = (uint16_t)(stream->next_sequence - back);
        if (seat_stream_resend(stream, sequence, 0, shared) == SEAT_STREAM_RESENT)
            sent += LIMIT_DATAGRAM_BYTES;
    }
    return sent;
}
