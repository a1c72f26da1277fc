/* What the kernel counts of this process, under the names that Prometheus' client libraries use. */
#ifndef PARLEY_CONTROL_PROCESS_H
#define PARLEY_CONTROL_PROCESS_H

#include <stdint.h>

struct process_figures {
    uint64_t cpu_us;
    uint64_t resident_bytes;
    uint64_t open_files, max_files;
};

/* Once, before confine_control(). */
void process_open(void);
/* What cannot be read is 0. */
void process_look(struct process_figures *out);

#endif
