/* Who is in a room, who speaks, and who sits in whose seats. */
#ifndef PARLEY_ENGINE_ROOM_H
#define PARLEY_ENGINE_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/timer_queue.h"
#include "engine/participant.h"
#include "engine/shared.h"
#include "engine/speaker.h"

struct room {
    /* borrowed */
    struct list_node in_reseat; /* shared->to_reseat */
    struct list_node in_news;   /* shared->room_news */
    struct timer timer;         /* shared->room_timers: the next round of the contest */
    struct list participants;   /* in order of joining; owned by the engine's pool */
    /* state */
    uint64_t id;
    uint64_t joined; /* how many ever joined */
    uint32_t participant_count;
    uint64_t round_at_us; /* next round; TIMER_NEVER: nobody to listen to */
    struct speaker_contest contest;
};

void room_init(struct room *room, uint64_t id);
/* All participants must have left. */
void room_fini(struct room *room, struct shared *shared);

/* The participant must be initialised; false: the room is full (LIMIT_ROOM_PARTICIPANTS). */
bool room_join(struct room *room, struct participant *participant, struct shared *shared);
/* Takes it out of the list and of all seats; participant_fini() is the caller's. */
void room_leave(struct room *room, struct participant *participant, struct shared *shared);
struct participant *room_find(const struct room *room, uint64_t participant);

/* Seats may have to change: room_reseat() will be called before the present call ends. */
void room_mark(struct room *room, struct shared *shared);
void room_reseat(struct room *room, struct shared *shared);
/* Lets all seats of one viewer show what they should, and asks for key frames. */
void room_show_all(struct participant *viewer, struct shared *shared);

/* A microphone of this room was heard. */
void room_hear(struct room *room, struct shared *shared);
/* The round is due. */
void room_round(struct room *room, struct shared *shared);

#endif
