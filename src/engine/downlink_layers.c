/* Who gets what: describes the viewer's seats to the allocator, and does what it says. */
#include "engine/downlink_inner.h"

#include <string.h>

#include "engine/ladder.h"
#include "engine/layer_select.h"
#include "engine/leg.h"
#include "engine/media_room.h"
#include "engine/participant.h"
#include "engine/seat_stream.h"

/* Rates of layers move: looked at now and then, on the common grid. */
#define INTERVAL_US 200000u
/* At most this often when the rate falls; feedback comes every 50 ms or so. */
#define HURRY_US 20000u

/* Of a tile whose size the viewer did not say. */
#define USUAL_WIDTH  640u
#define USUAL_HEIGHT 360u

/* While audio comes, so much stays free for it however quiet it is now (DTX, mute). */
#define AUDIO_MIN_BPS 40000u

/* Repairs of a burst of losses are over before layers could follow: what is set aside follows them
 * by so much per look, and is no more than this share of the link. */
#define REPAIRS_FOLLOW_DIV 12u
#define REPAIRS_DEN        3u

/* A link that takes too little loses more than that. */
#define LOSES_PERMILLE 10u
/* From here on some frames do not come in time, however often they are sent. */
#define LOSES_MUCH_PERMILLE 80u

static const struct engine_view *find_view(const struct participant *viewer,
                                           const struct seating_place *place)
{
    for (size_t i = 0; i < viewer->view_count; i++)
        if (viewer->views[i].participant == place->participant &&
            viewer->views[i].group == place->group)
            return &viewer->views[i];
    return NULL;
}

static uint8_t pause_by_wish(const struct participant *viewer, const struct engine_view *view)
{
    if (viewer->audio_only)
        return ENGINE_PAUSE_AUDIO_ONLY;
    return view && !view->visible ? ENGINE_PAUSE_HIDDEN : ENGINE_PAUSE_NONE;
}

static uint32_t pixels_of(const struct engine_view *view)
{
    if (!view || view->width == 0 || view->height == 0)
        return USUAL_WIDTH * USUAL_HEIGHT;
    return (uint32_t)view->width * view->height;
}

static uint8_t class_of(const struct participant *viewer, const struct seating_place *place,
                        const struct engine_view *view)
{
    if (place->group == ENGINE_GROUP_SCREEN)
        return ALLOCATOR_SCREEN;
    if (view && view->pinned)
        return ALLOCATOR_PINNED;
    return viewer->room->contest.dominant == place->participant ? ALLOCATOR_SPEAKER
                                                                : ALLOCATOR_VISIBLE;
}

/* ---- what there is to decide ---------------------------------------------------------------- */

struct round {
    size_t count;
    uint8_t seats[LIMIT_SEATS]; /* whose source it is */
    struct allocator_source sources[LIMIT_SEATS];
    struct track_layers layers[LIMIT_SEATS];
};

/* Something comes of it. */
static bool is_alive(const struct track_layers *layers)
{
    for (unsigned s = 0; s < layers->spatial_count; s++)
        for (unsigned t = 0; t < layers->temporal_count; t++)
            if (layers->at[s][t].alive)
                return true;
    return false;
}

static bool is_shown(const struct seat_stream *stream)
{
    return stream->track && stream->track->enabled && stream->media != NEGOTIATE_NO_MEDIA &&
           !stream->no_codec;
}

static void set_paused(struct leg *viewer, uint8_t k, uint8_t paused, struct shared *shared)
{
    struct downlink_seat *seat = &viewer->downlink->seats[k];
    if (seat->paused == paused)
        return;
    const bool was_slow = seat->paused == ENGINE_PAUSE_BANDWIDTH;
    seat->paused = paused;
    viewer->seats[k]->paused = paused;
    participant_mark_seats(viewer->participant, shared);
    if (!was_slow && paused != ENGINE_PAUSE_BANDWIDTH)
        return;
    const struct allocator_outcome *outcome = &viewer->downlink->outcome;
    const struct timeline_note note = {
        .participant = viewer->participant->id,
        .about = viewer->seats[k]->place.participant,
        .source =
            viewer->seats[k]->place.group == ENGINE_GROUP_SCREEN ? ENGINE_SCREEN : ENGINE_CAMERA,
        .what = was_slow ? TIMELINE_RESUME : TIMELINE_PAUSE,
        .why = TIMELINE_WHY_BUDGET,
        .a = (uint32_t)(outcome->next_step_bps / 1000u),
        .b = (uint32_t)(downlink_target_bps(viewer, shared->now_us) / 1000u),
    };
    timeline_note(viewer->participant->room, shared->now_us, &note);
}

static void set_target(struct seat_stream *stream, struct stream_target target,
                       struct shared *shared)
{
    if (stream->target.spatial != target.spatial || stream->target.temporal != target.temporal)
        seat_stream_set_target(stream, target, shared);
}

/* More than the link takes stands in line on the way already: no more of a layer that is given up,
 * and nothing of it is waited for here. */
static void leave_layer(struct leg *viewer, uint8_t k, struct stream_target target,
                        struct shared *shared)
{
    struct seat_stream *stream = &viewer->seats[k]->video;
    struct track *track = stream->track;
    const struct layer *present = track_find_layer(track, seat_stream_layer(stream));
    const struct layer *next = layer_select(track, target.spatial, shared->now_us);
    if (!present || !next || track->layer_count == 1 || next >= present ||
        !downlink_is_full(viewer))
        return;
    shared->counters[ENGINE_COUNTER_pacer_dropped] +=
        pacer_drop_others(&viewer->downlink->pacer, k, next->id);
    if (viewer->downlink->seats[k].queued_layer != next->id)
        viewer->downlink->seats[k].queued_layer = 0;
    seat_stream_pause(stream, TIMELINE_WHY_BUDGET);
}

static void stop(struct leg *viewer, uint8_t k, struct shared *shared)
{
    set_target(&viewer->seats[k]->video, (struct stream_target){.spatial = -1}, shared);
    (void)pacer_drop(&viewer->downlink->pacer, k);
    viewer->downlink->seats[k].queued_layer = 0;
}

/* Nothing to decide here: empty, muted, hidden or not wanted. */
static void leave_out(struct leg *viewer, uint8_t k, uint8_t paused, struct shared *shared)
{
    viewer->downlink->seats[k].participant = 0;
    if (paused != ENGINE_PAUSE_NONE)
        stop(viewer, k, shared);
    set_paused(viewer, k, paused, shared);
}

/* What is to be sent is higher than what is, and its key frame is waited for. */
static bool is_rising(const struct seat_stream *stream, uint64_t now_us)
{
    const struct track *track = stream->track;
    const struct layer *present = track_find_layer(stream->track, seat_stream_layer(stream));
    return present && track->layer_count > 1 && stream->target.spatial >= 0 &&
           layer_select(stream->track, stream->target.spatial, now_us) > present;
}

static void add_seat(struct leg *viewer, uint8_t k, struct round *round, struct shared *shared)
{
    const struct seat *seat = viewer->seats[k];
    const struct engine_view *view = find_view(viewer->participant, &seat->place);
    const uint8_t paused =
        is_shown(&seat->video) ? pause_by_wish(viewer->participant, view) : ENGINE_PAUSE_NONE;
    if (!is_shown(&seat->video) || paused != ENGINE_PAUSE_NONE) {
        leave_out(viewer, k, paused, shared);
        return;
    }
    struct downlink_seat *given = &viewer->downlink->seats[k];
    struct track_layers *layers = &round->layers[round->count];
    track_describe(seat->video.track, shared->now_us, layers);
    /* Nothing comes (yet): it costs nothing, and is looked at again when its first packet comes. */
    if (!is_alive(layers)) {
        leave_out(viewer, k, ENGINE_PAUSE_NONE, shared);
        return;
    }
    round->sources[round->count] = (struct allocator_source){
        .layers = layers,
        .class = class_of(viewer->participant, &seat->place, view),
        .fresh = given->participant != seat->place.participant || given->group != seat->place.group,
        .rising = is_rising(&seat->video, shared->now_us),
        .pixels = pixels_of(view),
        .current = seat->video.target,
    };
    given->participant = seat->place.participant;
    given->group = seat->place.group;
    round->seats[round->count++] = k;
}

static void follow_repairs(struct downlink *downlink, uint64_t now_us)
{
    const uint64_t bps = downlink_meter_bps(&downlink->repairs, now_us);
    if (now_us < downlink->repairs_at_us)
        return;
    downlink->repairs_at_us = now_us + INTERVAL_US;
    downlink->repairs_bps += bps / REPAIRS_FOLLOW_DIV;
    downlink->repairs_bps -= downlink->repairs_bps / REPAIRS_FOLLOW_DIV;
}

static struct allocator_link describe_link(const struct leg *viewer, const struct shared *shared)
{
    const struct downlink *downlink = viewer->downlink;
    struct allocator_link link = {
        .target_bps = downlink_target_bps(viewer, shared->now_us),
        .settled_bps = downlink->bwe ? bwe_settled_bps(downlink->bwe) : 0,
        .loses = downlink_loss_permille(viewer) >= LOSES_PERMILLE,
        .loses_much = downlink_loss_permille(viewer) >= LOSES_MUCH_PERMILLE,
        .rival = downlink_has_rival(viewer),
    };
    uint64_t audio_bps = downlink_meter_bps(&downlink->audio, shared->now_us);
    if (audio_bps < AUDIO_MIN_BPS)
        audio_bps = AUDIO_MIN_BPS;
    link.reserved_bps = audio_bps;
    link.repairs_bps = downlink->repairs_bps;
    if (link.repairs_bps > link.target_bps / REPAIRS_DEN)
        link.repairs_bps = link.target_bps / REPAIRS_DEN;
    return link;
}

static void move(struct leg *viewer, uint8_t k, struct stream_target target, struct shared *shared)
{
    leave_layer(viewer, k, target, shared);
    set_target(&viewer->seats[k]->video, target, shared);
}

static void carry_out(struct leg *viewer, const struct round *round, struct shared *shared)
{
    for (size_t i = 0; i < round->count; i++) {
        const struct allocator_source *source = &round->sources[i];
        const bool off = source->target.spatial < 0;
        struct stream_target target = source->target;
        /* The highest that is known now is no limit: more may come with the next frame. */
        if (target.temporal + 1 >= (int)source->layers->temporal_count)
            target.temporal = TRACK_TEMPORAL_LAYERS - 1;
        if (off)
            stop(viewer, round->seats[i], shared);
        else
            move(viewer, round->seats[i], target, shared);
        set_paused(viewer, round->seats[i], off ? ENGINE_PAUSE_BANDWIDTH : ENGINE_PAUSE_NONE,
                   shared);
    }
}

static bool differs(uint64_t a_bps, uint64_t b_bps)
{
    const uint64_t apart_bps = a_bps > b_bps ? a_bps - b_bps : b_bps - a_bps;
    return apart_bps > b_bps / 4u;
}

/* Rates of encoders always move; a demand that is about the same is no reason for another probe.
 * Unless the one that was told seems to be met, and this one is not: nothing else would raise the
 * estimate. */
static void tell_demand(struct downlink *downlink)
{
    const struct allocator_outcome *outcome = &downlink->outcome;
    if (!downlink->bwe)
        return;
    const uint64_t target_bps = bwe_target_bps(downlink->bwe);
    const bool unmet = outcome->wanted_bps > target_bps && downlink->wanted_bps <= target_bps;
    if (!unmet && !differs(outcome->wanted_bps, downlink->wanted_bps) &&
        !differs(outcome->next_step_bps, downlink->next_step_bps))
        return;
    downlink->wanted_bps = outcome->wanted_bps;
    downlink->next_step_bps = outcome->next_step_bps;
    bwe_set_demand(downlink->bwe, outcome->wanted_bps, outcome->next_step_bps);
}

/* Where it is reached may change at any time. */
static void settle(struct leg *viewer, struct shared *shared)
{
    static const struct net_address nowhere;
    const struct net_path *path = transport_path(viewer->transport);
    /* Who is on this very machine shares its processors, and no link. */
    const bool near = path && path->local.family == path->remote.family &&
                      memcmp(path->local.ip, path->remote.ip, sizeof path->local.ip) == 0;
    if (!neighbours_move(&shared->neighbours, &viewer->downlink->neighbour,
                         path && !near ? &path->remote : &nowhere))
        SHARED_COUNT(shared, neighbours_left_out);
}

void downlink_allocate(struct leg *viewer, struct shared *shared)
{
    struct downlink *downlink = viewer->downlink;
    struct round round = {.count = 0};
    if (!downlink || !viewer->connected)
        return;
    settle(viewer, shared);
    downlink->allocated_us = shared->now_us;
    downlink->allocate_at_us = UINT64_MAX;
    for (uint8_t k = 0; k < viewer->seat_count; k++)
        add_seat(viewer, k, &round, shared);
    follow_repairs(downlink, shared->now_us);
    const struct allocator_link link = describe_link(viewer, shared);
    allocator_decide(&downlink->allocator, shared->now_us, &link, round.sources, round.count,
                     &downlink->outcome);
    carry_out(viewer, &round, shared);
    if (round.count > 0)
        downlink->allocate_at_us = shared_align(shared->now_us + INTERVAL_US);
    tell_demand(downlink);
}

void downlink_rate_changed(struct leg *viewer, struct shared *shared)
{
    struct downlink *downlink = viewer->downlink;
    const uint64_t target_bps = downlink_target_bps(viewer, shared->now_us);
    const bool falls_short = target_bps < downlink->outcome.cost_bps;
    const bool next_fits =
        downlink->outcome.next_step_bps != 0 && target_bps >= downlink->outcome.next_step_bps;
    if (!falls_short && !next_fits)
        return;
    const uint64_t soonest_us = downlink->allocated_us + HURRY_US;
    if (downlink->allocate_at_us > soonest_us)
        downlink->allocate_at_us = soonest_us;
}

int downlink_wanted_spatial(const struct seat_stream *stream, uint64_t now_us)
{
    const struct leg *viewer = stream->viewer;
    const struct engine_view *view =
        find_view(viewer->participant, &viewer->seats[stream->seat]->place);
    if (!is_shown(stream) || pause_by_wish(viewer->participant, view) != ENGINE_PAUSE_NONE)
        return -1;
    struct track_layers layers;
    track_describe(stream->track, now_us, &layers);
    return ladder_useful_spatial(&layers, pixels_of(view));
}
