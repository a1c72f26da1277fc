/* The messages between control and a media worker: one SOCK_SEQPACKET datagram each.
 *
 *      0      1      2      3      4             8             16
 *     +------+------+------+------+-------------+-------------+--------------+---------+
 *     | ver  | type |  flags (2)  | request (4) |  room (8)   | participant  | payload |
 *     +------+------+------+------+-------------+-------------+   (8)        +---------+
 *
 * Integers in network order, host order in the structs. Both ends are our own binary, perhaps of
 * two releases after an upgrade (cli/upgrade.h): any change that the other end has to know is a new
 * IPC_VERSION, gifts and the notes' JSON included, and is not upgraded to under a call. A worker
 * parses hostile media, so control treats what a worker sends as input from outside: checked
 * lengths, checked ranges, unknown types counted and dropped.
 *
 * Payloads are encoded by ipc_encode_*() and decoded by ipc_decode_*() below (ipc/codec.c). */
#ifndef PARLEY_IPC_IPC_H
#define PARLEY_IPC_IPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPC_VERSION        2u
#define IPC_HEADER_BYTES   24u
#define IPC_MAX_BYTES      (96u * 1024u) /* header + payload; an SDP is 64 KiB at most */
#define IPC_MAX_NOTE_BYTES 4096u
#define IPC_MAX_SEATS      24u
#define IPC_MAX_VIEWS      64u
#define IPC_MAX_SPEAKERS   64u
#define IPC_MAX_MID_BYTES  31u
#define IPC_SOURCES        4u
#define IPC_MAX_PIXELS     16384u
#define IPC_MAX_QUALITIES  64u
#define IPC_MAX_TIMELINE   500u /* entries in one message: 44 KiB at most */
#define IPC_MAX_WORD_BYTES 23u
#define IPC_NO_SOURCE      0xffu

enum ipc_type {
    /* control → worker */
    IPC_ROOM_OPEN = 1, /* payload: note */
    IPC_ROOM_CLOSE,
    IPC_PARTICIPANT_ADD,  /* payload: note. Also for participants in P2P: presence only */
    IPC_PARTICIPANT_NOTE, /* payload: note, replaces the former */
    IPC_PARTICIPANT_REMOVE,
    IPC_OFFER,            /* request; payload: struct ipc_offer → IPC_ANSWER / IPC_REFUSED */
    IPC_LEG_CLOSE,        /* back to P2P: the peer connection goes, the participant stays */
    IPC_SOURCES_ENABLED,  /* flags: bit per source (order of engine_source), 1 = enabled */
    IPC_VIEW,             /* payload: struct ipc_views */
    IPC_SNAPSHOT_REQUEST, /* → IPC_SNAPSHOT_ROOM*, IPC_SNAPSHOT_PARTICIPANT*, IPC_SNAPSHOT_END */
    IPC_COUNTERS_REQUEST, /* → IPC_COUNTERS */
    IPC_LOG_LEVEL,        /* flags: new level */
    IPC_SHUTDOWN,         /* say goodbye on all legs and exit 0 */
    IPC_TIMELINE_REQUEST, /* request; room; payload: struct ipc_timeline_request → IPC_TIMELINE */
    IPC_ROOM_PARTS,       /* flags: bit per other worker that holds a part of the room */

    /* worker → control */
    IPC_HELLO = 64,           /* first message; flags: worker index; request: pid */
    IPC_ANSWER,               /* request; payload: SDP text */
    IPC_REFUSED,              /* request; payload: struct ipc_refusal */
    IPC_LEG_STATE,            /* flags: enum engine_leg_state */
    IPC_SEATS,                /* payload: struct ipc_seats */
    IPC_SPEAKERS,             /* payload: struct ipc_speakers */
    IPC_SNAPSHOT_ROOM,        /* payload: note */
    IPC_SNAPSHOT_PARTICIPANT, /* flags: bit 0: has a leg, bits 8..11: enabled sources; payload: note
                               */
    IPC_SNAPSHOT_END,
    IPC_COUNTERS, /* payload: struct ipc_counters */
    IPC_PUBLISH,  /* payload: struct ipc_publish, for participant */
    IPC_QUALITY,  /* payload: struct ipc_qualities, of everybody in room; flags: 0, or a part of it,
                     see IPC_QUALITY_PART */
    IPC_TIMELINE, /* request; room; payload: struct ipc_timeline */
};

struct ipc_message {
    uint8_t type;
    uint16_t flags;
    uint32_t request;
    uint64_t room;
    uint64_t participant;
    const uint8_t *payload; /* borrowed from the receive buffer */
    size_t payload_len;
};

struct ipc_source_mid {
    char mid[IPC_MAX_MID_BYTES + 1];
    uint8_t source; /* 0 microphone, 1 camera, 2 screen, 3 screen-audio */
};
struct ipc_offer {
    bool new_leg;
    struct ipc_source_mid sources[IPC_SOURCES];
    size_t source_count;
    const char *sdp; /* decoded: borrowed from the payload */
    size_t sdp_len;
};
struct ipc_view {
    uint64_t participant;
    uint8_t group;
    uint16_t width, height; /* device pixels, <= IPC_MAX_PIXELS; 0: not known */
    bool visible, pinned;
};
struct ipc_views {
    bool audio_only;
    struct ipc_view views[IPC_MAX_VIEWS];
    size_t count;
};
struct ipc_refusal {
    char code[32];
    char text[256];
};
struct ipc_seat {
    uint64_t participant;
    uint8_t group;
    bool audio, video;
    uint8_t problem; /* 1: no codec in common */
    uint8_t paused;  /* 0 no, 1 bandwidth, 2 hidden, 3 audio only */
};
struct ipc_seats {
    struct ipc_seat seats[IPC_MAX_SEATS];
    size_t count;
};
struct ipc_speaker {
    uint64_t participant;
    uint8_t level_dbov;
};
struct ipc_speakers {
    uint64_t dominant;
    struct ipc_speaker speakers[IPC_MAX_SPEAKERS];
    size_t count;
};
struct ipc_publish_source {
    uint8_t source;
    uint8_t layers; /* bit per layer to send, the lowest is bit 0; three at most */
    uint8_t max_temporal;
};
struct ipc_publish {
    struct ipc_publish_source sources[IPC_SOURCES];
    size_t count;
};
struct ipc_quality {
    uint64_t participant;
    uint32_t down_kbps, sent_kbps, up_kbps; /* down 0: not known */
    uint16_t down_loss_permille, up_loss_permille;
    uint16_t rtt_ms; /* 0: not known */
    uint8_t score;   /* 0..4 */
    uint8_t reason;  /* 0 fine, 1 loss, 2 bandwidth, 3 delay, 4 no feedback, 5 sender */
};
/* Flags of a large room's: the first so many are who can be seen, told to each who follows with its
 * own. */
#define IPC_QUALITY_PART   0x8000u
#define IPC_QUALITY_SHARED 0x00ffu
struct ipc_qualities {
    struct ipc_quality participants[IPC_MAX_QUALITIES];
    size_t count;
};
struct ipc_timeline_request {
    uint64_t after; /* a number; 0: from the beginning */
    uint16_t max;   /* 1..IPC_MAX_TIMELINE */
};
/* Words instead of codes: control does not know the engine's. */
struct ipc_timeline_entry {
    uint64_t number;
    uint64_t at_ms;                                                 /* Unix time */
    uint64_t participant, about;                                    /* 0: none */
    uint8_t source;                                                 /* IPC_NO_SOURCE: none */
    char what[IPC_MAX_WORD_BYTES + 1], why[IPC_MAX_WORD_BYTES + 1]; /* a-z and '_' */
    uint32_t a, b;
};
struct ipc_timeline {
    bool more; /* there were more than asked for */
    uint64_t
        after; /* as asked for; 0: that number is none of this log, so it is read from the start */
    struct ipc_timeline_entry entries[IPC_MAX_TIMELINE];
    size_t count;
};
#define IPC_MAX_COUNTERS 256u
/* The engine's (base/counters.h), then the worker's. */
struct ipc_counters {
    uint64_t values[IPC_MAX_COUNTERS];
    size_t count;
};

/* ---- codec: pure, fuzzed; 0 or -1 (does not fit / is malformed) ----------------------------- */

/* Splits a received datagram. */
int ipc_parse(const uint8_t *bytes, size_t len, struct ipc_message *out)
    __attribute__((warn_unused_result));
/* Writes the header of message. -1: its payload is too long. */
int ipc_header_write(const struct ipc_message *message, uint8_t out[static IPC_HEADER_BYTES])
    __attribute__((warn_unused_result));
/* Encoders write the payload into out[0..size) and return its length, or -1. */
long ipc_encode_offer(const struct ipc_offer *offer, uint8_t *out, size_t size);
int ipc_decode_offer(const uint8_t *payload, size_t len, struct ipc_offer *out);
long ipc_encode_views(const struct ipc_views *views, uint8_t *out, size_t size);
int ipc_decode_views(const uint8_t *payload, size_t len, struct ipc_views *out);
long ipc_encode_refusal(const struct ipc_refusal *refusal, uint8_t *out, size_t size);
int ipc_decode_refusal(const uint8_t *payload, size_t len, struct ipc_refusal *out);
long ipc_encode_seats(const struct ipc_seats *seats, uint8_t *out, size_t size);
int ipc_decode_seats(const uint8_t *payload, size_t len, struct ipc_seats *out);
long ipc_encode_speakers(const struct ipc_speakers *speakers, uint8_t *out, size_t size);
int ipc_decode_speakers(const uint8_t *payload, size_t len, struct ipc_speakers *out);
long ipc_encode_counters(const struct ipc_counters *counters, uint8_t *out, size_t size);
int ipc_decode_counters(const uint8_t *payload, size_t len, struct ipc_counters *out);
long ipc_encode_publish(const struct ipc_publish *publish, uint8_t *out, size_t size);
int ipc_decode_publish(const uint8_t *payload, size_t len, struct ipc_publish *out);
long ipc_encode_qualities(const struct ipc_qualities *qualities, uint8_t *out, size_t size);
int ipc_decode_qualities(const uint8_t *payload, size_t len, struct ipc_qualities *out);
long ipc_encode_timeline_request(const struct ipc_timeline_request *request, uint8_t *out,
                                 size_t size);
int ipc_decode_timeline_request(const uint8_t *payload, size_t len,
                                struct ipc_timeline_request *out);
long ipc_encode_timeline(const struct ipc_timeline *timeline, uint8_t *out, size_t size);
int ipc_decode_timeline(const uint8_t *payload, size_t len, struct ipc_timeline *out);

/* ---- channel: a non-blocking SEQPACKET socket (ipc/channel.c) -------------------------------- */

struct ipc_channel; /* owns the fd and a bounded queue of what the socket did not take yet */
struct ipc_channel *ipc_channel_new(int fd);
void ipc_channel_free(struct ipc_channel *channel); /* closes the fd; accepts NULL */
int ipc_channel_fd(const struct ipc_channel *channel);
/* Sends now, or queues (bounded at 4 MiB: then -1, the other end is stuck). */
int ipc_send(struct ipc_channel *channel, const struct ipc_message *message)
    __attribute__((warn_unused_result));
bool ipc_wants_write(const struct ipc_channel *channel);
int ipc_flush(struct ipc_channel *channel);
/* 1: *out is valid until the next call; 0: nothing there; -1: the other end is gone. Malformed
 * messages are skipped and counted. */
int ipc_receive(struct ipc_channel *channel, struct ipc_message *out);
/* How many malformed messages were skipped so far. */
uint64_t ipc_malformed(const struct ipc_channel *channel);

/* ---- file descriptors from the supervisor --------------------------------------------------- */

/* The supervisor sends a fresh channel end to control ("worker w has a new channel") and to workers
 * ("control has a new channel"), as one byte string + SCM_RIGHTS on the child's supervisor socket.
 */
struct ipc_gift {
    uint32_t worker;     /* its slot */
    uint32_t generation; /* of which upgrade it is, from 1 on (control.h) */
    int fd;
};
/* The fd stays the caller's. 0 or -1. */
int ipc_gift_send(int socket, const struct ipc_gift *gift) __attribute__((warn_unused_result));
/* 1: *out filled, the caller owns fd; 0: nothing there; -1: the supervisor is gone. */
int ipc_gift_receive(int socket, struct ipc_gift *out);

#endif
