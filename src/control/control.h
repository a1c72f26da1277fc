/* The control process: HTTP, WebSocket, rooms, members, tokens, store, metrics. It never sees an
 * RTP packet and never includes the engine; it talks to the media workers by ipc/ipc.h alone.
 *
 * The supervisor starts it with everything opened (it may have no rights to open it itself), so a
 * new control takes over the same listening sockets when the former one died. Signals:
 *   SIGUSR2  a new release takes over: close all WebSockets with 1012, return 0 within a second
 *   SIGTERM  tell clients (`closing`), close, return 0 within 3 s
 *   SIGHUP   read certificate and key again (the supervisor has put fresh copies where the paths
 *            point), and log.level from the configuration file, for itself and, by
 *            IPC_LOG_LEVEL, for the workers */
#ifndef PARLEY_CONTROL_CONTROL_H
#define PARLEY_CONTROL_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

#define CONTROL_MAX_WORKERS 64u
/* A worker runs in a slot, which has ports of its own. Its position is its slot modulo the number
 * of workers: each position has two slots, so that after an upgrade the old worker and its
 * successor run beside each other. Of the two, the one of the lower generation takes no new rooms.
 */
#define CONTROL_MAX_SLOTS     (2u * CONTROL_MAX_WORKERS)
#define CONTROL_MAX_LISTENERS 16u
#define CONTROL_MAX_CALLERS   1000u /* HTTP connections (callers.h) */
/* Listeners and workers' channels twice, store, … */
#define CONTROL_OWN_FILES (4u * CONTROL_MAX_LISTENERS + 2u * CONTROL_MAX_SLOTS + 128u)
/* Descriptors besides those of WebSockets. */
#define CONTROL_FILES_BESIDE (CONTROL_MAX_CALLERS + CONTROL_OWN_FILES)
#define CONTROL_SECRET_BYTES 32u

/* How clients reach STUN and TURN. */
struct control_turn {
    /* "turn:{host}:3478?transport=udp": control puts the host of http.public_url, else of the
     * request's Host header, in the place of {host} (IPv6 in brackets). */
    struct config_list urls;        /* empty: no STUN, no TURN */
    char secret[CONFIG_TEXT_BYTES]; /* HMAC key (coturn's use-auth-secret); "": STUN only */
    uint32_t credential_ttl_s;
};

/* Everything is borrowed until control_main returns; the fds become control's own. */
struct control_start {
    const struct config *config; /* checked; paths are absolute */
    const char *config_path;     /* NULL: none; on SIGHUP only log.level is taken from it */
    /* ipc_gift_receive(): a worker's new channel; -1: the supervisor is gone, stop. Control sends
     * one byte ('R') on it once it serves; then the supervisor prints the URL. */
    int supervisor_fd;
    int worker_fds[CONTROL_MAX_SLOTS]; /* SOCK_SEQPACKET, for ipc_channel_new(); -1: comes
                                        * as a gift */
    uint32_t worker_generations[CONTROL_MAX_SLOTS]; /* 0: nobody is in this slot */
    size_t worker_count;                            /* half as many as slots */
    /* ipc/operator.h, listening; -1: none. Control sends 'D' or 'U' on supervisor_fd when draining
     * begins or ends. */
    int operator_fd;
    bool draining;
    int http_fds[CONTROL_MAX_LISTENERS]; /* listening, non-blocking; accept() and hand to lws */
    size_t http_fd_count;
    int https_fds[CONTROL_MAX_LISTENERS];
    size_t https_fd_count;
    const char *certificate_path; /* for https: configured or self-signed; readable */
    const char *key_path;
    const char *web_root;                 /* holds index.html; "": there is none (tests) */
    uint8_t secret[CONTROL_SECRET_BYTES]; /* derive keys from it (tokens, session secrets); the
                                           * same at each start */
    struct control_turn turn;
};

/* Runs until SIGTERM. 0: stopped as asked; else an exit code (2: said on stderr what is wrong, a
 * restart will not help). */
int control_main(const struct control_start *start);

#endif
