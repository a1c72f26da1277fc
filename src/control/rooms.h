/* Rooms with someone in them, and their members. A room comes to life with its first member (from
 * the store, or from what a worker remembers after a restart) and goes with its last one. */
#ifndef PARLEY_CONTROL_ROOMS_H
#define PARLEY_CONTROL_ROOMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "control/frame.h"
#include "control/mode.h"
#include "control/people.h"
#include "control/proquint.h"
#include "control/relay.h"
#include "control/rights.h"
#include "control/secret.h"
#include "control/store.h"

#define ROOM_NO_WORKER UINT32_MAX
#define ROOM_PARTS_MAX 16u /* workers that may share a room: those of the first positions */

struct note_member;
struct server;
struct socket;

struct room {
    struct server *server; /* borrowed */
    uint64_t id;
    struct store_room settings;
    struct mode mode;
    struct relay relay;
    struct list members; /* by order */
    size_t count;
    uint64_t next_order;
    uint64_t last_chat_id;
    uint32_t worker;     /* of the first part; ROOM_NO_WORKER: none there at the moment */
    uint64_t parts;      /* positions of workers that hold a part of it, a bit each (workers.h) */
    uint32_t generation; /* of all these workers; 0: there are none */
    bool locked;         /* by a host: only hosts come in */
    bool registered;     /* the first part's worker knows it */
    struct json_t *scores[ROOM_PARTS_MAX]; /* by position: what its part told last; NULL: nothing */
    bool unsent;                           /* something waits, see announce.h */
    struct json_t *left;                   /* who left since everyone was told; NULL: nobody */
    uint64_t told_ms;                      /* when everyone was last told together */
    uint64_t turn;                         /* whose turn it is to be sent that */
};

/* An offer that the worker has not answered yet. */
struct member_offer {
    uint32_t request; /* towards the worker; 0: none */
    uint32_t id;      /* the client's */
    uint32_t epoch;
    uint64_t deadline_ms;
};

/* What the client's layout shows, as the worker was told: another worker is told the same. */
struct member_view {
    uint8_t *payload; /* of IPC_VIEW; NULL: it never said */
    size_t len;
};

struct member {
    struct list_node in_room;
    struct room *room;
    struct socket *socket; /* NULL: reconnecting */
    uint64_t id;
    uint64_t order;
    char name[STORE_WHO_BYTES];
    uint8_t enabled; /* bit per source */
    uint8_t decodes; /* bits of enum message_codec; 0: not known */
    enum role role;
    bool named; /* by a pass: nobody renames themselves */
    uint8_t session_hash[SECRET_HASH_BYTES];
    uint64_t resume_until_ms; /* while reconnecting */
    uint32_t worker;          /* whose part of the room it is in; ROOM_NO_WORKER: not yet */
    bool registered;          /* the worker knows it */
    bool has_leg;             /* the worker was given an offer */
    struct member_offer offer;
    struct frame *seats;   /* the last ones told; NULL: none */
    struct frame *publish; /* likewise, of this leg */
    struct member_view view;
    struct outbox missed; /* what the other of a pair said meanwhile */
    struct people_part part;
    bool changed; /* since the room was last told of changes together, see announce.h */
};

/* The live room, or NULL. */
struct room *rooms_find(struct server *server, uint64_t id);
/* The live room, or the stored one brought to life. 0, or STORE_NOT_FOUND, STORE_UNAVAILABLE,
 * STORE_FULL (too many live). A room without members must be given one or rooms_release'd. */
int rooms_open(struct server *server, uint64_t id, struct room **out)
    __attribute__((warn_unused_result));
/* From a worker's snapshot, with settings already in hand. NULL: too many, or out of memory. */
struct room *rooms_revive(struct server *server, const struct store_room *settings);
/* Frees the room if nobody is in it. */
void rooms_release(struct room *room);
/* Ends the room for everyone in it: closing, 4410. */
void rooms_close(struct room *room);
void rooms_tick(struct server *server, uint64_t now_ms);
/* Deletes rooms whose time is over. */
void rooms_expire(struct server *server);
size_t rooms_live_count(const struct server *server);

struct member *rooms_member(const struct room *room, uint64_t id);
/* To everyone but except (may be NULL). Takes over the frame's reference; NULL as in
 * socket_send(). */
void rooms_send(struct room *room, const struct member *except, struct frame *frame);
/* Tells everyone what the state machine says, and the worker what it must know. */
void rooms_tell(struct room *room, const struct mode_news *news);
/* The settings of the live room (then *live is it), or the stored ones of a room with nobody in it.
 * 0, or STORE_NOT_FOUND (its time is over, too), STORE_UNAVAILABLE. */
int rooms_settings(struct server *server, uint64_t id, const struct room **live,
                   struct store_room *out) __attribute__((warn_unused_result));
/* Writes down that the room was used now. */
void rooms_used(struct room *room);
/* A store call's result: counts and logs a failure (rarely: a full disk fails each time). */
void rooms_store_result(struct server *server, int err);

/* The member and what it owns, and nothing else: for the end of the process, too. */
void member_free(struct member *member);
/* A new member, the next in order; NULL: out of memory. Neither the mode nor anyone is told. */
struct member *member_new(struct room *room, uint64_t id);
/* One whom the worker remembers: reconnecting. NULL: full or out of memory. */
struct member *member_revive(struct room *room, uint64_t id, const struct note_member *note);
/* It has a socket (again). */
void member_bind(struct member *member, struct socket *socket);
/* The socket is gone: others see "reconnecting" until resume_s is over. */
void member_lost(struct member *member);
/* Takes the member out and tells the others; reason of participant-left. Its socket must be unbound
 * already. May free the room. */
void member_remove(struct member *member, const char *reason);
/* Sends now; dropped while reconnecting. Takes over the frame's reference. */
void member_send(struct member *member, struct frame *frame);
/* The same, but kept (bounded) while reconnecting. */
void member_send_kept(struct member *member, struct frame *frame);
/* participant-updated to the others, and the worker's note. */
void member_changed(struct member *member);

#endif
