/* An upgrade under running calls: the supervisor looks whether the binary that lies at its path now
 * works and fits, and executes it in its own place. The process id, the listening sockets and the
 * children stay; see handover.h for what is passed on, supervisor.c for what then becomes of the
 * children. */
#ifndef PARLEY_CLI_UPGRADE_H
#define PARLEY_CLI_UPGRADE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cli/handover.h"
#include "cli/setup.h"

/* The path by which we were started, absolute, symbolic links in it left as they are: what lies
 * there later is the new release. False: it cannot be told. */
bool upgrade_find_program(char out[static PATH_MAX]);

/* The line that `parley serve --check` prints last: release and interfaces. */
void upgrade_print_self(void);

/* A run of `serve --check` by the new binary. */
struct upgrade_check {
    pid_t pid; /* 0: none runs */
    int output_fd;
    char release[32]; /* after upgrade_check_end() */
};

/* Starts it, with what it would be handed over: it goes through all steps of a start that do not
 * touch what runs. 0, or -1 (said in the log). */
int upgrade_check_begin(struct upgrade_check *check, const struct setup *setup,
                        const struct handover *handover) __attribute__((warn_unused_result));
/* It has ended with this status (waitpid). 0: it works and fits; -1: refused, said in the log. */
int upgrade_check_end(struct upgrade_check *check, int status) __attribute__((warn_unused_result));

/* Becomes the new binary. Returns only if that fails; said in the log. */
void upgrade_execute(const struct setup *setup, const struct handover *handover);

#endif
