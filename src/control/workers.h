/* The media workers as control sees them: channels, placement of rooms, and the live registry.
 * Every room and participant is registered with its worker, in P2P as well, with a note; a new
 * control asks for a snapshot and takes its rooms from there. What a worker sends is input from
 * outside. */
#ifndef PARLEY_CONTROL_WORKERS_H
#define PARLEY_CONTROL_WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipc/ipc.h"

struct member;
struct room;
struct server;
struct workers;

/* Takes the channels of server->start, and those that the supervisor sends later. NULL: out of
 * memory or no descriptors. */
struct workers *workers_new(struct server *server);
/* Before the event loop is taken down: its end is not that of the workers. */
void workers_unwatch(struct workers *workers);
/* Accepts NULL. */
void workers_free(struct workers *workers);

/* Every worker has answered the snapshot request (or a second is over): only then may clients come,
 * else a resume would meet a room that is not known yet. */
bool workers_settled(const struct workers *workers, uint64_t now_ms);

/* Sends to the worker of the room's first part, or to the member's. -1: none, or its queue is full
 * (then it counts as gone). */
int workers_send(const struct room *room, const struct ipc_message *message)
    __attribute__((warn_unused_result));
int workers_send_member(const struct member *member, const struct ipc_message *message)
    __attribute__((warn_unused_result));

/* Sends IPC_ROOM_CLOSE for a room that the worker has no business with. */
void workers_refuse_room(struct server *server, uint32_t worker, uint64_t room);

/* Registration. All are silent when there is no worker: it is made up for when one comes.
 *
 * A room lies in one worker until media.room_part of its members are there; those who come then
 * are registered with the worker that has the least to do, which holds another part of the room
 * from then on. The workers hand each other what their publishers send (engine/pipe.h), so they are
 * of one generation: two releases never share a room. */
void workers_open_room(struct room *room);
void workers_note_room(struct room *room);
void workers_close_room(struct room *room);
void workers_add_member(struct member *member);
void workers_note_member(struct member *member);
void workers_remove_member(struct member *member);
/* One worker's part of the room is there (its snapshot says so; false: no, workers of another
 * generation hold the room), or gone. */
bool workers_part_found(struct room *room, uint32_t worker) __attribute__((warn_unused_result));
void workers_part_gone(struct room *room, uint32_t worker);
bool workers_has_part(const struct room *room, uint32_t worker);
/* A worker that holds a part of the room; ROOM_NO_WORKER: none does. */
uint32_t workers_first_part(const struct room *room);
/* Which of the room's bits and scores the worker is. */
uint32_t workers_position(const struct server *server, uint32_t worker);
/* The worker knows the member, or does not any more: for its load. */
void workers_mark_member(struct member *member, bool registered);
/* Whoever came now, into this room or a new one (NULL), would come to a worker that has no time. */
bool workers_overloaded(const struct server *server, const struct room *room);
/* Closes the peer connections of everyone in the room. */
void workers_close_legs(struct room *room);

/* Tells those that an upgrade has made old to end, when no room is left in them and the new ones
 * work. */
void workers_tick(struct workers *workers, uint64_t now_ms);

/* For /metrics. */
size_t workers_count(const struct workers *workers); /* slots */
/* Somebody is, or should be, in this slot. */
bool workers_used(const struct workers *workers, size_t index);
struct workers_load {
    bool leaving; /* takes no new rooms: a newer one is there */
    bool connected;
    uint32_t rooms;
    uint32_t participants;
    uint32_t restarts;
    uint32_t busy_permille;              /* of its processor */
    const struct ipc_counters *counters; /* the last ones told */
};
struct workers_load workers_load(const struct workers *workers, size_t index);
/* Asks all for their counters; workers_counters_due tells how many have not answered yet. */
void workers_ask_counters(struct workers *workers);
size_t workers_counters_due(const struct workers *workers);
void workers_set_log_level(struct workers *workers, unsigned level);

#endif
