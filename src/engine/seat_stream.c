/* Forwarding into one outgoing stream: what is sent, and which segment it belongs to. */
#include "engine/seat_stream.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/seq.h"
#include "engine/downlink.h"
#include "engine/layer_select.h"
#include "engine/leg.h"
#include "engine/participant.h"
#include "engine/seat_segment.h"
#include "engine/seat_send.h"
#include "engine/seat_sent.h"
#include "engine/timeline.h"

/* Temporal layers are gone up where the source says that one can; sources that never say so are
 * asked for a key frame after this time. */
#define RISE_PATIENCE_US 3000000u

int seat_stream_prepare(struct seat_stream *stream)
{
    if (!stream->sent)
        stream->sent = calloc(seat_sent_capacity(stream), sizeof stream->sent[0]);
    if (stream->video && !stream->filter)
        stream->filter = calloc(1, sizeof *stream->filter);
    return stream->sent && (!stream->video || stream->filter) ? 0 : -1;
}

void seat_stream_fini(struct seat_stream *stream)
{
    seat_stream_show(stream, NULL);
    free(stream->sent);
    free(stream->filter);
    stream->sent = NULL;
    stream->filter = NULL;
}

void seat_stream_show(struct seat_stream *stream, struct track *track)
{
    if (stream->track == track)
        return;
    list_remove(&stream->in_track);
    stream->track = track;
    stream->target = STREAM_TARGET_BEST;
    stream->flowing = false;
    stream->may_replay = true;
    stream->no_codec = false;
    stream->dark_why = stream->started ? TIMELINE_WHY_SEATED : TIMELINE_WHY_JOINED;
    if (track)
        list_push_back(&track->viewers, &stream->in_track);
}

void seat_stream_pause(struct seat_stream *stream, uint8_t why)
{
    stream->flowing = false;
    stream->dark_why = why;
    stream->may_replay = false;
}

const struct seat_segment *seat_stream_segment(const struct seat_stream *stream)
{
    return stream->flowing ? &stream->segments[stream->segment % SEAT_STREAM_SEGMENTS] : NULL;
}

uint32_t seat_stream_layer(const struct seat_stream *stream)
{
    const struct seat_segment *segment = seat_stream_segment(stream);
    return segment ? segment->layer_id : 0;
}

/* ---- what the viewer is to get -------------------------------------------------------------- */

static bool may_flow(const struct seat_stream *stream)
{
    return stream->viewer->connected && stream->media != NEGOTIATE_NO_MEDIA &&
           stream->target.spatial >= 0;
}

static bool continues(const struct seat_segment *segment, const struct layer *layer,
                      const struct packet *packet)
{
    return segment && segment->layer_id == layer->id &&
           segment->source_payload_type == packet->payload_type;
}

/* While the line to the viewer is long it gets fewer frames. */
static struct layer_limit thin_out(struct layer_limit limit, const struct seat_stream *stream,
                                   const struct layer *layer)
{
    const uint8_t thin = downlink_thin(stream->viewer);
    const uint8_t top = layer->top.temporal;
    const uint8_t most = thin < top ? (uint8_t)(top - thin) : 0;
    if (thin > 0 && limit.temporal > most)
        limit.temporal = most;
    return limit;
}

/* The layers within this layer's stream that the target asks for. While the viewer waits for the
 * key frame of a lower simulcast layer, less of the present one is sent, and while it waits for a
 * higher one, all. */
static struct layer_limit target_limit(const struct seat_stream *stream, const struct layer *layer,
                                       uint64_t now_us)
{
    struct track *track = stream->track;
    struct layer_limit limit = {
        .spatial = PACKET_SPATIAL_LAYERS - 1u,
        .temporal = stream->target.temporal < 0 ? 0 : (uint8_t)stream->target.temporal,
    };
    if (track->layer_count == 1) {
        limit.spatial = (uint8_t)stream->target.spatial;
        return limit;
    }
    const struct layer *best = layer_select(track, stream->target.spatial, now_us);
    if (best && layer > best)
        limit.temporal = 0;
    else if (best && layer < best)
        limit.temporal = TRACK_TEMPORAL_LAYERS - 1u;
    return limit;
}

static struct layer_limit limit_of(const struct seat_stream *stream, const struct layer *layer,
                                   uint64_t now_us)
{
    return thin_out(target_limit(stream, layer, now_us), stream, layer);
}

/* Spatial layers that do not come any more, without the source saying so, are not waited for. */
static struct layer_limit limit_to_present(struct layer_limit limit, const struct layer *layer)
{
    if (limit.spatial > layer->top.spatial)
        limit.spatial = layer->top.spatial;
    return limit;
}

/* Else it came before the codec changed, and its format is not known any more. */
static bool is_of_codec(const struct layer *layer, const struct packet *packet)
{
    return packet->payload_type == layer->codec.payload_type;
}

static bool may_begin(const struct seat_stream *stream, const struct layer *layer,
                      const struct packet *packet, uint64_t now_us)
{
    if (packet->seq != layer->reception.highest && !packet->keyframe)
        return false;
    if (!stream->video)
        return true;
    return packet->keyframe && is_of_codec(layer, packet) &&
           layer_select(stream->track, stream->target.spatial, now_us) == layer;
}

bool seat_stream_wants(const struct seat_stream *stream, const struct layer *layer,
                       const struct packet *packet)
{
    if (!may_flow(stream))
        return false;
    return continues(seat_stream_segment(stream), layer, packet) || packet->keyframe ||
           !stream->video;
}

bool seat_stream_leaves_out(const struct seat_stream *stream, const struct layer *layer,
                            const struct packet *packet, uint64_t now_us)
{
    if (stream->target.spatial < 0)
        return true;
    const struct layer_limit limit = target_limit(stream, layer, now_us);
    return packet->frame.spatial > limit.spatial || packet->frame.temporal > limit.temporal;
}

bool seat_stream_begins(const struct seat_stream *stream, const struct layer *layer,
                        const struct packet *packet, uint64_t now_us)
{
    return may_flow(stream) && !continues(seat_stream_segment(stream), layer, packet) &&
           may_begin(stream, layer, packet, now_us);
}

/* ---- sending -------------------------------------------------------------------------------- */

static struct layer_judgement judge(struct seat_stream *stream, const struct layer *layer,
                                    const struct packet *packet, uint64_t now_us)
{
    if (!stream->filter)
        return (struct layer_judgement){.verdict = LAYER_SEND, .marker = packet->marker};
    struct layer_limit limit = limit_of(stream, layer, now_us);
    if (!packet->keyframe)
        limit = limit_to_present(limit, layer);
    return layer_filter_judge(stream->filter, packet, limit, &layer->structures);
}

static void note_time(struct seat_stream *stream, const struct seat_segment *segment,
                      const struct packet *packet)
{
    stream->timestamp = seat_segment_timestamp(segment, packet->timestamp);
    stream->arrival_us = packet->arrival_us;
}

/* The numbers from which the next segment goes on. */
static void note_newest(struct seat_stream *stream, const struct seat_segment *segment,
                        const struct packet *packet, uint16_t shift)
{
    note_time(stream, segment, packet);
    if (packet->picture.id_bits != 0)
        stream->picture = (uint16_t)(packet->picture.id + segment->picture_offset - shift);
    if (packet->picture.tl0_at != 0)
        stream->tl0 = (uint8_t)(packet->picture.tl0 + segment->tl0_offset);
    if (packet->frame.layering == PACKET_DD || packet->descriptor_len > 0)
        stream->frame = (uint16_t)(seat_segment_frame(packet) + segment->frame_offset);
}

/* NULL: none is needed, or the viewer cannot read it. */
static const struct red_frames *choose_redundancy(struct seat_stream *stream,
                                                  const struct packet *packet,
                                                  struct red_frames *frames)
{
    const struct seat_segment *segment = seat_stream_segment(stream);
    if (segment->red_payload_type == NEGOTIATE_NO_PAYLOAD)
        return NULL;
    red_stream_gather(&stream->red, &stream->track->layers[0].ring, packet, segment->first_seq,
                      stream->viewer->red.distance.frames, frames);
    return frames->count > 0 ? frames : NULL;
}

static void send_as(struct seat_stream *stream, const struct packet *packet, uint16_t sequence,
                    const struct layer_judgement *judgement, struct shared *shared)
{
    const bool filler = judgement->verdict != LAYER_SEND;
    const struct sent_packet sent = {
        .seq = packet->seq,
        .sequence = sequence,
        .picture_shift = judgement->shift,
        .segment = stream->segment,
        .used = 1,
        .filler = filler,
        .marker = !filler && judgement->marker,
    };
    if (!seat_sent_note(stream, &sent))
        return;
    const struct seat_segment *segment = seat_stream_segment(stream);
    struct seat_header header = {
        .stream = stream,
        .segment = segment,
        .packet = filler ? NULL : packet,
        .sequence = sequence,
        .timestamp = seat_segment_timestamp(segment, packet->timestamp),
        .picture_shift = judgement->shift,
        .marker = sent.marker,
    };
    struct red_frames frames;
    if (!stream->video && !filler)
        header.frames = choose_redundancy(stream, packet, &frames);
    const uint8_t kind = stream->video ? DOWNLINK_VIDEO : DOWNLINK_AUDIO;
    const uint8_t padding = filler ? 1 : packet->pad;
    if (seat_send(stream, &header, padding, filler ? DOWNLINK_PADDING : kind, 0, shared) == 0)
        return;
    stream->packets++;
    stream->octets += filler ? 0u : packet->payload_len;
    if (filler)
        SHARED_COUNT(shared, late_dropped);
    else
        SHARED_COUNT(shared, rtp_forwarded);
}

/* What its filter may only read. */
static struct layer *own_layer(const struct seat_stream *stream, const struct layer *layer)
{
    return &stream->track->layers[layer - stream->track->layers];
}

static void need_keyframe(struct seat_stream *stream, struct layer *layer, uint8_t why,
                          struct shared *shared)
{
    keyframe_count(&layer->keyframe, &stream->asker);
    leg_want_keyframe(stream->track->leg, layer, why, shared);
}

/* A frame that cannot be judged: nothing after it can be either, until the structure comes. */
static void want_structure(struct seat_stream *stream, const struct layer *layer,
                           struct shared *shared)
{
    need_keyframe(stream, own_layer(stream, layer), TIMELINE_WHY_STRUCTURE, shared);
}

/* A frame that all others need never came. */
static void want_whole(struct seat_stream *stream, const struct layer *layer, struct shared *shared)
{
    SHARED_COUNT(shared, dd_chains_broken);
    need_keyframe(stream, own_layer(stream, layer), TIMELINE_WHY_UNREPAIRED, shared);
}

/* All that came after it was left out: the next segment begins behind it, and behind the padding
 * that stands for it, too. */
static void note_late(struct seat_stream *stream, const struct packet *packet,
                      const struct layer_judgement *judgement)
{
    const struct seat_segment *segment = seat_stream_segment(stream);
    if (!seq32_newer(seat_segment_timestamp(segment, packet->timestamp), stream->timestamp))
        return;
    if (judgement->verdict == LAYER_SEND)
        note_newest(stream, segment, packet, judgement->shift);
    else
        note_time(stream, segment, packet);
}

/* One packet of the present segment. */
static void pass(struct seat_stream *stream, const struct layer *layer, const struct packet *packet,
                 struct shared *shared)
{
    const struct seat_segment *segment = seat_stream_segment(stream);
    if (seq32_newer(segment->first_seq, packet->seq))
        return;
    const struct layer_judgement judgement = judge(stream, layer, packet, shared->now_us);
    uint16_t sequence;
    if (judgement.cut)
        want_whole(stream, layer, shared);
    if (judgement.verdict == LAYER_WAIT) {
        stream->waiting = true;
        want_structure(stream, layer, shared);
        return;
    }
    /* Padding in its place would say that nothing is missing. */
    if (judgement.verdict == LAYER_GONE)
        return;
    if (!seat_numbers_is_newer(&stream->numbers, packet)) {
        if (!seat_numbers_late(&stream->numbers, packet->seq, &sequence))
            return;
        note_late(stream, packet, &judgement);
        send_as(stream, packet, sequence, &judgement, shared);
        return;
    }
    if (!seat_numbers_next(&stream->numbers, packet, &judgement, &stream->next_sequence,
                           &sequence)) {
        SHARED_COUNT(shared, layers_dropped);
        return;
    }
    note_newest(stream, segment, packet, judgement.shift);
    send_as(stream, packet, sequence, &judgement, shared);
}

/* What came before this packet could be used: the first packet of a key frame may come last
 * (reordered, or repaired), and a group of pictures is replayed from its beginning. */
static void catch_up(struct seat_stream *stream, const struct layer *layer, uint32_t from,
                     struct shared *shared)
{
    for (uint32_t seq = from + 1; !seq32_newer(seq, layer->reception.highest); seq++) {
        const struct packet *packet = packet_ring_find(&layer->ring, seq);
        if (!packet || !continues(seat_stream_segment(stream), layer, packet))
            continue;
        if (stream->video)
            downlink_forward(stream, layer, packet, shared);
        else
            pass(stream, layer, packet, shared);
    }
}

/* What the viewer sees now: the simulcast layer, or the spatial layer of SVC. */
static int present_layer(const struct seat_stream *stream, const struct layer *layer)
{
    if (stream->track->layer_count > 1)
        return (int)(layer - stream->track->layers);
    const int spatial = layer_filter_spatial(stream->filter, &layer->structures);
    return spatial < layer->top.spatial ? spatial : layer->top.spatial;
}

static int highest_layer(const struct seat_stream *stream, const struct layer *layer,
                         uint64_t now_us)
{
    const struct track *track = stream->track;
    if (track->layer_count == 1)
        return layer->top.spatial;
    for (int i = track->layer_count; i > 0; i--)
        if (track_layer_alive(&track->layers[i - 1], now_us))
            return i - 1;
    return 0;
}

/* The publisher's layers moved, or the tile is another one than it was then; if neither, it is for
 * the link's sake. */
static uint8_t why_moved(const struct seat_stream *stream, const struct seat_told *now)
{
    const struct seat_told *before = &stream->told;
    if (before->layer < 0)
        return stream->dark_why == TIMELINE_WHY_JOINED ? TIMELINE_WHY_START : stream->dark_why;
    const bool up = now->layer > before->layer;
    if (up ? now->layer > before->top : before->layer > now->top)
        return up ? TIMELINE_WHY_LAYER_CAME : TIMELINE_WHY_LAYER_GONE;
    if (up)
        return now->layer > before->useful ? TIMELINE_WHY_VIEW : TIMELINE_WHY_BUDGET;
    return now->useful < before->layer ? TIMELINE_WHY_VIEW : TIMELINE_WHY_BUDGET;
}

/* In the log, if it is another layer than it says there. */
static void tell_layer(struct seat_stream *stream, const struct layer *layer, struct shared *shared)
{
    const struct track *track = stream->track;
    if (!stream->video || !stream->flowing)
        return;
    const int present = present_layer(stream, layer);
    if (present == stream->told.layer)
        return;
    const struct seat_told now = {
        .layer = (int8_t)present,
        .top = (int8_t)highest_layer(stream, layer, shared->now_us),
        .useful = (int8_t)downlink_wanted_spatial(stream, shared->now_us),
    };
    timeline_note(stream->viewer->participant->room, shared->now_us,
                  &(struct timeline_note){
                      .participant = stream->viewer->participant->id,
                      .about = track->leg->participant->id,
                      .what = TIMELINE_LAYER,
                      .why = why_moved(stream, &now),
                      .source = track->source,
                      .a = TIMELINE_LAYERS(stream->told.layer, stream->target.temporal),
                      .b = TIMELINE_LAYERS(present, stream->target.temporal),
                  });
    stream->told = now;
}

/* Its successor was there first, and found nothing to belong to. */
static bool came_late(const struct layer *layer, const struct packet *packet)
{
    const struct packet *next = packet_ring_find(&layer->ring, packet->seq + 1u);
    return next && next->order < packet->order;
}

/* With this packet. behind: what came after it is to follow now; otherwise it will by itself, or
 * stands in line. True: no_codec changed. */
static bool begin(struct seat_stream *stream, const struct layer *layer,
                  const struct packet *packet, bool behind, struct shared *shared)
{
    const bool could_not = stream->no_codec;
    if (!stream->flowing)
        stream->told.layer = -1;
    const struct packet *newest =
        stream->video && behind ? packet_ring_find(&layer->ring, layer->reception.highest) : packet;
    stream->waiting = false;
    stream->no_codec = !seat_segment_begin(stream, layer, packet, newest ? newest : packet, shared);
    if (stream->no_codec) {
        stream->flowing = false;
        SHARED_COUNT(shared, dropped_no_codec);
    } else {
        pass(stream, layer, packet, shared);
        tell_layer(stream, layer, shared);
        if (behind)
            catch_up(stream, layer, packet->seq, shared);
    }
    return stream->no_codec != could_not;
}

bool seat_stream_forward(struct seat_stream *stream, const struct layer *layer,
                         const struct packet *packet, struct shared *shared)
{
    if (!may_flow(stream))
        return false;
    /* Numbers kept for what could not be judged are of no use once a key frame is there. */
    const bool anew = stream->waiting && packet->keyframe;
    if (anew || !continues(seat_stream_segment(stream), layer, packet))
        return may_begin(stream, layer, packet, shared->now_us) &&
               begin(stream, layer, packet, came_late(layer, packet), shared);
    pass(stream, layer, packet, shared);
    tell_layer(stream, layer, shared);
    if (stream->waiting && packet->frame.restructured) {
        stream->waiting = false;
        catch_up(stream, layer, packet->seq, shared);
    }
    return false;
}

void seat_stream_replay(struct seat_stream *stream, const struct layer *layer,
                        const struct packet *packet, struct shared *shared)
{
    if (may_flow(stream) && !stream->video && !stream->flowing)
        (void)begin(stream, layer, packet, true, shared);
}

/* ---- what the viewer waits for -------------------------------------------------------------- */

/* A replay is a burst; the line to the viewer holds 150 ms (pacer.h) at 2.5 times its rate. */
#define REPLAY_MAX_MS 100u
#define REPLAY_SPEED  5u / 2u

static bool has_room(const struct seat_stream *stream, const struct layer *layer, uint64_t now_us)
{
    const uint64_t target_bps = downlink_target_bps(stream->viewer, now_us);
    const uint64_t bits = (uint64_t)layer->gop.bytes * 8u;
    return target_bps == 0 || bits * 1000u <= target_bps * REPLAY_MAX_MS * REPLAY_SPEED;
}

static bool replay_pictures(struct seat_stream *stream, const struct layer *layer,
                            struct shared *shared)
{
    if (stream->flowing || !stream->may_replay || !has_room(stream, layer, shared->now_us) ||
        !gop_is_whole(&layer->gop, &layer->ring, layer->reception.highest, shared->now_us))
        return false;
    const struct packet *first = packet_ring_find(&layer->ring, layer->gop.first_seq);
    if (!is_of_codec(layer, first))
        return false;
    if (begin(stream, layer, first, true, shared))
        participant_mark_seats(stream->viewer->participant, shared);
    if (stream->flowing)
        SHARED_COUNT(shared, gops_replayed);
    keyframe_count(&own_layer(stream, layer)->keyframe, &stream->asker);
    return true;
}

/* Something to see until the better layer's key frame comes: of many who join at once most would
 * wait for that, and it is kept from coming often. */
static void replay_lower(struct seat_stream *stream, const struct layer *best,
                         struct shared *shared)
{
    for (const struct layer *layer = best; layer-- > stream->track->layers;)
        if (track_layer_alive(layer, shared->now_us) && replay_pictures(stream, layer, shared))
            return;
}

/* More temporal layers are wanted, and come, but the source never says where to begin with them. */
static bool rises_in_vain(struct seat_stream *stream, const struct layer *layer,
                          struct layer_limit limit, uint64_t now_us)
{
    const uint8_t there = layer->top.temporal;
    const uint8_t wanted = limit.temporal < there ? limit.temporal : there;
    if (stream->filter->layering == PACKET_WHOLE || stream->filter->limit.temporal >= wanted)
        stream->rising_us = 0;
    else if (stream->rising_us == 0)
        stream->rising_us = now_us;
    else if (now_us - stream->rising_us > RISE_PATIENCE_US) {
        stream->rising_us = 0;
        return true;
    }
    return false;
}

static bool is_well_served(struct seat_stream *stream, const struct layer *layer, uint64_t now_us)
{
    if (seat_stream_layer(stream) != layer->id)
        return false;
    const struct layer_limit limit = limit_to_present(limit_of(stream, layer, now_us), layer);
    return !layer_filter_needs_key(stream->filter, limit, &layer->structures) &&
           !rises_in_vain(stream, layer, limit, now_us);
}

/* Up to a better simulcast layer: what there is goes on meanwhile. */
static bool can_wait(const struct seat_stream *stream, const struct layer *best)
{
    const struct layer *present = track_find_layer(stream->track, seat_stream_layer(stream));
    return stream->flowing && present && present < best;
}

static uint8_t why_key(const struct seat_stream *stream, const struct layer *best, uint64_t now_us)
{
    if (!stream->flowing)
        return stream->dark_why;
    const struct layer *present = track_find_layer(stream->track, seat_stream_layer(stream));
    if (!present)
        return TIMELINE_WHY_CHANGED;
    if (present == best && layer_filter_is_cut(stream->filter))
        return TIMELINE_WHY_UNREPAIRED;
    return present == best || track_layer_alive(present, now_us) ? TIMELINE_WHY_SWITCH
                                                                 : TIMELINE_WHY_LAYER_GONE;
}

void seat_stream_serve(struct seat_stream *stream, struct shared *shared)
{
    struct track *track = stream->track;
    if (!track || !track->video || !track->enabled || stream->no_codec || !may_flow(stream))
        return;
    struct layer *best = layer_select(track, stream->target.spatial, shared->now_us);
    if (!best || is_well_served(stream, best, shared->now_us) ||
        replay_pictures(stream, best, shared))
        return;
    replay_lower(stream, best, shared);
    const uint8_t why = why_key(stream, best, shared->now_us);
    if (!can_wait(stream, best)) {
        need_keyframe(stream, best, why, shared);
        return;
    }
    keyframe_count(&best->keyframe, &stream->asker);
    leg_wish_keyframe(track->leg, best, why, shared);
}

void seat_stream_want_keyframe(struct seat_stream *stream, struct shared *shared)
{
    struct track *track = stream->track;
    if (!track || !track->video || !track->enabled)
        return;
    struct layer *layer = track_find_layer(track, seat_stream_layer(stream));
    if (!layer)
        layer = layer_select(track, stream->target.spatial, shared->now_us);
    if (layer)
        need_keyframe(stream, layer, TIMELINE_WHY_REQUESTED, shared);
}

void seat_stream_set_target(struct seat_stream *stream, struct stream_target target,
                            struct shared *shared)
{
    stream->target = target;
    if (target.spatial < 0) {
        stream->flowing = false;
        stream->may_replay = true;
        stream->dark_why = TIMELINE_WHY_RESUMED;
    }
    seat_stream_serve(stream, shared);
}
