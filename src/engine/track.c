/* Receives one source: numbers, losses, storage. Knows nothing of who looks at it. */
#include "engine/track.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/seq.h"
#include "engine/payload.h"

/* Simulcast layers stop when the sender's encoder drops them (bandwidth, small window): no packet
 * for so long means that another layer has to serve. */
#define LAYER_ALIVE_US 1500000u
/* A publisher probes with packets that it sent just before, and that may still be under way. */
#define REPAIR_AHEAD 32

static bool is_video(uint8_t source)
{
    return source == ENGINE_CAMERA || source == ENGINE_SCREEN;
}

/* A later offer may bring simulcast, so video has rings for all layers at once. */
static size_t ring_count(const struct track *track)
{
    return track->video ? LIMIT_LAYERS : 1;
}

struct track *track_new(struct leg *leg, uint8_t source, struct shared *shared)
{
    struct track *track = calloc(1, sizeof *track);
    if (!track)
        return NULL;
    track->leg = leg;
    track->source = source;
    track->video = is_video(source);
    track->enabled = true;
    track->layer_count = 1;
    list_init(&track->viewers);
    for (size_t i = 0; i < ring_count(track); i++) {
        if (packet_ring_init(&track->layers[i].ring,
                             track->video ? LIMIT_VIDEO_RING_PACKETS : LIMIT_AUDIO_RING_PACKETS) !=
            0) {
            track_free(track, shared);
            return NULL;
        }
    }
    return track;
}

void track_free(struct track *track, struct shared *shared)
{
    if (!track)
        return;
    PARLEY_ASSERT(list_empty(&track->viewers));
    for (size_t i = 0; i < LIMIT_LAYERS; i++) {
        packet_ring_fini(&track->layers[i].ring, &shared->store);
        layer_structures_fini(&track->layers[i].structures);
    }
    free(track);
}

void track_set_layers(struct track *track, uint8_t layer_count)
{
    PARLEY_ASSERT(layer_count >= 1 && layer_count <= ring_count(track));
    for (size_t i = layer_count; i < track->layer_count; i++)
        track->layers[i].codec.codec = CODEC_NONE;
    track->layer_count = layer_count;
}

/* All that was known by sequence numbers. */
static void forget_numbers(struct layer *layer, struct shared *shared)
{
    packet_ring_clear(&layer->ring, &shared->store);
    layer_structures_clear(&layer->structures);
    layer->id = ++shared->next_layer_id;
    layer->nack.count = 0;
    layer->clock.known = false;
    layer->gop.known = false;
}

void track_restart_layer(struct layer *layer, struct shared *shared)
{
    forget_numbers(layer, shared);
    layer->reception = (struct reception){0};
    layer->codec.codec = CODEC_NONE;
    layer->rate = (struct track_rate){0};
    layer->sizes = (struct payload_sizes){0};
}

bool track_layer_alive(const struct layer *layer, uint64_t now_us)
{
    return layer->id != 0 && layer->codec.codec != CODEC_NONE &&
           now_us - layer->heard_us < LAYER_ALIVE_US;
}

static void describe_cell(const struct layer *layer, uint64_t now_us, unsigned spatial,
                          struct track_layers *out, unsigned row)
{
    const struct track_rate_top top = track_rate_top(&layer->rate, now_us);
    const bool alive = track_layer_alive(layer, now_us) && spatial <= top.spatial;
    for (unsigned t = 0; t < TRACK_TEMPORAL_LAYERS; t++) {
        out->at[row][t].bps = alive ? track_rate_bps(&layer->rate, now_us, spatial, t) : 0;
        out->at[row][t].width = layer->sizes.width[spatial];
        out->at[row][t].height = layer->sizes.height[spatial];
        out->at[row][t].alive = alive && t <= top.temporal;
    }
    if (alive && top.temporal >= out->temporal_count)
        out->temporal_count = (uint8_t)(top.temporal + 1u);
}

/* What is not measured yet is as announced. */
static void expect_targets(const struct track *track, struct track_layers *out)
{
    for (unsigned i = 0; i < out->spatial_count; i++) {
        const struct layer *layer = &track->layers[track->layer_count > 1 ? i : 0];
        if (layer->rate.full == TRACK_RATE_BUCKETS)
            continue;
        for (unsigned t = 0; t < TRACK_TEMPORAL_LAYERS; t++) {
            const uint32_t bps = track_targets_bps(&track->targets, i, t);
            if (out->at[i][0].alive && bps > out->at[i][t].bps)
                out->at[i][t].bps = bps;
        }
    }
}

static void describe_all(const struct track *track, uint64_t now_us, struct track_layers *out)
{
    *out = (struct track_layers){.spatial_count = track->layer_count, .temporal_count = 1};
    if (track->layer_count > 1) {
        /* Simulcast; should a layer have spatial layers of its own, all of them go. */
        for (unsigned i = 0; i < track->layer_count; i++)
            describe_cell(&track->layers[i], now_us,
                          track_rate_top(&track->layers[i].rate, now_us).spatial, out, i);
        return;
    }
    const struct layer *layer = &track->layers[0];
    const unsigned top = track_rate_top(&layer->rate, now_us).spatial;
    out->spatial_count = (uint8_t)(top < LIMIT_LAYERS ? top + 1u : LIMIT_LAYERS);
    for (unsigned i = 0; i < out->spatial_count; i++)
        describe_cell(layer, now_us, i, out, i);
}

void track_describe(const struct track *track, uint64_t now_us, struct track_layers *out)
{
    describe_all(track, now_us, out);
    expect_targets(track, out);
}

struct layer *track_find_layer(struct track *track, uint32_t layer_id)
{
    for (size_t i = 0; i < track->layer_count; i++)
        if (track->layers[i].id == layer_id)
            return &track->layers[i];
    return NULL;
}

/* Numbers between the last newest packet and this one did not come (yet). */
static void note_gap(struct track *track, struct layer *layer, uint32_t previous, uint32_t seq,
                     const struct arrival *arrival)
{
    if (seq == previous + 1)
        return;
    const bool can_nack = (arrival->codec->feedback & NEGOTIATE_FB_NACK) != 0;
    if (can_nack && nack_generator_miss(&layer->nack, arrival->arrival_us, previous + 1, seq))
        return;
    if (track->video)
        keyframe_want(&layer->keyframe, TIMELINE_WHY_UNREPAIRED);
}

/* A sender that begins anew under other SSRCs has other numbers. A repair that was still under way
 * says the old ones, and would be taken for any packet of the new ones. */
static bool is_near(const struct reception *reception, uint16_t sequence)
{
    const int behind = seq16_diff((uint16_t)reception->highest, sequence);
    return behind > -REPAIR_AHEAD && behind <= (int)LIMIT_VIDEO_RING_PACKETS;
}

/* False: of no use. */
static bool number_packet(struct track *track, struct layer *layer, const struct arrival *arrival,
                          struct shared *shared, uint32_t *seq)
{
    struct reception *reception = &layer->reception;
    /* A repair of what was never seen: the browser probes for bandwidth before it sends media. */
    if (arrival->repaired && !reception->started)
        return false;
    if (arrival->repaired && !is_near(reception, arrival->sequence)) {
        SHARED_COUNT(shared, dropped_stray);
        return false;
    }
    const bool first = !reception->started;
    const uint32_t previous = reception->highest;
    const uint32_t received = reception->received;
    const enum reception_order order = reception_number(reception, arrival->sequence, seq);
    if (order == RECEPTION_STRAY) {
        SHARED_COUNT(shared, dropped_stray);
        return false;
    }
    /* "retransmitted packets do not count as received" in the original stream's reports: they would
     * hide the loss from the sender (RFC 4588 7). */
    if (arrival->repaired)
        reception->received = received;
    if (order == RECEPTION_RESTARTED) {
        forget_numbers(layer, shared);
    } else if (order == RECEPTION_NEWEST && !first) {
        note_gap(track, layer, previous, *seq, arrival);
    } else if (order == RECEPTION_LATE) {
        (void)nack_generator_found(&layer->nack, *seq);
    }
    return true;
}

static void fill(struct packet *packet, const struct arrival *arrival)
{
    packet->timestamp = arrival->timestamp;
    packet->payload_type = arrival->codec->payload_type;
    packet->codec = arrival->codec->codec;
    packet->marker = arrival->marker;
    packet->audio_level = arrival->audio_level;
    packet->voice = arrival->voice;
    packet->orientation = arrival->orientation;
    packet->has_playout_delay = arrival->has_playout_delay;
    packet->playout_min_ms = arrival->playout_min_ms;
    packet->playout_max_ms = arrival->playout_max_ms;
    packet->payload_len = (uint16_t)arrival->payload.len;
    packet->descriptor_len = (uint8_t)arrival->dependency_descriptor.len;
    memcpy(packet->bytes, arrival->payload.bytes, arrival->payload.len);
    if (arrival->dependency_descriptor.len > 0)
        memcpy(packet->bytes + arrival->payload.len, arrival->dependency_descriptor.bytes,
               arrival->dependency_descriptor.len);
}

/* What stood there without a structure can be read now. A late structure is followed by the rest of
 * its key frame, and some more. */
#define REDESCRIBED_PACKETS 128u

static void describe(struct layer *layer, struct packet *packet)
{
    payload_describe(packet, &layer->sizes);
    layer_structures_describe(&layer->structures, packet, &layer->sizes);
}

static void describe_again(struct layer *layer, uint32_t from)
{
    for (uint32_t i = 1; i <= REDESCRIBED_PACKETS; i++) {
        if (seq32_newer(from + i, layer->reception.highest))
            return;
        struct packet *packet = packet_ring_edit(&layer->ring, from + i);
        if (packet && packet->frame.layering == PACKET_UNKNOWN)
            describe(layer, packet);
    }
}

/* The packet was stored. */
static void note(struct layer *layer, struct packet *packet, struct shared *shared)
{
    describe(layer, packet);
    if (packet->frame.restructured)
        describe_again(layer, packet->seq);
    if (track_rate_note(&layer->rate, packet))
        layer->top = track_rate_top(&layer->rate, packet->arrival_us);
    /* What a layer sends is known after a second of it. */
    if (gop_note(&layer->gop, packet) && layer->rate.full == TRACK_RATE_BUCKETS)
        keyframe_charge(&layer->keyframe, layer->gop.key_bytes,
                        track_rate_all_bps(&layer->rate, packet->arrival_us));
    if (packet->frame.layering == PACKET_UNKNOWN)
        SHARED_COUNT(shared, dd_unknown_structure);
    if (packet->keyframe) {
        keyframe_served(&layer->keyframe);
        nack_generator_forget_before(&layer->nack, packet->seq);
    }
}

const struct packet *track_receive(struct track *track, struct layer *layer,
                                   const struct arrival *arrival, struct shared *shared)
{
    uint32_t seq;
    if (!number_packet(track, layer, arrival, shared, &seq))
        return NULL;
    if (packet_ring_find(&layer->ring, seq)) {
        SHARED_COUNT(shared, dropped_duplicate);
        return NULL;
    }
    const size_t bytes = arrival->payload.len + arrival->dependency_descriptor.len;
    struct packet *packet =
        packet_ring_put(&layer->ring, &shared->store, seq, bytes, arrival->arrival_us);
    if (!packet) {
        SHARED_COUNT(shared, dropped_no_slot);
        return NULL;
    }
    fill(packet, arrival);
    packet->order = ++layer->order;
    /* The codec may have changed since what comes late was sent. */
    if (seq == layer->reception.highest)
        layer->codec = *arrival->codec;
    layer->heard_us = arrival->arrival_us;
    if (!arrival->repaired)
        reception_jitter(&layer->reception,
                         shared_ticks(arrival->arrival_us, arrival->codec->clock_rate_hz),
                         arrival->timestamp);
    note(layer, packet, shared);
    if (track->video && arrival->layers_allocation.len > 0)
        track_targets_note(&track->targets, arrival->layers_allocation, track->layer_count > 1);
    return packet;
}
