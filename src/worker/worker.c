/* The loop: wait, read what came, let the engine work, send what it made. Every call into the
 * engine is followed by drain(): its outputs last until the next call only. */
#include "worker/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/counters.h"
#include "base/log.h"
#include "ipc/ipc.h"
#include "worker/confine.h"
#include "worker/pipes.h"
#include "worker/roster.h"
#include "worker/sockaddr.h"
#include "worker/tcp.h"
#include "worker/tell.h"
#include "worker/translate.h"
#include "worker/udp.h"
#include "worker/xdp.h"

#define EVENTS_PER_WAIT    64
#define BATCHES_PER_WAKE   8u /* then timers and control get their turn */
#define MESSAGES_PER_WAKE  64u
#define HOUSEKEEPING_US    1000000u
#define NTP_UNIX_OFFSET_US (INT64_C(2208988800) * 1000000) /* 1900 to 1970 */

/* epoll's data.u64; below 2^32: a TCP connection; TCP_LISTENER: tcp.h. */
enum { SOURCE_UDP = 2, SOURCE_CONTROL, SOURCE_SUPERVISOR, SOURCE_SIGNAL, SOURCE_PIPES };
#define SOURCE(n) ((uint64_t)(n) << 32)

struct worker {
    const struct worker_start *start; /* borrowed */
    /* owned */
    int epoll_fd, signal_fd;
    int greeted_fd; /* of a new control, until there is memory for its channel; else -1 */
    struct engine *engine;
    struct udp *udp;
    struct tcp *tcp;     /* NULL: no ICE-TCP */
    struct xdp *xdp;     /* NULL: all by the socket */
    struct pipes *pipes; /* NULL: no room of this worker is shared with others */
    struct roster *roster;
    struct ipc_channel *channel; /* NULL: control is gone; a gift will come */
    /* state */
    struct translate translate;
    uint64_t counters[WORKER_COUNTERS];
    uint64_t housekeeping_at_us;
    uint64_t clock_us;        /* for xdp: of the last drain() */
    uint32_t control_watched; /* events that epoll was asked for; 0: it was not yet */
    bool stop;
};

static uint64_t clock_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static uint64_t now(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

static int watch(const struct worker *worker, int fd, int operation, uint32_t events,
                 uint64_t source)
{
    struct epoll_event event = {.events = events, .data.u64 = source};
    return epoll_ctl(worker->epoll_fd, operation, fd, &event);
}

static void send_frame(struct worker *worker, const struct engine_tx *tx)
{
    if (worker->pipes)
        pipes_send(worker->pipes, tx);
}

static void drain(struct worker *worker)
{
    struct engine_tx tx;
    struct engine_event event;
    if (worker->xdp)
        worker->clock_us = now();
    do {
        while (engine_next_tx(worker->engine, &tx)) {
            if (tx.path.proto == NET_UDP)
                udp_send(worker->udp, &tx);
            else if (tx.path.proto == NET_PIPE)
                send_frame(worker, &tx);
            else if (worker->tcp)
                tcp_send(worker->tcp, &tx);
        }
        udp_flush(worker->udp);
        if (worker->pipes)
            pipes_flush(worker->pipes);
    } while (engine_go_on(worker->engine));
    while (engine_next_event(worker->engine, &event))
        tell_event(&worker->translate, &event);
}

/* ---- media ----------------------------------------------------------------------------------- */

static void read_udp(struct worker *worker)
{
    struct engine_datagram datagrams[UDP_BATCH];
    for (unsigned i = 0; i < BATCHES_PER_WAKE || udp_holds_more(worker->udp); i++) {
        size_t count = udp_receive(worker->udp, datagrams);
        if (count == 0)
            return;
        engine_receive(worker->engine, now(), datagrams, count);
        drain(worker);
    }
}

static void read_pipes(struct worker *worker)
{
    struct engine_datagram frames[PIPES_BATCH];
    pipes_rearm(worker->pipes);
    for (unsigned i = 0; i < BATCHES_PER_WAKE; i++) {
        size_t count = pipes_receive(worker->pipes, frames);
        if (count == 0)
            return;
        engine_receive(worker->engine, now(), frames, count);
        drain(worker);
    }
    pipes_come_back(worker->pipes);
}

static void on_frame(void *context, struct engine_datagram *datagram)
{
    struct worker *worker = context;
    engine_receive(worker->engine, now(), datagram, 1);
    drain(worker);
}

static void on_close(void *context, uint32_t connection)
{
    struct worker *worker = context;
    engine_connection_closed(worker->engine, now(), connection);
    drain(worker);
}

/* ---- control --------------------------------------------------------------------------------- */

static void lose_control(struct worker *worker)
{
    log_write(LOG_INFO, "worker", "event=control_gone");
    ipc_channel_free(worker->channel);
    worker->channel = NULL;
    worker->translate.channel = NULL;
}

/* Writability only while something waits. */
static uint32_t control_events(const struct worker *worker)
{
    return EPOLLIN | (ipc_wants_write(worker->channel) ? EPOLLOUT : 0u);
}

static bool is_control_settled(const struct worker *worker)
{
    if (worker->greeted_fd >= 0)
        return false;
    return !worker->channel || worker->control_watched == control_events(worker);
}

static void open_control(struct worker *worker)
{
    worker->channel = ipc_channel_new(worker->greeted_fd);
    if (!worker->channel)
        return;
    worker->greeted_fd = -1;
    worker->control_watched = 0;
    worker->translate.channel = worker->channel;
    tell_hello(&worker->translate, worker->start->index);
}

/* Where there is no memory for it, time_left() brings us here again: a worker that gave its control
 * up would not be given another one before that one dies, too. */
static void settle_control(struct worker *worker)
{
    if (worker->greeted_fd >= 0)
        open_control(worker);
    if (is_control_settled(worker) || !worker->channel)
        return;
    const uint32_t wanted = control_events(worker);
    const int operation = worker->control_watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (watch(worker, ipc_channel_fd(worker->channel), operation, wanted, SOURCE(SOURCE_CONTROL)) ==
        0)
        worker->control_watched = wanted;
}

static void greet_control(struct worker *worker, int fd)
{
    if (worker->channel)
        lose_control(worker);
    if (worker->greeted_fd >= 0)
        close(worker->greeted_fd);
    worker->greeted_fd = fd;
    settle_control(worker);
}

static void read_control(struct worker *worker)
{
    struct ipc_message message;
    for (unsigned i = 0; worker->channel && i < MESSAGES_PER_WAKE; i++) {
        int result = ipc_receive(worker->channel, &message);
        if (result < 0)
            lose_control(worker);
        if (result <= 0)
            return;
        if (message.type == IPC_COUNTERS_REQUEST)
            worker->counters[WORKER_COUNTER_cpu_us] = clock_us(CLOCK_PROCESS_CPUTIME_ID);
        translate_message(&worker->translate, now(), &message);
        drain(worker);
        worker->stop = worker->stop || worker->translate.shutdown;
    }
}

static void on_control(struct worker *worker, uint32_t events)
{
    if (!worker->channel)
        return;
    if ((events & EPOLLOUT) && ipc_flush(worker->channel) < 0)
        lose_control(worker);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_control(worker);
}

static void on_supervisor(struct worker *worker)
{
    struct ipc_gift gift;
    int result = ipc_gift_receive(worker->start->supervisor_fd, &gift);
    if (result < 0)
        worker->stop = true;
    else if (result > 0)
        greet_control(worker, gift.fd);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static void on_signal(struct worker *worker)
{
    struct signalfd_siginfo info;
    if (read(worker->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
        worker->stop = true;
}

static void dispatch(struct worker *worker, const struct epoll_event *event)
{
    uint64_t source = event->data.u64;
    if (source == SOURCE(SOURCE_UDP))
        read_udp(worker);
    else if (source == SOURCE(SOURCE_CONTROL))
        on_control(worker, event->events);
    else if (source == SOURCE(SOURCE_SUPERVISOR))
        on_supervisor(worker);
    else if (source == SOURCE(SOURCE_SIGNAL))
        on_signal(worker);
    else if (source == SOURCE(SOURCE_PIPES))
        read_pipes(worker);
    else if (source == TCP_LISTENER)
        tcp_accept(worker->tcp, now());
    else
        tcp_ready(worker->tcp, now(), (uint32_t)source, event->events);
}

static void run_timers(struct worker *worker)
{
    uint64_t now_us = now();
    if (engine_wake_at(worker->engine) <= now_us) {
        engine_tick(worker->engine, now_us);
        drain(worker);
    }
    if (worker->housekeeping_at_us <= now_us) {
        worker->housekeeping_at_us = now_us + HOUSEKEEPING_US;
        if (worker->tcp)
            tcp_tick(worker->tcp, now_us);
    }
}

static struct timespec time_left(const struct worker *worker)
{
    uint64_t at_us = engine_wake_at(worker->engine);
    uint64_t now_us = now();
    if (worker->tcp && worker->housekeeping_at_us < at_us)
        at_us = worker->housekeeping_at_us;
    uint64_t left_us = at_us > now_us ? at_us - now_us : 0;
    const uint64_t most_us = (is_control_settled(worker) ? 60u : 1u) * HOUSEKEEPING_US;
    if (left_us > most_us)
        left_us = most_us;
    return (struct timespec){.tv_sec = (time_t)(left_us / 1000000u),
                             .tv_nsec = (long)(left_us % 1000000u) * 1000};
}

static void loop(struct worker *worker)
{
    struct epoll_event events[EVENTS_PER_WAIT];
    while (!worker->stop) {
        struct timespec left = time_left(worker);
        int count = epoll_pwait2(worker->epoll_fd, events, EVENTS_PER_WAIT, &left, NULL);
        for (int i = 0; i < count; i++)
            dispatch(worker, &events[i]);
        run_timers(worker);
        settle_control(worker);
    }
}

/* Tells every peer that its connection ends (DTLS close_notify), so that browsers notice at once.
 */
static void say_goodbye(struct worker *worker)
{
    uint32_t limit = roster_room_limit(worker->roster);
    for (uint32_t i = 0; i < limit; i++) {
        const struct roster_room *room = roster_room_at(worker->roster, i);
        if (!room)
            continue;
        translate_close_room(&worker->translate, now(), room->id);
        drain(worker);
    }
}

/* ---- start and stop -------------------------------------------------------------------------- */

/* Fixed at the start: a clock that is set later moves neither reports nor timelines. */
static int64_t unix_offset_us(void)
{
    return (int64_t)clock_us(CLOCK_REALTIME) - (int64_t)now();
}

static struct engine *make_engine(const struct worker_start *start, int64_t offset_us)
{
    struct engine_config config = {.certificate_pem = start->certificate_pem,
                                   .private_key_pem = start->private_key_pem,
                                   .candidates = start->candidates,
                                   .candidate_count = start->candidate_count,
                                   .max_participants = start->max_participants,
                                   .ntp_offset_us = offset_us + NTP_UNIX_OFFSET_US,
                                   .loudest = start->loudest};
    if (getrandom(config.seed, sizeof config.seed, 0) != (ssize_t)sizeof config.seed)
        return NULL;
    return engine_new(&config, now());
}

static int open_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGUSR2);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    /* Ctrl-C in a terminal goes to the whole group; the supervisor decides what it means. SIGHUP
     * is control's, which passes the log level on. SIGUSR2 is the supervisor's, and may be sent to
     * all processes of a service. */
    sigdelset(&signals, SIGINT);
    sigdelset(&signals, SIGHUP);
    sigdelset(&signals, SIGUSR2);
    return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int open_tcp(struct worker *worker)
{
    const struct tcp_owner owner = {on_frame, on_close, worker};
    if (worker->start->tcp_fd < 0)
        return 0;
    worker->tcp = tcp_new(worker->start->tcp_fd, worker->epoll_fd,
                          worker->start->connections_per_address, &owner, worker->counters);
    return worker->tcp ? 0 : -1;
}

static void open_xdp(struct worker *worker)
{
    struct sockaddr_storage local;
    socklen_t len = sizeof local;
    struct net_address own;
    if (worker->start->xdp_fd < 0 ||
        getsockname(worker->start->udp_fd, (struct sockaddr *)&local, &len) != 0)
        return;
    sockaddr_to_net(&local, &own);
    const struct xdp_start start = {.fd = worker->start->xdp_fd,
                                    .interface = worker->start->xdp_interface,
                                    .queue = worker->start->index,
                                    .port = own.port,
                                    .clock_us = &worker->clock_us,
                                    .counters = worker->counters};
    worker->xdp = xdp_new(&start);
    udp_use_xdp(worker->udp, worker->xdp);
}

/* Without its pipes a worker keeps its rooms to itself. */
static void open_pipes(struct worker *worker)
{
    const struct worker_start *start = worker->start;
    worker->pipes = pipes_new(&start->pipes, start->index, worker->counters);
    if (worker->pipes &&
        watch(worker, pipes_fd(worker->pipes), EPOLL_CTL_ADD, EPOLLIN, SOURCE(SOURCE_PIPES)) < 0) {
        pipes_free(worker->pipes);
        worker->pipes = NULL;
    }
}

/* The fds join the set; the first failure is said. */
static const char *open_all(struct worker *worker)
{
    const struct worker_start *start = worker->start;
    uint64_t seed;
    uint32_t participants =
        start->max_participants ? start->max_participants : LIMIT_ENGINE_PARTICIPANTS;
    worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    worker->signal_fd = open_signals();
    if (worker->epoll_fd < 0 || worker->signal_fd < 0)
        return "no epoll or signalfd";
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        return "no random numbers";
    worker->roster = roster_new(LIMIT_ENGINE_ROOMS, participants, seed);
    const int64_t offset_us = unix_offset_us();
    worker->engine = make_engine(start, offset_us);
    worker->udp = udp_new(start->udp_fd, worker->counters);
    if (!worker->roster || !worker->engine || !worker->udp || open_tcp(worker) < 0)
        return "out of memory, or no usable certificate";
    worker->translate = (struct translate){.engine = worker->engine,
                                           .roster = worker->roster,
                                           .counters = worker->counters,
                                           .unix_offset_us = offset_us};
    if (watch(worker, start->udp_fd, EPOLL_CTL_ADD, EPOLLIN, SOURCE(SOURCE_UDP)) < 0 ||
        watch(worker, start->supervisor_fd, EPOLL_CTL_ADD, EPOLLIN, SOURCE(SOURCE_SUPERVISOR)) <
            0 ||
        watch(worker, worker->signal_fd, EPOLL_CTL_ADD, EPOLLIN, SOURCE(SOURCE_SIGNAL)) < 0)
        return "a descriptor from the supervisor is unusable";
    open_pipes(worker);
    open_xdp(worker);
    return NULL;
}

static void close_all(struct worker *worker)
{
    ipc_channel_free(worker->channel);
    tcp_free(worker->tcp);
    udp_free(worker->udp);
    pipes_free(worker->pipes);
    xdp_free(worker->xdp);
    engine_free(worker->engine);
    roster_free(worker->roster);
    close(worker->signal_fd);
    close(worker->epoll_fd);
}

int worker_main(const struct worker_start *start)
{
    struct worker worker = {.start = start, .greeted_fd = -1};
    const char *problem = open_all(&worker);
    if (problem) {
        log_write(LOG_ERROR, "worker", "event=start_failed problem=\"%s\"", problem);
        close_all(&worker);
        return 2;
    }
    const char *lacks = confine_worker();
    if (lacks)
        log_write(LOG_WARN, "worker", "event=no_sandbox problem=\"no %s\"", lacks);
    if (start->control_fd >= 0)
        greet_control(&worker, start->control_fd);
    loop(&worker);
    say_goodbye(&worker);
    close_all(&worker);
    return 0;
}
