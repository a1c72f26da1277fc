/* HTTP: routes, responses and their headers. Small responses are made whole in memory; files are
 * sent by libwebsockets (static.c). */
#ifndef PARLEY_CONTROL_HTTP_H
#define PARLEY_CONTROL_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_BODY_BYTES   8192u /* of a request */
#define HTTP_PATH_BYTES   256u
#define HTTP_HEADER_BYTES 2048u /* of a response, without its body */

struct explain_question;
struct lws;
struct lws_protocols;
struct server;

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OTHER };

/* One request on a connection; libwebsockets keeps it as the connection's user data. */
struct http_request {
    struct server *server;
    struct lws *wsi;
    enum http_method method;
    char path[HTTP_PATH_BYTES]; /* decoded, without the query */
    bool upgrade;               /* asks for a WebSocket; lives for that one callback only */
    bool close_after;           /* the body's length is unknown: the connection cannot go on */
    int (*on_timer)(struct http_request *request); /* of the connection's timer */
    uint32_t waits;                    /* metrics.c: looks at the workers' answers so far */
    struct explain_question *question; /* explain.c: owned; waits for a worker */
    char *body;                        /* request's; NUL-terminated */
    size_t body_len;
    char *response; /* what is still to be written; headroom in front */
    size_t response_len;
};

struct http_response {
    unsigned status;
    const char *content_type;
    const char *body; /* copied */
    size_t len;
    const char *cache_control; /* NULL: "no-store" */
    uint32_t retry_after_s;    /* 0: none */
    bool ask_for_token;        /* WWW-Authenticate, which a 401 must have (RFC 9110 15.5.2) */
};

/* Sends headers now and the body when the socket takes it. Returns what the callback must return.
 */
int http_respond(struct http_request *request, const struct http_response *response)
    __attribute__((warn_unused_result));

struct lws_protocols http_protocol(void);

#endif
