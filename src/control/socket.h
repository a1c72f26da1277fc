/* One WebSocket: its limits, its outgoing queue, its close codes. What the messages mean is
 * signalling.h's. */
#ifndef PARLEY_CONTROL_SOCKET_H
#define PARLEY_CONTROL_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/net.h"
#include "control/frame.h"
#include "control/limits.h"
#include "control/message.h"

#define SOCKET_PROTOCOL        "parley.v1"
#define SOCKET_HOST_BYTES      256u
#define SOCKET_JOIN_S          10
#define SOCKET_LINGER_MS       300
#define SOCKET_QUEUE_BYTES     (4u * 1024u * 1024u) /* a peer that reads nothing is cut off here */
#define SOCKET_QUEUE_FRAMES    2048u
#define SOCKET_MAX_ABUSE       20u        /* unreadable messages, less those that were fine */
#define SOCKET_MAX_THROWN_AWAY (1u << 20) /* of one message that is too large */
#define SOCKET_MAX_OVER        100u       /* messages over the rate, likewise */

/* Close codes of docs/protocol.md. */
enum socket_close {
    SOCKET_LEFT = 1000,
    SOCKET_STOPPING = 1001,
    SOCKET_STARVED = 1011, /* RFC 6455 7.4.1: "an unexpected condition" */
    SOCKET_UPGRADING = 1012,
    SOCKET_UNREADABLE = 4400,
    SOCKET_BAD_TOKEN = 4401,
    SOCKET_REMOVED = 4403,
    SOCKET_SILENT = 4408,
    SOCKET_REPLACED = 4409,
    SOCKET_ROOM_CLOSED = 4410,
    SOCKET_FLOODING = 4429,
};

struct knock;
struct lws;
struct lws_protocols;
struct member;
struct server;

struct socket {
    struct list_node in_server;
    /* borrowed */
    struct server *server;
    struct lws *wsi;
    struct member *member; /* NULL: not joined */
    /* owned */
    char *received; /* of the message that is coming in */
    size_t received_len;
    size_t received_size;
    struct outbox outbox;
    struct knock *knock; /* lobby.c; NULL: does not wait */
    /* state */
    struct net_address address;
    char host[SOCKET_HOST_BYTES]; /* as the client knows us, for TURN URLs */
    struct bucket rate;
    uint32_t abuse;
    uint32_t over;
    bool too_large;      /* the message that is coming in; its rest is thrown away */
    bool gone_away;      /* the page said goodbye in its close frame */
    uint8_t reads_first; /* writes that were put off, in a row */
    uint16_t closing;    /* enum socket_close; 0: not yet */
    bool lingering;      /* closing, but what still comes in is thrown away first */
    bool together;       /* told of changes in a large room together, see announce.h */
};

/* Takes over the frame's reference. NULL: there was no memory for it, and nobody knows what the
 * peer waits for now; the socket is closed, and whoever resumes is told how things are. */
void socket_send(struct socket *socket, struct frame *frame);
/* The same, with the next socket_send() or socket_flush(). */
void socket_send_soon(struct socket *socket, struct frame *frame);
void socket_flush(struct socket *socket);
/* Replies with an error, and counts it. request 0: none. */
void socket_refuse(struct socket *socket, uint32_t request, enum message_code code,
                   const char *text);
/* After what is queued was sent. Nothing that comes in after this is read. */
void socket_close(struct socket *socket, enum socket_close code);

struct lws_protocols socket_protocol(void);

#endif
