/* The native protocol's JSON as far as the load generator speaks it (docs/protocol.md). */
#ifndef PARLEY_CLI_LOAD_MESSAGE_H
#define PARLEY_CLI_LOAD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/load_options.h"

#define LOAD_ROOM_BYTES  64u
#define LOAD_TOKEN_BYTES 2049u
#define LOAD_WORD_BYTES  129u

/* ---- REST ------------------------------------------------------------------------------------ */

/* All from malloc; NULL: out of memory. */
char *load_message_room(const struct load_options *options);

/* 0, or -1: it is not the reply of the protocol. */
int load_message_read_room(const char *text, size_t len, char room[static LOAD_ROOM_BYTES])
    __attribute__((warn_unused_result));

struct load_ticket {
    char url[LOAD_URL_BYTES]; /* of the WebSocket */
    char token[LOAD_TOKEN_BYTES];
};
int load_message_read_ticket(const char *text, size_t len, struct load_ticket *out)
    __attribute__((warn_unused_result));

/* What a refusal says: "429 too_many_requests: …". */
void load_message_problem(unsigned status, const char *text, size_t len, char *out, size_t size);

/* ---- WebSocket ------------------------------------------------------------------------------- */

enum { LOAD_ID_JOIN = 1, LOAD_ID_SOURCES, LOAD_ID_OFFER, LOAD_ID_PARTICIPANTS };

/* From this minor version of the protocol on the server tells of others together, if asked to. */
#define LOAD_MINOR_TOGETHER 3u

/* What `joined` says for a later `resume`; "": it did not. */
struct load_session {
    char participant[LOAD_WORD_BYTES];
    char secret[LOAD_WORD_BYTES];
};

char *load_message_join(const char *token, const char *name);
char *load_message_resume(const char *token, const struct load_session *session);
char *load_message_sources(bool microphone, bool camera);
char *load_message_together(void);
char *load_message_offer(uint32_t epoch, const char *sdp, bool microphone, bool camera);

enum load_message_type {
    LOAD_MESSAGE_OTHER,
    LOAD_MESSAGE_JOINED,
    LOAD_MESSAGE_ANSWER,
    LOAD_MESSAGE_ERROR,   /* a request was refused */
    LOAD_MESSAGE_PUBLISH, /* which layers of the camera to send */
    LOAD_MESSAGE_RESTART, /* the media worker was replaced */
};

struct load_message {
    enum load_message_type type;
    uint32_t epoch;              /* joined, restart */
    bool sfu;                    /* joined */
    unsigned minor;              /* joined: the server's version of the protocol is 1.minor */
    struct load_session session; /* joined */
    char *sdp;                   /* answer; from malloc, the caller's */
    size_t sdp_len;
    unsigned layers;  /* publish: a bit each, the lowest is 1 */
    char reason[128]; /* error */
};
/* What is not understood counts as OTHER: newer servers say more. */
void load_message_read(const char *text, size_t len, struct load_message *out);

#endif
