/* parley serve --drain: says to the server that runs with this configuration that it is to take no
 * new rooms, and prints what is left until nothing is. */
#ifndef PARLEY_CLI_DRAIN_COMMAND_H
#define PARLEY_CLI_DRAIN_COMMAND_H

#include <stdbool.h>

#include "config/config.h"

/* drain false: it is to take new rooms again. 0: nobody is there any more (or rooms are taken); 1:
 * the server went away meanwhile; 2: there is none. Ended by Ctrl-C, the server goes on draining.
 */
int drain_command(const struct config *config, bool drain);

#endif
