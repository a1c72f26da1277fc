/* The control process: start, the event loop, signals, stop. */
#include "control/control.h"

#include <errno.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "config/log_sink.h"
#include "control/announce.h"
#include "control/callers.h"
#include "control/confine.h"
#include "control/drain.h"
#include "control/encode.h"
#include "control/entry.h"
#include "control/http.h"
#include "control/json_memory.h"
#include "control/loop.h"
#include "control/process.h"
#include "control/rooms.h"
#include "control/server.h"
#include "control/sfu.h"
#include "control/signalling.h"
#include "control/socket.h"
#include "control/tls.h"
#include "control/watch.h"
#include "control/workers.h"

#define TICK_US      (ANNOUNCE_TICK_MS * LWS_US_PER_MS)
#define BUSY_TICKS   10u   /* a second */
#define EXPIRE_TICKS 600u  /* rooms are looked through once a minute */
#define STOP_MS      2000u /* for the last messages to leave */
#define YIELD_MS     500u  /* likewise, when somebody waits to take over */
#define ADDRESSES    2048u /* remembered by the limits */
#define EXIT_SETUP   2

struct control {
    struct server server;
    struct watch signals;
    struct watch listeners[2 * CONTROL_MAX_LISTENERS];
    struct ev_loop *loop; /* owned */
    struct drain *drain;  /* owned */
    int signal_fd;
    lws_sorted_usec_list_t timer;
    uint32_t ticks;
    bool listening;
    uint64_t stop_at_ms; /* 0: not stopping */
    struct lws_protocols protocols[4];
    lws_retry_bo_t idle;
};

/* ---- listening ------------------------------------------------------------------------------- */

/* libwebsockets does this for what it accepts itself. Headers and body go out in two writes: with
 * Nagle's algorithm the second would wait for the first one's (delayed) acknowledgement, 40 ms. */
static void send_at_once(int connection)
{
    int on = 1;
    if (setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
        log_write(LOG_DEBUG, "control", "event=nodelay_not_set error=%d", errno);
}

static void on_connection(struct watch *watch)
{
    struct lws_vhost *vhost = watch->context;
    int fd = watch->wsi != NULL ? lws_get_socket_fd(watch->wsi) : -1;
    if (fd < 0)
        return;
    /* A bounded number, so that a flood of connections does not starve those that are open. */
    for (int i = 0; i < 16; i++) {
        int connection = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (connection < 0) {
            if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
                COUNT_CONTROL(watch->server, accept_failed);
            return;
        }
        send_at_once(connection);
        struct lws *wsi = lws_adopt_socket_vhost(vhost, connection); /* NULL: closed */
        if (wsi == NULL || callers_add(watch->server, wsi) != 0)
            COUNT_CONTROL(watch->server, accept_failed);
    }
}

static int listen_on(struct control *control, const int *fds, size_t count, struct watch *watches,
                     struct lws_vhost *vhost)
{
    for (size_t i = 0; i < count; i++) {
        watches[i] =
            (struct watch){.readable = on_connection, .server = &control->server, .context = vhost};
        if (fcntl(fds[i], F_SETFL, O_NONBLOCK) != 0 || watch_open(&watches[i], fds[i]) != 0)
            return -1;
    }
    return 0;
}

static void start_listening(struct control *control)
{
    const struct control_start *start = control->server.start;
    int err = listen_on(control, start->http_fds, start->http_fd_count, control->listeners,
                        control->server.plain);
    if (err == 0 && control->server.secure != NULL)
        err = listen_on(control, start->https_fds, start->https_fd_count,
                        control->listeners + CONTROL_MAX_LISTENERS, control->server.secure);
    if (err != 0)
        log_write(LOG_ERROR, "control", "event=listen_failed");
    control->listening = true;
    log_write(LOG_INFO, "control", "event=listening");
    /* The supervisor prints the URL now. */
    if (start->supervisor_fd >= 0 &&
        send(start->supervisor_fd, "R", 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
        log_write(LOG_WARN, "control", "event=ready_not_told");
}

static void stop_listening(struct control *control)
{
    for (size_t i = 0; i < 2 * CONTROL_MAX_LISTENERS; i++)
        watch_close(&control->listeners[i]);
}

/* ---- signals --------------------------------------------------------------------------------- */

static void begin_stop(struct control *control, enum socket_close code)
{
    struct server *server = &control->server;
    if (control->stop_at_ms != 0)
        return;
    server->stopping = true;
    control->stop_at_ms = server_now_ms() + (code == SOCKET_UPGRADING ? YIELD_MS : STOP_MS);
    log_write(LOG_INFO, "control", "event=stopping sockets=%u", server->socket_count);
    stop_listening(control);
    LIST_EACH(&server->sockets, node)
    {
        struct socket *socket = LIST_ELEMENT(node, struct socket, in_server);
        if (code == SOCKET_STOPPING)
            socket_send(socket, encode_closing("shutdown"));
        socket_close(socket, code);
    }
}

static void reload_log_level(struct control *control)
{
    const char *path = control->server.start->config_path;
    struct config *fresh = malloc(sizeof *fresh);
    char error[CONFIG_ERROR_BYTES];
    if (path == NULL || fresh == NULL) {
        free(fresh);
        return;
    }
    *fresh = *control->server.config;
    if (config_load_file(fresh, path, error) != 0) {
        log_write(LOG_ERROR, "control", "event=configuration_not_read reason=\"%s\"", error);
    } else {
        log_set_level((enum log_level)fresh->log.level);
        workers_set_log_level(control->server.workers, fresh->log.level);
    }
    free(fresh);
}

static void reload(struct control *control)
{
    const struct control_start *start = control->server.start;
    log_write(LOG_INFO, "control", "event=reload");
    reload_log_level(control);
    void *ssl_ctx = control->server.ssl_ctx;
    if (ssl_ctx != NULL && tls_reload(ssl_ctx, start->certificate_path, start->key_path) != 0)
        log_write(LOG_WARN, "control", "event=reload_incomplete");
}

static void on_signal(struct watch *watch)
{
    struct control *control = watch->context;
    struct signalfd_siginfo caught;
    while (read(control->signal_fd, &caught, sizeof caught) == (ssize_t)sizeof caught) {
        if (caught.ssi_signo == SIGHUP)
            reload(control);
        else
            begin_stop(control, caught.ssi_signo == SIGUSR2 ? SOCKET_UPGRADING : SOCKET_STOPPING);
    }
}

static int watch_signals(struct control *control)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR2);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    control->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    control->signals =
        (struct watch){.readable = on_signal, .server = &control->server, .context = control};
    return control->signal_fd < 0 ? -1 : watch_open(&control->signals, control->signal_fd);
}

/* ---- time ------------------------------------------------------------------------------------ */

/* Workers answer when they have time; what has been there of counters is older by a second. */
static void look_who_is_busy(struct server *server, uint64_t now_ms)
{
    struct process_figures process;
    process_look(&process);
    busy_note(&server->busy, process.cpu_us, now_ms);
    workers_ask_counters(server->workers);
}

static void on_tick(lws_sorted_usec_list_t *timer)
{
    struct control *control = lws_container_of(timer, struct control, timer);
    struct server *server = &control->server;
    uint64_t now_ms = server_now_ms();
    if (!control->listening && !server->stopping && workers_settled(server->workers, now_ms))
        start_listening(control);
    rooms_tick(server, now_ms);
    workers_tick(server->workers, now_ms);
    drain_tick(control->drain);
    if (control->ticks % BUSY_TICKS == 0)
        look_who_is_busy(server, now_ms);
    if (control->ticks++ % EXPIRE_TICKS == 0) {
        rooms_expire(server);
        store_tidy(server->store, server->member_count == 0);
    }
    lws_sul_schedule(server->lws, 0, &control->timer, on_tick, TICK_US);
}

/* ---- libwebsockets --------------------------------------------------------------------------- */

static void on_lws_log(int level, const char *line)
{
    (void)level;
    log_write(LOG_DEBUG, "lws", "event=lws text=\"%.*s\"", (int)strcspn(line, "\n"), line);
}

static struct lws_context *make_context(struct control *control)
{
    struct lws_context_creation_info wanted = {
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .user = &control->server,
        .max_http_header_pool = CONTROL_MAX_CALLERS + 16u, /* made when needed */
        .max_http_header_data = 4096,
        .timeout_secs = 10,
    };
    return loop_context(control->loop, &wanted,
                        control->server.config->limits.sockets + CONTROL_FILES_BESIDE);
}

static void fill_vhost(struct control *control, struct lws_context_creation_info *wanted)
{
    control->protocols[0] = http_protocol();
    control->protocols[1] = socket_protocol();
    control->protocols[2] = watch_protocol();
    control->protocols[3] = (struct lws_protocols){0};
    /* Networks drop idle connections after 30 s at the earliest; a dead peer is noticed in 35 s. */
    control->idle.secs_since_valid_ping = 20;
    control->idle.secs_since_valid_hangup = 35;
    wanted->port = CONTEXT_PORT_NO_LISTEN_SERVER;
    wanted->protocols = control->protocols;
    wanted->retry_and_idle_policy = &control->idle;
    wanted->keepalive_timeout = 30;
    wanted->timeout_secs = 10;
}

static struct lws_vhost *make_plain_vhost(struct control *control)
{
    struct lws_context_creation_info wanted = {.vhost_name = "plain"};
    fill_vhost(control, &wanted);
    return lws_create_vhost(control->server.lws, &wanted);
}

static struct lws_vhost *make_secure_vhost(struct control *control)
{
    const struct control_start *start = control->server.start;
    struct lws_context_creation_info wanted = {
        .vhost_name = "secure",
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .ssl_cert_filepath = start->certificate_path,
        .ssl_private_key_filepath = start->key_path,
        .alpn = "http/1.1", /* WebSocket over HTTP/2 (RFC 8441) brings nothing here */
    };
    fill_vhost(control, &wanted);
    return lws_create_vhost(control->server.lws, &wanted);
}

/* ---- start and stop -------------------------------------------------------------------------- */

static int fail_setup(const char *what, const char *why)
{
    fprintf(stderr, "parley: control: %s: %s\n", what, why);
    return EXIT_SETUP;
}

static int open_store(struct control *control)
{
    struct server *server = &control->server;
    char path[CONFIG_TEXT_BYTES + 16];
    char reason[STORE_REASON_BYTES];
    char line[STORE_REASON_BYTES + CONFIG_TEXT_BYTES + 64];
    snprintf(path, sizeof path, "%s/parley.db", server->config->general.data_dir);
    if (store_open(path, &server->store, reason) == 0)
        return 0;
    snprintf(line, sizeof line, "%s (is it writable, and not in use by another program?)", reason);
    return fail_setup(path, line);
}

/* Token and other keys are separate, though all come from one secret. */
static int derive_key(const struct control_start *start, const char *label, uint8_t *out)
{
    return HMAC(EVP_sha256(), start->secret, CONTROL_SECRET_BYTES, (const unsigned char *)label,
                strlen(label), out, NULL) != NULL
               ? 0
               : -1;
}

static uint32_t smaller(uint32_t a, uint64_t b)
{
    return a < b ? a : (uint32_t)b;
}

/* Where the process may open few files, connections get what there is. With none left a listener
 * could not even refuse: what waits at it would wake the loop for ever. */
static void share_files(struct server *server)
{
    const uint32_t wanted = server->config->limits.sockets;
    struct process_figures process;
    process_look(&process);
    const uint64_t quarter = process.max_files / 4;
    server->most_callers = smaller(CONTROL_MAX_CALLERS, quarter);
    server->most_sockets = smaller(wanted, process.max_files - smaller(CONTROL_OWN_FILES, quarter) -
                                               server->most_callers);
    if (server->most_sockets < wanted)
        log_write(LOG_WARN, "control", "event=few_files limit=%llu sockets=%u",
                  (unsigned long long)process.max_files, server->most_sockets);
}

static int init_server(struct server *server)
{
    const struct config_limits *config = &server->config->limits;
    const struct limits_rate rates[LIMITS_KINDS] = {
        [LIMITS_ROOMS] = {config->rooms_per_minute},
        [LIMITS_JOINS] = {config->joins_per_minute},
        [LIMITS_TIMELINES] = {config->timelines_per_minute},
        [LIMITS_PASSWORDS] = {config->passwords_per_minute},
    };
    uint64_t seed = server_random_id();
    list_init(&server->sockets);
    list_init(&server->callers);
    list_init(&server->questions);
    share_files(server);
    server->started_ms = server_now_ms();
    bucket_init(&server->hashing, ENTRY_HASHING_MS_SAVED, server->started_ms);
    server->limits = limits_new(ADDRESSES, rates, config->sockets_per_address, seed);
    if (server->limits == NULL || map_init(&server->rooms, SERVER_MAX_ROOMS, seed) != 0 ||
        derive_key(server->start, "parley join token", server->token_key) != 0)
        return fail_setup("start", "out of memory");
    return 0;
}

static int set_up(struct control *control)
{
    struct server *server = &control->server;
    const struct control_start *start = server->start;
    int err = init_server(server);
    if (err == 0)
        err = open_store(control);
    if (err != 0)
        return err;
    lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
    control->loop = loop_new();
    server->lws = control->loop != NULL ? make_context(control) : NULL;
    if (server->lws == NULL)
        return fail_setup("libwebsockets",
                          "could not be started (is libwebsockets-evlib-ev installed?)");
    server->plain = make_plain_vhost(control);
    if (server->plain == NULL)
        return fail_setup("libwebsockets", "could not be started");
    if (start->https_fd_count > 0) {
        server->secure = make_secure_vhost(control);
        if (server->secure == NULL)
            return fail_setup(start->certificate_path, "certificate or key cannot be read, or do "
                                                       "not belong together");
    }
    control->drain = drain_new(server);
    if (control->drain == NULL || watch_signals(control) != 0 || workers_new(server) == NULL)
        return fail_setup("start", strerror(errno));
    return 0;
}

static void run_loop(struct control *control)
{
    struct server *server = &control->server;
    lws_sul_schedule(server->lws, 0, &control->timer, on_tick, 1);
    for (;;) {
        loop_turn(control->loop, TICK_US);
        if (server->stopping && control->stop_at_ms == 0)
            begin_stop(control, SOCKET_STOPPING);
        if (control->stop_at_ms == 0)
            continue;
        if (server->socket_count == 0 || server_now_ms() >= control->stop_at_ms)
            break;
    }
}

/* Frees what is left of rooms without telling anyone: the workers keep them for the next control.
 */
static void free_rooms(struct server *server)
{
    uint32_t cursor = 0;
    uint64_t key, value;
    while (map_next(&server->rooms, &cursor, &key, &value)) {
        struct room *room = (struct room *)(uintptr_t)value;
        struct list_node *node;
        while ((node = list_pop_front(&room->members)) != NULL)
            member_free(LIST_ELEMENT(node, struct member, in_room));
        sfu_forget_all_scores(room);
        free(room);
    }
    map_fini(&server->rooms);
}

static void tear_down(struct control *control)
{
    struct server *server = &control->server;
    if (server->lws != NULL) {
        lws_sul_cancel(&control->timer);
        stop_listening(control);
        watch_close(&control->signals);
        drain_free(control->drain);
        if (server->workers != NULL)
            workers_unwatch(server->workers);
        /* Sockets that are left say goodbye to their members, who look for the workers. */
        lws_context_destroy(server->lws);
        workers_free(server->workers);
    }
    loop_free(control->loop);
    free_rooms(server);
    store_close(server->store);
    limits_free(server->limits);
    if (control->signal_fd >= 0)
        close(control->signal_fd);
}

static void confine(const struct control_start *start)
{
    process_open();
    const char *lacks = confine_control(start);
    if (lacks != NULL)
        log_write(LOG_WARN, "control", "event=no_sandbox problem=\"no %s\"", lacks);
}

int control_main(const struct control_start *start)
{
    struct control *control = calloc(1, sizeof *control);
    if (control == NULL)
        return fail_setup("start", "out of memory");
    json_memory_install();
    control->signal_fd = -1;
    control->server.start = start;
    control->server.config = start->config;
    int err = set_up(control);
    if (err == 0) {
        confine(start);
        run_loop(control);
    }
    tear_down(control);
    free(control);
    return err;
}
