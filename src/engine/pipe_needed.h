/* How many layers of a video track viewers in other parts of its room have use for (pipe.h). */
#ifndef PARLEY_ENGINE_PIPE_NEEDED_H
#define PARLEY_ENGINE_PIPE_NEEDED_H

#include <stdint.h>

/* Told every half second by each part; what nobody confirms is over. */
#define PIPE_NEEDED_US 1500000u

/* Zeroed: none. */
struct pipe_needed {
    uint8_t layers; /* the most that any part said lately */
    uint64_t told_us;
};

/* One part says so. True: it is more than before. */
static inline int pipe_needed_note(struct pipe_needed *needed, uint64_t now_us, uint8_t layers)
{
    const uint8_t before = now_us - needed->told_us < PIPE_NEEDED_US ? needed->layers : 0;
    if (layers >= before)
        *needed = (struct pipe_needed){layers, now_us};
    return layers > before;
}

static inline uint8_t pipe_needed_layers(const struct pipe_needed *needed, uint64_t now_us)
{
    return now_us - needed->told_us < PIPE_NEEDED_US ? needed->layers : 0;
}

#endif
