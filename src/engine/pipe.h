/* A room in several engines: each holds a part of it, the participants that are connected there,
 * and tells the others what its own publishers offer and send, decrypted; each encrypts for its own
 * viewers. Publishers of other parts are participants here as well, with an origin and a piped leg:
 * no transport, no seats, nothing told to control. Frames (wire/pipe_frame.h) go out as datagrams
 * with a path of NET_PIPE, and come in as such.
 *
 * Nothing has to arrive: who publishes is told again twice a second, an offer that is missing is
 * asked for, and what viewers need is told as long as they do. */
#ifndef PARLEY_ENGINE_PIPE_H
#define PARLEY_ENGINE_PIPE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "engine/engine.h"
#include "engine/shared.h"
#include "wire/pipe_frame.h"

struct layer;
struct leg;
struct media_room;
struct participant;
struct track;

/* A publisher's last offer, kept for parts that ask for it. */
struct pipe_kept;
/* Without memory none is kept: other parts do not see the publisher. */
void pipe_keep_offer(struct leg *leg, const struct engine_command *offer);
void pipe_kept_free(struct pipe_kept *kept); /* accepts NULL */

/* ---- to the other parts of its room ---------------------------------------------------------- */

/* Who publishes here; nothing where there is no other part. */
void pipe_tell_state(struct media_room *room, struct shared *shared);
/* The offer of a participant of this part, to the one that asked. */
void pipe_tell_offer(const struct participant *participant, uint32_t worker, struct shared *shared);
/* One decrypted packet. RTCP goes only where it is a report of the sender's. */
void pipe_media(const struct leg *leg, const uint8_t *bytes, size_t len, struct shared *shared);

/* ---- to the part that a publisher is connected to -------------------------------------------- */

void pipe_ask(const struct participant *participant, struct shared *shared);
void pipe_want_keyframe(const struct track *track, const struct layer *layer,
                        struct shared *shared);
void pipe_need(const struct track *track, uint8_t layers, struct shared *shared);

/* ---- from other parts (pipe_receive.c) ------------------------------------------------------- */

/* What only the engine can do. participant_add: NULL where there is no room for one more. */
struct pipe_people {
    void *context;
    struct media_room *(*find_room)(void *context, uint64_t id);
    struct participant *(*find)(void *context, uint64_t id);
    struct participant *(*add)(void *context, struct media_room *room, uint64_t id,
                               uint32_t origin);
    void (*remove)(void *context, struct participant *participant);
    /* 0 or enum engine_error; version is kept with the leg. */
    int (*take_offer)(void *context, struct participant *participant,
                      const struct pipe_offer *offer);
};

/* One frame from that worker. Bad ones, and those about rooms that it has no part of, are counted.
 */
void pipe_receive(const struct pipe_people *people, uint32_t worker, struct span frame,
                  struct shared *shared);
/* Publishers of these parts are here no more. */
void pipe_drop_parts(const struct pipe_people *people, struct media_room *room, uint64_t parts);

#endif
