/* The few things that need a body. */
#include "engine/shared.h"

uint64_t shared_align(uint64_t at_us)
{
    return (at_us + SHARED_GRID_US - 1) / SHARED_GRID_US * SHARED_GRID_US;
}

uint64_t shared_ntp(const struct shared *shared, uint64_t at_us)
{
    const uint64_t since_1900_us = at_us + (uint64_t)shared->ntp_offset_us;
    const uint64_t seconds = since_1900_us / 1000000u;
    const uint64_t rest_us = since_1900_us % 1000000u;
    return (seconds << 32) | ((rest_us << 32) / 1000000u);
}

uint32_t shared_ticks(uint64_t time_us, uint32_t clock_rate_hz)
{
    const uint64_t whole = time_us / 1000000u * clock_rate_hz;
    return (uint32_t)(whole + time_us % 1000000u * clock_rate_hz / 1000000u);
}

uint32_t shared_new_ssrc(struct shared *shared, const uint32_t *taken, size_t count)
{
    for (;;) {
        const uint32_t ssrc = rng_u32(&shared->rng);
        bool good = ssrc != 0;
        for (size_t i = 0; i < count && good; i++)
            good = taken[i] != ssrc;
        if (good)
            return ssrc;
    }
}
