/* Gives up what control does not need. */
#ifndef PARLEY_CONTROL_CONFINE_H
#define PARLEY_CONTROL_CONFINE_H

struct control_start;

/* From here on only these files can be reached: the data directory, the page, and, for SIGHUP, the
 * directories of the configuration and of the certificate. No process can be started, no socket be
 * made but by accepting one. NULL, or what this kernel lacks (the caller decides). */
const char *confine_control(const struct control_start *start) __attribute__((warn_unused_result));

#endif
