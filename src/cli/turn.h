/* coturn: whether to run it, its configuration, and the URLs that clients get. */
#ifndef PARLEY_CLI_TURN_H
#define PARLEY_CLI_TURN_H

#include "cli/setup.h"

/* Decides, and writes data_dir/run/turnserver.conf when it is ours to run. After addresses,
 * secret and certificate are there. */
int turn_prepare(struct setup *setup, struct setup_error *error)
    __attribute__((warn_unused_result));

/* Where turnserver is: on PATH, or where packages put it. False: nowhere. */
bool turn_find_program(char out[static PATH_MAX]);

#endif
