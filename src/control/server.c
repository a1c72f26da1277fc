/* Clock and randomness of the control process. */
#include "control/server.h"

#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#include "base/assert.h"

static uint64_t read_clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

uint64_t server_now_ms(void)
{
    return read_clock_ms(CLOCK_MONOTONIC) + 1;
}

uint64_t server_unix_ms(void)
{
    return read_clock_ms(CLOCK_REALTIME);
}

uint64_t server_unix_s(void)
{
    return server_unix_ms() / 1000u;
}

void server_random(void *out, size_t len)
{
    /* Up to 256 bytes getrandom() gives all or, before the kernel is seeded, waits. */
    PARLEY_ASSERT(getrandom(out, len, 0) == (ssize_t)len);
}

uint64_t server_random_id(void)
{
    uint64_t id = 0;
    while (id == 0)
        server_random(&id, sizeof id);
    return id;
}

const char *server_format_time(uint64_t unix_ms, char out[static SERVER_TIME_BYTES])
{
    time_t seconds = (time_t)(unix_ms / 1000u);
    unsigned ms = (unsigned)(unix_ms % 1000u);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    size_t len = strftime(out, SERVER_TIME_BYTES, "%Y-%m-%dT%H:%M:%S", &utc);
    if (ms > 0)
        snprintf(out + len, SERVER_TIME_BYTES - len, ".%03uZ", ms);
    else
        snprintf(out + len, SERVER_TIME_BYTES - len, "Z");
    return out;
}
