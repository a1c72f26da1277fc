/* Which packet indices of a stream were seen already (RFC 3711 3.3.2): a sliding bitmap, as RFC
 * 6479 does it (no shifting: blocks of bits are reused in a ring). */
#ifndef PARLEY_ENGINE_REPLAY_H
#define PARLEY_ENGINE_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#define REPLAY_BLOCKS 8u /* of 64 bits; a power of two */
/* "the window size MUST be at least 64"; one block is always being refilled. 448 packets are
 * 0.9 s of a 4 Mbit/s video: reordering beyond that is repaired by nobody anyway. */
#define REPLAY_WINDOW ((REPLAY_BLOCKS - 1u) * 64u)

/* Zeroed: nothing seen. */
struct replay {
    uint64_t newest;
    uint64_t blocks[REPLAY_BLOCKS];
    bool started;
};

/* Whether index is new: ahead of all, or within the window and not marked. Changes nothing. */
bool replay_is_fresh(const struct replay *replay, uint64_t index);
/* Marks an index that is fresh; only after the packet was authenticated. */
void replay_mark(struct replay *replay, uint64_t index);

#endif
