/* What is prepared once at start, before any child runs: directories, secrets, certificates, own
 * addresses, listening sockets, coturn's configuration. Each step says in one line what is wrong,
 * where, and what to do. */
#ifndef PARLEY_CLI_SETUP_H
#define PARLEY_CLI_SETUP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/config.h"
#include "control/control.h"
#include "engine/engine.h"
#include "worker/pipes.h"

#define SETUP_PEM_BYTES 4096u
#define SETUP_ADDRESSES                                                                            \
    5u /* own ones that are offered; candidates have to fit LIMIT_CANDIDATES                       \
        */

/* What a failed step leaves behind. */
struct setup_error {
    char text[1024];
};

/* Who children run as. */
struct setup_identity {
    bool drop; /* false: stay who we are */
    uid_t uid;
    gid_t gid;
    char name[CONFIG_TEXT_BYTES];
};

struct setup {
    struct config config;            /* paths absolute */
    char config_path[PATH_MAX];      /* "": none */
    char program[PATH_MAX];          /* our binary, as it was started: what an upgrade executes */
    const struct handover *handover; /* borrowed; NULL: nobody was here before us (handover.h) */
    char web_root[PATH_MAX];         /* "": none found */
    uint8_t secret[CONTROL_SECRET_BYTES];
    struct setup_identity identity;      /* of media workers */
    struct setup_identity file_identity; /* of control and coturn, which read data_dir */

    /* HTTPS and TURN over TLS: copies in data_dir/run that file_identity can read */
    char certificate_path[PATH_MAX];
    char key_path[PATH_MAX];
    bool self_signed;

    /* the DTLS identity: made at each start, never on disk */
    char dtls_certificate[SETUP_PEM_BYTES];
    char dtls_key[SETUP_PEM_BYTES];

    struct net_address addresses[SETUP_ADDRESSES]; /* own, not loopback */
    size_t address_count;

    size_t worker_count;
    /* by slot; -1: not open, or no ICE-TCP. The slots above worker_count are opened when an upgrade
     * needs them. */
    int udp_fds[CONTROL_MAX_SLOTS];
    int tcp_fds[CONTROL_MAX_SLOTS];
    int ring_fds[PIPES_MAX_WORKERS][PIPES_MAX_WORKERS]; /* positions from, to; -1: none (rings.h) */
    int wake_fds[PIPES_MAX_WORKERS];
    int operator_fd; /* ipc/operator.h, listening; -1: there is none */
    int http_fds[CONTROL_MAX_LISTENERS];
    size_t http_fd_count;
    int https_fds[CONTROL_MAX_LISTENERS];
    size_t https_fd_count;

    bool turn_managed;
    char turn_program[PATH_MAX];
    char turn_config_path[PATH_MAX];
    struct control_turn turn;
};

/* Fails through error: 0 or -1. printf-like. */
int setup_fail(struct setup_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3), warn_unused_result));
/* Defaults, then the file (NULL: none), then the environment; checked. 0, or -1 with one line. */
int setup_config(const char *path, struct config *config, char error[static CONFIG_ERROR_BYTES])
    __attribute__((warn_unused_result));
/* media.workers, or one per core that we may use: a container's share counts, not the machine's. */
size_t setup_count_workers(const struct config *config);
/* 0 or -1: the joined path does not fit. */
int setup_path(char out[static PATH_MAX], const char *directory, const char *name,
               struct setup_error *error) __attribute__((warn_unused_result));

#endif
