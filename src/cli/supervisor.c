#include "cli/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/addresses.h"
#include "cli/child.h"
#include "cli/handover.h"
#include "cli/rings.h"
#include "cli/sockets.h"
#include "cli/upgrade.h"
#include "ipc/ipc.h"

#define BACKOFF_FIRST_US 100000u
#define BACKOFF_LAST_US  5000000u
#define STEADY_US        10000000u /* lived so long: the next death is a first one again */
#define CONTROL_STOP_US  3000000u  /* clients are told in this time */
#define OTHERS_STOP_US   1000000u
#define CHECK_US         10000000u /* for a new binary to show that it works */
#define EXIT_USELESS     2

enum kind { KIND_CONTROL, KIND_MEDIA, KIND_TURN };

struct process {
    enum kind kind;
    uint32_t slot;       /* KIND_MEDIA */
    uint32_t generation; /* KIND_MEDIA; 0: nobody is in this slot */
    bool leaving;        /* ends by itself, or as it was told, and not for lack of health */
    pid_t pid;           /* 0: not running */
    int gift_fd;         /* our end; -1: none */
    unsigned deaths;     /* in a row, each soon after its start */
    uint64_t started_us;
    uint64_t start_at_us; /* when to start it (again); UINT64_MAX: never */
    uint64_t kill_at_us;  /* has been told to end, and has until then; UINT64_MAX: has not */
};

#define PROCESS_CONTROL 0u
#define PROCESS_TURN    1u
#define PROCESS_MEDIA   2u /* and those that follow, by slot */

struct supervisor {
    struct setup *setup;                  /* borrowed */
    const struct supervisor_hooks *hooks; /* borrowed */
    struct child_start *start;            /* owned: one, filled anew for each child */
    struct process processes[PROCESS_MEDIA + CONTROL_MAX_SLOTS];
    size_t process_count;
    uint32_t generation; /* of workers that start now: how many upgrades there were, and one */
    struct upgrade_check check;
    uint64_t check_until_us;
    int signal_fd;
    bool ready, stopping;
    bool draining; /* kept for the next control */
    int result;
};

static uint64_t now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000u + (uint64_t)at.tv_nsec / 1000u;
}

static const char *name_of(const struct process *process, char out[static 16])
{
    static const char *const names[] = {"control", "media", "turnserver"};
    if (process->kind == KIND_MEDIA)
        snprintf(out, 16, "media%u", process->slot);
    else
        snprintf(out, 16, "%s", names[process->kind]);
    return out;
}

/* ---- starting -------------------------------------------------------------------------------- */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int make_pair(int pair[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0)
        return 0;
    pair[0] = pair[1] = -1;
    return -1;
}

/* A fresh channel between control and a worker: one end to the one of both that runs; returns the
 * other for the one that is about to start, or -1 if the first does not run (it gets its end when
 * it starts). */
static int connect_to(struct process *process, const struct process *worker)
{
    int pair[2];
    if (process->pid == 0 || make_pair(pair) < 0)
        return -1;
    const struct ipc_gift gift = {worker->slot, worker->generation, pair[0]};
    if (ipc_gift_send(process->gift_fd, &gift) < 0)
        close_fd(&pair[1]);
    close_fd(&pair[0]);
    return pair[1];
}

static size_t slot_count(const struct supervisor *supervisor)
{
    return 2 * supervisor->setup->worker_count;
}

static struct process *in_slot(struct supervisor *supervisor, size_t slot)
{
    return &supervisor->processes[PROCESS_MEDIA + slot];
}

static void fill_workers(struct supervisor *supervisor)
{
    struct child_start *start = supervisor->start;
    start->worker_count = supervisor->setup->worker_count;
    memset(start->worker_fds, -1, sizeof start->worker_fds);
    for (size_t i = 0; i < slot_count(supervisor); i++) {
        struct process *worker = in_slot(supervisor, i);
        start->worker_generations[i] = worker->generation;
        start->worker_fds[i] = connect_to(worker, worker);
    }
}

static void fill_control(struct supervisor *supervisor)
{
    const struct setup *setup = supervisor->setup;
    struct child_start *start = supervisor->start;
    start->role = CHILD_CONTROL;
    start->identity = setup->file_identity;
    fill_workers(supervisor);
    start->operator_fd = setup->operator_fd;
    start->draining = supervisor->draining;
    memcpy(start->http_fds, setup->http_fds, sizeof start->http_fds);
    memcpy(start->https_fds, setup->https_fds, sizeof start->https_fds);
    start->http_fd_count = setup->http_fd_count;
    start->https_fd_count = setup->https_fd_count;
    memcpy(start->certificate_path, setup->certificate_path, sizeof start->certificate_path);
    memcpy(start->key_path, setup->key_path, sizeof start->key_path);
    memcpy(start->web_root, setup->web_root, sizeof start->web_root);
    memcpy(start->secret, setup->secret, sizeof start->secret);
    start->turn = setup->turn;
}

/* A new one for each worker: what is bound stays bound to its former memory. -1: none. */
static int open_xdp(const struct config *config)
{
    if (config->media.xdp_interface[0] == '\0')
        return -1;
    const int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0)
        log_write(LOG_WARN, "supervisor", "event=no_xdp problem=\"%s\" hint=\"start as root\"",
                  strerror(errno));
    return fd;
}

static void fill_media(struct supervisor *supervisor, const struct process *worker)
{
    const struct setup *setup = supervisor->setup;
    struct child_start *start = supervisor->start;
    start->role = CHILD_MEDIA;
    start->identity = setup->identity;
    start->slot = worker->slot;
    start->position = worker->slot % (uint32_t)setup->worker_count;
    start->control_fd = connect_to(&supervisor->processes[PROCESS_CONTROL], worker);
    start->udp_fd = setup->udp_fds[worker->slot];
    start->tcp_fd = setup->tcp_fds[worker->slot];
    rings_of(setup, start->position, &start->pipes);
    start->xdp_fd = open_xdp(&setup->config);
    memcpy(start->dtls_certificate, setup->dtls_certificate, sizeof start->dtls_certificate);
    memcpy(start->dtls_key, setup->dtls_key, sizeof start->dtls_key);
    start->candidate_count = addresses_candidates(setup, worker->slot, start->candidates);
    /* A process that parses strangers' packets has no use for secrets of others. */
    memset(start->config.turn.secret, 0, sizeof start->config.turn.secret);
    memset(start->config.http.api_key, 0, sizeof start->config.http.api_key);
}

static pid_t spawn_own(struct supervisor *supervisor, struct process *process)
{
    struct child_start *start = supervisor->start;
    int gift[2];
    if (make_pair(gift) < 0)
        return -1;
    memset(start, 0, sizeof *start);
    start->size = sizeof *start;
    start->supervisor = getpid();
    start->supervisor_fd = gift[1];
    start->config = supervisor->setup->config;
    memcpy(start->config_path, supervisor->setup->config_path, sizeof start->config_path);
    if (process->kind == KIND_CONTROL)
        fill_control(supervisor);
    else
        fill_media(supervisor, process);
    pid_t pid = child_spawn(start);
    close_fd(&gift[1]);
    for (size_t i = 0; process->kind == KIND_CONTROL && i < CONTROL_MAX_SLOTS; i++)
        close_fd(&start->worker_fds[i]);
    if (process->kind == KIND_MEDIA) {
        close_fd(&start->control_fd);
        close_fd(&start->xdp_fd);
    }
    if (pid < 0)
        close_fd(&gift[0]);
    process->gift_fd = gift[0];
    return pid;
}

static uint64_t backoff_us(unsigned deaths)
{
    if (deaths == 0)
        return 0;
    unsigned doublings = deaths - 1 < 6 ? deaths - 1 : 6;
    uint64_t delay_us = (uint64_t)BACKOFF_FIRST_US << doublings;
    return delay_us < BACKOFF_LAST_US ? delay_us : BACKOFF_LAST_US;
}

static void start_process(struct supervisor *supervisor, struct process *process)
{
    char name[16];
    if (process->kind == KIND_MEDIA)
        process->generation = supervisor->generation;
    pid_t pid = process->kind == KIND_TURN ? child_spawn_turn(supervisor->setup)
                                           : spawn_own(supervisor, process);
    process->started_us = now();
    if (pid < 0) {
        log_write(LOG_ERROR, "supervisor", "event=start_failed process=%s problem=\"%s\"",
                  name_of(process, name), strerror(errno));
        process->start_at_us = now() + backoff_us(++process->deaths);
        return;
    }
    process->pid = pid;
    process->start_at_us = UINT64_MAX;
    log_write(LOG_DEBUG, "supervisor", "event=started process=%s pid=%d", name_of(process, name),
              (int)pid);
}

static void start_due(struct supervisor *supervisor)
{
    uint64_t now_us = now();
    for (size_t i = 0; i < supervisor->process_count; i++) {
        struct process *process = &supervisor->processes[i];
        if (process->pid == 0 && process->start_at_us <= now_us)
            start_process(supervisor, process);
    }
}

static void send_signal(const struct process *process, int signal)
{
    if (process->pid > 0)
        kill(process->pid, signal);
}

/* ---- replacing ------------------------------------------------------------------------------- */

/* Tells a process to end, which it may do for a while. */
static void retire(struct process *process, int how)
{
    if (process->pid == 0)
        return;
    process->leaving = true;
    process->kill_at_us = now() + CONTROL_STOP_US;
    send_signal(process, how);
}

static void kill_late(struct supervisor *supervisor)
{
    uint64_t now_us = now();
    for (size_t i = 0; i < supervisor->process_count; i++) {
        struct process *process = &supervisor->processes[i];
        if (process->pid == 0 || process->kill_at_us > now_us)
            continue;
        send_signal(process, SIGKILL);
        process->kill_at_us = UINT64_MAX;
    }
    if (supervisor->check.pid > 0 && supervisor->check_until_us <= now_us) {
        kill(supervisor->check.pid, SIGKILL);
        supervisor->check_until_us = UINT64_MAX;
    }
}

/* The worker stays for its rooms, and its successor starts in the other slot of the position. */
static void replace_worker(struct supervisor *supervisor, struct process *worker,
                           struct process *other)
{
    struct setup_error error;
    char name[16];
    if (other->generation != 0) {
        log_write(LOG_WARN, "supervisor",
                  "event=upgrade_waits process=%s problem=\"the worker before it still has rooms\"",
                  name_of(worker, name));
        return;
    }
    if (sockets_open_media(supervisor->setup, other->slot, &error) < 0) {
        log_write(LOG_ERROR, "supervisor", "event=upgrade_waits process=%s problem=\"%s\"",
                  name_of(worker, name), error.text);
        return;
    }
    worker->leaving = true;
    other->generation = supervisor->generation;
    other->start_at_us = 0;
    other->deaths = 0;
    log_write(LOG_INFO, "supervisor", "event=leaving process=%s successor=media%u",
              name_of(worker, name), other->slot);
}

/* Whoever is of a former generation, and runs, makes room. One that does not run starts as the new
 * one in its place. */
static void replace_workers(struct supervisor *supervisor)
{
    const size_t count = slot_count(supervisor);
    for (size_t i = 0; i < count; i++) {
        struct process *worker = in_slot(supervisor, i);
        if (worker->pid > 0 && !worker->leaving && worker->generation != supervisor->generation)
            replace_worker(supervisor, worker, in_slot(supervisor, (i + count / 2) % count));
    }
}

/* ---- dying ----------------------------------------------------------------------------------- */

static void log_death(const struct supervisor *supervisor, const struct process *process,
                      int status)
{
    char name[16];
    const char *hint = "";
    if (process->kind == KIND_TURN && process->deaths > 1)
        hint = " hint=\"run turnserver -c data_dir/run/turnserver.conf by hand to see why\"";
    if (supervisor->stopping)
        return;
    log_write(LOG_WARN, "supervisor", "event=died process=%s %s=%d%s", name_of(process, name),
              WIFSIGNALED(status) ? "signal" : "exit_code",
              WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), hint);
}

/* It was to end. A worker's slot is free then, and the position may have waited for that. */
static void on_leave(struct supervisor *supervisor, struct process *process, int status)
{
    char name[16];
    process->leaving = false;
    process->deaths = 0;
    process->start_at_us = process->kind == KIND_CONTROL ? 0 : UINT64_MAX;
    process->generation = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        log_write(LOG_INFO, "supervisor", "event=left process=%s", name_of(process, name));
    else
        log_death(supervisor, process, status);
    if (process->kind == KIND_MEDIA && !supervisor->stopping)
        replace_workers(supervisor);
}

static void on_death(struct supervisor *supervisor, struct process *process, int status)
{
    uint64_t now_us = now();
    bool useless = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_USELESS;
    process->pid = 0;
    process->kill_at_us = UINT64_MAX;
    close_fd(&process->gift_fd);
    if (process->leaving) {
        on_leave(supervisor, process, status);
        return;
    }
    if (now_us - process->started_us > STEADY_US)
        process->deaths = 0;
    /* The first restart is at once. */
    process->start_at_us = now_us + backoff_us(process->deaths);
    process->deaths++;
    log_death(supervisor, process, status);
    if (useless && process->kind != KIND_TURN && !supervisor->ready) {
        supervisor->result = EXIT_USELESS;
        supervisor->stopping = true;
    }
}

static void on_checked(struct supervisor *supervisor, int status);

static void reap(struct supervisor *supervisor)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == supervisor->check.pid)
            on_checked(supervisor, status);
        for (size_t i = 0; i < supervisor->process_count; i++)
            if (supervisor->processes[i].pid == pid)
                on_death(supervisor, &supervisor->processes[i], status);
    }
}

/* ---- upgrading ------------------------------------------------------------------------------- */

static struct handover_process describe(const struct process *process)
{
    return (struct handover_process){process->pid, process->gift_fd};
}

static void fill_handover(struct supervisor *supervisor, struct handover *out)
{
    handover_of(supervisor->setup, out);
    out->generation = supervisor->generation;
    out->draining = supervisor->draining;
    out->control = describe(&supervisor->processes[PROCESS_CONTROL]);
    out->turn = describe(&supervisor->processes[PROCESS_TURN]);
    for (size_t i = 0; i < CONTROL_MAX_SLOTS; i++)
        out->slots[i].process.gift_fd = -1;
    for (size_t i = 0; i < slot_count(supervisor); i++) {
        const struct process *worker = in_slot(supervisor, i);
        out->slots[i].process = describe(worker);
        out->slots[i].generation = worker->generation;
        out->slots[i].leaving = worker->leaving;
    }
}

static void on_upgrade(struct supervisor *supervisor)
{
    struct handover handover;
    if (supervisor->check.pid > 0 || !supervisor->ready) {
        log_write(LOG_WARN, "supervisor", "event=upgrade_refused problem=\"%s\"",
                  supervisor->ready ? "one is under way" : "the server has not started yet");
        return;
    }
    fill_handover(supervisor, &handover);
    supervisor->check_until_us = now() + CHECK_US;
    if (upgrade_check_begin(&supervisor->check, supervisor->setup, &handover) < 0)
        supervisor->check_until_us = UINT64_MAX;
}

static void on_checked(struct supervisor *supervisor, int status)
{
    struct handover handover;
    supervisor->check_until_us = UINT64_MAX;
    if (upgrade_check_end(&supervisor->check, status) < 0 || supervisor->stopping)
        return;
    log_write(LOG_INFO, "supervisor", "event=upgrade from=%s to=%s", PARLEY_VERSION,
              supervisor->check.release);
    fill_handover(supervisor, &handover);
    upgrade_execute(supervisor->setup, &handover);
}

static void adopt(struct process *process, const struct handover_process *former)
{
    process->pid = former->pid;
    process->gift_fd = former->gift_fd;
    process->started_us = now();
    process->start_at_us = former->pid > 0 ? UINT64_MAX : 0;
}

/* We are what an upgrade has made of the supervisor: its children are ours. Control is replaced at
 * once; coturn stays. */
static void take_over(struct supervisor *supervisor, const struct handover *handover)
{
    struct process *control = &supervisor->processes[PROCESS_CONTROL];
    struct process *turn = &supervisor->processes[PROCESS_TURN];
    supervisor->ready = true;
    supervisor->draining = handover->draining != 0;
    supervisor->generation = handover->generation + 1;
    adopt(control, &handover->control);
    retire(control, SIGUSR2);
    if (supervisor->setup->turn_managed)
        adopt(turn, &handover->turn);
    else if ((turn->pid = handover->turn.pid) > 0)
        retire(turn, SIGTERM);
    for (size_t i = 0; i < slot_count(supervisor); i++) {
        struct process *worker = in_slot(supervisor, i);
        const struct handover_slot *slot = &handover->slots[i];
        worker->generation = slot->generation;
        worker->start_at_us = UINT64_MAX;
        if (slot->generation == 0)
            continue;
        adopt(worker, &slot->process);
        worker->leaving = slot->leaving != 0;
    }
    replace_workers(supervisor);
    log_write(LOG_INFO, "supervisor", "event=upgraded release=%s generation=%u", PARLEY_VERSION,
              supervisor->generation);
}

/* ---- signals --------------------------------------------------------------------------------- */

static void on_hangup(struct supervisor *supervisor, bool had_terminal)
{
    /* The terminal that we ran in was closed: that is an end, not a wish to reload. */
    if (had_terminal && !isatty(STDIN_FILENO)) {
        supervisor->stopping = true;
        return;
    }
    supervisor->hooks->on_reload(supervisor->hooks->context);
    send_signal(&supervisor->processes[PROCESS_CONTROL], SIGHUP);
    /* coturn reads its certificate again on this one. */
    send_signal(&supervisor->processes[PROCESS_TURN], SIGUSR2);
}

static void on_signal(struct supervisor *supervisor, bool had_terminal)
{
    struct signalfd_siginfo info;
    while (read(supervisor->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            reap(supervisor);
        else if (info.ssi_signo == SIGHUP)
            on_hangup(supervisor, had_terminal);
        else if (info.ssi_signo == SIGUSR2)
            on_upgrade(supervisor);
        else
            supervisor->stopping = true;
    }
}

/* ---- the loop -------------------------------------------------------------------------------- */

static uint64_t earlier(uint64_t a_us, uint64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

static int wait_ms(const struct supervisor *supervisor, uint64_t until_us)
{
    uint64_t now_us = now();
    for (size_t i = 0; i < supervisor->process_count && !supervisor->stopping; i++) {
        const struct process *process = &supervisor->processes[i];
        until_us =
            earlier(until_us, process->pid == 0 ? process->start_at_us : process->kill_at_us);
    }
    if (supervisor->check.pid > 0)
        until_us = earlier(until_us, supervisor->check_until_us);
    if (until_us == UINT64_MAX)
        return -1;
    return until_us <= now_us ? 0 : (int)((until_us - now_us + 999) / 1000);
}

static void on_control_word(struct supervisor *supervisor)
{
    struct process *control = &supervisor->processes[PROCESS_CONTROL];
    char word[16];
    ssize_t got = recv(control->gift_fd, word, sizeof word, MSG_DONTWAIT);
    if (got <= 0) {
        if (got == 0 || (errno != EAGAIN && errno != EINTR))
            close_fd(&control->gift_fd); /* its death comes as SIGCHLD */
        return;
    }
    if (word[0] == 'D' || word[0] == 'U') {
        supervisor->draining = word[0] == 'D';
        return;
    }
    log_write(LOG_INFO, "supervisor", "event=control_ready");
    if (supervisor->ready)
        return;
    supervisor->ready = true;
    supervisor->hooks->on_ready(supervisor->hooks->context);
}

static void wait_for_something(struct supervisor *supervisor, uint64_t until_us, bool had_terminal)
{
    struct pollfd fds[] = {
        {.fd = supervisor->signal_fd, .events = POLLIN},
        {.fd = supervisor->processes[PROCESS_CONTROL].gift_fd, .events = POLLIN},
    };
    if (poll(fds, 2, wait_ms(supervisor, until_us)) <= 0)
        return;
    if (fds[1].revents)
        on_control_word(supervisor);
    if (fds[0].revents)
        on_signal(supervisor, had_terminal);
}

static bool any_runs(const struct supervisor *supervisor, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++)
        if (supervisor->processes[i].pid > 0)
            return true;
    return false;
}

/* SIGTERM to some, time to obey, SIGKILL. */
static void stop_some(struct supervisor *supervisor, size_t first, size_t count, uint64_t limit_us)
{
    uint64_t until_us = now() + limit_us;
    for (size_t i = first; i < first + count; i++)
        send_signal(&supervisor->processes[i], SIGTERM);
    while (any_runs(supervisor, first, count) && now() < until_us)
        wait_for_something(supervisor, until_us, false);
    for (size_t i = first; i < first + count; i++) {
        struct process *process = &supervisor->processes[i];
        send_signal(process, SIGKILL);
        if (process->pid > 0)
            waitpid(process->pid, NULL, 0);
        process->pid = 0;
    }
}

static struct process *add_process(struct supervisor *supervisor, enum kind kind, bool wanted)
{
    struct process *process = &supervisor->processes[supervisor->process_count++];
    *process = (struct process){.kind = kind,
                                .gift_fd = -1,
                                .start_at_us = wanted ? 0 : UINT64_MAX,
                                .kill_at_us = UINT64_MAX};
    return process;
}

static void add_processes(struct supervisor *supervisor)
{
    const struct setup *setup = supervisor->setup;
    supervisor->generation = 1;
    add_process(supervisor, KIND_CONTROL, true);
    add_process(supervisor, KIND_TURN, setup->turn_managed);
    for (uint32_t i = 0; i < slot_count(supervisor); i++) {
        const bool wanted = i < setup->worker_count;
        struct process *worker = add_process(supervisor, KIND_MEDIA, wanted);
        worker->slot = i;
        worker->generation = wanted ? supervisor->generation : 0;
    }
    if (setup->handover)
        take_over(supervisor, setup->handover);
    /* Who died between two binaries was told to nobody. */
    reap(supervisor);
}

static int open_signals(void)
{
    static const int handled[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR2, SIGCHLD};
    sigset_t signals;
    sigemptyset(&signals);
    for (size_t i = 0; i < sizeof handled / sizeof handled[0]; i++)
        sigaddset(&signals, handled[i]);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

int supervisor_run(struct setup *setup, const struct supervisor_hooks *hooks)
{
    struct supervisor supervisor = {.setup = setup, .hooks = hooks};
    bool had_terminal = isatty(STDIN_FILENO);
    supervisor.start = calloc(1, sizeof *supervisor.start);
    supervisor.signal_fd = open_signals();
    if (!supervisor.start || supervisor.signal_fd < 0) {
        free(supervisor.start);
        return EXIT_USELESS;
    }
    add_processes(&supervisor);
    while (!supervisor.stopping) {
        start_due(&supervisor);
        kill_late(&supervisor);
        wait_for_something(&supervisor, UINT64_MAX, had_terminal);
    }
    stop_some(&supervisor, PROCESS_CONTROL, 1, CONTROL_STOP_US);
    stop_some(&supervisor, PROCESS_TURN, supervisor.process_count - PROCESS_TURN, OTHERS_STOP_US);
    if (supervisor.check.pid > 0)
        kill(supervisor.check.pid, SIGKILL);
    close(supervisor.signal_fd);
    free(supervisor.start);
    return supervisor.result;
}
