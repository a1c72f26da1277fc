/* Packets sent in one burst travel as one: what says something about a queue is how the distance
 * between bursts changed on the way (draft-ietf-rmcat-gcc-02 5.2). */
#ifndef PARLEY_ENGINE_BWE_GROUPS_H
#define PARLEY_ENGINE_BWE_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

struct bwe_group {
    uint64_t first_sent_us;
    uint64_t last_sent_us;
    int64_t first_arrival_us;
    int64_t last_arrival_us;
};

/* Zeroed: nothing came yet. */
struct bwe_groups {
    struct bwe_group current;
    struct bwe_group previous;
    bool has_current;
    bool has_previous;
};

/* How much later a whole group was sent, and came, than the one before it. */
struct bwe_group_delta {
    int64_t sent_us;
    int64_t arrival_us;
    int64_t at_us; /* the receiver's clock at the end of the group */
};

/* In the order of sending. True: a group ended and *out is set. */
bool bwe_groups_add(struct bwe_groups *groups, uint64_t sent_us, int64_t arrival_us,
                    struct bwe_group_delta *out);

#endif
