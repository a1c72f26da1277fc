/* When a room goes from the direct connection (P2P) to the forwarding unit (SFU) and back; the
 * state machine of docs/protocol.md, "Modes". Pure: members are ids, time is an argument, and what
 * is to be told to the clients comes back as a value.
 *
 *      alone ──second present──▶ p2p ──third joined, failed, timeout──▶ sfu
 *        ▲                        │ ▲                                    │
 *        └────────left────────────┘ └────── two present for a while ─────┘
 *
 * Who only watches counts as one of the room, and keeps it in the SFU: what goes directly from one
 * browser to the other is seen by nobody who could refuse it.
 *
 * After each change of mode the former leg stays until everyone who had it is ready on the new one,
 * or switch_timeout_ms is over ("waiting"). */
#ifndef PARLEY_CONTROL_MODE_H
#define PARLEY_CONTROL_MODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODE_MAX_MEMBERS 4096u

enum mode_policy { MODE_POLICY_AUTO, MODE_POLICY_P2P, MODE_POLICY_SFU };
enum mode_reason {
    MODE_THIRD_JOINED,
    MODE_TWO_REMAIN,
    MODE_P2P_FAILED,
    MODE_ROOM_MODE,
    MODE_FIRST_PAIR,
};

struct mode_times {
    uint32_t p2p_timeout_ms;
    uint32_t switch_timeout_ms;
    uint32_t return_ms; /* two are left for so long: back to P2P */
};

struct mode_member {
    uint64_t id;
    bool present; /* false: reconnecting */
    bool awaited; /* had the former leg: mode-done waits for it */
    bool ready;   /* told mode-ready of the present epoch */
};

struct mode {
    enum mode_policy policy;
    struct mode_times times;
    bool sfu;
    bool paired;       /* p2p: there is a leg, or one is being made */
    bool waiting;      /* for mode-ready of those awaited */
    bool former_leg;   /* waiting: the former leg still carries the media */
    bool p2p_given_up; /* until the membership changes */
    uint32_t epoch;
    uint64_t deadline_ms;  /* waiting */
    uint64_t return_at_ms; /* 0: not counting */
    size_t viewers;        /* of the members; the caller counts them before it tells of a change */
    struct mode_member members[MODE_MAX_MEMBERS];
    size_t count;
};

/* What to tell everyone, in this order. */
struct mode_news {
    bool changed; /* `mode` {sfu, epoch, reason} */
    enum mode_reason reason;
    bool done;          /* `mode-done` {sfu, epoch} */
    bool sfu_legs_over; /* the worker may close this room's peer connections */
};

void mode_init(struct mode *mode, enum mode_policy policy, const struct mode_times *times);
/* Takes up a room again after a restart of control, before its members are added: a change under
 * way is waited for anew if it led to the SFU; a P2P leg counts as standing. */
void mode_restore(struct mode *mode, bool sfu, bool paired, bool waiting, uint32_t epoch);
/* Puts a member back without any effect on the mode; it is not present. -1: full. */
int mode_restore_member(struct mode *mode, uint64_t id, uint64_t now_ms)
    __attribute__((warn_unused_result));

/* -1: no place (the room's capacity should have been looked at before); *news untouched then. */
int mode_joined(struct mode *mode, uint64_t id, uint64_t now_ms, struct mode_news *news)
    __attribute__((warn_unused_result));
struct mode_news mode_left(struct mode *mode, uint64_t id, uint64_t now_ms);
/* The member's socket went (false) or is back (true). */
struct mode_news mode_presence(struct mode *mode, uint64_t id, bool present, uint64_t now_ms);
/* The caller has compared the epoch. */
struct mode_news mode_ready(struct mode *mode, uint64_t id, uint64_t now_ms);
struct mode_news mode_failed(struct mode *mode, uint64_t now_ms);
struct mode_news mode_tick(struct mode *mode, uint64_t now_ms);

/* The schema's mode_status.switching. */
bool mode_is_switching(const struct mode *mode);

#endif
