/* What a supervisor leaves to the binary that it becomes in an upgrade: which descriptors are what,
 * and which children there are. Everything else is made anew, from the configuration as it is then.
 *
 * It crosses releases: whoever changes struct handover, or what a child is told by signals, raises
 * HANDOVER_VERSION, and upgrades from before are refused (upgrade.h). */
#ifndef PARLEY_CLI_HANDOVER_H
#define PARLEY_CLI_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/setup.h"

#define HANDOVER_VERSION 1u

struct handover_process {
    int32_t pid;     /* 0: does not run */
    int32_t gift_fd; /* the supervisor's end; -1: none */
};

struct handover_slot {
    struct handover_process process;
    uint32_t generation; /* 0: nobody is in this slot */
    uint32_t leaving;    /* takes no new rooms, is not started again */
    int32_t udp_fd, tcp_fd;
};

struct handover {
    uint32_t version;
    uint32_t size;
    uint32_t generation; /* of the newest workers */
    uint32_t worker_count;
    uint32_t http_port, tls_port, udp_port, tcp_port; /* as they are bound */
    uint32_t turn_port, turn_tls_port;                /* 0: no coturn of ours */
    uint32_t draining;
    int32_t operator_fd; /* -1: none */
    uint32_t http_fd_count, https_fd_count;
    int32_t http_fds[CONTROL_MAX_LISTENERS];
    int32_t https_fds[CONTROL_MAX_LISTENERS];
    struct handover_process control, turn;
    struct handover_slot slots[CONTROL_MAX_SLOTS];
    char program[PATH_MAX];
};

/* Fills in all but the processes, the slots' and the others'. */
void handover_of(const struct setup *setup, struct handover *out);
/* As a memfd (close-on-exec) for handover_read(), or -1 with errno. */
int handover_write(const struct handover *handover) __attribute__((warn_unused_result));
/* From such a descriptor, which is closed. false: it is none of ours. */
bool handover_read(int fd, struct handover *out) __attribute__((warn_unused_result));
/* Before the last exec: what is named stays open across it. */
void handover_keep(const struct handover *handover);
/* Puts descriptors and ports where the setup's steps look for them, and sets setup->handover. What
 * is bound stays: a port that the configuration has changed since is said in the log. */
void handover_apply(const struct handover *handover, struct setup *setup);

#endif
