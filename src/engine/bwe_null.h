/* The estimate that estimates nothing: a constant rate, for peers that give no feedback and for
 * comparisons. What it is measured by (loss, round trip, queue) is bwe.c's and works all the same.
 */
#ifndef PARLEY_ENGINE_BWE_NULL_H
#define PARLEY_ENGINE_BWE_NULL_H

#include <stdint.h>

struct bwe_config;

uint64_t bwe_null_target_bps(const struct bwe_config *config);

#endif
