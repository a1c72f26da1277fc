/* Presence and the life of a leg. */
#include "engine/participant.h"

#include <string.h>

#include "engine/media_room.h"

#define ALL_SOURCES ((1u << ENGINE_SOURCES) - 1u)

void participant_init(struct participant *participant, uint64_t id, struct media_room *room)
{
    *participant = (struct participant){.id = id, .room = room, .enabled = ALL_SOURCES};
    list_node_init(&participant->in_room);
    list_node_init(&participant->in_publishers);
    list_node_init(&participant->in_service);
    list_node_init(&participant->in_reseat);
    list_node_init(&participant->in_news);
    speaker_init(&participant->speaker);
}

void participant_fini(struct participant *participant, struct shared *shared)
{
    leg_free(participant->leg, shared);
    participant->leg = NULL;
    timer_wheel_cancel(&shared->participant_timers, &participant->timer);
    list_remove(&participant->in_room);
    list_remove(&participant->in_service);
    list_remove(&participant->in_reseat);
    list_remove(&participant->in_news);
}

void participant_mark(struct participant *participant, struct shared *shared)
{
    if (!list_linked(&participant->in_service))
        list_push_back(&shared->to_service, &participant->in_service);
}

static void mark_news(struct participant *participant, struct shared *shared)
{
    /* Of who is connected elsewhere, that worker tells. */
    if (!list_linked(&participant->in_news) && participant->origin == 0)
        list_push_back(&shared->participant_news, &participant->in_news);
}

void participant_mark_seats(struct participant *participant, struct shared *shared)
{
    participant->has_seat_news = true;
    mark_news(participant, shared);
}

void participant_mark_publish(struct participant *participant, struct shared *shared)
{
    participant->has_publish_news = true;
    mark_news(participant, shared);
}

static void tell_leg_state(struct participant *participant, enum engine_leg_state state,
                           struct shared *shared)
{
    timeline_note(participant->room, shared->now_us,
                  &(struct timeline_note){
                      .participant = participant->id,
                      .source = TIMELINE_NO_SOURCE,
                      .what = TIMELINE_LEG,
                      .why = TIMELINE_WHY_STATE,
                      .a = (uint32_t)participant->leg_state,
                      .b = (uint32_t)state,
                  });
    participant->leg_state = state;
    participant->has_leg_news = true;
    mark_news(participant, shared);
}

void participant_set_leg(struct participant *participant, struct leg *leg, struct shared *shared)
{
    struct leg *old = participant->leg;
    participant->leg = leg;
    leg_free(old, shared);
    participant->has_leg_news = false;
    participant->has_publish_news = false;
    participant->seats_told = false;
    speaker_init(&participant->speaker);
    if (leg) {
        tell_leg_state(participant, ENGINE_LEG_CONNECTING, shared);
        chronicle_seats(leg, shared);
        leg_enable(leg, participant->enabled, shared);
    }
    participant_mark(participant, shared);
    media_room_leg_changed(participant, shared);
}

static enum engine_leg_state leg_state_of(enum transport_state state)
{
    switch (state) {
    case TRANSPORT_CONNECTED:
        return ENGINE_LEG_CONNECTED;
    case TRANSPORT_DISCONNECTED:
        return ENGINE_LEG_DISCONNECTED;
    case TRANSPORT_FAILED:
        return ENGINE_LEG_FAILED;
    case TRANSPORT_NEW:
    case TRANSPORT_CONNECTING:
        break;
    }
    return ENGINE_LEG_CONNECTING;
}

void participant_check_leg(struct participant *participant, struct shared *shared)
{
    struct leg *leg = participant->leg;
    if (!leg || leg_is_piped(leg))
        return;
    const enum engine_leg_state state = leg_state_of(transport_state(leg->transport));
    if (state == participant->leg_state)
        return;
    leg->connected = state == ENGINE_LEG_CONNECTED;
    if (state == ENGINE_LEG_FAILED) {
        SHARED_COUNT(shared, legs_failed);
        participant_set_leg(participant, NULL, shared);
    } else if (state == ENGINE_LEG_CONNECTED) {
        /* Now packets get through: key frames for all its seats. */
        media_room_show_all(participant, shared);
    }
    tell_leg_state(participant, state, shared);
}

void participant_service(struct participant *participant, struct shared *shared)
{
    if (participant->leg)
        leg_service(participant->leg, shared);
    participant_check_leg(participant, shared);
    const uint64_t at_us = participant->leg ? leg_wake_at(participant->leg) : TIMER_NEVER;
    if (at_us == TIMER_NEVER)
        timer_wheel_cancel(&shared->participant_timers, &participant->timer);
    else
        timer_wheel_set(&shared->participant_timers, &participant->timer, at_us);
}

void participant_set_enabled(struct participant *participant, uint8_t enabled,
                             struct shared *shared)
{
    participant->enabled = enabled & ALL_SOURCES;
    if ((enabled & (1u << ENGINE_MICROPHONE)) == 0)
        speaker_init(&participant->speaker);
    if (participant->leg)
        leg_enable(participant->leg, participant->enabled, shared);
    if (list_linked(&participant->in_publishers))
        media_room_mark(participant->room, shared);
}

void participant_set_views(struct participant *participant, const struct engine_view *views,
                           size_t count, struct shared *shared)
{
    if (count > LIMIT_VIEWS)
        count = LIMIT_VIEWS;
    chronicle_views(participant, views, count, shared);
    if (count > 0)
        memcpy(participant->views, views, count * sizeof views[0]);
    participant->view_count = (uint8_t)count;
    media_room_mark_viewer(participant, shared);
}

void participant_set_audio_only(struct participant *participant, bool audio_only,
                                struct shared *shared)
{
    if (participant->audio_only == audio_only)
        return;
    participant->audio_only = audio_only;
    timeline_note(participant->room, shared->now_us,
                  &(struct timeline_note){
                      .participant = participant->id,
                      .source = TIMELINE_NO_SOURCE,
                      .what = TIMELINE_AUDIO_ONLY,
                      .why = TIMELINE_WHY_VIEW,
                      .a = audio_only,
                  });
}

static bool same_seat(const struct engine_seat *a, const struct engine_seat *b)
{
    return a->participant == b->participant && a->group == b->group && a->audio == b->audio &&
           a->video == b->video && a->problem == b->problem && a->paused == b->paused;
}

bool participant_take_seat_news(struct participant *participant)
{
    const struct leg *leg = participant->leg;
    participant->has_seat_news = false;
    if (!leg)
        return false;
    bool news = !participant->seats_told || participant->told_count != leg->seat_count;
    for (size_t i = 0; i < leg->seat_count; i++) {
        const struct engine_seat seat = seat_describe(leg->seats[i]);
        news = news || !same_seat(&seat, &participant->told[i]);
        participant->told[i] = seat;
    }
    participant->told_count = leg->seat_count;
    participant->seats_told = true;
    return news;
}
