/* A constant. */
#include "engine/bwe_null.h"

#include "engine/bwe.h"

uint64_t bwe_null_target_bps(const struct bwe_config *config)
{
    return config->start_bps;
}
