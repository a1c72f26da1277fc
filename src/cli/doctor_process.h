/* Other processes, as `parley doctor` looks at them. */
#ifndef PARLEY_CLI_DOCTOR_PROCESS_H
#define PARLEY_CLI_DOCTOR_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many files the process that listens on this TCP port may open. False: it was not found, or it
 * is somebody else's and we are not root. */
bool doctor_process_files(unsigned port, uint64_t *out);
/* What a program prints on standard output, given one argument; NUL-terminated, cut to size. False:
 * nothing within the time; it is killed then. */
bool doctor_process_output(const char *program, const char *argument, uint64_t timeout_us,
                           char *out, size_t size);

#endif
