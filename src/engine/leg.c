/* The life of a peer connection: made, agreed on (again), serviced, freed. Its packets come in
 * through leg_receive.c. */
#include "engine/leg.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/timer_wheel.h"
#include "engine/downlink.h"
#include "engine/feedback.h"
#include "engine/forward.h"
#include "engine/participant.h"
#include "engine/pipe.h"
#include "engine/rtcp_report.h"

/* RFC 3550 6.2 would allow much less; browsers report every second, too, and a viewer's first
 * sender report decides when its audio and video are together. */
#define REPORT_INTERVAL_US 1000000u
#define CHECK_INTERVAL_US  500000u

/* Until a receiver report tells. */
#define RTT_GUESS_US 100000u

/* Draws 3 SSRCs for each seat, and ours. */
static void draw_ssrcs(struct leg *leg, struct shared *shared)
{
    uint32_t ssrcs[LIMIT_SEATS * 3u + 1u];
    for (size_t i = 0; i < sizeof ssrcs / sizeof ssrcs[0]; i++)
        ssrcs[i] = shared_new_ssrc(shared, ssrcs, i);
    for (size_t i = 0; i < LIMIT_SEATS; i++)
        leg->seat_ssrcs[i] = (struct negotiate_seat_ssrcs){
            .audio = ssrcs[3 * i], .video = ssrcs[3 * i + 1], .video_rtx = ssrcs[3 * i + 2]};
    leg->ssrc = ssrcs[LIMIT_SEATS * 3u];
}

struct leg *leg_new(struct participant *participant, uint64_t owner, struct shared *shared)
{
    struct leg *leg = calloc(1, sizeof *leg);
    if (!leg)
        return NULL;
    leg->participant = participant;
    leg->owner = owner;
    leg->rtt_us = RTT_GUESS_US;
    leg->session_id = rng_u64(&shared->rng) >> 2;
    draw_ssrcs(leg, shared);
    const bool piped = participant->origin != 0;
    leg->connected = piped;
    leg->negotiated = malloc(sizeof *leg->negotiated);
    if (!piped)
        leg->transport = transport_new(shared->dtls, &shared->rng, shared->counters);
    if (!leg->negotiated || (!piped && !leg->transport)) {
        leg_free(leg, shared);
        return NULL;
    }
    return leg;
}

/* ---- tracks --------------------------------------------------------------------------------- */

static void drop_track(struct leg *leg, size_t source, struct shared *shared)
{
    struct track *track = leg->tracks[source];
    if (!track)
        return;
    LIST_EACH(&track->viewers, node)
    {
        struct seat_stream *stream = LIST_ELEMENT(node, struct seat_stream, in_track);
        seat_stream_show(stream, NULL);
        participant_mark_seats(stream->viewer->participant, shared);
    }
    ssrc_table_forget(&leg->ssrcs, (uint8_t)source);
    forward_forget(track, shared);
    track_free(track, shared);
    leg->tracks[source] = NULL;
}

static void drop_seat(struct leg *leg, size_t k)
{
    if (!leg->seats[k])
        return;
    seat_fini(leg->seats[k]);
    free(leg->seats[k]);
    leg->seats[k] = NULL;
}

static void unregister(struct leg *leg, struct shared *shared)
{
    demux_remove_ufrag(&shared->demux, leg->ufrag_key, leg->owner);
    for (size_t i = 0; i < LIMIT_ICE_PATHS; i++)
        demux_remove_path(&shared->demux, leg->path_keys[i], leg->owner);
}

void leg_free(struct leg *leg, struct shared *shared)
{
    if (!leg)
        return;
    for (size_t i = 0; i < LIMIT_SEATS; i++)
        drop_seat(leg, i);
    if (leg->has_slots)
        shared->publisher_count--;
    for (size_t i = 0; i < ENGINE_SOURCES; i++)
        drop_track(leg, i, shared);
    downlink_fini(leg, shared);
    unregister(leg, shared);
    if (leg->transport)
        transport_close(leg->transport, shared->tx);
    transport_free(leg->transport);
    pipe_kept_free(leg->offer);
    free(leg->negotiated);
    free(leg);
}

void leg_register(struct leg *leg, struct shared *shared)
{
    if (leg_is_piped(leg))
        return;
    demux_remove_ufrag(&shared->demux, leg->ufrag_key, leg->owner);
    leg->ufrag_key = demux_add_ufrag(&shared->demux, transport_ufrag(leg->transport), leg->owner);
    if (leg->ufrag_key == 0)
        SHARED_COUNT(shared, demux_full);
}

/* The offer says which SSRCs are coming (without rids): no packet has to tell. */
static void bind_announced(struct leg *leg, const struct negotiated_media *media,
                           struct shared *shared)
{
    for (uint8_t i = 0; i < media->ssrc_count; i++) {
        struct ssrc_role role = {.ssrc = media->ssrcs[i].ssrc, .source = media->source, .layer = i};
        leg_bind_ssrc(leg, &role, shared);
        role.ssrc = media->ssrcs[i].rtx_ssrc;
        role.rtx = true;
        if (role.ssrc != 0)
            leg_bind_ssrc(leg, &role, shared);
    }
}

static int apply_source(struct leg *leg, uint8_t source, struct shared *shared)
{
    const uint8_t index = leg->negotiated->source_media[source];
    const struct negotiated_media *media =
        index == NEGOTIATE_NO_MEDIA ? NULL : &leg->negotiated->media[index];
    if (!media || !media->receiving) {
        if (leg->tracks[source])
            chronicle_source_gone(leg, source, shared);
        drop_track(leg, source, shared);
        return 0;
    }
    if (!leg->tracks[source])
        leg->tracks[source] = track_new(leg, source, shared);
    struct track *track = leg->tracks[source];
    if (!track)
        return -1;
    track->media = index;
    const uint8_t layers = media->rid_count > 0 ? media->rid_count : media->ssrc_count;
    track_set_layers(track, track->video && layers > 1 ? layers : 1);
    if (media->rid_count == 0)
        bind_announced(leg, media, shared);
    return 0;
}

static bool all_reduced(const struct negotiated *negotiated)
{
    for (size_t i = 0; i < negotiated->media_count; i++) {
        const struct negotiated_media *media = &negotiated->media[i];
        if ((media->receiving || media->sending) && !media->rtcp_rsize)
            return false;
    }
    return true;
}

/* Without the m-lines that are not there: their 30 KiB are never touched, and cost nothing. */
static void copy_agreement(struct negotiated *to, const struct negotiated *from)
{
    const size_t used =
        offsetof(struct negotiated, media) + from->media_count * sizeof from->media[0];
    const size_t rest = offsetof(struct negotiated, seat_count);
    memcpy(to, from, used);
    memcpy((uint8_t *)to + rest, (const uint8_t *)from + rest, sizeof *to - rest);
}

/* The peer numbers and reports what goes to its seats. */
static bool gives_feedback(const struct negotiated *negotiated)
{
    for (size_t i = 0; i < negotiated->media_count; i++) {
        const struct negotiated_media *media = &negotiated->media[i];
        for (size_t j = 0; media->sending && j < media->codec_count; j++)
            if (media->extension_ids[RTP_EXT_TRANSPORT_SEQ] != 0 &&
                (media->codecs[j].feedback & NEGOTIATE_FB_TRANSPORT_CC) != 0)
                return true;
    }
    return false;
}

/* Whoever only watches needs no room for packets. */
static int take_slots(struct leg *leg, struct shared *shared)
{
    bool publishes = false;
    for (size_t i = 0; i < ENGINE_SOURCES; i++)
        publishes = publishes || leg->tracks[i];
    if (leg->has_slots || !publishes)
        return 0;
    leg->has_slots = true;
    shared->publisher_count++;
    return packet_store_grow(&shared->store, shared->publisher_count * LIMIT_POOL_SLOTS_SMALL,
                             shared->publisher_count * LIMIT_POOL_SLOTS_LARGE);
}

static int apply_seats(struct leg *leg, const struct negotiated *negotiated)
{
    static const struct negotiated_seat nothing = {NEGOTIATE_NO_MEDIA, NEGOTIATE_NO_MEDIA};
    leg->seat_count = negotiated->seat_count;
    for (uint8_t i = 0; i < LIMIT_SEATS; i++) {
        const bool there = i < negotiated->seat_count;
        if (there && !leg->seats[i]) {
            leg->seats[i] = calloc(1, sizeof *leg->seats[i]);
            if (!leg->seats[i])
                return -1;
            seat_init(leg->seats[i], i, leg, &leg->seat_ssrcs[i]);
        }
        if (!leg->seats[i])
            continue;
        if (!there)
            leg->seats[i]->place = (struct seating_place){0};
        if (seat_negotiated(leg->seats[i], there ? &negotiated->seats[i] : &nothing) != 0)
            return -1;
    }
    return 0;
}

int leg_apply(struct leg *leg, const struct negotiated *negotiated, struct shared *shared)
{
    copy_agreement(leg->negotiated, negotiated);
    leg->reduced_rtcp = all_reduced(negotiated);
    for (uint8_t source = 0; source < ENGINE_SOURCES; source++)
        if (apply_source(leg, source, shared) != 0)
            return ENGINE_ERROR_NO_MEMORY;
    if (take_slots(leg, shared) != 0)
        return ENGINE_ERROR_NO_MEMORY;
    if (negotiated->seat_count > 0 &&
        downlink_prepare(leg, gives_feedback(negotiated), shared) != 0)
        return ENGINE_ERROR_NO_MEMORY;
    return apply_seats(leg, negotiated) == 0 ? 0 : ENGINE_ERROR_NO_MEMORY;
}

/* ---- layers and key frames ------------------------------------------------------------------ */

void leg_want_keyframe(struct leg *leg, struct layer *layer, uint8_t why, struct shared *shared)
{
    keyframe_want(&layer->keyframe, why);
    participant_mark(leg->participant, shared);
}

void leg_wish_keyframe(struct leg *leg, struct layer *layer, uint8_t why, struct shared *shared)
{
    keyframe_wish(&layer->keyframe, why);
    participant_mark(leg->participant, shared);
}

static void serve_viewers(struct track *track, struct shared *shared)
{
    LIST_EACH(&track->viewers, node)
    seat_stream_serve(LIST_ELEMENT(node, struct seat_stream, in_track), shared);
}

void leg_choose_layers(struct leg *leg, struct shared *shared)
{
    for (size_t i = 0; i < ENGINE_SOURCES; i++)
        if (leg->tracks[i] && leg->tracks[i]->video)
            serve_viewers(leg->tracks[i], shared);
}

static void mute_track(struct track *track)
{
    for (size_t i = 0; i < track->layer_count; i++) {
        keyframe_drop(&track->layers[i].keyframe);
        track->layers[i].nack.count = 0;
    }
    LIST_EACH(&track->viewers, node)
    seat_stream_pause(LIST_ELEMENT(node, struct seat_stream, in_track), TIMELINE_WHY_UNMUTED);
}

void leg_enable(struct leg *leg, uint8_t enabled, struct shared *shared)
{
    for (size_t i = 0; i < ENGINE_SOURCES; i++) {
        struct track *track = leg->tracks[i];
        if (!track)
            continue;
        track->enabled = (enabled & (1u << i)) != 0;
        if (!track->enabled)
            mute_track(track);
    }
    chronicle_sources(leg, shared);
    leg_choose_layers(leg, shared);
}

/* ---- timers --------------------------------------------------------------------------------- */

static bool has_layers(const struct leg *leg)
{
    return leg->tracks[ENGINE_CAMERA] || leg->tracks[ENGINE_SCREEN];
}

static void check_layers(struct leg *leg, struct shared *shared)
{
    for (size_t i = 0; i < ENGINE_SOURCES; i++) {
        struct track *track = leg->tracks[i];
        for (size_t j = 0; track && j < track->layer_count; j++)
            packet_ring_expire(&track->layers[j].ring, &shared->store, shared->now_us);
    }
    leg_choose_layers(leg, shared);
}

static void check_when_due(struct leg *leg, struct shared *shared)
{
    if (!has_layers(leg) || leg->check_at_us > shared->now_us)
        return;
    check_layers(leg, shared);
    leg->check_at_us = shared_align(shared->now_us + CHECK_INTERVAL_US);
}

static void service_piped(struct leg *leg, struct shared *shared)
{
    check_when_due(leg, shared);
    feedback_hand_on(leg, shared);
}

void leg_service(struct leg *leg, struct shared *shared)
{
    if (leg_is_piped(leg)) {
        service_piped(leg, shared);
        return;
    }
    if (transport_wake_at(leg->transport) <= shared->now_us)
        transport_tick(leg->transport, shared->now_us, shared->tx);
    if (!leg->connected)
        return;
    check_when_due(leg, shared);
    struct rtcp_out out;
    rtcp_out_begin(&out, leg, shared);
    if (leg->report_at_us <= shared->now_us) {
        rtcp_report_write(leg, &out);
        if (!leg->has_slots)
            transport_retire_dtls(leg->transport);
        leg->report_at_us = shared_align(shared->now_us + REPORT_INTERVAL_US);
    }
    feedback_write(leg, &out);
    rtcp_out_end(&out);
    downlink_service(leg, shared);
}

static uint64_t earlier(uint64_t a_us, uint64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

uint64_t leg_wake_at(const struct leg *leg)
{
    uint64_t at_us = leg_is_piped(leg) ? UINT64_MAX : transport_wake_at(leg->transport);
    if (!leg->connected)
        return at_us;
    if (has_layers(leg))
        at_us = earlier(at_us, leg->check_at_us);
    at_us = earlier(at_us, feedback_wake_at(leg));
    if (leg_is_piped(leg))
        return at_us;
    at_us = earlier(at_us, leg->report_at_us);
    return earlier(at_us, downlink_wake_at(leg));
}
