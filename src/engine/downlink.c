/* Packets towards one viewer, and the downlink's life and timers. */
#include "engine/downlink.h"

#include <stdlib.h>

#include "base/prefetch.h"
#include "engine/downlink_inner.h"
#include "engine/leg.h"
#include "engine/media_room.h"
#include "engine/participant.h"
#include "engine/seat_stream.h"

/* Like Jitsi: a viewer on a usual link has a picture of 720 lines at once. */
#define START_BPS 2500000u
/* Audio alone, with its overhead. */
#define MIN_BPS 50000u
#define MAX_BPS 20000000u

/* SRTP's authentication tag, at its longest. */
#define TAG_BYTES 16u

#define METER_US UINT64_C(1000000)

/* How often a stream's key frame may be asked for by its viewer over a long time, and in a row. The
 * publisher's gate (keyframe.h) merges; this keeps one bad viewer from using it up. */
#define WANT_INTERVAL_US UINT64_C(500000)
#define WANT_BURST       10u

/* And so long, that it has an end somewhere near; which is true for a while. */
#define FILLED_US     UINT64_C(5000)
#define FILLED_FOR_US UINT64_C(20000000)

/* From this loss on, what all later frames need is repeated twice. */
#define TWICE_PERMILLE 30u
/* Unless more is missing at once. */
#define TWICE_MISSING 4u

/* Packets that wait so long on the way say that the link is full. For so long after, its losses are
 * part of those that are known. */
#define FULL_US   UINT64_C(100000)
#define SETTLE_US UINT64_C(2500000)

/* In line for its number alone. Not nothing: who fills the line with such must be found. */
#define LEFT_OUT_BYTES 1u

/* ---- life ----------------------------------------------------------------------------------- */

static struct downlink *new_downlink(uint64_t now_us)
{
    struct downlink *downlink = calloc(1, sizeof *downlink);
    if (!downlink)
        return NULL;
    loss_control_init(&downlink->loss, now_us);
    pacer_init(&downlink->pacer, loss_control_target_bps(&downlink->loss, now_us));
    return downlink;
}

static int start_bwe(struct downlink *downlink, const struct shared *shared)
{
    const uint64_t now_us = shared->now_us;
    const bool known = shared->known_bps != 0;
    const struct bwe_config config = {
        .algorithm = known ? BWE_NULL : BWE_GCC,
        .start_bps = known ? shared->known_bps : START_BPS,
        .min_bps = MIN_BPS,
        .max_bps = MAX_BPS,
    };
    downlink->bwe = calloc(1, sizeof *downlink->bwe);
    if (!downlink->bwe)
        return -1;
    bwe_init(downlink->bwe, &config, now_us);
    downlink->filled_us = now_us;
    pacer_set_target(&downlink->pacer, bwe_target_bps(downlink->bwe), false);
    return 0;
}

int downlink_prepare(struct leg *viewer, bool transport_cc, struct shared *shared)
{
    if (!viewer->downlink)
        viewer->downlink = new_downlink(shared->now_us);
    if (!viewer->downlink)
        return -1;
    if (transport_cc && !viewer->downlink->bwe)
        return start_bwe(viewer->downlink, shared);
    return 0;
}

void downlink_fini(struct leg *viewer, struct shared *shared)
{
    if (!viewer->downlink)
        return;
    neighbours_leave(&shared->neighbours, &viewer->downlink->neighbour);
    if (viewer->downlink->bwe)
        free(viewer->downlink->bwe->history.more);
    free(viewer->downlink->bwe);
    free(viewer->downlink);
    viewer->downlink = NULL;
}

/* ---- meters --------------------------------------------------------------------------------- */

static void turn(struct downlink_meter *meter, uint64_t now_us)
{
    const uint64_t age_us = now_us - meter->began_us;
    if (age_us < METER_US)
        return;
    meter->before = age_us < 2 * METER_US ? meter->bytes : 0;
    meter->bytes = 0;
    meter->began_us = age_us < 2 * METER_US ? meter->began_us + METER_US : now_us;
}

void downlink_meter_add(struct downlink_meter *meter, uint64_t now_us, uint64_t bytes)
{
    turn(meter, now_us);
    meter->bytes += bytes;
}

uint64_t downlink_meter_bps(const struct downlink_meter *meter, uint64_t now_us)
{
    struct downlink_meter turned = *meter;
    turn(&turned, now_us);
    const uint64_t age_us = now_us - turned.began_us;
    return 8u * (turned.before * (METER_US - age_us) / METER_US + turned.bytes);
}

/* ---- what went out -------------------------------------------------------------------------- */

/* A fast or a slow link has more under way: its estimate remembers more. Where there is no memory
 * for that, it forgets. */
static void remember_more(struct bwe_history *history, uint64_t now_us, uint16_t sequence)
{
    const uint32_t count = 4 * bwe_history_room(history);
    if (!bwe_history_is_short(history, now_us, sequence) || count > LIMIT_BWE_PACKETS)
        return;
    struct bwe_record *records = malloc(count * sizeof records[0]);
    if (records)
        free(bwe_history_lend(history, records, count));
}

static void tell_bwe(struct downlink *downlink, const struct downlink_packet *packet,
                     struct shared *shared)
{
    static const uint8_t kinds[] = {
        [DOWNLINK_AUDIO] = BWE_AUDIO,
        [DOWNLINK_VIDEO] = BWE_VIDEO,
        [DOWNLINK_RTX] = BWE_RTX,
        [DOWNLINK_PADDING] = BWE_PADDING,
    };
    const struct bwe_packet sent = {
        .sequence = packet->sequence,
        .bytes = (uint16_t)(packet->bytes + TAG_BYTES),
        .kind = kinds[packet->kind],
        .probe = packet->probe,
    };
    remember_more(&downlink->bwe->history, shared->now_us, packet->sequence);
    bwe_sent(downlink->bwe, shared->now_us, &sent);
}

void downlink_sent(struct leg *viewer, const struct downlink_packet *packet, struct shared *shared)
{
    struct downlink *downlink = viewer->downlink;
    if (!downlink)
        return;
    struct downlink_packet marked = *packet;
    /* Media that goes out meanwhile is as good a probe as padding. */
    if (downlink->probe.running && packet->numbered) {
        marked.probe = downlink->probe.asked.id;
        downlink->probe.bytes += packet->bytes;
        downlink->probe.packets++;
    }
    if (packet->numbered && downlink->bwe) {
        tell_bwe(downlink, &marked, shared);
        downlink_trace(downlink, packet);
    }

    const uint64_t now_us = shared->now_us;
    const size_t link_bytes = packet->bytes + TAG_BYTES + BWE_OVERHEAD_BYTES;
    downlink_meter_add(&downlink->all, now_us, link_bytes);
    if (packet->kind == DOWNLINK_AUDIO)
        downlink_meter_add(&downlink->audio, now_us, link_bytes);
    if (packet->probe != 0)
        return;
    pacer_sent(&downlink->pacer, now_us, link_bytes);
    if (packet->kind == DOWNLINK_RTX) {
        downlink_meter_add(&downlink->repairs, now_us, link_bytes);
        pacer_repaired(&downlink->pacer, now_us, link_bytes);
    }
}

/* ---- a link that is full -------------------------------------------------------------------- */

/* Where packets stand in line on the way, they are lost for want of room. */
bool downlink_is_full(const struct leg *viewer)
{
    const struct downlink *downlink = viewer->downlink;
    return downlink && downlink->bwe && bwe_queue_delay_us(downlink->bwe) >= FULL_US;
}

void downlink_note_full(struct leg *viewer, uint64_t now_us)
{
    if (downlink_is_full(viewer))
        viewer->downlink->full_us = now_us;
}

static bool was_full(const struct leg *viewer, uint64_t now_us)
{
    const uint64_t full_us = viewer->downlink->full_us;
    return full_us != 0 && now_us - full_us < SETTLE_US;
}

/* ---- the line ------------------------------------------------------------------------------- */

/* Another layer is sent than before: nothing of that one has a place in line any more. */
static void layer_began(struct seat_stream *stream, struct shared *shared)
{
    struct downlink *downlink = stream->viewer->downlink;
    const uint32_t layer_id = seat_stream_layer(stream);
    if (downlink->seats[stream->seat].queued_layer != layer_id)
        downlink->seats[stream->seat].queued_layer = 0;
    shared->counters[ENGINE_COUNTER_pacer_dropped] +=
        pacer_drop_others(&downlink->pacer, stream->seat, layer_id);
}

static void send_now(struct seat_stream *stream, const struct layer *layer,
                     const struct packet *packet, struct shared *shared)
{
    const uint32_t before = seat_stream_layer(stream);
    if (seat_stream_forward(stream, layer, packet, shared))
        participant_mark_seats(stream->viewer->participant, shared);
    if (stream->viewer->downlink && stream->flowing && seat_stream_layer(stream) != before)
        layer_began(stream, shared);
}

static void drop_seat(struct leg *viewer, uint8_t seat, struct shared *shared)
{
    struct pacer *pacer = &viewer->downlink->pacer;
    struct seat_stream *stream = &viewer->seats[seat]->video;
    const uint64_t delay_us = pacer_delay_us(pacer);
    const size_t dropped = pacer_drop(pacer, seat);
    shared->counters[ENGINE_COUNTER_pacer_dropped] += dropped;
    viewer->downlink->seats[seat].queued_layer = 0;
    seat_stream_pause(stream, TIMELINE_WHY_QUEUE);
    seat_stream_serve(stream, shared);
    const struct timeline_note note = {
        .participant = viewer->participant->id,
        .about = viewer->seats[seat]->place.participant,
        .source = stream->track ? stream->track->source : TIMELINE_NO_SOURCE,
        .what = TIMELINE_QUEUE_DROP,
        .why = TIMELINE_WHY_QUEUE,
        .a = (uint32_t)dropped,
        .b = (uint32_t)(delay_us / 1000u),
    };
    timeline_note(viewer->participant->room, shared->now_us, &note);
}

static uint64_t longest_line_us(const struct leg *viewer, uint64_t now_us)
{
    const uint64_t most_us =
        viewer->downlink->pacer.thin > 1 ? PACER_BASE_QUEUE_US : PACER_QUEUE_US;
    return was_full(viewer, now_us) ? most_us + PACER_DRAIN_US : most_us;
}

/* What is too late to be of use, seat by seat. */
static void shorten_line(struct leg *viewer, struct shared *shared)
{
    const struct pacer *pacer = &viewer->downlink->pacer;
    while (pacer_delay_us(pacer) > longest_line_us(viewer, shared->now_us)) {
        const uint8_t seat = pacer_heaviest(pacer, false);
        if (seat == PACER_NO_SEAT)
            return;
        drop_seat(viewer, seat, shared);
    }
}

/* What follows a key frame that stands in line will be wanted when its turn comes. */
static bool may_stand(const struct downlink *downlink, const struct seat_stream *stream,
                      const struct layer *layer, const struct packet *packet)
{
    const struct downlink_seat *seat = &downlink->seats[stream->seat];
    if (stream->target.spatial >= 0 && downlink->pacer.seat_bytes[stream->seat] > 0 &&
        seat->queued_layer == layer->id)
        return true;
    return seat_stream_wants(stream, layer, packet);
}

static uint16_t cost_of(const struct seat_stream *stream, const struct layer *layer,
                        const struct packet *packet, uint64_t now_us)
{
    if (seat_stream_leaves_out(stream, layer, packet, now_us))
        return LEFT_OUT_BYTES;
    return (uint16_t)(packet->payload_len + BWE_OVERHEAD_BYTES);
}

static void stand_in_line(struct seat_stream *stream, const struct layer *layer,
                          const struct packet *packet, struct shared *shared)
{
    struct leg *viewer = stream->viewer;
    struct downlink *downlink = viewer->downlink;
    struct downlink_seat *seat = &downlink->seats[stream->seat];
    if (!may_stand(downlink, stream, layer, packet))
        return;
    if (packet->keyframe && seat->queued_layer != layer->id &&
        seat_stream_begins(stream, layer, packet, shared->now_us))
        shared->counters[ENGINE_COUNTER_pacer_dropped] +=
            pacer_drop(&downlink->pacer, stream->seat);
    if (packet->keyframe) {
        seat->queued_layer = layer->id;
        seat->queued_key = packet->timestamp;
    }
    const struct pacer_video video = {
        .layer_id = layer->id,
        .seq = packet->seq,
        .bytes = cost_of(stream, layer, packet, shared->now_us),
        .seat = stream->seat,
        .key = seat->queued_layer == layer->id && seat->queued_key == packet->timestamp,
        .base = packet->frame.temporal == 0,
    };
    if (!pacer_queue_video(&downlink->pacer, &video)) {
        drop_seat(viewer, pacer_heaviest(&downlink->pacer, true), shared);
        return;
    }
    SHARED_COUNT(shared, pacer_queued);
    pacer_thin(&downlink->pacer, shared->now_us);
    shorten_line(viewer, shared);
    participant_mark(viewer->participant, shared);
}

void downlink_forward(struct seat_stream *stream, const struct layer *layer,
                      const struct packet *packet, struct shared *shared)
{
    const struct downlink *downlink = stream->viewer->downlink;
    if (!downlink || pacer_is_open(&downlink->pacer, shared->now_us))
        send_now(stream, layer, packet, shared);
    else
        stand_in_line(stream, layer, packet, shared);
}

/* A repair gets lost as well, and to ask once more takes two round trips. Not after a burst, nor
 * after a queue: then it is over, and there is much to repair. */
static bool is_needed_twice(const struct seat_stream *stream, bool base, size_t missing,
                            uint64_t now_us)
{
    return base && missing <= TWICE_MISSING && !was_full(stream->viewer, now_us) &&
           downlink_loss_permille(stream->viewer) >= TWICE_PERMILLE;
}

static void resend(struct seat_stream *stream, uint16_t sequence, bool twice, struct shared *shared)
{
    switch (seat_stream_resend(stream, sequence, twice ? 2 : 1, shared)) {
    case SEAT_STREAM_RESENT:
        SHARED_COUNT(shared, rtx_sent);
        break;
    case SEAT_STREAM_GONE:
        SHARED_COUNT(shared, rtx_gone);
        break;
    case SEAT_STREAM_TOO_OFTEN:
        SHARED_COUNT(shared, rtx_too_often);
        break;
    }
}

static bool may_repair(const struct leg *viewer, bool base, const struct shared *shared)
{
    const bool full = downlink_is_full(viewer);
    return pacer_may_repair(&viewer->downlink->pacer, shared->now_us, base && !full) &&
           (base || !full);
}

void downlink_repair(struct seat_stream *stream, uint16_t sequence, size_t missing,
                     struct shared *shared)
{
    struct downlink *downlink = stream->viewer->downlink;
    if (!downlink) {
        resend(stream, sequence, false, shared);
        return;
    }
    const bool base = seat_stream_is_base(stream, sequence);
    const bool twice = is_needed_twice(stream, base, missing, shared->now_us);
    if (!may_repair(stream->viewer, base, shared)) {
        SHARED_COUNT(shared, rtx_over_budget);
        return;
    }
    if (!stream->video || pacer_is_open(&downlink->pacer, shared->now_us)) {
        resend(stream, sequence, twice, shared);
        return;
    }
    const struct pacer_repair repair = {
        .sequence = sequence, .seat = stream->seat, .base = base, .twice = twice};
    if (pacer_queue_repair(&downlink->pacer, &repair))
        participant_mark(stream->viewer->participant, shared);
    else
        SHARED_COUNT(shared, rtx_too_often);
}

static void drain(struct leg *viewer, struct shared *shared)
{
    struct pacer *pacer = &viewer->downlink->pacer;
    struct pacer_repair repair;
    struct pacer_video video;
    while (pacer_next_repair(pacer, shared->now_us, &repair)) {
        if (may_repair(viewer, repair.base, shared))
            resend(&viewer->seats[repair.seat]->video, repair.sequence, repair.twice, shared);
        else
            SHARED_COUNT(shared, rtx_over_budget);
    }
    while (pacer_next_video(pacer, shared->now_us, &video)) {
        struct seat_stream *stream = &viewer->seats[video.seat]->video;
        const struct layer *layer =
            stream->track ? track_find_layer(stream->track, video.layer_id) : NULL;
        const struct packet *packet = layer ? packet_ring_find(&layer->ring, video.seq) : NULL;
        if (packet && stream->track->enabled)
            send_now(stream, layer, packet, shared);
        else if (layer && !packet) /* this process stood still for longer than packets are kept */
            drop_seat(viewer, video.seat, shared);
    }
    pacer_thin(pacer, shared->now_us);
}

/* ---- key frames ----------------------------------------------------------------------------- */

bool downlink_may_want_keyframe(struct seat_stream *stream, struct shared *shared)
{
    struct downlink *downlink = stream->viewer->downlink;
    /* Who knows that nothing comes asks all the same. */
    if (stream->target.spatial < 0)
        return false;
    if (!downlink)
        return true;
    uint64_t *paid_us = &downlink->seats[stream->seat].wants_paid_us;
    if (*paid_us < shared->now_us)
        *paid_us = shared->now_us;
    if (*paid_us + WANT_INTERVAL_US > shared->now_us + WANT_BURST * WANT_INTERVAL_US) {
        SHARED_COUNT(shared, plis_too_often);
        return false;
    }
    *paid_us += WANT_INTERVAL_US;
    return true;
}

/* ---- timers --------------------------------------------------------------------------------- */

static uint64_t target_bps(const struct downlink *downlink, uint64_t now_us)
{
    return downlink->bwe ? bwe_target_bps(downlink->bwe)
                         : loss_control_target_bps(&downlink->loss, now_us);
}

/* Probes and media fill a narrow link now and then. Without any feedback on that: it may be one. */
static bool was_filled(struct downlink *downlink, const struct shared *shared)
{
    if (!downlink->bwe)
        return true;
    if (bwe_queue_delay_us(downlink->bwe) >= FILLED_US)
        downlink->filled_us = shared->now_us;
    return shared->now_us - downlink->filled_us < FILLED_FOR_US;
}

void downlink_take_rate(struct leg *viewer, struct shared *shared)
{
    struct downlink *downlink = viewer->downlink;
    struct bwe_decision decision;
    while (downlink->bwe && bwe_take_decision(downlink->bwe, &decision)) {
        if (decision.why == TIMELINE_WHY_PROBED)
            allocator_probed(&downlink->allocator, shared->now_us);
        if (decision.what == TIMELINE_PROBE && decision.after_kbps != 0)
            neighbours_found(&downlink->neighbour, shared->now_us,
                             UINT64_C(1000) * decision.after_kbps);
        const struct timeline_note note = {
            .participant = viewer->participant->id,
            .source = TIMELINE_NO_SOURCE,
            .what = decision.what,
            .why = decision.why,
            .a = decision.before_kbps,
            .b = decision.after_kbps,
        };
        timeline_note(viewer->participant->room, shared->now_us, &note);
    }
    const uint64_t cost_bps = downlink->outcome.cost_bps;
    uint64_t bps = target_bps(downlink, shared->now_us);
    const bool tight = 2u * cost_bps > bps && was_filled(downlink, shared);
    /* Bases that are kept although the link seems to take less have to get out. */
    if (allocator_keeps_bases(&downlink->allocator) && bps < cost_bps)
        bps = cost_bps;
    const bool probes = downlink->probe.running && downlink->probe.of_line;
    if (probes && bps < downlink->probe.asked.rate_bps)
        bps = downlink->probe.asked.rate_bps;
    pacer_set_target(&downlink->pacer, bps, tight || probes);
}

void downlink_service(struct leg *viewer, struct shared *shared)
{
    struct downlink *downlink = viewer->downlink;
    if (!downlink)
        return;
    if (downlink->bwe && bwe_wake_at(downlink->bwe) <= shared->now_us)
        bwe_tick(downlink->bwe, shared->now_us);
    downlink_take_rate(viewer, shared);
    if (downlink->allocate_at_us <= shared->now_us)
        downlink_allocate(viewer, shared);
    drain(viewer, shared);
    shorten_line(viewer, shared);
    downlink_probe_run(viewer, shared);
}

static uint64_t earlier(uint64_t a_us, uint64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

uint64_t downlink_wake_at(const struct leg *viewer)
{
    const struct downlink *downlink = viewer->downlink;
    if (!downlink)
        return UINT64_MAX;
    uint64_t at_us = earlier(pacer_wake_at(&downlink->pacer), downlink->allocate_at_us);
    if (downlink->bwe)
        at_us = earlier(at_us, bwe_wake_at(downlink->bwe));
    return earlier(at_us, downlink_probe_wake_at(downlink));
}

/* ---- questions ------------------------------------------------------------------------------ */

uint64_t downlink_target_bps(const struct leg *viewer, uint64_t now_us)
{
    return viewer->downlink ? target_bps(viewer->downlink, now_us) : 0;
}

uint64_t downlink_sent_bps(const struct leg *viewer, uint64_t now_us)
{
    return viewer->downlink ? downlink_meter_bps(&viewer->downlink->all, now_us) : 0;
}

uint8_t downlink_thin(const struct leg *viewer)
{
    return viewer->downlink ? viewer->downlink->pacer.thin : 0;
}

unsigned downlink_loss_permille(const struct leg *viewer)
{
    const struct downlink *downlink = viewer->downlink;
    if (!downlink)
        return 0;
    return downlink->bwe ? bwe_loss_permille(downlink->bwe) : downlink->loss.loss_permille;
}

bool downlink_loses_in_bursts(const struct leg *viewer, uint64_t now_us, uint64_t within_us)
{
    const struct downlink *downlink = viewer->downlink;
    return downlink && downlink->bwe &&
           bwe_loss_in_bursts(&downlink->bwe->loss, now_us > within_us ? now_us - within_us : 0);
}

bool downlink_has_rival(const struct leg *viewer)
{
    const struct downlink *downlink = viewer->downlink;
    return downlink && downlink->bwe && downlink->bwe->gcc.rival.there;
}

uint64_t downlink_queue_delay_us(const struct leg *viewer)
{
    const struct downlink *downlink = viewer->downlink;
    return downlink && downlink->bwe ? bwe_queue_delay_us(downlink->bwe) : UINT64_MAX;
}

uint64_t downlink_rtt_us(const struct leg *viewer)
{
    const struct downlink *downlink = viewer->downlink;
    if (downlink && downlink->bwe && downlink->heard_us != 0)
        return bwe_rtt_us(downlink->bwe);
    return viewer->rtt_known ? viewer->rtt_us : 0;
}

uint64_t downlink_heard_us(const struct leg *viewer)
{
    return viewer->downlink ? viewer->downlink->heard_us : 0;
}

/* ---- what it needs -------------------------------------------------------------------------- */

void downlink_prefetch(const struct leg *viewer, unsigned depth)
{
    const struct downlink *downlink = viewer->downlink;
    if (!downlink)
        return;
    if (depth == 0) {
        PREFETCH(downlink->bwe);
        prefetch(&downlink->pacer, offsetof(struct pacer, seat_bytes));
        PREFETCH(downlink->probe);
        prefetch(&downlink->all, sizeof downlink->all + sizeof downlink->audio);
        downlink_trace_prefetch(downlink, viewer->transport_sequence);
    } else if (depth == 1 && downlink->bwe) {
        bwe_prefetch(downlink->bwe, viewer->transport_sequence);
    }
}
