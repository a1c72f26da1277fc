/* What a publisher sends as RED becomes the Opus packets that are in it: the newest, and the
 * earlier ones that were lost on the way to us. So rings hold Opus only, each viewer gets as much
 * redundancy as its own link needs (red_stream.h), and most losses are mended without asking. */
#ifndef PARLEY_ENGINE_RED_SPLIT_H
#define PARLEY_ENGINE_RED_SPLIT_H

#include <stddef.h>

#include "engine/arrival.h"
#include "wire/red.h"

/* Splits a RED arrival into arrivals of the Opus codec, oldest first; the last one is the primary,
 * those before it are marked as repaired. Earlier blocks are taken for the packets numbered just
 * before this one, which is how browsers make them; what contradicts that is left out. How many; 0:
 * malformed. Everything is a view into the arrival's payload. */
size_t red_split(const struct arrival *arrival, const struct negotiated_codec *opus,
                 struct arrival out[static RED_MAX_BLOCKS]);

#endif
