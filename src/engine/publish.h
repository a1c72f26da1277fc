/* Which layers of a video source its publisher is to send.
 *
 * What nobody shows costs the publisher's uplink and battery for nothing, so it is stopped, but
 * only PUBLISH_HOLD_US after it was last of use: people turn pages to and fro. It starts again at
 * once when somebody's tile could take it, whether that viewer's link gets it already or not.
 * Layers below a wanted one stay: the viewer whose link gets worse has something to fall back to.
 */
#ifndef PARLEY_ENGINE_PUBLISH_H
#define PARLEY_ENGINE_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/limits.h"

#define PUBLISH_HOLD_US 2000000u

/* What somebody may need soon may be needed again soon: speakers take turns. */
#define PUBLISH_SOON_HOLD_US 10000000u

/* Publishers begin with all they have: until viewers have said how large their tiles are. */
#define PUBLISH_START_US 5000000u

struct publish {
    bool started;
    uint8_t count;                    /* layers sent, from the lowest */
    uint8_t offered;                  /* layers there are */
    uint64_t needed_us[LIMIT_LAYERS]; /* when each was last of use */
};

/* The lowest `wanted` of `offered` layers (1..LIMIT_LAYERS) are of use now, or soon may be. True:
 * another number is to be sent from now on. */
bool publish_update(struct publish *publish, uint64_t now_us, uint8_t offered, uint8_t wanted);
/* What was just of use may be so again any moment: stops later. */
void publish_extend(struct publish *publish, uint64_t now_us, uint8_t wanted);
/* When a layer may be stopped, if nothing changes till then; UINT64_MAX: all that is sent is of
 * use. */
uint64_t publish_wake_at(const struct publish *publish, uint8_t wanted);
/* The layers to send: bit 0 is the lowest. */
uint8_t publish_layers(const struct publish *publish);

#endif
