/* From a received packet to everybody who is to have it. */
#ifndef PARLEY_ENGINE_FORWARD_H
#define PARLEY_ENGINE_FORWARD_H

#include "engine/shared.h"
#include "engine/track.h"

void forward_packet(struct track *track, const struct layer *layer, const struct packet *packet,
                    struct shared *shared);

#endif
