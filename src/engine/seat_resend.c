/* Packets that go out a second time, and padding: all on the RTX SSRC (RFC 4588). */
#include "base/assert.h"
#include "engine/downlink.h"
#include "engine/leg.h"
#include "engine/seat_segment.h"
#include "engine/seat_send.h"
#include "engine/seat_sent.h"
#include "engine/seat_stream.h"

/* A repeated packet gets as long as a round trip to arrive before it is repeated once more; viewers
 * that ask sooner ask twice for the same loss. */
#define RESEND_MIN_MS 20u
/* Longer than any wait. */
#define LONG_AGO_MS 30000u

/* Sound is played within 100 to 200 ms. */
#define AUDIO_MAX_RTT_US 200000u

/* How far back a probe looks for packets to repeat: receivers drop what is older than their
 * jitter buffer, and the link is probed all the same. */
#define PAD_PACKETS   64u
#define PADDING_BYTES 255u

static const struct seat_segment *segment_of(const struct seat_stream *stream, uint8_t number)
{
    const struct seat_segment *segment = &stream->segments[number % SEAT_STREAM_SEGMENTS];
    if ((uint8_t)(stream->segment - number) >= SEAT_STREAM_SEGMENTS ||
        segment->rtx_payload_type == NEGOTIATE_NO_PAYLOAD || stream->rtx_ssrc == 0)
        return NULL;
    return segment;
}

/* NULL: not kept any more. */
static const struct packet *find_packet(const struct seat_stream *stream,
                                        const struct sent_packet *sent)
{
    const struct seat_segment *segment = segment_of(stream, sent->segment);
    const struct layer *layer =
        segment && stream->track ? track_find_layer(stream->track, segment->layer_id) : NULL;
    return layer ? packet_ring_find(&layer->ring, sent->seq) : NULL;
}

/* Of a larger picture than the present one: it was left for want of room, and the present one began
 * with a key frame; or that one is still to come, and nothing is shown until then. */
static bool is_left(const struct seat_stream *stream, const struct sent_packet *sent)
{
    const struct seat_segment *then = segment_of(stream, sent->segment);
    if (!stream->video || !stream->track || !then)
        return false;
    const struct layer *now = track_find_layer(stream->track, seat_stream_layer(stream));
    return !now || track_find_layer(stream->track, then->layer_id) > now;
}

/* Bytes sent; 0: not kept any more. */
static size_t repeat(struct seat_stream *stream, const struct sent_packet *sent, uint8_t kind,
                     uint8_t probe, struct shared *shared)
{
    const struct seat_segment *segment = segment_of(stream, sent->segment);
    const struct packet *packet = find_packet(stream, sent);
    if (!segment || !packet)
        return 0;
    struct seat_header header = {
        .stream = stream,
        .segment = segment,
        .packet = sent->filler ? NULL : packet,
        .sequence = sent->sequence,
        .timestamp = seat_segment_timestamp(segment, packet->timestamp),
        .picture_shift = sent->picture_shift,
        .marker = sent->marker,
        .rtx = true,
        .rtx_sequence = stream->rtx_sequence++,
    };
    return seat_send(stream, &header, 0, kind, probe, shared);
}

/* Sound has no RTX: what is missing goes along with the next packet, if that comes in time. */
static bool add_to_next(struct seat_stream *stream, const struct sent_packet *sent, uint64_t rtt_us)
{
    const struct seat_segment *segment = seat_stream_segment(stream);
    return segment && stream->track && sent->segment == stream->segment &&
           segment->red_payload_type != NEGOTIATE_NO_PAYLOAD && rtt_us < AUDIO_MAX_RTT_US &&
           red_stream_ask(&stream->red, &stream->track->layers[0].ring, sent->seq);
}

/* What is on its way behind a queue did not get lost. */
static uint64_t wait_in_queue_us(const struct seat_stream *stream)
{
    const uint64_t queue_us = downlink_queue_delay_us(stream->viewer);
    return queue_us == UINT64_MAX ? 0 : queue_us;
}

enum seat_stream_resend seat_stream_resend(struct seat_stream *stream, uint16_t sequence,
                                           unsigned copies, struct shared *shared)
{
    const uint64_t rtt_us = stream->viewer->rtt_us;
    struct sent_packet *sent = stream->sent ? seat_sent_find(stream, sequence) : NULL;
    if (!sent || is_left(stream, sent))
        return SEAT_STREAM_GONE;
    const uint16_t now_ms = (uint16_t)(shared->now_us / 1000u);
    const uint64_t wait_ms = (rtt_us + wait_in_queue_us(stream)) / 1000u;
    const uint16_t waited_ms = (uint16_t)(now_ms - sent->resent_ms);
    if (sent->resent >= LIMIT_RTX_PER_PACKET ||
        (sent->resent > 0 && waited_ms < (wait_ms > RESEND_MIN_MS ? wait_ms : RESEND_MIN_MS)))
        return SEAT_STREAM_TOO_OFTEN;
    const bool done = stream->video ? repeat(stream, sent, DOWNLINK_RTX, 0, shared) > 0
                                    : add_to_next(stream, sent, rtt_us);
    if (!done)
        return SEAT_STREAM_GONE;
    for (unsigned i = 1; stream->video && i < copies; i++)
        (void)repeat(stream, sent, DOWNLINK_RTX, 0, shared);
    sent->resent = (sent->resent + 1u) & 0xfu;
    sent->resent_ms = now_ms;
    return SEAT_STREAM_RESENT;
}

void seat_stream_repetition_lost(struct seat_stream *stream, uint16_t sequence, uint64_t now_us)
{
    struct sent_packet *sent = stream->sent ? seat_sent_find(stream, sequence) : NULL;
    if (sent && sent->resent > 0)
        sent->resent_ms = (uint16_t)(now_us / 1000u - LONG_AGO_MS);
}

bool seat_stream_is_base(const struct seat_stream *stream, uint16_t sequence)
{
    const struct sent_packet *sent =
        stream->video && stream->sent ? seat_sent_find(stream, sequence) : NULL;
    const struct packet *packet = sent && !sent->filler ? find_packet(stream, sent) : NULL;
    return !packet || packet->frame.temporal == 0;
}

/* ---- padding -------------------------------------------------------------------------------- */

static size_t pad_with_packets(struct seat_stream *stream, size_t bytes, uint8_t probe,
                               struct shared *shared)
{
    size_t done = 0;
    for (uint16_t back = 1; back <= PAD_PACKETS && done < bytes; back++) {
        const struct sent_packet *sent =
            seat_sent_find(stream, (uint16_t)(stream->next_sequence - back));
        const size_t added =
            sent && !sent->filler ? repeat(stream, sent, DOWNLINK_RTX, probe, shared) : 0;
        if (added > 0)
            SHARED_COUNT(shared, padding_sent);
        done += added;
    }
    return done;
}

static size_t pad_with_nothing(struct seat_stream *stream, const struct seat_segment *segment,
                               uint8_t probe, struct shared *shared)
{
    struct seat_header header = {
        .stream = stream,
        .segment = segment,
        .timestamp = stream->timestamp,
        .rtx = true,
        .rtx_sequence = stream->rtx_sequence++,
    };
    const size_t sent = seat_send(stream, &header, PADDING_BYTES, DOWNLINK_PADDING, probe, shared);
    if (sent > 0)
        SHARED_COUNT(shared, padding_sent);
    return sent;
}

/* It is paused, and was from the start: nothing but a probe can end that, and there is no segment
 * to repeat anything of. False: the viewer knows no RTX, or it is not so. */
static bool agreed_padding(const struct seat_stream *stream, struct seat_segment *out)
{
    const struct negotiated_media *media = &stream->viewer->negotiated->media[stream->media];
    if (stream->started || !stream->track || stream->target.spatial >= 0 || stream->rtx_ssrc == 0)
        return false;
    for (size_t i = 0; i < media->codec_count; i++)
        if (media->codecs[i].rtx_payload_type != NEGOTIATE_NO_PAYLOAD) {
            *out = (struct seat_segment){.rtx_payload_type = media->codecs[i].rtx_payload_type};
            return true;
        }
    return false;
}

size_t seat_stream_pad(struct seat_stream *stream, size_t bytes, uint8_t probe,
                       struct shared *shared)
{
    struct seat_segment agreed;
    if (!stream->viewer->connected || stream->media == NEGOTIATE_NO_MEDIA || !stream->sent)
        return 0;
    const struct seat_segment *segment =
        stream->started ? segment_of(stream, stream->segment) : NULL;
    if (!segment && agreed_padding(stream, &agreed))
        segment = &agreed;
    if (!segment)
        return 0;
    seat_segment_start_rtx(stream, shared);
    size_t done = stream->started ? pad_with_packets(stream, bytes, probe, shared) : 0;
    while (done < bytes) {
        const size_t added = pad_with_nothing(stream, segment, probe, shared);
        if (added == 0)
            break;
        done += added;
    }
    return done;
}
