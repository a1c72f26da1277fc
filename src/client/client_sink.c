#include "client/client_sink.h"

#include <string.h>

#include "wire/vp8.h"
#include "wire/vp9.h"

/* A missing packet is asked for at once, again every RETRY_US (libwebrtc's round trip where it
 * knows none), and given up after MAX_ASKED times: NackRequester's rules. What cannot be asked for
 * is waited for, as it may only be late. */
#define RETRY_US         100000u
#define MAX_ASKED        10u
#define MAX_AUDIO_ASKED  3u
#define VIDEO_GIVE_UP_US 1000000u
#define AUDIO_GIVE_UP_US 100000u
/* VideoReceiveStream2: without a frame a key frame is asked for after 200 ms when one is waited
 * for, else after 3 s while packets still came in the last 5 s. */
#define KEY_RETRY_US 200000u
#define STALL_US     3000000u
#define ACTIVE_US    5000000u

static struct client_slot *slot_of(struct client_sink *sink, uint64_t seq)
{
    return &sink->ring[seq % CLIENT_SINK_RING];
}

static void want_key(struct client_sink *sink, uint64_t now_us)
{
    if (sink->video && sink->key_wanted_us == 0)
        sink->key_wanted_us = now_us;
}

/* ---- arrival --------------------------------------------------------------------------------- */

static void note_arrival(struct client_sink *sink, uint64_t now_us, uint32_t timestamp)
{
    struct client_reception *reception = &sink->reception;

    reception->received++;
    client_reception_arrived(reception, now_us, timestamp);
    sink->stats.transit_ticks += seq32_diff(reception->last_transit, reception->first_transit);
    sink->stats.transits++;
}

/* Its picture ids keep the holes of what was left out, so nothing can be said about their order. */
static bool read_vp9(struct span payload, struct client_slot *slot)
{
    struct vp9_payload vp9;

    if (vp9_parse(payload.bytes, payload.len, &vp9) != 0)
        return false;
    slot->picture_id = vp9.picture_id;
    slot->frame_start = vp9.frame_start;
    slot->key = vp9.key_frame;
    slot->spatial = true;
    return vp9.sid == slot->tag.layer && vp9.tid == slot->tag.temporal &&
           vp9.frame_start == (slot->tag.piece == 0);
}

static bool read_slot(const struct client_sink *sink, const struct rtp_packet *packet,
                      struct span payload, struct client_slot *slot)
{
    struct vp8_payload vp8;

    slot->timestamp = packet->timestamp;
    slot->marker = packet->marker;
    slot->padding = payload.len == 0;
    if (slot->padding)
        return true;
    if (!client_tag_read(payload.bytes, payload.len, &slot->tag) || slot->tag.video != sink->video)
        return false;
    if (!sink->video)
        return true;
    if (slot->tag.layer >= CLIENT_MAX_LAYERS)
        return false;
    if (packet->payload_type == CLIENT_SINK_VP9)
        return read_vp9(payload, slot);
    if (packet->payload_type == CLIENT_SINK_H264) {
        slot->frame_start = slot->tag.piece == 0;
        slot->key = slot->tag.key;
        return true;
    }
    slot->numbered = true;
    if (vp8_parse(payload.bytes, payload.len, &vp8) != 0 || vp8.picture_id_bits != 15)
        return false;
    slot->picture_id = vp8.picture_id;
    slot->frame_start = vp8.frame_start;
    slot->key = vp8.key_frame;
    return vp8.frame_start == (slot->tag.piece == 0) &&
           (!vp8.frame_start || vp8.key_frame == slot->tag.key);
}

static bool same_packet(const struct client_slot *a, const struct client_slot *b)
{
    return a->timestamp == b->timestamp && a->picture_id == b->picture_id &&
           a->padding == b->padding && a->tag.owner == b->tag.owner &&
           a->tag.frame == b->tag.frame && a->tag.piece == b->tag.piece &&
           a->tag.layer == b->tag.layer;
}

/* The ring reaches from next_seq on; a jump beyond its end drops what waited. */
static void make_room(struct client_sink *sink, uint64_t now_us, uint64_t seq)
{
    if (seq < sink->next_seq + CLIENT_SINK_RING)
        return;
    sink->stats.lost += seq - sink->next_seq;
    memset(sink->ring, 0, sizeof(sink->ring));
    sink->next_seq = seq;
    sink->damaged = true;
    want_key(sink, now_us);
}

static void note_missing(struct client_sink *sink, uint64_t now_us, uint64_t from, uint64_t to)
{
    for (uint64_t seq = from; seq < to; seq++) {
        struct client_slot *slot = slot_of(sink, seq);

        if (slot->seq == seq)
            continue;
        *slot = (struct client_slot){.seq = seq, .missed_us = now_us};
        sink->stats.missed++;
        sink->gap = sink->repairs;
    }
}

static void note_repair(struct client_sink *sink, uint64_t now_us, const struct client_slot *slot)
{
    uint64_t bucket = (now_us - slot->missed_us) / 5000u;

    if (slot->asked > 0)
        sink->stats
            .repair_buckets[bucket < CLIENT_REPAIR_BUCKETS ? bucket : CLIENT_REPAIR_BUCKETS - 1]++;
}

static void start(struct client_sink *sink, uint64_t now_us, uint64_t seq)
{
    sink->started = true;
    sink->reception.first_seq = sink->next_seq = seq;
    sink->damaged = true; /* until the first key frame */
    sink->has_last = false;
    want_key(sink, now_us);
}

static void note_duplicate(struct client_sink *sink, size_t bytes)
{
    sink->stats.duplicates++;
    sink->stats.duplicate_bytes += bytes;
}

/* It was passed over or given up. */
static void note_late(struct client_sink *sink, struct client_slot *slot,
                      const struct client_slot *fresh, size_t bytes)
{
    if (slot->seq != fresh->seq)
        note_duplicate(sink, bytes); /* too old to tell */
    else
        *slot = *fresh;
}

static void hear(struct client_sink *sink, uint64_t now_us, const struct client_slot *slot,
                 bool in_line)
{
    if (sink->video || slot->padding)
        return;
    if (sink->heard_owner != slot->tag.owner)
        client_playout_restart(&sink->playout);
    sink->heard_owner = slot->tag.owner;
    client_playout_put(&sink->playout, now_us, slot->timestamp, in_line);
}

void client_sink_recover(struct client_sink *sink, uint32_t timestamp)
{
    client_playout_recover(&sink->playout, timestamp);
}

void client_sink_receive(struct client_sink *sink, uint64_t now_us, const struct rtp_packet *packet,
                         struct span payload, bool rtx)
{
    uint64_t before = sink->reception.seqs.highest,
             seq = seq16_unwrap(&sink->reception.seqs, packet->seq);
    struct client_slot fresh = {.seq = seq, .here = true}, *slot;

    if (!sink->started)
        start(sink, now_us, seq);
    sink->last_packet_us = now_us;
    sink->stats.packets++;
    sink->stats.bytes += payload.len;
    sink->stats.rtx_packets += rtx;
    if (!read_slot(sink, packet, payload, &fresh)) {
        sink->stats.malformed++;
        return;
    }
    if (!rtx)
        note_arrival(sink, now_us, packet->timestamp);
    hear(sink, now_us, &fresh, seq == before + 1);
    slot = slot_of(sink, seq);
    if (slot->seq == seq && slot->here) {
        sink->stats.conflicts += !same_packet(slot, &fresh);
        note_duplicate(sink, payload.len);
        return;
    }
    if (slot->seq == seq && slot->missed_us != 0)
        note_repair(sink, now_us, slot);
    if (seq < sink->next_seq) {
        note_late(sink, slot, &fresh, payload.len);
        return;
    }
    make_room(sink, now_us, seq);
    if (seq > before + 1 && before >= sink->reception.first_seq)
        note_missing(sink, now_us, before + 1 > sink->next_seq ? before + 1 : sink->next_seq, seq);
    *slot_of(sink, seq) = fresh;
    client_sink_run(sink, now_us);
}

/* ---- playing --------------------------------------------------------------------------------- */

static void note_switch(struct client_sink *sink, uint64_t now_us, const struct client_tag *tag)
{
    struct client_seat_stats *stats = &sink->stats;

    stats->switches++;
    stats->switch_gap_us = now_us - stats->last_frame_us;
    if (stats->owner == tag->owner) {
        stats->ups += tag->layer > stats->layer;
        stats->downs += tag->layer < stats->layer;
    }
}

/* Whoever refers to it finds it. A key frame ends what was before, in all layers. */
static void remember_frame(struct client_sink *sink, const struct client_tag *tag)
{
    struct client_chain *chain = &sink->chains[tag->layer];
    uint32_t ahead;

    if (tag->key)
        memset(sink->chains, 0, sizeof(sink->chains));
    ahead = tag->frame - chain->newest;
    chain->decoded = chain->started && ahead < 64 ? chain->decoded << ahead | 1u : 1u;
    chain->newest = tag->frame;
    chain->started = true;
    sink->last = *tag;
    sink->has_chain = true;
}

static void note_frame(struct client_sink *sink, uint64_t now_us, const struct client_tag *tag)
{
    struct client_seat_stats *stats = &sink->stats;
    bool same_owner = stats->owner == tag->owner;

    if (stats->last_frame_us != 0 && same_owner && sink->has_chain &&
        now_us - stats->last_frame_us > stats->longest_gap_us)
        stats->longest_gap_us = now_us - stats->last_frame_us;
    if (stats->owner != 0 && (!same_owner || stats->layer != tag->layer))
        note_switch(sink, now_us, tag);
    stats->owner = tag->owner;
    stats->last_frame_us = now_us;
    stats->frames++;
    stats->key_frames += tag->key;
    stats->layer = tag->layer;
    stats->temporal = tag->temporal;
    stats->height = tag->height;
}

/* Whether a frame can be decoded after those that were. */
static bool has_reference(const struct client_sink *sink, const struct client_tag *tag)
{
    const struct client_chain *chain = &sink->chains[tag->layer];
    uint32_t back;

    if (tag->key)
        return true;
    if (sink->damaged || !sink->has_chain || sink->last.owner != tag->owner)
        return false;
    if (tag->lower)
        return sink->last.frame == tag->frame && sink->last.layer + 1 == tag->layer;
    back = chain->newest - (tag->frame - tag->back);
    return chain->started && back < 64 && (chain->decoded >> back & 1u) != 0;
}

static void miss_frame(struct client_sink *sink, uint64_t now_us, const struct client_tag *tag)
{
    sink->stats.undecodable++;
    /* Without loss the server alone can have broken it. */
    sink->stats.broken_chains += !sink->damaged && !sink->holed;
    /* Nothing depends on the higher temporal layers for long. */
    if (tag->temporal > 0 && !sink->damaged)
        return;
    sink->damaged = true;
    want_key(sink, now_us);
}

static void end_frame(struct client_sink *sink, uint64_t now_us, const struct client_slot *slot)
{
    const struct client_tag *tag = &slot->tag;

    if (!sink->frame_good || sink->pieces != tag->pieces || !has_reference(sink, tag)) {
        miss_frame(sink, now_us, tag);
        return;
    }
    sink->damaged = false;
    /* A higher spatial layer says nothing about the lower ones. */
    if (tag->temporal == 0 && (tag->layer == 0 || !slot->spatial))
        sink->holed = false;
    remember_frame(sink, tag);
    if (!slot->marker)
        return; /* a higher layer of the picture follows */
    note_frame(sink, now_us, tag);
    client_render_frame(&sink->render, now_us, slot->timestamp);
}

/* Spatial layers of one picture share its timestamp. */
static bool is_same_picture(const struct client_sink *sink, const struct client_slot *slot)
{
    return slot->timestamp == sink->last_timestamp && slot->tag.frame == sink->last_taken.frame &&
           slot->tag.layer > sink->last_taken.layer;
}

static void check_order(struct client_sink *sink, const struct client_slot *slot)
{
    bool new_frame = sink->video ? slot->frame_start && !is_same_picture(sink, slot) : true;

    if (sink->has_last && seq32_diff(slot->timestamp, sink->last_timestamp) < (new_frame ? 1 : 0))
        sink->stats.timestamps_back++;
    if (slot->numbered && sink->has_last && sink->last_numbered && !sink->padded &&
        !sink->damaged && !sink->holed &&
        slot->picture_id != ((sink->last_picture_id + (new_frame ? 1 : 0)) & 0x7fff))
        sink->stats.pictures_skipped++;
    sink->has_last = true;
    sink->padded = false;
    sink->last_timestamp = slot->timestamp;
    sink->last_picture_id = slot->picture_id;
    sink->last_taken = slot->tag;
    sink->last_numbered = slot->numbered;
}

static void take_video(struct client_sink *sink, uint64_t now_us, const struct client_slot *slot)
{
    if (slot->frame_start) {
        sink->pieces = 0;
        sink->frame_good = true;
    }
    if (slot->tag.piece != sink->pieces)
        sink->frame_good = false;
    sink->pieces++;
    if (slot->marker || slot->tag.piece + 1 == slot->tag.pieces)
        end_frame(sink, now_us, slot);
}

static void take(struct client_sink *sink, uint64_t now_us, const struct client_slot *slot)
{
    sink->padded |= slot->padding;
    if (slot->padding)
        return;
    check_order(sink, slot);
    if (sink->video)
        take_video(sink, now_us, slot);
    else {
        sink->has_chain = true;
        note_frame(sink, now_us, &slot->tag);
    }
}

static void give_up(struct client_sink *sink)
{
    sink->stats.lost++;
    sink->holed = true;
    sink->frame_good = false;
}

/* ---- passing over ---------------------------------------------------------------------------- */

/* Whether the frame that starts at seq is all here. */
static bool is_whole(struct client_sink *sink, uint64_t seq)
{
    unsigned pieces = slot_of(sink, seq)->tag.pieces;

    for (unsigned i = 0; i < pieces; i++) {
        const struct client_slot *slot = slot_of(sink, seq + i);

        if (slot->seq != seq + i || !slot->here || slot->tag.piece != i)
            return false;
    }
    return pieces > 0;
}

/* The first frame behind a gap that can be decoded without what is missing, and that would come too
 * late if it waited for it. 0: none. */
static uint64_t find_next_frame(struct client_sink *sink, uint64_t now_us)
{
    for (uint64_t seq = sink->next_seq; seq <= sink->reception.seqs.highest; seq++) {
        const struct client_slot *slot = slot_of(sink, seq);

        if (slot->seq != seq || !slot->here || slot->padding || !slot->frame_start ||
            !has_reference(sink, &slot->tag) || !is_whole(sink, seq))
            continue;
        return client_render_due(&sink->render, now_us, slot->timestamp) ? seq : 0;
    }
    return 0;
}

static bool pass_over(struct client_sink *sink, uint64_t now_us)
{
    uint64_t seq = sink->video ? find_next_frame(sink, now_us) : 0;

    if (seq == 0)
        return false;
    for (; sink->next_seq < seq; sink->next_seq++) {
        const struct client_slot *slot = slot_of(sink, sink->next_seq);

        sink->stats.lost += slot->seq != sink->next_seq || !slot->here;
        sink->stats.skipped += slot->seq == sink->next_seq && slot->here && slot->marker;
    }
    sink->holed = true;
    return true;
}

static unsigned max_asked(const struct client_sink *sink)
{
    return sink->video ? MAX_ASKED : MAX_AUDIO_ASKED;
}

/* Whether a missing packet may still come. */
static bool may_come(const struct client_sink *sink, uint64_t now_us,
                     const struct client_slot *slot)
{
    if (slot->asked > 0)
        return slot->asked < max_asked(sink) || now_us - slot->asked_us < RETRY_US;
    return now_us - slot->missed_us < (sink->video ? VIDEO_GIVE_UP_US : AUDIO_GIVE_UP_US);
}

void client_sink_run(struct client_sink *sink, uint64_t now_us)
{
    if (!sink->started)
        return;
    client_playout_run(&sink->playout, now_us);
    while (sink->next_seq <= sink->reception.seqs.highest) {
        struct client_slot *slot = slot_of(sink, sink->next_seq);

        if (slot->seq != sink->next_seq)
            *slot = (struct client_slot){.seq = sink->next_seq, .missed_us = now_us};
        if (!slot->here && pass_over(sink, now_us))
            continue;
        if (!slot->here && may_come(sink, now_us, slot))
            return;
        if (slot->here)
            take(sink, now_us, slot);
        else
            give_up(sink);
        sink->next_seq++;
    }
}

/* ---- asking ---------------------------------------------------------------------------------- */

size_t client_sink_nacks(struct client_sink *sink, uint64_t now_us,
                         uint16_t seqs[static CLIENT_SINK_NACKS])
{
    size_t count = 0;

    sink->gap = false;
    if (!sink->started || !sink->repairs)
        return 0;
    for (uint64_t seq = sink->next_seq;
         seq < sink->reception.seqs.highest && count < CLIENT_SINK_NACKS; seq++) {
        struct client_slot *slot = slot_of(sink, seq);

        if (slot->seq != seq || slot->here || slot->asked >= max_asked(sink) ||
            (slot->asked > 0 && now_us - slot->asked_us < RETRY_US))
            continue;
        slot->asked++;
        slot->asked_us = now_us;
        seqs[count++] = (uint16_t)seq;
    }
    return count;
}

static bool is_stalled(const struct client_sink *sink, uint64_t now_us)
{
    return sink->video && sink->stats.last_frame_us != 0 &&
           now_us - sink->stats.last_frame_us > STALL_US &&
           now_us - sink->last_packet_us < ACTIVE_US && now_us - sink->key_asked_us > STALL_US;
}

bool client_sink_wants_key(struct client_sink *sink, uint64_t now_us)
{
    if (!sink->damaged)
        sink->key_wanted_us = 0;
    if (!is_stalled(sink, now_us) &&
        (sink->key_wanted_us == 0 || now_us - sink->key_asked_us < KEY_RETRY_US))
        return false;
    sink->key_asked_us = now_us;
    return true;
}
