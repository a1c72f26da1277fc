/* WebSocket connections. */
#include "control/socket.h"

#include <libwebsockets.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/encode.h"
#include "control/lobby.h"
#include "control/request.h"
#include "control/rooms.h"
#include "control/server.h"
#include "control/signalling.h"

_Static_assert(FRAME_HEADROOM >= LWS_PRE, "libwebsockets writes in front of the message");

/* ---- out ------------------------------------------------------------------------------------- */

/* libwebsockets asks once for each socket that can be written: several messages then cost less. */
#define READS_FIRST_MAX 4u /* in a row: whoever never stops talking is written to all the same */
#define WRITES_PER_CALL 16u

static void starve(struct socket *socket)
{
    static struct log_limit limit;
    COUNT_CONTROL(socket->server, sockets_starved);
    log_write_limited(&limit, server_now_ms() * 1000u, LOG_WARN, "socket", "event=out_of_memory");
    outbox_clear(&socket->outbox);
    socket_close(socket, SOCKET_STARVED);
}

void socket_send_soon(struct socket *socket, struct frame *frame)
{
    if (socket->closing != 0) { /* nothing comes after `closing` or a last reply */
        frame_put(frame);
        return;
    }
    bool stuck = frame != NULL && (socket->outbox.bytes + frame->len > SOCKET_QUEUE_BYTES ||
                                   socket->outbox.count >= SOCKET_QUEUE_FRAMES);
    if (stuck) {
        COUNT_CONTROL(socket->server, sockets_stuck);
        outbox_clear(&socket->outbox);
        socket_close(socket, SOCKET_FLOODING);
    } else if (frame == NULL || outbox_push(&socket->outbox, frame) != 0) {
        starve(socket);
    }
    frame_put(frame);
}

void socket_flush(struct socket *socket)
{
    if (socket->outbox.count > 0)
        lws_callback_on_writable(socket->wsi);
}

void socket_send(struct socket *socket, struct frame *frame)
{
    socket_send_soon(socket, frame);
    lws_callback_on_writable(socket->wsi);
}

void socket_refuse(struct socket *socket, uint32_t request, enum message_code code,
                   const char *text)
{
    socket->server->refused[code]++;
    socket_send(socket, encode_error(request, code, text));
}

void socket_close(struct socket *socket, enum socket_close code)
{
    if (socket->closing == 0) {
        socket->closing = (uint16_t)code;
        /* Closed with input unread, TCP resets, and the flooder never sees the close code. */
        socket->lingering = code == SOCKET_FLOODING || code == SOCKET_UNREADABLE;
        if (socket->lingering)
            lws_set_timer_usecs(socket->wsi, SOCKET_LINGER_MS * LWS_US_PER_MS);
    }
    lws_callback_on_writable(socket->wsi);
}

static void on_timer(struct socket *socket)
{
    socket->lingering = false;
    if (socket->closing != 0) {
        lws_callback_on_writable(socket->wsi);
    } else if (socket->member == NULL) {
        lobby_give_up(socket);
        socket_close(socket, SOCKET_SILENT);
    }
}

static int close_written(struct socket *socket)
{
    if (socket->closing == 0 || socket->lingering)
        return 0;
    lws_close_reason(socket->wsi, (enum lws_close_status)socket->closing, NULL, 0);
    return -1;
}

/* Something came that was not read yet. libwebsockets writes first; and where the peer has closed
 * its side for good, what it said last, that it leaves, would be lost with the failed write. */
static bool should_read_first(struct socket *socket)
{
    struct pollfd poll_fd = {.fd = lws_get_socket_fd(socket->wsi), .events = POLLIN};
    if (socket->reads_first == READS_FIRST_MAX || poll(&poll_fd, 1, 0) <= 0)
        return false;
    socket->reads_first++;
    return true;
}

/* As many messages as the connection takes; -1 closes it. */
static int write_some(struct socket *socket)
{
    if (should_read_first(socket)) {
        lws_callback_on_writable(socket->wsi);
        return 0;
    }
    socket->reads_first = 0;
    struct frame *frame = outbox_pop(&socket->outbox);
    if (frame == NULL)
        return close_written(socket);
    for (unsigned i = 0; frame != NULL; i++) {
        int written =
            lws_write(socket->wsi, frame->bytes + FRAME_HEADROOM, frame->len, LWS_WRITE_TEXT);
        frame_put(frame);
        if (written < 0)
            return -1;
        COUNT_CONTROL(socket->server, messages_out);
        bool more = i + 1 < WRITES_PER_CALL && !lws_send_pipe_choked(socket->wsi);
        frame = more ? outbox_pop(&socket->outbox) : NULL;
    }
    if (socket->outbox.count > 0 || socket->closing != 0)
        lws_callback_on_writable(socket->wsi);
    return 0;
}

/* ---- in -------------------------------------------------------------------------------------- */

/* Room for more bytes; -1: memory is short. */
static int make_room(struct socket *socket, size_t more)
{
    size_t wanted = socket->received_len + more;
    if (wanted <= socket->received_size)
        return 0;
    size_t size = socket->received_size < 1024 ? 1024 : socket->received_size;
    while (size < wanted)
        size *= 2;
    char *bytes = realloc(socket->received, size);
    if (bytes == NULL)
        return -1;
    socket->received = bytes;
    socket->received_size = size;
    return 0;
}

static void forget_received(struct socket *socket)
{
    free(socket->received);
    socket->received = NULL;
    socket->received_len = 0;
    socket->received_size = 0;
    socket->too_large = false;
}

static void count_abuse(struct socket *socket)
{
    if (++socket->abuse > SOCKET_MAX_ABUSE)
        socket_close(socket, SOCKET_UNREADABLE);
}

static bool within_rate(struct socket *socket, uint32_t request)
{
    const struct config_limits *limits = &socket->server->config->limits;
    if (bucket_take(&socket->rate, limits->messages_per_second, limits->message_burst,
                    server_now_ms())) {
        socket->over -= socket->over > 0;
        return true;
    }
    socket_refuse(socket, request, CODE_TOO_MANY, "too many messages, slow down");
    if (++socket->over > SOCKET_MAX_OVER)
        socket_close(socket, SOCKET_FLOODING);
    return false;
}

static void take_text(struct socket *socket)
{
    struct message message;
    struct message_problem problem;
    int err = message_decode(socket->received, socket->received_len, &message, &problem);
    if (!within_rate(socket, message.id)) {
        if (err == 0)
            message_free(&message);
        return;
    }
    if (err != 0) {
        socket_refuse(socket, message.id, problem.code, problem.reason);
        count_abuse(socket);
        return;
    }
    socket->abuse -= socket->abuse > 0;
    signalling_receive(socket, &message);
    message_free(&message);
}

static void take_message(struct socket *socket, bool binary)
{
    COUNT_CONTROL(socket->server, messages_in);
    if (!binary && !socket->too_large) {
        take_text(socket);
    } else if (within_rate(socket, 0)) {
        if (binary)
            socket_refuse(socket, 0, CODE_BINARY, "text messages only");
        else
            socket_refuse(socket, 0, CODE_TOO_LARGE, "a message has at most 72 KiB");
        count_abuse(socket);
    }
    forget_received(socket);
}

static void receive(struct socket *socket, const char *bytes, size_t len)
{
    if (socket->closing != 0)
        return;
    if (socket->received_len + len > MESSAGE_MAX_BYTES)
        socket->too_large = true;
    if (!socket->too_large && make_room(socket, len) != 0) {
        starve(socket);
        return;
    }
    if (!socket->too_large && len > 0)
        memcpy(socket->received + socket->received_len, bytes, len);
    socket->received_len += len;
    if (socket->received_len > SOCKET_MAX_THROWN_AWAY)
        socket_close(socket, SOCKET_UNREADABLE); /* it need not end */
    if (lws_is_final_fragment(socket->wsi) && lws_remaining_packet_payload(socket->wsi) == 0)
        take_message(socket, lws_frame_is_binary(socket->wsi) != 0);
}

/* ---- life ------------------------------------------------------------------------------------ */

static void opened(struct socket *socket, struct lws *wsi)
{
    struct server *server = lws_context_user(lws_get_context(wsi));
    memset(socket, 0, sizeof *socket);
    socket->server = server;
    socket->wsi = wsi;
    request_address(server, wsi, &socket->address);
    request_host(server, wsi, socket->host);
    bucket_init(&socket->rate, server->config->limits.message_burst, server_now_ms());
    list_push_back(&server->sockets, &socket->in_server);
    /* http.c looked at both limits before it let the upgrade through; nothing ran in between. */
    if (!limits_socket_opened(server->limits, &socket->address))
        socket_close(socket, SOCKET_FLOODING);
    server->socket_count++;
    lws_set_timer_usecs(wsi, SOCKET_JOIN_S * LWS_USEC_PER_SEC);
}

static void closed(struct socket *socket)
{
    struct server *server = socket->server;
    if (server == NULL)
        return;
    if (socket->member != NULL)
        signalling_lost(socket);
    lobby_forget(socket);
    list_remove(&socket->in_server);
    limits_socket_closed(server->limits, &socket->address);
    server->socket_count--;
    outbox_clear(&socket->outbox);
    forget_received(socket);
    socket->server = NULL;
}

/* 1000 and 1001 are a page that closes its socket on purpose or goes away (reload, closed tab): its
 * media is gone with it. A lost connection has no close frame, a bare close() no code. */
static void peer_closes(struct socket *socket, const unsigned char *status, size_t len)
{
    unsigned code = len >= 2 ? (unsigned)status[0] << 8 | status[1] : 0;
    socket->gone_away = code == 1000 || code == 1001;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    struct socket *socket = user;
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        opened(socket, wsi);
        break;
    case LWS_CALLBACK_RECEIVE:
        receive(socket, in, len);
        break;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return write_some(socket);
    case LWS_CALLBACK_TIMER:
        on_timer(socket);
        break;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        peer_closes(socket, in, len);
        break;
    case LWS_CALLBACK_CLOSED:
        closed(socket);
        break;
    default:
        break;
    }
    return 0;
}

struct lws_protocols socket_protocol(void)
{
    return (struct lws_protocols){
        .name = SOCKET_PROTOCOL,
        .callback = on_event,
        .per_session_data_size = sizeof(struct socket),
        .rx_buffer_size = 4096,
    };
}
