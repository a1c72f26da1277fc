/* The replay window. */
#include "engine/replay.h"

#include "base/assert.h"

static uint64_t bit_of(uint64_t index)
{
    return UINT64_C(1) << (index % 64);
}

static unsigned block_of(uint64_t index)
{
    return (unsigned)(index / 64 % REPLAY_BLOCKS);
}

bool replay_is_fresh(const struct replay *replay, uint64_t index)
{
    if (!replay->started || index > replay->newest)
        return true;
    if (replay->newest - index >= REPLAY_WINDOW)
        return false;
    return (replay->blocks[block_of(index)] & bit_of(index)) == 0;
}

/* Blocks between the old newest and index come into use again: nothing in them was seen. */
static void advance(struct replay *replay, uint64_t index)
{
    uint64_t steps = index / 64 - replay->newest / 64;

    if (steps > REPLAY_BLOCKS)
        steps = REPLAY_BLOCKS;
    for (uint64_t i = 0; i < steps; i++)
        replay->blocks[block_of(index - i * 64)] = 0;
    replay->newest = index;
}

void replay_mark(struct replay *replay, uint64_t index)
{
    PARLEY_ASSERT(replay_is_fresh(replay, index));
    if (!replay->started) {
        replay->started = true;
        replay->newest = index;
    } else if (index > replay->newest) {
        advance(replay, index);
    }
    replay->blocks[block_of(index)] |= bit_of(index);
}
