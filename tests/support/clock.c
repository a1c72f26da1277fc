#include "support/clock.h"

#include <sys/time.h>

uint64_t clock_now_us = UINT64_C(1700000000000000);

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    (void)zone;
    now->tv_sec = (time_t)(clock_now_us / 1000000);
    now->tv_usec = (suseconds_t)(clock_now_us % 1000000);
    return 0;
}
