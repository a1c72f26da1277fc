/* Janus's JSON as far as the bench speaks it: its WebSocket API and the videoroom plugin. */
#ifndef PARLEY_BENCH_JANUS_MESSAGE_H
#define PARLEY_BENCH_JANUS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct load_options;

/* What a message is about: it comes back in the reply. */
enum janus_topic {
    JANUS_SESSION = 's', /* the session, the handle that makes rooms, each room */
    JANUS_HANDLE = 'h',
    JANUS_ROOM = 'r',
    JANUS_ATTACH = 'a', /* of a member */
    JANUS_JOIN = 'j',
    JANUS_START = 't',
    JANUS_UP = 'u', /* nobody asked: the media of handle `id` can flow */
};

struct janus_address {
    int64_t session, handle; /* 0: none yet */
    enum janus_topic topic;
    unsigned number; /* of the room or the member */
};

/* All from malloc; NULL: out of memory. */
char *janus_message_create(struct janus_address to);
char *janus_message_attach(struct janus_address to);
char *janus_message_room(struct janus_address to, unsigned room,
                         const struct load_options *options);
char *janus_message_publish(struct janus_address to, unsigned room, const char *offer);
char *janus_message_subscribe(struct janus_address to, unsigned room, const int64_t *feeds,
                              size_t count);
char *janus_message_start(struct janus_address to, const char *answer);

struct janus_message {
    enum janus_topic topic;
    unsigned number;
    bool acknowledged; /* the reply proper is still to come */
    int64_t id;        /* of the session or handle that was made; of the publisher that joined */
    char *sdp;         /* from malloc, the caller's; NULL: none */
    char problem[128]; /* "": none */
};
/* 0, or -1: nothing that was asked for. */
int janus_message_read(const char *text, size_t len, struct janus_message *out)
    __attribute__((warn_unused_result));

#endif
