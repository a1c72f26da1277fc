/* Who gets a seat: a pure choice from who is there, who was wanted, and who spoke.
 *
 * In a large room first those who are heard, or their sound would reach nobody, in at most half of
 * the seats; then those that the viewer asked for, then screens, then who spoke last, then who came
 * first.
 * Whoever is chosen and has a seat keeps it: nobody moves without need. */
#ifndef PARLEY_ENGINE_SEATING_H
#define PARLEY_ENGINE_SEATING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "engine/limits.h"

#define SEATING_CANDIDATES (LIMIT_ROOM_PUBLISHERS * ENGINE_GROUPS)

struct seating_candidate {
    uint64_t participant;
    uint8_t group;     /* enum engine_group */
    uint64_t spoke_us; /* when last the dominant speaker; 0: never */
    uint64_t joined;   /* smaller: came earlier */
    uint64_t loud_us;  /* one of the loudest of a large room: when last; 0: not */
};

struct seating_place {
    uint64_t participant; /* 0: empty */
    uint8_t group;
};

/* Changes places[] to what it should be; true if anything changed. At most SEATING_CANDIDATES
 * candidates and LIMIT_SEATS places. */
bool seating_assign(struct seating_place *places, size_t place_count,
                    const struct seating_candidate *candidates, size_t candidate_count,
                    const struct engine_view *wanted, size_t wanted_count);

#endif
