/* One packet in, one for each seat that shows its track out. */
#ifndef PARLEY_ENGINE_FORWARD_H
#define PARLEY_ENGINE_FORWARD_H

#include <stdbool.h>

#include "engine/shared.h"
#include "engine/track.h"

/* The packet, kept in its layer's ring, is to be forwarded by the next forward_run(). False: no
 * more fit, forward_run() first. */
bool forward_add(struct track *track, struct layer *layer, const struct packet *packet,
                 struct shared *shared);

/* What was added should wait for the rest of its frame; until when: forward_wake_at(). */
bool forward_holds(const struct shared *shared);
/* UINT64_MAX: nothing waits. */
uint64_t forward_wake_at(const struct shared *shared);
/* The track goes: nothing of it is forwarded any more. */
void forward_forget(const struct track *track, struct shared *shared);

/* Forwards what was added, viewer by viewer, until the tx arena has as much in it as the cache
 * keeps. True: all is done; else it is to be called again, once the arena is drained. No track may
 * go and no viewer may change its track in between. */
bool forward_run(struct shared *shared);

#endif
