/* The downlink's inside, shared by its files only: downlink.c (packets, time), downlink_feedback.c
 * (what the viewer tells), downlink_lost.c (what that says is lost), downlink_probe.c (padding at a
 * given rate), downlink_layers.c (who gets what). */
#ifndef PARLEY_ENGINE_DOWNLINK_INNER_H
#define PARLEY_ENGINE_DOWNLINK_INNER_H

#include "engine/allocator.h"
#include "engine/bwe.h"
#include "engine/downlink.h"
#include "engine/loss_control.h"
#include "engine/neighbours.h"
#include "engine/pacer.h"

/* The bits of the last second, roughly: a whole window and what there is of the next. Zeroed:
 * nothing. */
struct downlink_meter {
    uint64_t began_us;
    uint64_t bytes, before;
};
void downlink_meter_add(struct downlink_meter *meter, uint64_t now_us, uint64_t bytes);
uint64_t downlink_meter_bps(const struct downlink_meter *meter, uint64_t now_us);

/* The probe that is being sent. */
struct downlink_probe {
    bool running;
    bool of_line; /* what waits in line goes with it */
    struct bwe_probe asked;
    uint64_t began_us;
    uint32_t bytes; /* sent so far */
    uint8_t packets;
};

/* The peer's clock in its feedback wraps after 12 days, and may be any nonsense. */
struct downlink_clock {
    bool known;
    int64_t raw_us;  /* of the last message, as read */
    int64_t time_us; /* unwrapped */
    uint64_t heard_us;
};

/* Which packet of a seat's video went out under a transport-wide number, first or again. */
struct downlink_trace {
    uint16_t transport, sequence;
    uint8_t seat;
    bool again; /* not for the first time */
    bool open;  /* no feedback on it yet */
};

/* Who was given something in a seat when layers were last chosen. */
struct downlink_seat {
    uint64_t participant; /* 0: nobody */
    uint8_t group;
    uint8_t paused;         /* enum engine_seat_pause */
    uint32_t queued_layer;  /* whose key frame came last: what follows it may stand in line */
    uint32_t queued_key;    /* and its timestamp */
    uint64_t wants_paid_us; /* key frames asked for: paid up to here */
};

struct downlink {
    /* owned */
    struct bwe *bwe; /* NULL: no transport-wide feedback; loss decides */
    /* state */
    struct loss_control loss;
    struct pacer pacer;
    struct allocator allocator;
    struct allocator_outcome outcome;
    struct downlink_probe probe;
    struct neighbour neighbour;
    struct downlink_clock clock;
    struct downlink_meter all, audio, repairs;
    struct downlink_seat seats[LIMIT_SEATS];
    struct downlink_trace traces[LIMIT_TRACED_PACKETS];
    uint64_t full_us;                    /* packets last waited long on the way; 0: never */
    uint64_t filled_us;                  /* packets last waited on the way, or it began */
    uint64_t repairs_bps, repairs_at_us; /* lately; next look at them */
    uint64_t heard_us;                   /* last feedback; 0: none yet */
    uint64_t allocate_at_us;             /* next look at layers */
    uint64_t allocated_us;               /* last one */
    uint64_t wanted_bps, next_step_bps;  /* as the estimate was told */
};

/* The link's rate as it is now, taken over by the pacer; tells the timeline. */
void downlink_take_rate(struct leg *viewer, struct shared *shared);

/* Packets stand in line on the way, so many that some are lost for want of room (downlink.c). */
bool downlink_is_full(const struct leg *viewer);
/* After feedback: remembers when the link was full (downlink.c). */
void downlink_note_full(struct leg *viewer, uint64_t now_us);

/* The rate moved: if that calls for other layers, they are chosen soon (downlink_layers.c). */
void downlink_rate_changed(struct leg *viewer, struct shared *shared);

/* downlink_lost.c. A numbered packet went out. */
void downlink_trace(struct downlink *downlink, const struct downlink_packet *packet);
void downlink_trace_prefetch(const struct downlink *downlink, uint16_t transport);
/* After the estimate has seen them: repeats what is known to be lost, and needed. */
void downlink_take_fates(struct leg *viewer, const struct bwe_arrival *arrivals, size_t count,
                         struct shared *shared);

/* downlink_probe.c */
void downlink_probe_run(struct leg *viewer, struct shared *shared);
uint64_t downlink_probe_wake_at(const struct downlink *downlink);

#endif
