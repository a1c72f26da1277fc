#include "client/client_sink.h"

#include <string.h>

#include "wire/vp8.h"

/* A missing packet is asked for after REORDER_US, again every RETRY_US, and given up after
 * GIVE_UP_US: about what libwebrtc's jitter buffer does. Audio is played, not repaired. */
#define REORDER_US       20000u
#define RETRY_US         100000u
#define VIDEO_GIVE_UP_US 1000000u
#define AUDIO_GIVE_UP_US 100000u
#define MAX_ASKED        10u
#define KEY_RETRY_US     300000u

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

/* RFC 3550 A.8 */
static void note_jitter(struct client_sink *sink, uint64_t now_us, uint32_t timestamp)
{
    uint32_t arrival = (uint32_t)(now_us * (sink->clock_rate_hz / 1000) / 1000);
    uint32_t transit = arrival - timestamp;
    int32_t change = seq32_diff(transit, sink->last_transit);

    if (sink->has_transit) {
        uint32_t size = change < 0 ? (uint32_t) - (int64_t)change : (uint32_t)change;

        sink->jitter_q4 += size - ((sink->jitter_q4 + 8) >> 4);
    }
    sink->has_transit = true;
    sink->last_transit = transit;
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

        if (slot->seq != seq)
            *slot = (struct client_slot){.seq = seq, .asked_us = now_us};
    }
}

static void start(struct client_sink *sink, uint64_t now_us, uint64_t seq)
{
    sink->started = true;
    sink->first_seq = sink->next_seq = seq;
    sink->damaged = true; /* until the first key frame */
    sink->has_last = false;
    want_key(sink, now_us);
}

void client_sink_receive(struct client_sink *sink, uint64_t now_us, const struct rtp_packet *packet,
                         struct span payload, bool rtx)
{
    uint64_t before = sink->seqs.highest, seq = seq16_unwrap(&sink->seqs, packet->seq);
    struct client_slot fresh = {.seq = seq, .here = true}, *slot;

    if (!sink->started)
        start(sink, now_us, seq);
    sink->stats.packets++;
    sink->stats.rtx_packets += rtx;
    if (!read_slot(sink, packet, payload, &fresh)) {
        sink->stats.malformed++;
        return;
    }
    if (!rtx) {
        sink->received++;
        note_jitter(sink, now_us, packet->timestamp);
    }
    if (seq < sink->next_seq) {
        sink->stats.duplicates++;
        return;
    }
    make_room(sink, now_us, seq);
    slot = slot_of(sink, seq);
    if (slot->seq == seq && slot->here) {
        sink->stats.duplicates++;
        sink->stats.conflicts += !same_packet(slot, &fresh);
        return;
    }
    if (seq > before + 1 && before >= sink->first_seq)
        note_missing(sink, now_us, before + 1 > sink->next_seq ? before + 1 : sink->next_seq, seq);
    *slot = fresh;
    client_sink_run(sink, now_us);
}

/* ---- playing --------------------------------------------------------------------------------- */

static void note_frame(struct client_sink *sink, uint64_t now_us, const struct client_tag *tag)
{
    struct client_seat_stats *stats = &sink->stats;
    bool same_owner = stats->owner == tag->owner;

    if (stats->last_frame_us != 0 && same_owner && sink->has_chain &&
        now_us - stats->last_frame_us > stats->longest_gap_us)
        stats->longest_gap_us = now_us - stats->last_frame_us;
    if (stats->owner != 0 && (!same_owner || sink->last.layer != tag->layer))
        stats->switches++;
    stats->owner = tag->owner;
    stats->last_frame_us = now_us;
    stats->frames++;
    stats->key_frames += tag->key;
    sink->has_chain = true;
    sink->last = *tag;
}

/* Whether a frame can be decoded after the last one. */
static bool has_reference(const struct client_sink *sink, const struct client_tag *tag)
{
    return tag->key || (!sink->damaged && sink->has_chain && sink->last.owner == tag->owner &&
                        sink->last.layer == tag->layer && sink->last.frame + 1 == tag->frame);
}

static void end_frame(struct client_sink *sink, uint64_t now_us, const struct client_slot *slot)
{
    if (sink->frame_good && sink->pieces == slot->tag.pieces && has_reference(sink, &slot->tag)) {
        sink->damaged = false;
        note_frame(sink, now_us, &slot->tag);
        return;
    }
    sink->stats.undecodable++;
    /* Without loss the server alone can have broken it. */
    sink->stats.broken_chains += !sink->damaged;
    sink->damaged = true;
    want_key(sink, now_us);
}

static void check_order(struct client_sink *sink, const struct client_slot *slot)
{
    bool new_frame = sink->video ? slot->frame_start : true;

    if (sink->has_last && seq32_diff(slot->timestamp, sink->last_timestamp) < (new_frame ? 1 : 0))
        sink->stats.timestamps_back++;
    if (sink->video && sink->has_last && !sink->damaged &&
        slot->picture_id != ((sink->last_picture_id + (new_frame ? 1 : 0)) & 0x7fff))
        sink->stats.pictures_skipped++;
    sink->has_last = true;
    sink->last_timestamp = slot->timestamp;
    sink->last_picture_id = slot->picture_id;
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
    if (slot->marker)
        end_frame(sink, now_us, slot);
}

static void take(struct client_sink *sink, uint64_t now_us, const struct client_slot *slot)
{
    if (slot->padding)
        return;
    check_order(sink, slot);
    if (sink->video)
        take_video(sink, now_us, slot);
    else
        note_frame(sink, now_us, &slot->tag);
}

static void give_up(struct client_sink *sink, uint64_t now_us)
{
    sink->stats.lost++;
    sink->damaged = true;
    sink->frame_good = false;
    want_key(sink, now_us);
}

void client_sink_run(struct client_sink *sink, uint64_t now_us)
{
    uint64_t patience_us = sink->video ? VIDEO_GIVE_UP_US : AUDIO_GIVE_UP_US;

    if (!sink->started)
        return;
    while (sink->next_seq <= sink->seqs.highest) {
        struct client_slot *slot = slot_of(sink, sink->next_seq);

        if (slot->seq != sink->next_seq)
            *slot = (struct client_slot){.seq = sink->next_seq, .asked_us = now_us};
        if (!slot->here && slot->asked == 0 && now_us - slot->asked_us < patience_us)
            return;
        if (!slot->here && slot->asked > 0 && slot->asked < MAX_ASKED)
            return;
        if (slot->here)
            take(sink, now_us, slot);
        else
            give_up(sink, now_us);
        sink->next_seq++;
    }
}

/* ---- asking ---------------------------------------------------------------------------------- */

size_t client_sink_nacks(struct client_sink *sink, uint64_t now_us,
                         uint16_t seqs[static CLIENT_SINK_NACKS])
{
    size_t count = 0;

    if (!sink->started || !sink->video || sink->rtx_ssrc == 0)
        return 0;
    for (uint64_t seq = sink->next_seq; seq < sink->seqs.highest && count < CLIENT_SINK_NACKS;
         seq++) {
        struct client_slot *slot = slot_of(sink, seq);

        if (slot->seq != seq || slot->here ||
            now_us - slot->asked_us < (slot->asked == 0 ? REORDER_US : RETRY_US))
            continue;
        if (slot->asked >= MAX_ASKED)
            continue;
        slot->asked++;
        slot->asked_us = now_us;
        seqs[count++] = (uint16_t)seq;
    }
    return count;
}

bool client_sink_wants_key(struct client_sink *sink, uint64_t now_us)
{
    if (!sink->damaged)
        sink->key_wanted_us = 0;
    if (sink->key_wanted_us == 0 || now_us - sink->key_asked_us < KEY_RETRY_US)
        return false;
    sink->key_asked_us = now_us;
    return true;
}
