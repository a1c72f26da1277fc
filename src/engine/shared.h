/* What all parts of one engine use: time, counters, randomness, the tx arena, the packet store.
 * engine.c owns it; everybody else borrows it for as long as the engine lives. */
#ifndef PARLEY_ENGINE_SHARED_H
#define PARLEY_ENGINE_SHARED_H

#include <stdint.h>

#include "base/counters.h"
#include "base/list.h"
#include "base/rng.h"
#include "base/timer_wheel.h"
#include "engine/demux.h"
#include "engine/engine.h"
#include "engine/forward_batch.h"
#include "engine/neighbours.h"
#include "engine/packet_ring.h"

struct dtls_context;
struct tx;

struct shared {
    /* owned by engine.c */
    struct dtls_context *dtls;
    struct tx *tx;
    struct packet_store store;
    struct demux demux;
    struct neighbours neighbours;
    struct rng rng;
    struct timer_wheel participant_timers, room_timers;
    uint64_t counters[ENGINE_COUNTERS];
    struct engine_candidate candidates[LIMIT_CANDIDATES];
    size_t candidate_count;
    int64_t ntp_offset_us;
    unsigned loudest;   /* microphones forwarded in a large room */
    uint64_t known_bps; /* of every viewer's link; 0: estimated */

    /* state */
    uint64_t now_us;          /* of the call that runs */
    uint32_t publisher_count; /* peer connections with tracks; the packet store grows with them */
    uint32_t next_layer_id;
    struct forward_batch forward;
    struct list to_service;        /* participants with something due, see leg_service() */
    struct list to_reseat;         /* rooms whose seats may be wrong */
    struct list viewers_to_reseat; /* participants whose own seats may be */
    struct list participant_news;  /* participants with events to tell */
    struct list room_news;         /* rooms with events to tell */
};

#define SHARED_COUNT(shared, name) ((shared)->counters[ENGINE_COUNTER_##name]++)

/* Deadlines that need not be exact fall onto a common grid, so that one wake-up serves many. */
#define SHARED_GRID_US 50000u
/* The next point of the grid, at or after at_us. */
uint64_t shared_align(uint64_t at_us);

/* Seconds since 1900 in 32.32 fixed point (RFC 5905 6). */
uint64_t shared_ntp(const struct shared *shared, uint64_t at_us);
/* A time in units of an RTP clock, modulo 2^32. */
uint32_t shared_ticks(uint64_t time_us, uint32_t clock_rate_hz);
/* A random SSRC: never 0, and not one of the count in taken[]. */
uint32_t shared_new_ssrc(struct shared *shared, const uint32_t *taken, size_t count);

#endif
