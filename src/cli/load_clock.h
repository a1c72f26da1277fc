/* Clocks and what the kernel says about the generator's own work. */
#ifndef PARLEY_CLI_LOAD_CLOCK_H
#define PARLEY_CLI_LOAD_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC, never 0. */
uint64_t load_clock_us(void);
/* CLOCK_REALTIME minus CLOCK_MONOTONIC. */
int64_t load_clock_offset_us(void);
/* CPU time of the calling thread. */
uint64_t load_clock_thread_us(void);
/* Since it started the calling thread was ready to run for so long and had no CPU. 0: not known. */
uint64_t load_clock_waited_us(void);
/* CPU time of all threads of this process, of both kinds. */
void load_clock_process_us(uint64_t *user_us, uint64_t *system_us);

#endif
