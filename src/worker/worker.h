/* The media process: the system calls around one engine. One thread, one epoll; it parses hostile
 * input and so has no file system, no privileges, and no sockets but the ones given here. */
#ifndef PARLEY_WORKER_WORKER_H
#define PARLEY_WORKER_WORKER_H

#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "worker/pipes.h"

struct worker_start {
    uint32_t index; /* its position among the workers that may share rooms */
    /* fds; the worker's own from now on */
    int supervisor_fd; /* ipc_gift_receive(): a new channel to control; -1: stop */
    int control_fd;    /* SOCK_SEQPACKET; -1: comes as a gift */
    int udp_fd;        /* bound, non-blocking; IPv6 dual-stack or IPv4 */
    int tcp_fd;        /* listening, non-blocking; -1: no ICE-TCP */
    struct pipe_fds pipes;
    int xdp_fd; /* socket(AF_XDP); -1: none */
    /* borrowed */
    const char *certificate_pem; /* the DTLS identity, the same for all workers */
    const char *private_key_pem;
    const char *xdp_interface; /* where xdp_fd is to send */
    const struct engine_candidate *candidates;
    size_t candidate_count;
    uint32_t max_participants;
    uint32_t loudest;                 /* see struct engine_config */
    uint32_t connections_per_address; /* ICE-TCP */
};

/* Runs until SIGTERM, IPC_SHUTDOWN or the supervisor's end. 0: stopped as asked; 2: could not
 * start, said on standard error. */
int worker_main(const struct worker_start *start);

#endif
