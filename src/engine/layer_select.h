/* Which layer of a track a viewer should get. Today: the best that is alive. The seam for the
 * allocator that will look at the viewer's bandwidth and window size. */
#ifndef PARLEY_ENGINE_LAYER_SELECT_H
#define PARLEY_ENGINE_LAYER_SELECT_H

#include <stdint.h>

#include "engine/track.h"

/* NULL: none is alive. */
struct layer *layer_select(struct track *track, uint64_t now_us);

#endif
