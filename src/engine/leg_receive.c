/* The way of a datagram through its peer connection: decrypted, parsed, told whose it is, stored,
 * forwarded. */
#include "base/seq.h"
#include "engine/arrival.h"
#include "engine/downlink.h"
#include "engine/forward.h"
#include "engine/leg.h"
#include "engine/packet.h"
#include "engine/participant.h"
#include "engine/pipe.h"
#include "engine/red_split.h"
#include "engine/rtcp_receive.h"
#include "engine/voices.h"
#include "wire/wire.h"

const struct ssrc_role *leg_bind_ssrc(struct leg *leg, const struct ssrc_role *role,
                                      struct shared *shared)
{
    bool changed;
    const struct ssrc_role *bound = ssrc_table_bind(&leg->ssrcs, role, &changed);
    if (!bound) {
        SHARED_COUNT(shared, ssrcs_full);
        return NULL;
    }
    struct track *track = leg->tracks[role->source];
    if (!changed || !track || role->layer >= track->layer_count)
        return bound;
    struct layer *layer = &track->layers[role->layer];
    if (role->rtx) {
        layer->rtx_ssrc = role->ssrc;
    } else {
        layer->ssrc = role->ssrc;
        track_restart_layer(layer, shared);
    }
    return bound;
}

/* Whose packet it is; sets arrival->codec. NULL: not negotiated. */
static const struct ssrc_role *identify(struct leg *leg, struct arrival *arrival,
                                        struct shared *shared)
{
    const struct ssrc_role *role = ssrc_table_find(&leg->ssrcs, arrival->ssrc);
    struct ssrc_role guess;
    if (!role && ssrc_table_guess(leg->negotiated, arrival, &guess))
        role = leg_bind_ssrc(leg, &guess, shared);
    if (!role) {
        SHARED_COUNT(shared, dropped_unknown_ssrc);
        return NULL;
    }
    const struct track *track = leg->tracks[role->source];
    if (!track || role->layer >= track->layer_count)
        return NULL;
    bool rtx = false;
    arrival->codec =
        negotiate_find_codec(&leg->negotiated->media[track->media], arrival->payload_type, &rtx);
    if (!arrival->codec || rtx != role->rtx) {
        SHARED_COUNT(shared, dropped_payload_type);
        return NULL;
    }
    return role;
}

static void hear(struct leg *leg, const struct track *track, const struct arrival *arrival,
                 struct shared *shared)
{
    if (track->source != ENGINE_MICROPHONE || !track->enabled ||
        arrival->audio_level == PACKET_NO_LEVEL)
        return;
    speaker_hear(&leg->participant->speaker, shared->now_us, arrival->audio_level);
    voices_heard(leg->participant, shared);
}

/* A layer came (back): its first packet is part of a key frame as a rule, which is not to be missed
 * by viewers who can have it. */
static void allocate_viewers(struct track *track, struct shared *shared)
{
    LIST_EACH(&track->viewers, node)
    downlink_allocate(LIST_ELEMENT(node, struct seat_stream, in_track)->viewer, shared);
}

static bool take(struct track *track, struct layer *layer, const struct arrival *arrival,
                 struct shared *shared)
{
    const bool was_alive = track_layer_alive(layer, shared->now_us);
    const struct packet *packet = track_receive(track, layer, arrival, shared);
    if (packet && track->video && !was_alive)
        allocate_viewers(track, shared);
    if (packet && !forward_add(track, layer, packet, shared))
        SHARED_COUNT(shared, forward_full);
    return packet != NULL;
}

static bool is_missing(const struct layer *layer, uint16_t sequence)
{
    const uint32_t highest = layer->reception.highest;
    const int32_t ahead = seq16_diff(sequence, (uint16_t)highest);
    const uint32_t seq = highest + (uint32_t)ahead;
    return layer->reception.started && !seq32_newer(layer->ring.oldest, seq) &&
           !packet_ring_find(&layer->ring, seq);
}

/* The packets that were lost, as far as they are in it, then the packet itself. */
static void take_red(struct track *track, struct layer *layer, const struct arrival *arrival,
                     struct shared *shared)
{
    struct arrival parts[RED_MAX_BLOCKS];
    bool rtx;
    const struct negotiated_codec *opus = negotiate_find_codec(
        &track->leg->negotiated->media[track->media], arrival->codec->red_payload_type, &rtx);
    const size_t count = opus && !rtx ? red_split(arrival, opus, parts) : 0;
    if (count == 0) {
        SHARED_COUNT(shared, dropped_malformed_rtp);
        return;
    }
    for (size_t i = 0; i + 1 < count; i++)
        if (is_missing(layer, parts[i].sequence) && take(track, layer, &parts[i], shared))
            SHARED_COUNT(shared, red_recovered);
    (void)take(track, layer, &parts[count - 1], shared);
}

static void receive_rtp(struct leg *leg, const uint8_t *bytes, size_t len, struct shared *shared)
{
    struct arrival arrival;
    if (arrival_parse(bytes, len, &leg->negotiated->ext_ids, &arrival) != 0) {
        SHARED_COUNT(shared, dropped_malformed_rtp);
        return;
    }
    SHARED_COUNT(shared, rtp_received);
    arrival.arrival_us = shared->now_us;
    const struct ssrc_role *role = identify(leg, &arrival, shared);
    if (!role)
        return;
    if (arrival.has_transport_sequence && !leg_is_piped(leg) &&
        twcc_receiver_note(&leg->twcc, arrival.transport_sequence, shared->now_us))
        participant_mark(leg->participant, shared);
    if (role->rtx && arrival_unwrap(&arrival) != 0)
        return;

    struct track *track = leg->tracks[role->source];
    struct layer *layer = &track->layers[role->layer];
    const bool was_alive = track_layer_alive(layer, shared->now_us);
    if (!was_alive)
        keyframe_heard(&layer->keyframe);
    hear(leg, track, &arrival, shared);
    if (arrival.codec->codec == CODEC_RED)
        take_red(track, layer, &arrival, shared);
    else
        (void)take(track, layer, &arrival, shared);
    if (track->video && !was_alive)
        leg_choose_layers(leg, shared);
    if (layer->nack.count > 0 || layer->keyframe.pending)
        participant_mark(leg->participant, shared);
}

/* A path that was checked is the peer's: what is not STUN finds its way by it. */
static void learn_path(struct leg *leg, const struct net_path *path, struct shared *shared)
{
    const uint64_t key = demux_add_path(&shared->demux, path, leg->owner);
    if (key == 0) {
        SHARED_COUNT(shared, demux_full);
        return;
    }
    for (size_t i = 0; i < LIMIT_ICE_PATHS; i++)
        if (leg->path_keys[i] == key)
            return;
    demux_remove_path(&shared->demux, leg->path_keys[leg->path_next], leg->owner);
    leg->path_keys[leg->path_next] = key;
    leg->path_next = (uint8_t)((leg->path_next + 1u) % LIMIT_ICE_PATHS);
}

void leg_receive(struct leg *leg, struct engine_datagram *datagram, struct shared *shared)
{
    bool path_checked = false;
    size_t len = datagram->len;
    leg->quality.bytes_in += len;
    const enum transport_packet kind =
        transport_receive(leg->transport, shared->now_us, &datagram->path, datagram->bytes, &len,
                          shared->tx, &path_checked);
    if (path_checked)
        learn_path(leg, &datagram->path, shared);
    switch (kind) {
    case TRANSPORT_RTP:
        if (leg->connected) {
            pipe_media(leg, datagram->bytes, len, shared);
            receive_rtp(leg, datagram->bytes, len, shared);
        }
        break;
    case TRANSPORT_RTCP:
        SHARED_COUNT(shared, rtcp_received);
        if (leg->connected) {
            pipe_media(leg, datagram->bytes, len, shared);
            rtcp_receive(leg, datagram->bytes, len, shared);
        }
        break;
    case TRANSPORT_NOTHING:
        /* ICE or DTLS may have changed its state or its timers. */
        participant_mark(leg->participant, shared);
        break;
    }
}

void leg_receive_plain(struct leg *leg, const uint8_t *bytes, size_t len, struct shared *shared)
{
    leg->quality.bytes_in += len;
    switch (wire_kind_of(bytes, len)) {
    case WIRE_RTP:
        receive_rtp(leg, bytes, len, shared);
        break;
    case WIRE_RTCP:
        rtcp_receive(leg, bytes, len, shared);
        break;
    case WIRE_STUN:
    case WIRE_DTLS:
    case WIRE_UNKNOWN:
        SHARED_COUNT(shared, dropped_unknown);
        break;
    }
}
