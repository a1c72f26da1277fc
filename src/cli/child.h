/* Child processes of our own binary: started by the supervisor with everything they need in one
 * struct, passed as the contents of a memfd, and descriptors by number. */
#ifndef PARLEY_CLI_CHILD_H
#define PARLEY_CLI_CHILD_H

#include "cli/setup.h"

enum child_role { CHILD_CONTROL, CHILD_MEDIA };

struct child_start {
    uint32_t size; /* sizeof(struct child_start): the same binary on both ends */
    enum child_role role;
    pid_t supervisor;
    struct setup_identity identity;
    int supervisor_fd;
    struct config config;
    char config_path[PATH_MAX];
    /* control */
    int worker_fds[CONTROL_MAX_SLOTS];
    uint32_t worker_generations[CONTROL_MAX_SLOTS];
    size_t worker_count;
    int operator_fd;
    bool draining;
    int http_fds[CONTROL_MAX_LISTENERS];
    size_t http_fd_count;
    int https_fds[CONTROL_MAX_LISTENERS];
    size_t https_fd_count;
    char certificate_path[PATH_MAX];
    char key_path[PATH_MAX];
    char web_root[PATH_MAX];
    uint8_t secret[CONTROL_SECRET_BYTES];
    struct control_turn turn;
    /* media */
    uint32_t slot, position;
    int control_fd, udp_fd, tcp_fd;
    struct pipe_fds pipes;
    int xdp_fd;
    char dtls_certificate[SETUP_PEM_BYTES];
    char dtls_key[SETUP_PEM_BYTES];
    struct engine_candidate candidates[LIMIT_CANDIDATES];
    size_t candidate_count;
};

/* Starts /proc/self/exe with the descriptors named in start (others are close-on-exec). Returns the
 * pid, or -1 with errno. */
pid_t child_spawn(const struct child_start *start);
/* Starts coturn as the setup says; its output goes nowhere unless log.level is debug. */
pid_t child_spawn_turn(const struct setup *setup);

/* Starts another binary of ours, a new release perhaps, that is to print something and end.
 * arguments: as for exec, the first is also its path; what it prints goes to output_fd, and it gets
 * kept_fd. Returns the pid, or -1 with errno. */
pid_t child_spawn_check(const char *const *arguments, int kept_fd, int output_fd);

/* The other side, after exec: reads the struct from the memfd, drops privileges, runs. Returns the
 * exit code. */
int child_main(const char *memfd_number);

#endif
