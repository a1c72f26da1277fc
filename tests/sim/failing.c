#include "sim/failing.h"

#include <execinfo.h>
#include <string.h>

static struct {
    enum failing_whose whose;
    uint64_t nth, seen;
    bool armed, inside, happened;
    void *frames[FAILING_FRAMES];
    int frame_count;
} failing;

void failing_arm(enum failing_whose whose, uint64_t nth)
{
    failing.whose = whose;
    failing.nth = nth;
    failing.seen = 0;
    failing.happened = false;
    failing.frame_count = 0;
    failing.armed = true;
}

void failing_disarm(void)
{
    failing.armed = false;
}

void failing_enter(void)
{
    failing.inside = true;
}

void failing_leave(void)
{
    failing.inside = false;
}

bool failing_hits(enum failing_whose whose)
{
    if (!failing.armed || !failing.inside || whose != failing.whose ||
        ++failing.seen != failing.nth)
        return false;
    failing.happened = true;
    failing.frame_count = backtrace(failing.frames, FAILING_FRAMES);
    return true;
}

uint64_t failing_seen(void)
{
    return failing.seen;
}

bool failing_happened(void)
{
    return failing.happened;
}

int failing_where(void *frames[FAILING_FRAMES])
{
    memcpy(frames, failing.frames, sizeof(failing.frames));
    return failing.frame_count;
}
