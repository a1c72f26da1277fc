/* One participant of a room: presence, wishes, mute state, voice; and the peer connection, if there
 * is one. A participant lives from PARTICIPANT_ADD to PARTICIPANT_REMOVE or the end of its room. */
#ifndef PARLEY_ENGINE_PARTICIPANT_H
#define PARLEY_ENGINE_PARTICIPANT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/timer_wheel.h"
#include "engine/engine.h"
#include "engine/leg.h"
#include "engine/shared.h"
#include "engine/speaker.h"

struct media_room;

struct participant {
    /* borrowed */
    struct media_room *room;
    struct list_node in_room;       /* room->participants, in order of joining */
    struct list_node in_publishers; /* room->publishers, likewise */
    struct list_node in_service;    /* shared->to_service */
    struct list_node in_reseat;     /* shared->viewers_to_reseat */
    struct list_node in_news;       /* shared->participant_news */
    struct timer timer;             /* shared->participant_timers: the leg's next deadline */
    /* owned */
    struct leg *leg; /* NULL: presence only */
    /* state */
    uint64_t id;
    uint64_t joined; /* order within the room */
    uint32_t origin; /* 0, or 1 + the worker that it is connected to (pipe.h) */
    uint8_t enabled; /* sources that are not muted, bit per enum engine_source */
    uint8_t view_count;
    struct engine_view views[LIMIT_VIEWS];
    bool audio_only; /* wants no video */
    struct speaker speaker;
    uint64_t spoke_us; /* when last the dominant speaker; 0: never */

    /* What control has to be told, and was told last. */
    bool has_leg_news, has_seat_news, has_publish_news;
    enum engine_leg_state leg_state;
    bool seats_told; /* of the present leg */
    uint8_t told_count;
    struct engine_seat told[LIMIT_SEATS];
};

void participant_init(struct participant *participant, uint64_t id, struct media_room *room);
/* Drops the leg and leaves all lists. */
void participant_fini(struct participant *participant, struct shared *shared);

/* Something of its leg is due, or may be due at another time: leg_service() will be called before
 * the present call into the engine ends. */
void participant_mark(struct participant *participant, struct shared *shared);
/* Does what is due and sets the timer for the next. */
void participant_service(struct participant *participant, struct shared *shared);
/* Its seats, or who sits in them, may look different now. */
void participant_mark_seats(struct participant *participant, struct shared *shared);

/* Its publisher is to send other layers, see publishing.h. */
void participant_mark_publish(struct participant *participant, struct shared *shared);

/* The new leg takes the place of the old one, if any. NULL: drops the leg. Its room is reseated. */
void participant_set_leg(struct participant *participant, struct leg *leg, struct shared *shared);
/* Compares the transport's state with what was told; drops a failed leg. */
void participant_check_leg(struct participant *participant, struct shared *shared);

void participant_set_enabled(struct participant *participant, uint8_t enabled,
                             struct shared *shared);
void participant_set_views(struct participant *participant, const struct engine_view *views,
                           size_t count, struct shared *shared);

/* participant_set_views() is to follow. */
void participant_set_audio_only(struct participant *participant, bool audio_only,
                                struct shared *shared);

/* Fills told[] with the seats as they are. False: control knows that already. */
bool participant_take_seat_news(struct participant *participant);

#endif
