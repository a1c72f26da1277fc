/* How much of a processor a process takes, by what it has taken at two times. Pure. */
#ifndef PARLEY_CONTROL_BUSY_H
#define PARLEY_CONTROL_BUSY_H

#include <stdint.h>

#define BUSY_WHOLE 1000u /* all of one processor */

struct busy {
    uint64_t cpu_us, at_ms; /* when it was looked at last; 0: never */
    uint32_t permille;      /* of one processor, over the last few seconds */
};

/* Its processor time up to now, which begins anew with the process. More often than twice a second
 * is not looked at. */
void busy_note(struct busy *busy, uint64_t cpu_us, uint64_t now_ms);

#endif
