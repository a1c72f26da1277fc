#include "cli/load_io.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/timer_wheel.h"
#include "cli/load_clock.h"
#include "cli/load_socket.h"
#include "client/client.h"
#include "engine/engine.h"

#define EVENTS         64
#define SECOND_US      1000000u
#define IDLE_US        100000u
#define TIMERS_AT_ONCE 64u /* then sockets are looked at again */
#define LATE_US        3000u
#define SUM_STEP       32u

struct command {
    struct command *next;
    struct load_peer *peer;
    struct client *client; /* NULL: publish */
    char *answer;
    size_t answer_len;
    unsigned layers;
};

struct load_endpoint {
    struct timer timer;
    struct load_peer *peer;
    struct client *client; /* owned */
    int fd;                /* -1: not open */
    bool replaced;         /* the client is not the first */
    uint64_t last_us;      /* time never goes back for a client */
    uint64_t drops;
};

struct load_io {
    /* owned */
    pthread_t thread;
    int epoll_fd, event_fd;
    struct timer_wheel timers;
    struct load_endpoint *endpoints;
    struct load_buffers *buffers;
    /* shared */
    pthread_mutex_t mutex;
    struct command *commands, **last_command;
    struct load_counts looked;
    struct histogram looked_delays_us;
    _Atomic int phase;
    /* state of the thread */
    size_t capacity, count;
    bool gro;
    bool late; /* what was read last had waited */
    enum load_phase seen_phase;
    int64_t clock_offset_us;
    uint64_t next_second_us;
    struct load_sent sent;
    struct load_counts counts;
    struct load_counts former;   /* of clients that were replaced */
    struct client_delays second; /* delays of the running second */
    struct load_spread spread;
    /* The sum over all clients is made in small steps, so that media need not wait for it. */
    bool summing;
    size_t summed;
    struct load_counts sum;
    struct histogram sum_delays_us;
};

/* ---- life ------------------------------------------------------------------------------------ */

struct load_io *load_io_new(const struct load_io_config *config)
{
    struct load_io *io = calloc(1, sizeof *io);
    if (!io)
        return NULL;
    io->gro = config->gro;
    io->capacity = config->clients;
    io->last_command = &io->commands;
    io->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    io->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    io->buffers = load_buffers_new(config->gro);
    io->endpoints = calloc(config->clients + 1, sizeof *io->endpoints);
    pthread_mutex_init(&io->mutex, NULL);
    timer_wheel_init(&io->timers);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (io->epoll_fd < 0 || io->event_fd < 0 || !io->buffers || !io->endpoints ||
        epoll_ctl(io->epoll_fd, EPOLL_CTL_ADD, io->event_fd, &event) != 0) {
        load_io_free(io);
        return NULL;
    }
    return io;
}

static void free_command(struct command *command)
{
    client_free(command->client);
    free(command->answer);
    free(command);
}

void load_io_free(struct load_io *io)
{
    if (!io)
        return;
    for (size_t i = 0; i < io->count; i++) {
        client_free(io->endpoints[i].client);
        if (io->endpoints[i].fd >= 0)
            close(io->endpoints[i].fd);
    }
    while (io->commands) {
        struct command *next = io->commands->next;
        free_command(io->commands);
        io->commands = next;
    }
    if (io->epoll_fd >= 0)
        close(io->epoll_fd);
    if (io->event_fd >= 0)
        close(io->event_fd);
    load_buffers_free(io->buffers);
    free(io->endpoints);
    pthread_mutex_destroy(&io->mutex);
    free(io);
}

/* ---- mailbox --------------------------------------------------------------------------------- */

static void wake(struct load_io *io)
{
    uint64_t one = 1;
    /* Full: it is awake already. */
    ssize_t written = write(io->event_fd, &one, sizeof one);
    (void)written;
}

static int post(struct load_io *io, const struct command *command)
{
    struct command *copy = malloc(sizeof *copy);
    if (!copy)
        return -1;
    *copy = *command;
    copy->next = NULL;
    pthread_mutex_lock(&io->mutex);
    *io->last_command = copy;
    io->last_command = &copy->next;
    pthread_mutex_unlock(&io->mutex);
    wake(io);
    return 0;
}

int load_io_add(struct load_io *io, struct load_peer *peer, struct client *client, char *answer,
                size_t answer_len)
{
    struct command command = {
        .peer = peer, .client = client, .answer = answer, .answer_len = answer_len};
    if (post(io, &command) == 0)
        return 0;
    client_free(client);
    free(answer);
    return -1;
}

int load_io_publish(struct load_io *io, struct load_peer *peer, unsigned layers)
{
    struct command command = {.peer = peer, .layers = layers};
    return post(io, &command);
}

void load_io_set_phase(struct load_io *io, enum load_phase phase)
{
    atomic_store(&io->phase, (int)phase);
    wake(io);
}

void load_io_look(struct load_io *io, struct load_counts *counts, struct histogram *delays_us)
{
    pthread_mutex_lock(&io->mutex);
    *counts = io->looked;
    *delays_us = io->looked_delays_us;
    pthread_mutex_unlock(&io->mutex);
}

const struct load_spread *load_io_spread(const struct load_io *io)
{
    return &io->spread;
}

/* ---- one client ------------------------------------------------------------------------------ */

static void close_endpoint(struct load_io *io, struct load_endpoint *endpoint, uint64_t now_us)
{
    timer_wheel_cancel(&io->timers, &endpoint->timer);
    if (endpoint->fd >= 0) {
        endpoint->drops = load_socket_drops(endpoint->fd);
        close(endpoint->fd); /* leaves epoll by that */
    }
    endpoint->fd = -1;
    if (atomic_load(&endpoint->peer->closed_us) == 0)
        atomic_store(&endpoint->peer->closed_us, now_us);
}

static void note_media(struct load_endpoint *endpoint)
{
    struct client_counts counts;
    client_count(endpoint->client, &counts);
    /* Where cameras are, sound alone is not what was waited for. */
    atomic_store(&endpoint->peer->media_us,
                 endpoint->peer->audio_only ? counts.first_audio_us : counts.first_video_us);
    atomic_store(&endpoint->peer->key_frame_us, counts.key_frame_us);
}

static bool awaits_media(struct load_peer *peer)
{
    _Atomic uint64_t *last = peer->audio_only ? &peer->media_us : &peer->key_frame_us;
    return peer->watches && atomic_load_explicit(last, memory_order_relaxed) == 0;
}

/* After each call into the client: what it sends, what it has become, when it wants to be called.
 */
static void follow(struct load_io *io, struct load_endpoint *endpoint, uint64_t now_us)
{
    struct load_peer *peer = endpoint->peer;
    enum client_state state = client_state(endpoint->client);
    load_socket_send(endpoint->fd, endpoint->client, &io->sent);
    endpoint->last_us = now_us;
    if (state == CLIENT_CLOSED) {
        close_endpoint(io, endpoint, now_us);
        return;
    }
    if (state == CLIENT_CONNECTED &&
        atomic_load_explicit(&peer->connected_us, memory_order_relaxed) == 0)
        atomic_store(&peer->connected_us, now_us);
    uint64_t wake_us = client_wake_at(endpoint->client);
    if (!timer_is_set(&endpoint->timer) || endpoint->timer.deadline_us != wake_us)
        timer_wheel_set(&io->timers, &endpoint->timer, wake_us);
}

static void tick(struct load_io *io, struct load_endpoint *endpoint)
{
    uint64_t now_us = load_clock_us();
    if (now_us < endpoint->last_us)
        now_us = endpoint->last_us;
    client_tick(endpoint->client, now_us);
    follow(io, endpoint, now_us);
}

static void take_datagrams(struct load_io *io, struct load_endpoint *endpoint, uint64_t now_us,
                           const struct load_received *received)
{
    for (size_t at = 0; at < received->len && endpoint->fd >= 0; at += received->segment) {
        size_t rest = received->len - at;
        size_t len = rest < received->segment ? rest : received->segment;
        client_receive(endpoint->client, now_us, received->bytes + at, len);
        io->counts.datagrams_in++;
        load_socket_send(endpoint->fd, endpoint->client, &io->sent);
    }
    io->counts.bytes_in += received->len;
}

/* The kernel's stamp is the time of arrival: how late it is read is the generator's doing, and no
 * property of the network that the server should hear of. */
static uint64_t arrival_of(struct load_io *io, const struct load_endpoint *endpoint,
                           uint64_t read_us, const struct load_received *received)
{
    uint64_t arrival_us = read_us;
    if (received->stamp_us != 0)
        arrival_us = (uint64_t)(received->stamp_us - io->clock_offset_us);
    if (arrival_us > read_us)
        arrival_us = read_us;
    histogram_add(&io->spread.read_late_us, read_us - arrival_us);
    io->late = read_us - arrival_us > LATE_US;
    return arrival_us < endpoint->last_us ? endpoint->last_us : arrival_us;
}

/* Mostly there is one run to be read, and asking for a second is in vain; who comes late asks for
 * more. */
static void read_endpoint(struct load_io *io, struct load_endpoint *endpoint)
{
    struct load_received received[LOAD_READ_BATCH];
    size_t count =
        load_socket_read(endpoint->fd, io->buffers, io->late ? LOAD_READ_BATCH : 1, received);
    uint64_t read_us = load_clock_us(), now_us = read_us;
    io->counts.reads += count > 0;
    io->second.read_us = read_us;
    for (size_t i = 0; i < count && endpoint->fd >= 0; i++) {
        now_us = arrival_of(io, endpoint, read_us, &received[i]);
        take_datagrams(io, endpoint, now_us, &received[i]);
    }
    if (endpoint->fd >= 0)
        follow(io, endpoint, now_us);
    if (awaits_media(endpoint->peer))
        note_media(endpoint);
}

/* ---- counting -------------------------------------------------------------------------------- */

static void count_judged(struct load_counts *counts, const struct load_endpoint *endpoint,
                         unsigned seats, uint64_t now_us)
{
    counts->judged++;
    for (unsigned seat = 0; seat < seats; seat++) {
        const struct client_seat_stats *audio = client_seat_audio(endpoint->client, seat);
        const struct client_seat_stats *video = client_seat_video(endpoint->client, seat);
        counts->errors += client_seat_errors(audio) + client_seat_errors(video);
        counts->judged_frames += video->frames;
        counts->judged_undecodable += video->undecodable;
        counts->judged_freezes += client_seat_seen(endpoint->client, seat, now_us).freezes;
    }
}

static void count_endpoint(struct load_counts *counts, struct load_endpoint *endpoint,
                           uint64_t now_us)
{
    const struct client_stats *stats = client_stats(endpoint->client);
    struct client_counts seats;
    client_count(endpoint->client, &seats);
    counts->expected += seats.expected;
    counts->packets += seats.packets;
    counts->lost += seats.lost;
    counts->repaired += seats.repaired;
    counts->repetitions += seats.repetitions;
    counts->duplicates += seats.duplicates;
    counts->media_bytes_in += seats.bytes;
    counts->packets_out += stats->packets_sent;
    counts->frames_out += stats->frames_sent;
    counts->key_frames_out += stats->key_frames_sent;
    counts->plis_in += stats->plis_received;
    counts->unauthentic += stats->unauthentic;
    counts->unknown_ssrcs += stats->unknown_ssrcs;
    counts->nacks_out += stats->nacks_sent;
    counts->plis_out += stats->plis_sent;
    if (endpoint->fd >= 0)
        endpoint->drops = load_socket_drops(endpoint->fd);
    counts->socket_drops += endpoint->drops;
    counts->connected += client_state(endpoint->client) == CLIENT_CONNECTED;
    if (endpoint->peer->judged)
        count_judged(counts, endpoint, endpoint->peer->seats, now_us);
}

/* over: the measurement is, so that what did not come back by now is absent. */
static void note_pauses(struct load_io *io, const struct load_endpoint *endpoint, uint64_t now_us,
                        bool over)
{
    struct load_pauses *pauses = &io->spread.pauses;
    struct client_pause pause;
    for (unsigned i = 0; client_pause(endpoint->client, now_us, i, &pause); i++) {
        if (pause.resumed_us != 0)
            histogram_add(&pauses->resumed_us[i % 2], pause.resumed_us);
        if (over && pause.here && !endpoint->replaced)
            histogram_add(&pauses->longest_us[i % 2], pause.longest_us);
        pauses->absent += over && pause.seen && !pause.here;
    }
}

/* ---- commands -------------------------------------------------------------------------------- */

/* The first thing that a client sends says where the server is. */
static int open_endpoint(struct load_io *io, struct load_endpoint *endpoint, uint64_t now_us)
{
    struct engine_tx tx;
    client_tick(endpoint->client, now_us);
    if (!client_next_tx(endpoint->client, &tx))
        return -1;
    endpoint->fd = load_socket_open(&tx.path.remote, io->gro);
    if (endpoint->fd < 0)
        return -1;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = endpoint};
    if (epoll_ctl(io->epoll_fd, EPOLL_CTL_ADD, endpoint->fd, &event) != 0)
        return -1;
    if (send(endpoint->fd, tx.bytes, tx.len, MSG_NOSIGNAL) > 0)
        io->sent.packets++;
    follow(io, endpoint, now_us);
    return 0;
}

static void begin(struct load_io *io, struct load_endpoint *endpoint, const struct command *command,
                  uint64_t now_us)
{
    client_set_delays(endpoint->client, &io->second);
    if (client_answer(endpoint->client, now_us, command->answer, command->answer_len) != 0 ||
        open_endpoint(io, endpoint, now_us) != 0)
        close_endpoint(io, endpoint, now_us);
}

static void add(struct load_io *io, struct command *command)
{
    struct load_endpoint *endpoint = &io->endpoints[io->count++];
    *endpoint = (struct load_endpoint){.peer = command->peer, .client = command->client, .fd = -1};
    command->client = NULL;
    endpoint->peer->endpoint = endpoint;
    begin(io, endpoint, command, load_clock_us());
}

/* The server has forgotten the former connection: nobody is told of its end. */
static void replace(struct load_io *io, struct load_endpoint *endpoint, struct command *command)
{
    uint64_t now_us = load_clock_us();
    note_pauses(io, endpoint, now_us, false);
    count_endpoint(&io->former, endpoint, now_us);
    timer_wheel_cancel(&io->timers, &endpoint->timer);
    if (endpoint->fd >= 0)
        close(endpoint->fd);
    client_go_on(command->client, endpoint->client);
    client_free(endpoint->client);
    endpoint->client = command->client;
    command->client = NULL;
    endpoint->fd = -1;
    endpoint->drops = 0;
    endpoint->replaced = true;
    io->spread.pauses.replaced++;
    begin(io, endpoint, command, now_us);
}

static void take_commands(struct load_io *io)
{
    uint64_t count;
    ssize_t len = read(io->event_fd, &count, sizeof count);
    (void)len;
    pthread_mutex_lock(&io->mutex);
    struct command *command = io->commands;
    io->commands = NULL;
    io->last_command = &io->commands;
    pthread_mutex_unlock(&io->mutex);
    while (command) {
        struct command *next = command->next;
        if (command->client && command->peer->endpoint)
            replace(io, command->peer->endpoint, command);
        else if (command->client && io->count < io->capacity)
            add(io, command);
        else if (command->peer->endpoint)
            client_publish(command->peer->endpoint->client, command->layers);
        free_command(command);
        command = next;
    }
}

/* ---- writing down ---------------------------------------------------------------------------- */

static void begin_sum(struct load_io *io, uint64_t now_us)
{
    io->summing = true;
    io->summed = 0;
    io->sum = io->former;
    io->sum.connected = 0; /* these two are of those that are there */
    io->sum.judged = 0;
    io->sum.at_us = now_us;
    io->sum.datagrams_in = io->counts.datagrams_in;
    io->sum.bytes_in = io->counts.bytes_in;
    io->sum.reads = io->counts.reads;
    io->sum.datagrams_out = io->sent.packets;
    io->sum.bytes_out = io->sent.bytes;
    io->sum.send_failed = io->sent.failed;
    io->sum.waited_us = load_clock_waited_us();
    io->sum.cpu_us = load_clock_thread_us();
    io->sum_delays_us = io->second.read_at_us;
    histogram_merge(&io->spread.delays.arrived_us, &io->second.arrived_us);
    histogram_merge(&io->spread.delays.read_at_us, &io->second.read_at_us);
    io->second = (struct client_delays){0};
    io->clock_offset_us = load_clock_offset_us();
}

static void go_on_summing(struct load_io *io, size_t clients)
{
    for (; io->summed < io->count && clients > 0; clients--)
        count_endpoint(&io->sum, &io->endpoints[io->summed++], io->sum.at_us);
    if (io->summed < io->count)
        return;
    io->summing = false;
    pthread_mutex_lock(&io->mutex);
    io->looked = io->sum;
    io->looked_delays_us = io->sum_delays_us;
    pthread_mutex_unlock(&io->mutex);
}

static void sum_at_once(struct load_io *io, uint64_t now_us)
{
    begin_sum(io, now_us);
    go_on_summing(io, SIZE_MAX);
}

static void follow_phase(struct load_io *io, uint64_t now_us)
{
    enum load_phase phase = (enum load_phase)atomic_load(&io->phase);
    if (phase == io->seen_phase)
        return;
    io->seen_phase = phase;
    sum_at_once(io, now_us);
    if (phase == LOAD_MEASURING) {
        memset(&io->spread, 0, sizeof io->spread);
        for (size_t i = 0; i < io->count; i++)
            client_forget_pauses(io->endpoints[i].client);
    }
    if (phase != LOAD_DRAINING)
        return;
    for (size_t i = 0; i < io->count; i++) {
        note_pauses(io, &io->endpoints[i], now_us, true);
        client_mute(io->endpoints[i].client, true, true);
    }
}

static void follow_time(struct load_io *io, uint64_t now_us)
{
    follow_phase(io, now_us);
    if (io->summing)
        go_on_summing(io, SUM_STEP);
    if (now_us < io->next_second_us)
        return;
    begin_sum(io, now_us);
    io->next_second_us += SECOND_US;
}

/* ---- loop ------------------------------------------------------------------------------------ */

static int wait_for_events(struct load_io *io, struct epoll_event events[static EVENTS])
{
    uint64_t now_us = load_clock_us(), wake_us = timer_wheel_next_us(&io->timers);
    if (wake_us > now_us + IDLE_US)
        wake_us = now_us + IDLE_US;
    if (wake_us > io->next_second_us)
        wake_us = io->next_second_us;
    uint64_t wait_us = wake_us > now_us ? wake_us - now_us : 0;
    struct timespec wait = {.tv_nsec = (long)(wait_us * 1000u)};
    return epoll_pwait2(io->epoll_fd, events, EVENTS, &wait, NULL);
}

static void run_timers(struct load_io *io)
{
    for (unsigned i = 0; i < TIMERS_AT_ONCE; i++) {
        uint64_t now_us = load_clock_us();
        struct timer *timer = timer_wheel_pop_due(&io->timers, now_us);
        if (!timer)
            return;
        histogram_add(&io->spread.timer_late_us, now_us - timer->deadline_us);
        tick(io, TIMER_OWNER(timer, struct load_endpoint, timer));
    }
}

static void *run(void *context)
{
    struct load_io *io = context;
    struct epoll_event events[EVENTS];
    io->clock_offset_us = load_clock_offset_us();
    io->next_second_us = load_clock_us() + SECOND_US;
    while (atomic_load_explicit(&io->phase, memory_order_relaxed) != LOAD_STOPPING) {
        int count = wait_for_events(io, events);
        for (int i = 0; i < count; i++) {
            struct load_endpoint *endpoint = events[i].data.ptr;
            if (!endpoint)
                take_commands(io);
            else if (endpoint->fd >= 0)
                read_endpoint(io, endpoint);
        }
        run_timers(io);
        follow_time(io, load_clock_us());
    }
    sum_at_once(io, load_clock_us());
    for (size_t i = 0; i < io->count; i++) {
        if (io->endpoints[i].fd < 0)
            continue;
        client_close(io->endpoints[i].client);
        load_socket_send(io->endpoints[i].fd, io->endpoints[i].client, &io->sent);
    }
    return NULL;
}

int load_io_start(struct load_io *io)
{
    int error = pthread_create(&io->thread, NULL, run, io);
    errno = error;
    return error == 0 ? 0 : -1;
}

void load_io_join(struct load_io *io)
{
    pthread_join(io->thread, NULL);
}
