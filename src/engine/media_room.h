/* Who is in a room, who speaks, and who sits in whose seats. */
#ifndef PARLEY_ENGINE_MEDIA_ROOM_H
#define PARLEY_ENGINE_MEDIA_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/timer_wheel.h"
#include "engine/loudest.h"
#include "engine/participant.h"
#include "engine/shared.h"
#include "engine/speaker.h"
#include "engine/timeline.h"

struct media_room {
    /* borrowed */
    struct list_node in_reseat;   /* shared->to_reseat */
    struct list_node in_news;     /* shared->room_news */
    struct timer timer;           /* shared->room_timers: the earliest of the times below */
    struct list participants;     /* in order of joining; owned by the engine's pool */
    struct list publishers;       /* of them, those with tracks; at most LIMIT_ROOM_PUBLISHERS */
    struct participant *dominant; /* contest.dominant, while it is there */
    /* owned */
    struct timeline timeline;
    /* state */
    uint64_t id;
    uint64_t joined;            /* how many ever joined */
    uint64_t parts;             /* workers that hold other parts of the room: a bit each (pipe.h) */
    uint32_t participant_count; /* connected here */
    uint32_t publisher_count;   /* in all parts */
    bool has_speaker_news, has_quality_news; /* what control has to be told */
    uint64_t round_at_us;   /* next round of the contest; TIMER_NEVER: nobody to listen to */
    uint64_t care_at_us;    /* next look at everybody's links; TIMER_NEVER: nobody has one */
    uint64_t quality_at_us; /* and when that is told */
    uint64_t quality_after; /* who joined up to here was told */
    struct speaker_contest contest;
    struct loudest loudest;
};

void media_room_init(struct media_room *room, uint64_t id);
/* All participants must have left. */
void media_room_fini(struct media_room *room, struct shared *shared);

/* The participant must be initialised; false: the room is full (LIMIT_ROOM_PARTICIPANTS). */
bool media_room_join(struct media_room *room, struct participant *participant,
                     struct shared *shared);
/* Takes it out of the list and of all seats; participant_fini() is the caller's. */
void media_room_leave(struct media_room *room, struct participant *participant,
                      struct shared *shared);
/* It has another leg than before (or none), or other tracks. */
void media_room_leg_changed(struct participant *participant, struct shared *shared);

/* Everybody's seats may have to change, or the viewer's only: media_room_reseat() or
 * media_room_reseat_viewer() will be called before the present call ends. */
void media_room_mark(struct media_room *room, struct shared *shared);
void media_room_mark_viewer(struct participant *viewer, struct shared *shared);
void media_room_reseat(struct media_room *room, struct shared *shared);
void media_room_reseat_viewer(struct participant *viewer, struct shared *shared);
/* Lets all seats of one viewer show what they should, and asks for key frames. */
void media_room_show_all(struct participant *viewer, struct shared *shared);

/* A microphone of this room was heard. */
void media_room_hear(struct media_room *room, struct shared *shared);
/* Its timer is due. */
void media_room_tick(struct media_room *room, struct shared *shared);

#endif
