#include "control/busy.h"

#define LEAST_MS 500u

void busy_note(struct busy *busy, uint64_t cpu_us, uint64_t now_ms)
{
    if (busy->at_ms == 0 || cpu_us < busy->cpu_us) {
        *busy = (struct busy){.cpu_us = cpu_us, .at_ms = now_ms};
        return;
    }
    const uint64_t passed_ms = now_ms - busy->at_ms;
    if (passed_ms < LEAST_MS)
        return;
    const uint64_t permille = (cpu_us - busy->cpu_us) / passed_ms;
    /* A second's work is no overload: half of it counts, then three quarters, and so on. */
    busy->permille =
        (busy->permille + (permille < BUSY_WHOLE ? (uint32_t)permille : BUSY_WHOLE)) / 2;
    busy->cpu_us = cpu_us;
    busy->at_ms = now_ms;
}
