/* The SFU as a value: bytes and time in, bytes and events out (sans-IO).
 *
 *   engine_receive()  datagrams that arrived
 *   engine_command()  what control asks
 *   engine_tick()     timers that are due
 * After each of these three the caller drains engine_next_tx() until engine_go_on() has no more,
 * and engine_next_event(), then sleeps until engine_wake_at(). The engine reads no clock, opens no
 * socket, makes no random number of its own: now_us (monotonic, from any start, never decreasing)
 * and the seed are arguments, so that the same inputs give the same outputs (DTLS keys aside).
 *
 * One engine lives in one thread. Rooms and participants have 64-bit ids that the caller chooses,
 * never 0. Nothing here knows the native WebSocket protocol. */
#ifndef PARLEY_ENGINE_ENGINE_H
#define PARLEY_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/net.h"
#include "engine/limits.h"

struct engine;

struct engine_candidate {       /* where the server can be reached, as SDP answers say */
    struct net_address address; /* public address and port */
    uint8_t proto;              /* enum net_proto; TCP: passive (RFC 6544) */
};

struct engine_config {
    uint64_t seed[2];            /* secret; ids, ufrags, passwords and SSRCs come from it */
    const char *certificate_pem; /* borrowed during engine_new; ECDSA P-256 */
    const char *private_key_pem;
    const struct engine_candidate *candidates; /* borrowed during engine_new; best first */
    size_t candidate_count;                    /* 1..LIMIT_CANDIDATES */
    uint32_t max_participants; /* pools are sized from it; 0: LIMIT_ENGINE_PARTICIPANTS */
    int64_t ntp_offset_us;     /* now_us + this = microseconds since 1900 (sender reports) */
    uint32_t loudest;          /* microphones forwarded per room, <= LIMIT_LOUDEST; 0: five */
    uint64_t known_bps; /* what every viewer's link takes, where that is known; 0: estimated */
};

/* NULL: out of memory, or certificate/key do not parse. */
struct engine *engine_new(const struct engine_config *config, uint64_t now_us);
/* Accepts NULL. */
void engine_free(struct engine *engine);

/* ---- in ------------------------------------------------------------------------------------ */

/* One datagram, or another engine's frame (NET_PIPE). Decrypted in place; borrowed for the call. */
struct engine_datagram {
    struct net_path path;
    uint8_t *bytes;
    size_t len; /* longer than LIMIT_DATAGRAM_BYTES: dropped and counted */
};

void engine_receive(struct engine *engine, uint64_t now_us, struct engine_datagram *datagrams,
                    size_t count);

/* The TCP connection is gone: what used it as its path has none until another one is checked. */
void engine_connection_closed(struct engine *engine, uint64_t now_us, uint32_t connection);

enum engine_source {
    ENGINE_MICROPHONE = 0,
    ENGINE_CAMERA = 1,
    ENGINE_SCREEN = 2,
    ENGINE_SCREEN_AUDIO = 3,
    ENGINE_SOURCES
};

/* Which m-line of an offer carries which of the participant's sources. */
struct engine_source_mid {
    char mid[LIMIT_MID_BYTES + 1];
    uint8_t source; /* enum engine_source */
};

/* Whose what: "camera" stands for camera + microphone, "screen" for screen + screen-audio. */
enum engine_group { ENGINE_GROUP_CAMERA = 0, ENGINE_GROUP_SCREEN = 1, ENGINE_GROUPS };
struct engine_view {
    uint64_t participant;
    uint8_t group;          /* enum engine_group */
    uint16_t width, height; /* of its tile, device pixels; 0: not known, taken for 640x360 */
    bool visible;           /* false: on another page of the grid, or the window is hidden */
    bool pinned;
};

enum engine_command_type {
    ENGINE_ROOM_OPEN,       /* idempotent */
    ENGINE_ROOM_CLOSE,      /* and all who are in it */
    ENGINE_PARTICIPANT_ADD, /* presence only; media comes with the first offer */
    ENGINE_PARTICIPANT_REMOVE,
    ENGINE_OFFER,           /* answered by ENGINE_ANSWER or ENGINE_REFUSED, same request */
    ENGINE_LEG_CLOSE,       /* drop the peer connection, keep the participant */
    ENGINE_SOURCES_ENABLED, /* which sources are unmuted; a muted one is not forwarded */
    ENGINE_VIEW,            /* who this participant wants to see, most wanted first */
    ENGINE_ROOM_PARTS,      /* which other engines hold parts of the room (pipe.h) */
};

struct engine_command {
    enum engine_command_type type;
    uint64_t room;
    uint64_t participant; /* not for ROOM_* */
    uint32_t request;     /* OFFER: comes back in the answer */
    /* OFFER. new_leg: start ICE and DTLS afresh even if a peer connection exists (a new
     * RTCPeerConnection); else the offer changes the present one, and new ICE credentials in it
     * mean an ICE restart (RFC 8445 9). */
    bool new_leg;
    const char *sdp;
    size_t sdp_len;
    const struct engine_source_mid *sources;
    size_t source_count; /* <= ENGINE_SOURCES */
    uint8_t enabled;     /* SOURCES_ENABLED: bit per enum engine_source; at first all are */
    /* VIEW */
    const struct engine_view *views; /* who is not in it: visible, size not known */
    size_t view_count;               /* <= LIMIT_VIEWS */
    bool audio_only;                 /* no video at all */
    uint64_t parts;                  /* ROOM_PARTS: bit per other worker */
};

/* 0, or a negative enum engine_error (a bad OFFER also gives an ENGINE_REFUSED event). */
enum engine_error {
    ENGINE_ERROR_UNKNOWN_ROOM = -200,
    ENGINE_ERROR_UNKNOWN_PARTICIPANT = -201,
    ENGINE_ERROR_EXISTS = -202,
    ENGINE_ERROR_FULL = -203,           /* a limit of limits.h */
    ENGINE_ERROR_BAD_SDP = -204,        /* does not parse, or over a limit */
    ENGINE_ERROR_NO_ICE = -205,         /* no ice-ufrag/ice-pwd */
    ENGINE_ERROR_NO_FINGERPRINT = -206, /* none, or none with a hash that we know */
    ENGINE_ERROR_NO_BUNDLE = -207,      /* needs BUNDLE and rtcp-mux */
    ENGINE_ERROR_BAD_SOURCES = -208,    /* a mid that is not there, or of the wrong kind */
    ENGINE_ERROR_CHANGED_MLINES = -209, /* a later offer that does not extend the earlier one */
    ENGINE_ERROR_NO_MEMORY = -210,
};
int engine_command(struct engine *engine, uint64_t now_us, const struct engine_command *command)
    __attribute__((warn_unused_result));
/* A stable word for each code ("bad_sdp"), for logs and protocol errors. */
const char *engine_error_name(int error);

void engine_tick(struct engine *engine, uint64_t now_us);
uint64_t engine_wake_at(const struct engine *engine); /* UINT64_MAX: no timer */

/* ---- out ----------------------------------------------------------------------------------- */

/* One datagram to send. Bytes lie in the engine's tx arena and stay until the next call in. */
struct engine_tx {
    struct net_path path;
    const uint8_t *bytes;
    size_t len;
};
/* Next in order; datagrams to one destination out of one batch come one after another. */
bool engine_next_tx(struct engine *engine, struct engine_tx *out);
/* The arena holds a part of what one call causes. Once what engine_next_tx() gave is sent: true:
 * there is more, and the bytes before are overwritten; false: the call is done. Who calls in again
 * without asking loses the rest (counted). */
bool engine_go_on(struct engine *engine);

enum engine_event_type {
    ENGINE_ANSWER,
    ENGINE_REFUSED,
    ENGINE_LEG_STATE, /* connecting → connected → (disconnected ⇄ connected) → failed */
    ENGINE_SEATS,     /* who sits where, for one viewer; sent whenever it changes */
    ENGINE_SPEAKERS,  /* who is loud in a room, for everyone in it */
    ENGINE_PUBLISH,   /* which layers a participant is to send; sent whenever it changes */
    ENGINE_QUALITY,   /* how everyone in a room is connected; every 2 s */
};
enum engine_leg_state {
    ENGINE_LEG_CONNECTING,
    ENGINE_LEG_CONNECTED,
    ENGINE_LEG_DISCONNECTED,
    ENGINE_LEG_FAILED
};
enum engine_seat_problem { ENGINE_SEAT_FINE = 0, ENGINE_SEAT_NO_CODEC = 1 };
/* Why a video that is there is not sent to this viewer at the moment. */
enum engine_seat_pause {
    ENGINE_PAUSE_NONE = 0,
    ENGINE_PAUSE_BANDWIDTH = 1, /* the viewer's downlink does not take it */
    ENGINE_PAUSE_HIDDEN = 2,    /* the viewer does not look at it */
    ENGINE_PAUSE_AUDIO_ONLY = 3 /* the viewer wants no video */
};

struct engine_seat {
    uint64_t participant; /* who sits there; 0: empty */
    uint8_t group;        /* enum engine_group */
    bool audio, video;    /* there is such a track and it is enabled */
    uint8_t problem;      /* enum engine_seat_problem, of the video */
    uint8_t paused;       /* enum engine_seat_pause, of the video */
};
struct engine_speaker {
    uint64_t participant;
    uint8_t level_dbov; /* 0 loud .. 127 silent, smoothed (RFC 6464 scale) */
};

struct engine_publish {
    uint8_t source;       /* enum engine_source */
    uint8_t layers;       /* simulcast or spatial layers to send: bit 0 is the lowest */
    uint8_t max_temporal; /* highest temporal layer that somebody takes */
};
enum engine_quality_reason {
    ENGINE_QUALITY_FINE = 0,
    ENGINE_QUALITY_LOSS = 1,
    ENGINE_QUALITY_BANDWIDTH = 2,
    ENGINE_QUALITY_DELAY = 3,
    ENGINE_QUALITY_NO_FEEDBACK = 4,
    ENGINE_QUALITY_SENDER = 5 /* what they send arrives badly at the server */
};
struct engine_quality {
    uint64_t participant;
    uint32_t down_kbps; /* what their downlink is thought to take; 0: not known */
    uint32_t sent_kbps; /* what goes to them */
    uint32_t up_kbps;   /* what comes from them */
    uint16_t down_loss_permille, up_loss_permille;
    uint16_t rtt_ms; /* 0: not known */
    uint8_t score;   /* 0 unusable .. 4 fine */
    uint8_t reason;  /* enum engine_quality_reason: what speaks against a better score */
};

struct engine_event {
    enum engine_event_type type;
    uint64_t room;
    uint64_t participant;
    uint32_t request; /* ANSWER, REFUSED */
    int error;        /* REFUSED: enum engine_error */
    const char *text; /* ANSWER: the SDP; REFUSED: what is wrong, in English */
    size_t text_len;
    enum engine_leg_state leg_state; /* LEG_STATE */
    const struct engine_seat *seats; /* SEATS: index = seat, in the offer's m-line order */
    size_t seat_count;
    const struct engine_speaker *speakers; /* SPEAKERS: loudest first; may be empty */
    size_t speaker_count;
    uint64_t dominant;                      /* SPEAKERS: the dominant speaker, 0: nobody yet */
    const struct engine_publish *publishes; /* PUBLISH: one for each video source of participant */
    size_t publish_count;
    /* QUALITY: one for each participant with a leg, all for everybody. A large room's in several
     * events: the first quality_shared are who can be seen, told to each who follows with its own.
     */
    const struct engine_quality *qualities;
    size_t quality_count, quality_shared;
};
/* Pointers in *out stay until the next call in. */
bool engine_next_event(struct engine *engine, struct engine_event *out);

/* Why the call looks as it does (timeline.h): the oldest kept decisions of a room with a number
 * above `after`. How many; 0: nothing new, or no such room. */
struct timeline_entry;
size_t engine_timeline(const struct engine *engine, uint64_t room, uint64_t after,
                       struct timeline_entry *out, size_t max);

/* Values in the order of src/base/counters.def (engine section). Borrowed; read any time. */
const uint64_t *engine_counters(const struct engine *engine, size_t *count);

#endif
