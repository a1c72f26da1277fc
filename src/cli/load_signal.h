/* Everything that goes over HTTP and WebSocket: makes the rooms, lets the crowd in at the wanted
 * pace, keeps its sockets open. One thread, one event loop. */
#ifndef PARLEY_CLI_LOAD_SIGNAL_H
#define PARLEY_CLI_LOAD_SIGNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "base/rng.h"
#include "cli/load_message.h"

struct client;
struct dtls_context;
struct ev_loop;
struct load_clips;
struct load_io;
struct load_member;
struct load_options;
struct load_peer;
struct lws_context;

struct load_signal {
    /* borrowed */
    const struct load_options *options;
    const struct load_clips *clips;
    struct dtls_context *dtls;
    struct load_peer *peers; /* in the order of joining */
    struct load_io **ios;    /* by thread */
    /* Who gets a client with its answer, which both change hands (0 or -1); NULL: its media thread.
     * Nobody serves the member's other messages about media then. */
    int (*take)(void *taker, struct client *client, char *answer, size_t len);
    void *taker;
    /* owned */
    struct ev_loop *loop;
    struct lws_context *context;
    struct load_member *members; /* one per peer */
    struct load_room *rooms;
    unsigned *active; /* members on their way in */
    /* state */
    struct rng rng;
    int64_t ntp_offset_us;
    unsigned count, begun, active_count;
    unsigned rooms_asked, rooms_ended;
    char problem[256]; /* no room could be made; "": all could */
    uint64_t next_join_us;
    uint64_t led_us; /* since when all publishers are in; 0: they are not */
    unsigned failed;
    unsigned lost;              /* members whose WebSocket dropped in the call */
    struct histogram resume_us; /* from there until the server had taken them back */
};

/* What does not change while it runs is set in *signal by the caller. The process has no more than
 * load_options_files() descriptors from then on. 0 or -1: out of memory. */
int load_signal_init(struct load_signal *signal) __attribute__((warn_unused_result));
void load_signal_fini(struct load_signal *signal); /* accepts a zeroed struct */
/* Serves what comes for about so long. */
void load_signal_serve(struct load_signal *signal, unsigned ms);
/* Whether all joins have ended, well or not; or that nobody can join (problem). */
bool load_signal_settled(const struct load_signal *signal);
/* Everybody leaves; waits a moment for it. */
void load_signal_leave(struct load_signal *signal);
void load_signal_seed(struct load_signal *signal, uint64_t seed[static 2]);

#endif
