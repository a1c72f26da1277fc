#include "cli/load_signal.h"

#include <errno.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/load_clock.h"
#include "cli/load_http.h"
#include "cli/load_member.h"
#include "cli/load_options.h"
#include "cli/load_peer.h"
#include "control/loop.h"

#define TICK_US       2000
#define ROOMS_AT_ONCE 8u
#define LEAVE_MS      3000u

struct load_room {
    char id[LOAD_ROOM_BYTES];
    struct load_post post;
    char *body;
};

static const struct lws_protocols protocols[] = {
    {.name = LOAD_HTTP_PROTOCOL, .callback = load_http_callback, .rx_buffer_size = 4096},
    {.name = LOAD_MEMBER_PROTOCOL, .callback = load_member_callback, .rx_buffer_size = 16384},
    {.name = NULL},
};

static int make_members(struct load_signal *signal)
{
    unsigned per_room = signal->options->publishers + signal->options->subscribers;
    signal->members = calloc(signal->count, sizeof *signal->members);
    signal->rooms = calloc(signal->options->rooms, sizeof *signal->rooms);
    signal->active = calloc(signal->count, sizeof *signal->active);
    if (!signal->members || !signal->rooms || !signal->active || per_room == 0)
        return -1;
    for (unsigned i = 0; i < signal->count; i++) {
        struct load_member *member = &signal->members[i];
        member->signal = signal;
        member->number = i;
        member->peer = &signal->peers[i];
        member->io = signal->ios[member->peer->thread];
        member->room = signal->rooms[member->peer->room].id;
    }
    return 0;
}

int load_signal_init(struct load_signal *signal)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .gid = -1,
        .uid = -1,
    };
    lws_set_log_level(0, NULL);
    if (make_members(signal) != 0)
        return -1;
    signal->loop = loop_new();
    signal->context = signal->loop
                          ? loop_context(signal->loop, &info, load_options_files(signal->options))
                          : NULL;
    return signal->context ? 0 : -1;
}

void load_signal_fini(struct load_signal *signal)
{
    if (signal->context)
        lws_context_destroy(signal->context);
    loop_free(signal->loop);
    for (unsigned i = 0; signal->members && i < signal->count; i++)
        load_member_fini(&signal->members[i]);
    for (unsigned i = 0; signal->rooms && i < signal->options->rooms; i++) {
        load_post_fini(&signal->rooms[i].post);
        free(signal->rooms[i].body);
    }
    free(signal->members);
    free(signal->rooms);
    free(signal->active);
}

void load_signal_seed(struct load_signal *signal, uint64_t seed[static 2])
{
    seed[0] = rng_u64(&signal->rng);
    seed[1] = rng_u64(&signal->rng);
}

/* ---- rooms ----------------------------------------------------------------------------------- */

static void on_room(struct load_post *post, const char *error)
{
    struct load_signal *signal = post->owner;
    struct load_room *room = lws_container_of(post, struct load_room, post);
    char text[200];
    signal->rooms_ended++;
    bool untrusted = error && strstr(error, "SSL") != NULL && !signal->options->insecure;
    if (error)
        snprintf(signal->problem, sizeof signal->problem, "%.180s%s", error,
                 untrusted ? "; --insecure takes any certificate" : "");
    else if (post->status != 201) {
        load_message_problem(post->status, post->reply, post->reply_len, text, sizeof text);
        snprintf(signal->problem, sizeof signal->problem, "no room was made: %s", text);
    } else if (load_message_read_room(post->reply, post->reply_len, room->id) != 0) {
        snprintf(signal->problem, sizeof signal->problem,
                 "no room was made: the reply is not the protocol's");
    }
    load_post_fini(post);
}

static void ask_for_room(struct load_signal *signal)
{
    struct load_room *room = &signal->rooms[signal->rooms_asked++];
    if (signal->options->room) {
        snprintf(room->id, sizeof room->id, "%s", signal->options->room);
        signal->rooms_ended++;
        return;
    }
    room->body = load_message_room(signal->options);
    room->post = (struct load_post){.path = "/create-room",
                                    .body = room->body,
                                    .body_len = room->body ? strlen(room->body) : 0,
                                    .done = on_room,
                                    .owner = signal};
    load_http_post(signal->context, signal->options, &room->post);
}

static void make_rooms(struct load_signal *signal)
{
    while (signal->rooms_asked < signal->options->rooms && signal->problem[0] == '\0' &&
           signal->rooms_asked - signal->rooms_ended < ROOMS_AT_ONCE)
        ask_for_room(signal);
}

/* ---- joins ----------------------------------------------------------------------------------- */

/* The audience comes when the stage is taken. */
static bool may_begin(struct load_signal *signal, uint64_t now_us)
{
    const struct load_options *options = signal->options;
    if (signal->begun == signal->count || signal->active_count >= options->join_concurrency)
        return false;
    if (signal->begun < options->rooms * options->publishers)
        return true;
    if (signal->led_us == 0 && signal->active_count == 0)
        signal->led_us = now_us;
    return signal->led_us != 0 && signal->led_us + options->lead_s * UINT64_C(1000000) <= now_us;
}

static void begin_joins(struct load_signal *signal, uint64_t now_us)
{
    uint64_t interval_us = 1000000u / signal->options->join_rate;
    if (signal->next_join_us == 0)
        signal->next_join_us = now_us;
    while (signal->next_join_us <= now_us && may_begin(signal, now_us)) {
        signal->active[signal->active_count++] = signal->begun;
        load_member_begin(&signal->members[signal->begun++], now_us);
        signal->next_join_us += interval_us;
    }
    /* A pace that cannot be kept is not made up for in a burst. */
    if (signal->next_join_us + 100000u < now_us)
        signal->next_join_us = now_us;
}

static void look_after_joins(struct load_signal *signal, uint64_t now_us)
{
    for (unsigned i = 0; i < signal->active_count;) {
        struct load_member *member = &signal->members[signal->active[i]];
        if (load_member_settled(member, now_us))
            signal->active[i] = signal->active[--signal->active_count];
        else
            i++;
    }
}

static void resume_lost(struct load_signal *signal, uint64_t now_us)
{
    for (unsigned i = 0; signal->lost > 0 && i < signal->count; i++)
        load_member_resume(&signal->members[i], now_us);
}

bool load_signal_settled(const struct load_signal *signal)
{
    if (signal->problem[0])
        return true;
    return signal->begun == signal->count && signal->active_count == 0;
}

/* ---- time ------------------------------------------------------------------------------------ */

/* Until when nothing is to be begun or looked after. */
static uint64_t idle_us(const struct load_signal *signal, uint64_t until_us)
{
    const uint64_t now_us = load_clock_us();
    const bool waits =
        signal->active_count > 0 || signal->begun < signal->count || signal->lost > 0;
    if (until_us <= now_us)
        return 0;
    return waits && until_us - now_us > TICK_US ? TICK_US : until_us - now_us;
}

void load_signal_serve(struct load_signal *signal, unsigned ms)
{
    uint64_t until_us = load_clock_us() + ms * UINT64_C(1000), now_us;
    do {
        loop_turn(signal->loop, idle_us(signal, until_us));
        now_us = load_clock_us();
        make_rooms(signal);
        if (signal->rooms_ended == signal->options->rooms && signal->problem[0] == '\0')
            begin_joins(signal, now_us);
        look_after_joins(signal, now_us);
        resume_lost(signal, now_us);
    } while (now_us < until_us);
}

static unsigned count_open(const struct load_signal *signal)
{
    unsigned open = 0;
    for (unsigned i = 0; i < signal->count; i++)
        open += signal->members[i].wsi != NULL;
    return open;
}

void load_signal_leave(struct load_signal *signal)
{
    uint64_t until_us = load_clock_us() + LEAVE_MS * UINT64_C(1000);
    for (unsigned i = 0; i < signal->count; i++)
        load_member_leave(&signal->members[i]);
    while (count_open(signal) > 0 && load_clock_us() < until_us)
        loop_turn(signal->loop, TICK_US);
}
