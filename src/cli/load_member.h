/* A client's way into its room: ticket, WebSocket, join, offer; then its media belong to a media
 * thread, and the socket stays open and obeys. */
#ifndef PARLEY_CLI_LOAD_MEMBER_H
#define PARLEY_CLI_LOAD_MEMBER_H

#include <libwebsockets.h>

#include "cli/load_http.h"
#include "cli/load_message.h"
#include "cli/load_peer.h"

struct client;
struct load_io;
struct load_signal;

#define LOAD_MEMBER_PROTOCOL "parley.v1"
#define LOAD_MEMBER_QUEUE    4u

enum load_step {
    LOAD_WAITING,
    LOAD_ASKING,     /* for a ticket */
    LOAD_OPENING,    /* the WebSocket */
    LOAD_ENTERING,   /* join */
    LOAD_OFFERING,   /* offer */
    LOAD_CONNECTING, /* ICE and DTLS */
    LOAD_INSIDE,
    LOAD_FAILED,
};

struct load_member {
    /* borrowed */
    struct load_signal *signal;
    struct load_peer *peer;
    struct load_io *io;
    const char *room;
    /* owned */
    struct client *client; /* until a media thread has it */
    char *queue[LOAD_MEMBER_QUEUE];
    char *received;
    size_t received_len;
    /* state */
    enum load_step step;
    unsigned number;
    unsigned queued;
    bool leaving;
    struct load_session session;
    uint64_t lost_us;      /* its WebSocket dropped in the call; 0: it stands */
    unsigned tries;        /* to get it back */
    uint64_t resume_at_us; /* then: when to try again; UINT64_MAX: it is being tried */
    struct load_post post;
    struct load_ticket ticket;
    struct lws *wsi; /* NULL: not open */
};

void load_member_begin(struct load_member *member, uint64_t now_us);
/* Looks at what the media thread found out, and at the time. Whether the join has ended, well or
 * not. */
bool load_member_settled(struct load_member *member, uint64_t now_us);
/* Opens a dropped WebSocket again when it is time to. */
void load_member_resume(struct load_member *member, uint64_t now_us);
/* Closes the WebSocket as browsers do when the page goes away. */
void load_member_leave(struct load_member *member);
void load_member_fini(struct load_member *member);
/* user: the member. */
int load_member_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                         size_t len);

#endif
