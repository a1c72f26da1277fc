/* A room: its seats and its speakers. */
#include "engine/media_room.h"

#include "base/assert.h"
#include "engine/downlink.h"
#include "engine/pipe.h"
#include "engine/publishing.h"
#include "engine/quality.h"
#include "engine/redundancy.h"
#include "engine/voices.h"

/* How often links and tiles are looked at, besides when something changes. */
#define CARE_INTERVAL_US 500000u

/* Up to so many people, all links are looked at whenever something changes. */
#define SMALL_ROOM 64u

void media_room_init(struct media_room *room, uint64_t id)
{
    *room = (struct media_room){.id = id, .round_at_us = TIMER_NEVER, .care_at_us = TIMER_NEVER};
    list_init(&room->participants);
    list_init(&room->publishers);
    list_node_init(&room->in_reseat);
    list_node_init(&room->in_news);
    timeline_init(&room->timeline);
}

void media_room_fini(struct media_room *room, struct shared *shared)
{
    PARLEY_ASSERT(list_empty(&room->participants));
    timer_wheel_cancel(&shared->room_timers, &room->timer);
    list_remove(&room->in_reseat);
    list_remove(&room->in_news);
    timeline_fini(&room->timeline);
}

bool media_room_join(struct media_room *room, struct participant *participant,
                     struct shared *shared)
{
    if (room->participant_count >= LIMIT_ROOM_PARTICIPANTS)
        return false;
    participant->joined = ++room->joined;
    room->participant_count += participant->origin == 0;
    list_push_back(&room->participants, &participant->in_room);
    chronicle_join(participant, shared);
    return true;
}

/* In order of joining, so that who came first is who stays first. */
static void add_publisher(struct participant *participant, struct shared *shared)
{
    struct media_room *room = participant->room;
    if (room->publisher_count >= LIMIT_ROOM_PUBLISHERS) {
        SHARED_COUNT(shared, publishers_full);
        return;
    }
    struct list_node *place = &room->publishers.head;
    while (place->prev != &room->publishers.head &&
           LIST_ELEMENT(place->prev, struct participant, in_publishers)->joined >
               participant->joined)
        place = place->prev;
    list_insert_before(&participant->in_publishers, place);
    room->publisher_count++;
}

static void remove_publisher(struct participant *participant)
{
    if (!list_linked(&participant->in_publishers))
        return;
    list_remove(&participant->in_publishers);
    participant->room->publisher_count--;
}

static bool has_tracks(const struct leg *leg)
{
    for (size_t i = 0; leg && i < ENGINE_SOURCES; i++)
        if (leg->tracks[i])
            return true;
    return false;
}

void media_room_leg_changed(struct participant *participant, struct shared *shared)
{
    const bool was_publisher = list_linked(&participant->in_publishers);
    if (!has_tracks(participant->leg))
        remove_publisher(participant);
    else if (!was_publisher)
        add_publisher(participant, shared);
    if (was_publisher || list_linked(&participant->in_publishers))
        media_room_mark(participant->room, shared);
    else
        media_room_mark_viewer(participant, shared);
}

void media_room_leave(struct media_room *room, struct participant *participant,
                      struct shared *shared)
{
    voices_forget(participant);
    if (list_linked(&participant->in_publishers)) {
        remove_publisher(participant);
        media_room_mark(room, shared);
        /* The dominant speaker may be the one who leaves. */
        media_room_hear(room, shared);
    }
    list_remove(&participant->in_room);
    room->participant_count -= participant->origin == 0;
    chronicle_leave(participant, shared);
}

static struct participant *find_publisher(const struct media_room *room, uint64_t id)
{
    LIST_EACH(&room->publishers, node)
    {
        struct participant *candidate = LIST_ELEMENT(node, struct participant, in_publishers);
        if (candidate->id == id)
            return candidate;
    }
    return NULL;
}

void media_room_mark(struct media_room *room, struct shared *shared)
{
    if (!list_linked(&room->in_reseat))
        list_push_back(&shared->to_reseat, &room->in_reseat);
}

void media_room_mark_viewer(struct participant *viewer, struct shared *shared)
{
    if (!list_linked(&viewer->in_reseat))
        list_push_back(&shared->viewers_to_reseat, &viewer->in_reseat);
}

/* ---- seats ---------------------------------------------------------------------------------- */

static bool has_track(const struct leg *leg, enum engine_source source)
{
    return leg->tracks[source] != NULL;
}

/* Muted people keep their place; a screen that is not shared needs none. */
static bool wants_seat(const struct leg *leg, enum engine_group group)
{
    if (group == ENGINE_GROUP_CAMERA)
        return has_track(leg, ENGINE_MICROPHONE) || has_track(leg, ENGINE_CAMERA);
    return has_track(leg, ENGINE_SCREEN) && leg->tracks[ENGINE_SCREEN]->enabled;
}

static size_t list_candidates(const struct media_room *room, const struct participant *viewer,
                              uint64_t now_us,
                              struct seating_candidate out[static SEATING_CANDIDATES])
{
    size_t count = 0;
    LIST_EACH(&room->publishers, node)
    {
        const struct participant *other = LIST_ELEMENT(node, struct participant, in_publishers);
        if (other == viewer || !other->leg)
            continue;
        for (uint8_t group = 0; group < ENGINE_GROUPS; group++) {
            if (!wants_seat(other->leg, group))
                continue;
            out[count++] = (struct seating_candidate){
                .participant = other->id,
                .group = group,
                .spoke_us = other->spoke_us,
                .joined = other->joined,
                .loud_us = group == ENGINE_GROUP_CAMERA ? voices_loud_us(other, now_us) : 0,
            };
        }
    }
    return count;
}

static void assign(struct media_room *room, struct participant *viewer, uint64_t now_us)
{
    struct seating_candidate candidates[SEATING_CANDIDATES];
    const size_t count = list_candidates(room, viewer, now_us, candidates);
    struct seating_place places[LIMIT_SEATS];
    struct leg *leg = viewer->leg;
    for (size_t i = 0; i < leg->seat_count; i++)
        places[i] = leg->seats[i]->place;
    if (!seating_assign(places, leg->seat_count, candidates, count, viewer->views,
                        viewer->view_count))
        return;
    for (size_t i = 0; i < leg->seat_count; i++)
        leg->seats[i]->place = places[i];
}

void media_room_show_all(struct participant *viewer, struct shared *shared)
{
    struct leg *leg = viewer->leg;
    for (size_t i = 0; i < leg->seat_count; i++) {
        const uint64_t id = leg->seats[i]->place.participant;
        const struct participant *occupant = id != 0 ? find_publisher(viewer->room, id) : NULL;
        seat_show(leg->seats[i], occupant ? occupant->leg : NULL);
    }
    /* Before key frames are asked for: of which layers, the allocator says. */
    downlink_allocate(leg, shared);
    for (size_t i = 0; i < leg->seat_count; i++) {
        const uint64_t id = leg->seats[i]->place.participant;
        const struct participant *occupant = id != 0 ? find_publisher(viewer->room, id) : NULL;
        if (occupant && occupant->leg)
            leg_choose_layers(occupant->leg, shared);
    }
    participant_mark_seats(viewer, shared);
}

/* ---- what is due ---------------------------------------------------------------------------- */

static void set_timer(struct media_room *room, struct shared *shared)
{
    const uint64_t at_us =
        room->round_at_us < room->care_at_us ? room->round_at_us : room->care_at_us;
    if (at_us == TIMER_NEVER)
        timer_wheel_cancel(&shared->room_timers, &room->timer);
    else
        timer_wheel_set(&shared->room_timers, &room->timer, at_us);
}

void media_room_hear(struct media_room *room, struct shared *shared)
{
    if (room->round_at_us != TIMER_NEVER)
        return;
    const uint64_t earliest = room->contest.round_us + SPEAKER_INTERVAL_US;
    room->round_at_us =
        shared_align(earliest > shared->now_us ? earliest : shared->now_us + SHARED_GRID_US);
    set_timer(room, shared);
}

static bool has_legs(const struct media_room *room)
{
    LIST_EACH(&room->participants, node)
    if (LIST_ELEMENT(node, struct participant, in_room)->leg)
        return true;
    return false;
}

static void care_later(struct media_room *room, struct shared *shared)
{
    room->care_at_us =
        has_legs(room) ? shared_align(shared->now_us + CARE_INTERVAL_US) : TIMER_NEVER;
    set_timer(room, shared);
}

static void care(struct media_room *room, struct shared *shared)
{
    LIST_EACH(&room->participants, node)
    {
        struct leg *leg = LIST_ELEMENT(node, struct participant, in_room)->leg;
        if (leg && leg->connected) {
            if (!leg_is_piped(leg))
                redundancy_review(leg, shared);
            chronicle_sources(leg, shared);
        }
    }
    publishing_review(room, shared);
    pipe_tell_state(room, shared);
    if (room->quality_at_us > shared->now_us)
        return;
    quality_review(room, shared);
    room->quality_at_us = shared->now_us + QUALITY_INTERVAL_US;
    room->has_quality_news = true;
    if (!list_linked(&room->in_news))
        list_push_back(&shared->room_news, &room->in_news);
}

void media_room_tick(struct media_room *room, struct shared *shared)
{
    if (room->round_at_us <= shared->now_us) {
        room->round_at_us = TIMER_NEVER;
        voices_round(room, shared);
        if (room->contest.listening)
            media_room_hear(room, shared);
    }
    if (room->care_at_us <= shared->now_us) {
        care(room, shared);
        care_later(room, shared);
    }
    set_timer(room, shared);
}

static void reseat(struct participant *viewer, struct shared *shared)
{
    if (!viewer->leg || leg_is_piped(viewer->leg))
        return;
    assign(viewer->room, viewer, shared->now_us);
    media_room_show_all(viewer, shared);
}

/* A look at what everybody needs walks over everybody: in a large room the next care is soon
 * enough. */
static void review_publishing(struct media_room *room, struct shared *shared)
{
    const uint64_t soon_us = shared_align(shared->now_us + SHARED_GRID_US);
    if (room->participant_count <= SMALL_ROOM)
        publishing_review(room, shared);
    else if (room->care_at_us > soon_us)
        room->care_at_us = soon_us;
    if (room->care_at_us == TIMER_NEVER)
        care_later(room, shared);
    else
        set_timer(room, shared);
}

void media_room_reseat(struct media_room *room, struct shared *shared)
{
    voices_review(room, shared);
    LIST_EACH(&room->participants, node)
    {
        struct participant *viewer = LIST_ELEMENT(node, struct participant, in_room);
        list_remove(&viewer->in_reseat);
        reseat(viewer, shared);
    }
    voices_catch_up(room, shared);
    review_publishing(room, shared);
    pipe_tell_state(room, shared);
}

void media_room_reseat_viewer(struct participant *viewer, struct shared *shared)
{
    reseat(viewer, shared);
    voices_catch_up(viewer->room, shared);
    review_publishing(viewer->room, shared);
}
