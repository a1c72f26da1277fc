/* Tells publishers which layers of their cameras and screens are of use (publish.h), from what the
 * viewers in the room show, may show soon, and get at present. */
#ifndef PARLEY_ENGINE_PUBLISHING_H
#define PARLEY_ENGINE_PUBLISHING_H

#include <stddef.h>

#include "engine/media_room.h"

/* Seats, wishes, speakers or time have changed. */
void publishing_review(struct media_room *room, struct shared *shared);

#define PUBLISHING_SOURCES 2u
/* What a participant is to send of each video source it has. How many. */
size_t publishing_list(const struct participant *participant,
                       struct engine_publish out[static PUBLISHING_SOURCES]);

#endif
