/* Which simulcast layer of a track a viewer gets when it is to have a certain one. */
#ifndef PARLEY_ENGINE_LAYER_SELECT_H
#define PARLEY_ENGINE_LAYER_SELECT_H

#include <stdint.h>

#include "engine/track.h"

/* The highest layer that is alive and not above `spatial`; if there is none, the lowest that is
 * above. NULL: none is alive. */
struct layer *layer_select(struct track *track, int8_t spatial, uint64_t now_us);

#endif
