/* Messages from a client (docs/protocol.schema.json): JSON text in, a checked struct out. Nobody
 * downstream looks at the JSON again; what is passed on to others is built from these structs.
 *
 * Strings are borrowed from the message, valid until message_free. They are valid UTF-8 without
 * U+0000 (the JSON reader sees to it) and within the schema's lengths. */
#ifndef PARLEY_CONTROL_MESSAGE_H
#define PARLEY_CONTROL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_MAX_BYTES   (72u * 1024u)
#define MESSAGE_SDP_BYTES   65536u
#define MESSAGE_NAME_CHARS  64u
#define MESSAGE_CHAT_CHARS  4000u
#define MESSAGE_TOKEN_CHARS 2048u
#define MESSAGE_MID_BYTES   31u
#define MESSAGE_SOURCES     4u
#define MESSAGE_VIEWS       64u
#define MESSAGE_PIXELS      16384

/* Every code of the schema's error_code. MESSAGE_CODE(enumerator, "wire name"). */
#define MESSAGE_CODES(MESSAGE_CODE)                                                                \
    MESSAGE_CODE(CODE_BAD_MESSAGE, "bad_message")                                                  \
    MESSAGE_CODE(CODE_UNKNOWN_TYPE, "unknown_type")                                                \
    MESSAGE_CODE(CODE_TOO_LARGE, "too_large")                                                      \
    MESSAGE_CODE(CODE_BINARY, "binary")                                                            \
    MESSAGE_CODE(CODE_NOT_JOINED, "not_joined")                                                    \
    MESSAGE_CODE(CODE_ALREADY_JOINED, "already_joined")                                            \
    MESSAGE_CODE(CODE_BAD_TOKEN, "bad_token")                                                      \
    MESSAGE_CODE(CODE_SESSION_EXPIRED, "session_expired")                                          \
    MESSAGE_CODE(CODE_ROOM_NOT_FOUND, "room_not_found")                                            \
    MESSAGE_CODE(CODE_ROOM_FULL, "room_full")                                                      \
    MESSAGE_CODE(CODE_ROOM_CLOSED, "room_closed")                                                  \
    MESSAGE_CODE(CODE_ROOM_LOCKED, "room_locked")                                                  \
    MESSAGE_CODE(CODE_NOT_ALLOWED, "not_allowed")                                                  \
    MESSAGE_CODE(CODE_NOT_ADMITTED, "not_admitted")                                                \
    MESSAGE_CODE(CODE_NO_SUCH_PARTICIPANT, "no_such_participant")                                  \
    MESSAGE_CODE(CODE_STALE_EPOCH, "stale_epoch")                                                  \
    MESSAGE_CODE(CODE_UNEXPECTED_ANSWER, "unexpected_answer")                                      \
    MESSAGE_CODE(CODE_CANDIDATE_REFUSED, "candidate_refused")                                      \
    MESSAGE_CODE(CODE_WRONG_MODE, "wrong_mode")                                                    \
    MESSAGE_CODE(CODE_BAD_SDP, "bad_sdp")                                                          \
    MESSAGE_CODE(CODE_NO_ICE, "no_ice")                                                            \
    MESSAGE_CODE(CODE_NO_FINGERPRINT, "no_fingerprint")                                            \
    MESSAGE_CODE(CODE_NO_BUNDLE, "no_bundle")                                                      \
    MESSAGE_CODE(CODE_BAD_SOURCES, "bad_sources")                                                  \
    MESSAGE_CODE(CODE_CHANGED_MLINES, "changed_mlines")                                            \
    MESSAGE_CODE(CODE_TOO_MANY, "too_many")                                                        \
    MESSAGE_CODE(CODE_UNAVAILABLE, "unavailable")                                                  \
    MESSAGE_CODE(CODE_INTERNAL, "internal")

enum message_code {
    CODE_NONE,
#define MESSAGE_CODE(name, wire) name,
    MESSAGE_CODES(MESSAGE_CODE)
#undef MESSAGE_CODE
        MESSAGE_CODE_COUNT
};
/* "bad_message"; "" for CODE_NONE. */
const char *message_code_name(enum message_code code);

enum message_type {
    MESSAGE_JOIN,
    MESSAGE_RESUME,
    MESSAGE_LEAVE,
    MESSAGE_OFFER,
    MESSAGE_DESCRIPTION,
    MESSAGE_CANDIDATE,
    MESSAGE_MODE_READY,
    MESSAGE_MODE_FAILED,
    MESSAGE_SOURCES_ENABLED,
    MESSAGE_RENAME,
    MESSAGE_VIEW,
    MESSAGE_CHAT,
    MESSAGE_PARTICIPANTS,
    MESSAGE_PING,
    MESSAGE_MUTE,
    MESSAGE_REMOVE,
    MESSAGE_LOCK,
    MESSAGE_END,
    MESSAGE_ADMIT,
    MESSAGE_TYPES
};

struct text {
    const char *bytes; /* NUL-terminated too; NULL: absent or JSON null */
    size_t len;
};

struct message_source {
    struct text mid;
    uint8_t source; /* 0 microphone, 1 camera, 2 screen, 3 screen-audio */
};
struct message_view {
    uint64_t participant;
    uint8_t group;          /* 0 camera, 1 screen */
    uint16_t width, height; /* 0: not known */
    bool visible, pinned;   /* as version 1.0 means it, if they are not there: true, false */
};
struct message_candidate {
    bool end; /* JSON null: end of candidates; the rest is empty then */
    struct text candidate;
    struct text sdp_mid;
    int32_t sdp_mline_index; /* -1: absent or null */
    struct text username_fragment;
};

/* Video codecs that a client can show. */
enum message_codec {
    MESSAGE_VP8 = 1,
    MESSAGE_VP9 = 2,
    MESSAGE_H264 = 4,
    MESSAGE_AV1 = 8,
};

struct message {
    enum message_type type;
    uint32_t id; /* 0: none */
    union {
        struct {
            struct text token, name;
        } join;
        struct {
            struct text token, session;
            uint64_t participant;
        } resume;
        struct {
            uint32_t epoch;
            bool new_leg;
            struct text sdp;
            struct message_source sources[MESSAGE_SOURCES];
            size_t source_count;
        } offer;
        struct {
            uint64_t to;
            uint32_t epoch;
            bool answer;
            struct text sdp;
        } description;
        struct {
            uint64_t to; /* 0: "sfu" */
            uint32_t epoch;
            struct message_candidate candidate;
        } candidate;
        struct {
            uint32_t epoch;
        } mode_ready;
        struct {
            uint32_t epoch;
            struct text reason;
        } mode_failed;
        struct {
            uint8_t enabled; /* bit per source */
            uint8_t decodes; /* bits of enum message_codec; 0: the client did not say */
        } sources;
        struct {
            struct text name;
        } rename;
        struct {
            struct message_view wanted[MESSAGE_VIEWS];
            size_t count;
            bool audio_only;
        } view;
        struct {
            struct text text;
        } chat;
        struct {
            uint64_t participant;
            uint8_t source; /* as in struct message_source */
        } mute;
        struct {
            uint64_t participant;
        } remove;
        struct {
            bool locked;
        } lock;
        struct {
            uint64_t participant;
            bool admitted;
        } admit;
    };
    void *owned;
};

#define MESSAGE_REASON_BYTES 160u
struct message_problem {
    enum message_code code;            /* BAD_MESSAGE, UNKNOWN_TYPE or TOO_LARGE */
    char reason[MESSAGE_REASON_BYTES]; /* English, names the field; no text of the client in it */
};

/* 0, or -1 with *problem filled; out->id is the request's id even then, if it could be read.
 * On 0 the caller calls message_free. */
int message_decode(const char *bytes, size_t len, struct message *out,
                   struct message_problem *problem) __attribute__((warn_unused_result));
void message_free(struct message *message);

/* 1..max_chars code points of UTF-8 text fit to be shown in one line: no control characters, no
 * line separators, none of the marks that turn the direction of what stands around them. */
bool message_is_line(const char *bytes, size_t len, size_t max_chars);
/* Reads 16 lower-case hex digits that are not all zero. 0 or -1. */
int message_parse_participant(const char *bytes, size_t len, uint64_t *out)
    __attribute__((warn_unused_result));

#endif
