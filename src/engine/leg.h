/* One peer connection of a participant: its transport, what was agreed on, the tracks that come in
 * and the seats that go out. Made by an offer; ends when it fails, is replaced or is closed. The
 * participant owns it. */
#ifndef PARLEY_ENGINE_LEG_H
#define PARLEY_ENGINE_LEG_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/chronicle.h"
#include "engine/engine.h"
#include "engine/negotiate.h"
#include "engine/quality.h"
#include "engine/redundancy.h"
#include "engine/seat.h"
#include "engine/shared.h"
#include "engine/ssrc_table.h"
#include "engine/track.h"
#include "engine/transport.h"
#include "engine/twcc_receiver.h"

struct downlink;
struct participant;
struct pipe_kept;

/* How the publisher's wall clock lies to ours, the same for all its tracks: so that audio and video
 * stay together in the sender reports of a seat. */
struct leg_clock {
    bool known;
    uint64_t offset_ntp; /* ours - theirs, modulo 2^64, at the quickest report so far */
};

struct leg {
    /* borrowed */
    struct participant *participant;
    /* owned */
    struct transport *transport; /* NULL: what it sends comes through a pipe */
    struct negotiated *negotiated;
    struct track *tracks[ENGINE_SOURCES]; /* NULL: not negotiated */
    struct seat *seats[LIMIT_SEATS];      /* those that were ever agreed on */
    struct downlink *downlink;            /* NULL: no seats */
    uint32_t piped_version;               /* piped: of the offer that was taken last */
    struct pipe_kept *offer; /* the last one, for other parts of the room; NULL: none is kept */
    /* state */
    struct negotiate_seat_ssrcs seat_ssrcs[LIMIT_SEATS];
    uint8_t seat_count;
    uint64_t session_id; /* o= of our answers */
    uint64_t owner;      /* for the demux: the participant's pool id */
    uint64_t ufrag_key;
    uint64_t path_keys[LIMIT_ICE_PATHS];
    uint8_t path_next;       /* oldest key, the next to be replaced */
    uint32_t ssrc;           /* ours, in reports and feedback that belong to no seat */
    bool connected;          /* packets may go out */
    bool has_slots;          /* counted in shared->publisher_count */
    bool reduced_rtcp;       /* RFC 5506 was agreed on everywhere */
    struct ssrc_table ssrcs; /* the peer's */
    struct twcc_receiver twcc;
    uint16_t transport_sequence; /* next of ours */
    struct redundancy red;       /* of the sound that goes to the peer */
    struct quality quality;
    struct chronicle_leg chronicle;
    bool rtt_known;
    uint64_t rtt_us; /* from receiver reports; a guess before the first one */
    struct leg_clock clock;
    uint64_t report_at_us; /* next sender and receiver reports */
    uint64_t check_at_us;  /* next look at which layers are alive */
};

static inline bool leg_is_piped(const struct leg *leg)
{
    return leg->transport == NULL;
}

/* Of a participant that is connected elsewhere: piped, and connected. NULL: out of memory. */
struct leg *leg_new(struct participant *participant, uint64_t owner, struct shared *shared);
/* Says goodbye (DTLS close_notify), takes its tracks out of all seats. Accepts NULL. */
void leg_free(struct leg *leg, struct shared *shared);

/* Takes over an agreement whose transport is started: tracks and seats come, change and go. 0, or
 * ENGINE_ERROR_NO_MEMORY (then the leg can only be freed). */
int leg_apply(struct leg *leg, const struct negotiated *negotiated, struct shared *shared)
    __attribute__((warn_unused_result));

/* The demux routes its ufrag (again, after a restart) to this leg. */
void leg_register(struct leg *leg, struct shared *shared);

/* From now on this SSRC is that of one of its layers (leg_receive.c). NULL: too many (counted). */
const struct ssrc_role *leg_bind_ssrc(struct leg *leg, const struct ssrc_role *role,
                                      struct shared *shared);

/* One datagram (leg_receive.c). What it causes is sent, stored and marked to be serviced. */
void leg_receive(struct leg *leg, struct engine_datagram *datagram, struct shared *shared);

/* A packet that came through a pipe, decrypted. */
void leg_receive_plain(struct leg *leg, const uint8_t *bytes, size_t len, struct shared *shared);

/* Sends what is due. */
void leg_service(struct leg *leg, struct shared *shared);
/* When leg_service() wants to be called next. */
uint64_t leg_wake_at(const struct leg *leg);

/* Viewers of these tracks need a key frame, or another layer: asks and switches. */
void leg_choose_layers(struct leg *leg, struct shared *shared);

/* Somebody needs a key frame of this leg's layer; or would do better with one, but can wait. why:
 * enum timeline_why. */
void leg_want_keyframe(struct leg *leg, struct layer *layer, uint8_t why, struct shared *shared);
void leg_wish_keyframe(struct leg *leg, struct layer *layer, uint8_t why, struct shared *shared);

/* Which sources are not muted: bit per enum engine_source. */
void leg_enable(struct leg *leg, uint8_t enabled, struct shared *shared);

#endif
