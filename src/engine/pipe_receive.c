/* What other parts of a room tell this one. */
#include "engine/leg.h"
#include "engine/media_room.h"
#include "engine/participant.h"
#include "engine/pipe.h"
#include "engine/publishing.h"

static bool is_from(const struct participant *participant, const struct media_room *room,
                    uint32_t worker)
{
    return participant && participant->room == room && participant->origin == worker + 1;
}

/* ---- who publishes there --------------------------------------------------------------------- */

static const struct pipe_publisher *find_publisher(const struct pipe_state *state, uint64_t id)
{
    for (size_t i = 0; i < state->count; i++)
        if (state->publishers[i].participant == id)
            return &state->publishers[i];
    return NULL;
}

/* state NULL: nobody of them is there any more. */
static void drop_gone(const struct pipe_people *people, struct media_room *room, uint32_t worker,
                      const struct pipe_state *state)
{
    LIST_EACH(&room->participants, node)
    {
        struct participant *participant = LIST_ELEMENT(node, struct participant, in_room);
        if (participant->origin == worker + 1 && !(state && find_publisher(state, participant->id)))
            people->remove(people->context, participant);
    }
}

static bool is_current(const struct participant *participant, const struct pipe_publisher *told)
{
    const struct leg *leg = participant->leg;
    return leg && leg->session_id == told->leg && leg->piped_version == told->version;
}

static void take_publisher(const struct pipe_people *people, struct media_room *room,
                           uint32_t worker, const struct pipe_publisher *told,
                           struct shared *shared)
{
    struct participant *participant = people->find(people->context, told->participant);
    if (!participant && told->participant != 0)
        participant = people->add(people->context, room, told->participant, worker + 1);
    /* One who moves is told of here by both parts for a moment: the next state will do. */
    if (!is_from(participant, room, worker))
        return;
    if (!is_current(participant, told))
        pipe_ask(participant, shared);
    if (participant->enabled != told->enabled)
        participant_set_enabled(participant, told->enabled, shared);
}

static int take_state(const struct pipe_people *people, struct media_room *room, uint32_t worker,
                      const struct pipe_frame *frame, struct shared *shared)
{
    struct pipe_state state;
    if (pipe_read_state(frame->body, &state) != 0)
        return -1;
    drop_gone(people, room, worker, &state);
    for (size_t i = 0; i < state.count; i++)
        take_publisher(people, room, worker, &state.publishers[i], shared);
    return 0;
}

void pipe_drop_parts(const struct pipe_people *people, struct media_room *room, uint64_t parts)
{
    for (; parts != 0; parts &= parts - 1)
        drop_gone(people, room, (uint32_t)__builtin_ctzll(parts), NULL);
}

/* ---- what it offers and sends ---------------------------------------------------------------- */

static int take_offer(const struct pipe_people *people, struct participant *participant,
                      const struct pipe_frame *frame)
{
    struct pipe_offer offer;
    if (pipe_read_offer(frame->body, &offer) != 0)
        return -1;
    return people->take_offer(people->context, participant, &offer);
}

static int take_media(const struct participant *participant, const struct pipe_frame *frame,
                      struct shared *shared)
{
    if (frame->body.len < 2 || frame->body.len > LIMIT_DATAGRAM_BYTES)
        return -1;
    if (participant->leg)
        leg_receive_plain(participant->leg, frame->body.bytes, frame->body.len, shared);
    return 0;
}

static int take_from_home(const struct pipe_people *people, struct participant *participant,
                          const struct pipe_frame *frame, struct shared *shared)
{
    return frame->kind == PIPE_MEDIA ? take_media(participant, frame, shared)
                                     : take_offer(people, participant, frame);
}

/* ---- what viewers there need of our own ------------------------------------------------------ */

static struct track *video_of(const struct participant *participant, uint8_t source)
{
    struct track *track =
        participant->leg && source < ENGINE_SOURCES ? participant->leg->tracks[source] : NULL;
    return track && track->video ? track : NULL;
}

static int want_keyframe(const struct participant *participant, struct span body,
                         struct shared *shared)
{
    struct pipe_keyframe wanted;
    if (pipe_read_keyframe(body, &wanted) != 0 || wanted.why >= TIMELINE_WHY_COUNT)
        return -1;
    struct track *track = video_of(participant, wanted.source);
    if (track && track->enabled && wanted.layer < track->layer_count)
        leg_want_keyframe(track->leg, &track->layers[wanted.layer], wanted.why, shared);
    return 0;
}

static int note_need(const struct participant *participant, struct span body, struct shared *shared)
{
    struct pipe_need need;
    if (pipe_read_need(body, &need) != 0 || need.layers > LIMIT_LAYERS)
        return -1;
    struct track *track = video_of(participant, need.source);
    if (track && pipe_needed_note(&track->elsewhere, shared->now_us, need.layers))
        publishing_review(participant->room, shared);
    return 0;
}

static int take_from_viewers(const struct participant *participant, uint32_t worker,
                             const struct pipe_frame *frame, struct shared *shared)
{
    if (frame->kind == PIPE_KEYFRAME)
        return want_keyframe(participant, frame->body, shared);
    if (frame->kind == PIPE_NEED)
        return note_need(participant, frame->body, shared);
    pipe_tell_offer(participant, worker, shared);
    return 0;
}

/* ---- each frame ------------------------------------------------------------------------------ */

static int take(const struct pipe_people *people, uint32_t worker, const struct pipe_frame *frame,
                struct shared *shared)
{
    struct media_room *room = people->find_room(people->context, frame->room);
    if (!room || worker >= 64 || (room->parts >> worker & 1u) == 0)
        return -1;
    if (frame->kind == PIPE_STATE)
        return take_state(people, room, worker, frame, shared);
    struct participant *participant = people->find(people->context, frame->participant);
    if (is_from(participant, room, worker) &&
        (frame->kind == PIPE_MEDIA || frame->kind == PIPE_OFFER))
        return take_from_home(people, participant, frame, shared);
    if (participant && participant->room == room && participant->origin == 0 &&
        frame->kind >= PIPE_ASK)
        return take_from_viewers(participant, worker, frame, shared);
    return -1;
}

void pipe_receive(const struct pipe_people *people, uint32_t worker, struct span bytes,
                  struct shared *shared)
{
    struct pipe_frame frame;
    SHARED_COUNT(shared, pipe_frames);
    if (pipe_frame_parse(bytes.bytes, bytes.len, &frame) != 0 ||
        take(people, worker, &frame, shared) != 0)
        SHARED_COUNT(shared, pipe_frames_ignored);
}
