/* Who needs which layers. */
#include "engine/publishing.h"

#include "engine/downlink.h"
#include "engine/leg.h"
#include "engine/pipe.h"

/* Who spoke so lately may be looked at again any moment. */
#define RECENT_US 10000000u

/* Browsers send three temporal layers (L1T3), and all of them are of use to somebody: which ones a
 * viewer gets is the allocator's business. */
#define MAX_TEMPORAL 2u

#define ALL_LAYERS 7u

static const uint8_t VIDEO_SOURCES[PUBLISHING_SOURCES] = {ENGINE_CAMERA, ENGINE_SCREEN};

struct need {
    uint8_t layers; /* from the lowest */
    uint8_t why;    /* enum timeline_why */
};

/* One viewer: what its tile could take, whatever its link says, and what it gets. */
static uint8_t needed_by(const struct seat_stream *stream, uint64_t now_us)
{
    const int wanted = downlink_wanted_spatial(stream, now_us);
    const int gets = wanted >= 0 ? stream->target.spatial : -1;
    return (uint8_t)((wanted > gets ? wanted : gets) + 1);
}

static uint8_t shown_layers(const struct track *track, uint64_t now_us)
{
    uint8_t most = 0;
    LIST_EACH(&track->viewers, node)
    {
        const struct seat_stream *stream = LIST_ELEMENT(node, struct seat_stream, in_track);
        const uint8_t needed = needed_by(stream, now_us);
        if (needed > most)
            most = needed;
    }
    return most;
}

static struct track *track_of(const struct participant *participant, uint8_t source)
{
    return participant->leg ? participant->leg->tracks[source] : NULL;
}

/* What the largest picture of a camera in this room takes. */
static uint8_t largest_shown(const struct media_room *room, uint64_t now_us)
{
    uint8_t most = 0;
    LIST_EACH(&room->publishers, node)
    {
        const struct track *track =
            track_of(LIST_ELEMENT(node, struct participant, in_publishers), ENGINE_CAMERA);
        const uint8_t shown = track ? shown_layers(track, now_us) : 0;
        if (shown > most)
            most = shown;
    }
    return most;
}

/* Somebody is on the way in, and will want to see everybody. */
static bool is_awaited(const struct media_room *room)
{
    LIST_EACH(&room->participants, node)
    {
        const struct leg *leg = LIST_ELEMENT(node, struct participant, in_room)->leg;
        if (leg && !leg->connected)
            return true;
    }
    return false;
}

struct room_state {
    bool awaited;
    uint8_t largest;
};

static struct need find_need(const struct participant *participant, const struct track *track,
                             const struct room_state *state, uint64_t now_us)
{
    struct need need = {shown_layers(track, now_us), TIMELINE_WHY_WATCHED};
    const uint8_t elsewhere = pipe_needed_layers(&track->elsewhere, now_us);
    if (elsewhere > need.layers)
        need.layers = elsewhere;
    if (need.layers == 0)
        need.why = TIMELINE_WHY_UNWATCHED;
    if (track->source != ENGINE_CAMERA || participant->room->participant_count < 2)
        return need;
    /* Before the page shows the new speaker large, the picture for it is there. */
    const bool dominant = participant == participant->room->dominant;
    const bool recent = participant->spoke_us != 0 && now_us - participant->spoke_us < RECENT_US;
    const uint8_t soon = dominant ? state->largest : recent;
    if (soon > need.layers)
        need = (struct need){soon, TIMELINE_WHY_SOON};
    return need;
}

/* A stream with spatial layers of its own is sent whole or not at all: its lower layers alone do
 * not say what more there could be. */
static uint8_t offered_layers(const struct track *track)
{
    return track->layer_count > 1 ? track->layer_count : 1;
}

static void review_track(struct participant *participant, struct track *track,
                         const struct room_state *state, struct shared *shared)
{
    const uint8_t before = publish_layers(&track->publish);
    const uint8_t offered = offered_layers(track);
    struct need need = find_need(participant, track, state, shared->now_us);
    if (state->awaited && need.layers < offered)
        need = (struct need){offered, TIMELINE_WHY_SOON};
    if (leg_is_piped(track->leg)) {
        pipe_need(track, need.layers, shared);
        return;
    }
    const bool changed = publish_update(&track->publish, shared->now_us, offered, need.layers);
    if (need.why == TIMELINE_WHY_SOON)
        publish_extend(&track->publish, shared->now_us, need.layers);
    if (!changed)
        return;
    participant_mark_publish(participant, shared);
    timeline_note(participant->room, shared->now_us,
                  &(struct timeline_note){
                      .participant = participant->id,
                      .about = participant->id,
                      .source = track->source,
                      .what = TIMELINE_PUBLISH,
                      .why = need.why,
                      .a = before,
                      .b = publish_layers(&track->publish),
                  });
}

void publishing_review(struct media_room *room, struct shared *shared)
{
    const struct room_state state = {is_awaited(room), largest_shown(room, shared->now_us)};
    LIST_EACH(&room->publishers, node)
    {
        struct participant *participant = LIST_ELEMENT(node, struct participant, in_publishers);
        if (!participant->leg || !participant->leg->connected)
            continue;
        for (size_t i = 0; i < PUBLISHING_SOURCES; i++) {
            struct track *track = track_of(participant, VIDEO_SOURCES[i]);
            if (track)
                review_track(participant, track, &state, shared);
        }
    }
}

/* As the publisher is told. One bit of a stream that is one encoding would read as its lowest
 * spatial layer only (protocol.md: whole or not at all). */
static uint8_t told_layers(const struct track *track)
{
    const uint8_t layers = publish_layers(&track->publish);
    return track->layer_count <= 1 && layers != 0 ? ALL_LAYERS : layers;
}

size_t publishing_list(const struct participant *participant,
                       struct engine_publish out[static PUBLISHING_SOURCES])
{
    size_t count = 0;
    for (size_t i = 0; i < PUBLISHING_SOURCES; i++) {
        const struct track *track = track_of(participant, VIDEO_SOURCES[i]);
        if (!track || !track->publish.started)
            continue;
        out[count++] = (struct engine_publish){
            .source = VIDEO_SOURCES[i],
            .layers = told_layers(track),
            .max_temporal = MAX_TEMPORAL,
        };
    }
    return count;
}
