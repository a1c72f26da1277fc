/* Starts the children, starts again what dies, ends all of them. Reads nothing from the network.
 *
 * On SIGUSR2 it becomes the binary that lies at its path then (upgrade.h). That one ends the former
 * control, which a new one follows at once, and starts a worker of its own release beside each that
 * it found: those keep their rooms, get no new ones, and control ends them when they are empty. A
 * worker whose predecessor is still there waits with that until it is gone. */
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
