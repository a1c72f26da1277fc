/* Starts the children, starts again what dies, ends all of them. Reads nothing from the network. */
#ifndef PARLEY_CLI_SUPERVISOR_H
#define PARLEY_CLI_SUPERVISOR_H

#include "cli/setup.h"

/* What the supervisor tells its caller. */
struct supervisor_hooks {
    void (*on_ready)(void *context);  /* control serves, for the first time */
    void (*on_reload)(void *context); /* SIGHUP, before it is passed on */
    void *context;
};

/* Runs until SIGTERM or SIGINT (0), or until a child says at its first start that it cannot work
 * (2). setup->config may change in on_reload. */
int supervisor_run(struct setup *setup, const struct supervisor_hooks *hooks);

#endif
