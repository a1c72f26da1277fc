/* Offsets from a source's numbers to a stream's. */
#include "engine/seat_segment.h"

#include "base/seq.h"
#include "engine/leg.h"
#include "wire/dd.h"

/* A replay is shown 64 times as fast: a second in 16 ms. */
#define SQUEEZE 64u

/* A timestamp further than this from what the arrival times say is not believed. */
#define MAX_APART_S 1

/* ---- timestamps ----------------------------------------------------------------------------- */

/* By the time that passed since the newest packet that was sent. */
static uint32_t by_arrival(const struct seat_stream *stream, const struct layer *layer,
                           const struct packet *packet)
{
    const uint64_t elapsed_us =
        packet->arrival_us > stream->arrival_us ? packet->arrival_us - stream->arrival_us : 0;
    return stream->timestamp + shared_ticks(elapsed_us, layer->codec.clock_rate_hz);
}

/* By the sender reports of the layer before and this one: they tell the same wall clock. */
static bool by_reports(const struct seat_stream *stream, const struct layer *layer,
                       const struct packet *packet, uint32_t *timestamp)
{
    const struct seat_segment *last = &stream->segments[stream->segment % SEAT_STREAM_SEGMENTS];
    const struct layer *before = track_find_layer(stream->track, last->layer_id);
    const int64_t rate = (int64_t)layer->codec.clock_rate_hz;
    if (!before || last->layer_id == 0 || !before->clock.known || !layer->clock.known ||
        last->clock_rate_hz != layer->codec.clock_rate_hz)
        return false;
    const int64_t apart = (int64_t)(layer->clock.ntp - before->clock.ntp);
    if (apart > (1ll << 38) || apart < -(1ll << 38)) /* 64 s: one of them is old */
        return false;
    const uint32_t between = (uint32_t)((apart >> 16) * rate / (1ll << 16));
    const uint32_t theirs =
        before->clock.timestamp + between + (packet->timestamp - layer->clock.timestamp);
    *timestamp = theirs + last->timestamp_offset - (uint32_t)last->timestamp_skew;
    return true;
}

/* Our timestamp of the layer's newest packet, if all were well; it may lie behind what was sent. */
static uint32_t true_timestamp(const struct seat_stream *stream, const struct layer *layer,
                               const struct packet *packet)
{
    const struct seat_segment *last = &stream->segments[stream->segment % SEAT_STREAM_SEGMENTS];
    const uint32_t guess = by_arrival(stream, layer, packet);
    uint32_t timestamp = guess;
    /* The same stream after a pause: its clock ran on. */
    if (last->layer_id == layer->id)
        timestamp = packet->timestamp + last->timestamp_offset - (uint32_t)last->timestamp_skew;
    else
        (void)by_reports(stream, layer, packet, &timestamp);
    const int64_t off = seq32_diff(timestamp, guess);
    const int64_t limit = (int64_t)layer->codec.clock_rate_hz * MAX_APART_S;
    return off < limit && off > -limit ? timestamp : guess;
}

static void place_in_time(const struct seat_stream *stream, const struct layer *layer,
                          const struct packet *packet, const struct packet *newest,
                          struct seat_segment *segment)
{
    const uint32_t span = newest->timestamp - packet->timestamp;
    const uint32_t squeezed = span / SQUEEZE;
    const uint32_t truth = true_timestamp(stream, layer, newest);
    const uint32_t least = stream->timestamp + 1u + squeezed;
    const uint32_t timestamp = seq32_newer(least, truth) ? least : truth;
    segment->timestamp_offset = timestamp - newest->timestamp;
    segment->timestamp_skew = (int32_t)(timestamp - truth);
    segment->squeeze = (struct seat_squeeze){
        .from = packet->timestamp, .ticks = span, .base = timestamp - squeezed};
}

uint32_t seat_segment_timestamp(const struct seat_segment *segment, uint32_t timestamp)
{
    const uint32_t into = timestamp - segment->squeeze.from;
    if (into < segment->squeeze.ticks)
        return segment->squeeze.base + into / SQUEEZE;
    return timestamp + segment->timestamp_offset;
}

/* ---- numbers -------------------------------------------------------------------------------- */

uint16_t seat_segment_frame(const struct packet *packet)
{
    return packet->descriptor_len >= DD_MANDATORY_BYTES
               ? bytes_get_u16(packet_dependency_descriptor(packet) + 1)
               : 0;
}

void seat_segment_start_rtx(struct seat_stream *stream, struct shared *shared)
{
    if (!stream->rtx_started)
        stream->rtx_sequence = (uint16_t)(rng_u32(&shared->rng) & 0x7fffu);
    stream->rtx_started = true;
}

static void start_numbers(struct seat_stream *stream, const struct packet *packet,
                          struct shared *shared)
{
    stream->started = true;
    /* RFC 3550 5.1: random, "to make known-plaintext attacks on encryption more difficult". The
     * sequence number's upper half stays free: SRTP cannot tell a wrap at the very start. */
    stream->next_sequence = (uint16_t)(rng_u32(&shared->rng) & 0x7fffu);
    seat_segment_start_rtx(stream, shared);
    stream->timestamp = rng_u32(&shared->rng);
    stream->arrival_us = packet->arrival_us;
}

bool seat_segment_begin(struct seat_stream *stream, const struct layer *layer,
                        const struct packet *packet, const struct packet *newest,
                        struct shared *shared)
{
    const struct negotiated_codec *payload =
        negotiate_find_payload(&stream->viewer->negotiated->media[stream->media], &layer->codec);
    if (!payload)
        return false;
    if (!stream->started)
        start_numbers(stream, packet, shared);
    struct seat_segment segment = {
        .layer_id = layer->id,
        .first_seq = packet->seq,
        .source_payload_type = packet->payload_type,
        .codec = packet->codec,
        .payload_type = payload->payload_type,
        .rtx_payload_type = payload->rtx_payload_type,
        .red_payload_type = payload->red_payload_type,
        .tl0_offset = (uint8_t)(stream->tl0 + 1u - packet->picture.tl0),
        .picture_offset = (uint16_t)(stream->picture + 1u - packet->picture.id),
        .frame_offset = (uint16_t)(stream->frame + 1u - seat_segment_frame(packet)),
        .clock_rate_hz = layer->codec.clock_rate_hz,
    };
    place_in_time(stream, layer, packet, newest, &segment);
    stream->segment++;
    stream->segments[stream->segment % SEAT_STREAM_SEGMENTS] = segment;
    stream->flowing = true;
    seat_numbers_begin(&stream->numbers, packet->seq);
    if (stream->filter)
        layer_filter_begin(stream->filter, packet);
    return true;
}
