#include "cli/load_clock.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int64_t read_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

uint64_t load_clock_us(void)
{
    return (uint64_t)read_us(CLOCK_MONOTONIC) + 1;
}

/* Preempted between two readings the difference is wrong: the tightest of some counts. */
int64_t load_clock_offset_us(void)
{
    int64_t best_us = INT64_MAX, offset_us = 0;
    for (int i = 0; i < 5; i++) {
        int64_t before_us = read_us(CLOCK_MONOTONIC);
        int64_t real_us = read_us(CLOCK_REALTIME);
        int64_t took_us = read_us(CLOCK_MONOTONIC) - before_us;
        if (took_us < best_us) {
            best_us = took_us;
            offset_us = real_us - before_us - took_us / 2;
        }
    }
    return offset_us - 1; /* load_clock_us() is one ahead */
}

uint64_t load_clock_thread_us(void)
{
    return (uint64_t)read_us(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t load_clock_waited_us(void)
{
    unsigned long long ran_ns, waited_ns = 0;
    FILE *file = fopen("/proc/thread-self/schedstat", "re");
    if (!file)
        return 0;
    if (fscanf(file, "%llu %llu", &ran_ns, &waited_ns) != 2)
        waited_ns = 0;
    fclose(file);
    return waited_ns / 1000;
}

void load_clock_process_us(uint64_t *user_us, uint64_t *system_us)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    *user_us = (uint64_t)usage.ru_utime.tv_sec * 1000000u + (uint64_t)usage.ru_utime.tv_usec;
    *system_us = (uint64_t)usage.ru_stime.tv_sec * 1000000u + (uint64_t)usage.ru_stime.tv_usec;
}
