/* HTTP requests: from libwebsockets' events to the routes, and responses back. */
#include "control/http.h"

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

#include "control/callers.h"
#include "control/explain.h"
#include "control/headers.h"
#include "control/metrics.h"
#include "control/openapi.h"
#include "control/problem.h"
#include "control/request.h"
#include "control/rest.h"
#include "control/server.h"
#include "control/socket.h"
#include "control/static.h"

static const char join_prefix[] = "/join-room/";
static const char rooms_prefix[] = "/rooms/";

/* ---- responses ------------------------------------------------------------------------------- */

static int write_headers(struct http_request *request, const struct http_response *response)
{
    unsigned char buffer[LWS_PRE + HTTP_HEADER_BYTES];
    unsigned char *start = buffer + LWS_PRE;
    unsigned char *at = start;
    unsigned char *end = buffer + sizeof buffer;
    char seconds[16];
    if (lws_add_http_common_headers(request->wsi, response->status, response->content_type,
                                    (lws_filepos_t)response->len, &at, end) != 0 ||
        headers_add_security(request, &at, end) != 0 || headers_add_date(request, &at, end) != 0 ||
        headers_add(request, "cache-control:",
                    response->cache_control != NULL ? response->cache_control : "no-store", &at,
                    end) != 0)
        return -1;
    lws_snprintf(seconds, sizeof seconds, "%u", response->retry_after_s);
    if (response->retry_after_s > 0 && headers_add(request, "retry-after:", seconds, &at, end) != 0)
        return -1;
    if (response->ask_for_token &&
        headers_add(request, "www-authenticate:", "Bearer", &at, end) != 0)
        return -1;
    return lws_finalize_write_http_header(request->wsi, start, &at, end) != 0 ? -1 : 0;
}

static int finish(struct http_request *request)
{
    if (request->close_after)
        return -1;
    return lws_http_transaction_completed(request->wsi) != 0 ? -1 : 0;
}

static int keep_body(struct http_request *request, const struct http_response *response)
{
    free(request->response);
    request->response = malloc(LWS_PRE + response->len);
    if (request->response == NULL)
        return -1;
    memcpy(request->response + LWS_PRE, response->body, response->len);
    request->response_len = response->len;
    return 0;
}

static int write_kept(struct http_request *request)
{
    if (request->response == NULL)
        return 0;
    int written = lws_write(request->wsi, (unsigned char *)request->response + LWS_PRE,
                            request->response_len, LWS_WRITE_HTTP_FINAL);
    free(request->response);
    request->response = NULL;
    return written < 0 ? -1 : 0;
}

int http_respond(struct http_request *request, const struct http_response *response)
{
    if (write_headers(request, response) != 0)
        return -1;
    if (request->method == HTTP_HEAD || response->len == 0)
        return finish(request);
    if (keep_body(request, response) != 0)
        return -1;
    if (request->upgrade) /* there is no later callback with this request */
        return write_kept(request);
    lws_callback_on_writable(request->wsi);
    return 0;
}

static int on_writable(struct http_request *request)
{
    if (request->response == NULL)
        return 0;
    return write_kept(request) != 0 ? -1 : finish(request);
}

/* ---- requests -------------------------------------------------------------------------------- */

static enum http_method method_of(struct lws *wsi)
{
    if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0)
        return HTTP_GET;
    if (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) > 0)
        return HTTP_POST;
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0)
        return HTTP_HEAD;
    return HTTP_OTHER;
}

static void forget(struct http_request *request)
{
    free(request->body);
    free(request->response);
    explain_forget(request->question);
    memset(request, 0, sizeof *request);
}

/* false: the path does not fit. */
static bool begin(struct http_request *request, struct lws *wsi, const char *path, size_t len)
{
    forget(request);
    request->server = lws_context_user(lws_get_context(wsi));
    request->wsi = wsi;
    request->method = method_of(wsi);
    COUNT_CONTROL(request->server, requests);
    if (len >= sizeof request->path)
        return false;
    memcpy(request->path, path, len);
    request->path[len] = '\0';
    return true;
}

static int route_post(struct http_request *request)
{
    if (!request_origin_allowed(request->server, request->wsi))
        return problem_respond(request, PROBLEM_ORIGIN_REFUSED, NULL, 0);
    if (strcmp(request->path, "/create-room") == 0)
        return rest_create_room(request);
    if (strncmp(request->path, join_prefix, strlen(join_prefix)) == 0)
        return rest_join_room(request, request->path + strlen(join_prefix));
    return problem_respond(request, PROBLEM_METHOD_NOT_ALLOWED, NULL, 0);
}

static int route_get(struct http_request *request)
{
    const char *path = request->path;
    if (strcmp(path, "/healthz") == 0)
        return rest_healthz(request);
    if (strcmp(path, "/metrics") == 0)
        return metrics_request(request);
    if (strcmp(path, "/openapi.yaml") == 0)
        return openapi_serve(request);
    if (strncmp(path, rooms_prefix, strlen(rooms_prefix)) == 0)
        return explain_request(request, path + strlen(rooms_prefix));
    if (strcmp(path, "/create-room") == 0 || strncmp(path, join_prefix, strlen(join_prefix)) == 0)
        return problem_respond(request, PROBLEM_METHOD_NOT_ALLOWED, "POST it", 0);
    if (strcmp(path, "/ws") == 0)
        return problem_respond(request, PROBLEM_UPGRADE_REFUSED, "a WebSocket is opened here", 0);
    return static_serve(request);
}

/* libwebsockets reads bodies with a Content-Length only. A POST without any (curl -X POST) has
 * none; one that is chunked cannot be read. Either way where it ends is unknown to the parser. */
static int begin_post(struct http_request *request)
{
    bool chunked = lws_hdr_total_length(request->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
    if (lws_hdr_total_length(request->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 && !chunked)
        return 0;
    request->close_after = true;
    if (chunked)
        return problem_respond(request, PROBLEM_LENGTH_REQUIRED, NULL, 0);
    return route_post(request);
}

static int start_request(struct http_request *request)
{
    switch (request->method) {
    case HTTP_GET:
    case HTTP_HEAD:
        return route_get(request);
    case HTTP_POST:
        return begin_post(request);
    case HTTP_OTHER:
        break;
    }
    return problem_respond(request, PROBLEM_METHOD_NOT_ALLOWED, NULL, 0);
}

static int add_body(struct http_request *request, const char *bytes, size_t len)
{
    if (request->response != NULL || len == 0)
        return 0; /* refused already: the rest is thrown away */
    if (request->body_len + len > HTTP_BODY_BYTES) {
        request->close_after = true;
        return problem_respond(request, PROBLEM_BODY_TOO_LARGE, NULL, 0);
    }
    char *body = realloc(request->body, request->body_len + len + 1);
    if (body == NULL)
        return -1;
    request->body = body;
    memcpy(body + request->body_len, bytes, len);
    request->body_len += len;
    body[request->body_len] = '\0';
    return 0;
}

/* ---- upgrades -------------------------------------------------------------------------------- */

static bool asks_for_our_protocol(struct lws *wsi)
{
    char protocols[128];
    if (lws_hdr_copy(wsi, protocols, sizeof protocols, WSI_TOKEN_PROTOCOL) <= 0)
        return false;
    for (char *at = protocols; *at != '\0'; at += strspn(at, ", ")) {
        size_t len = strcspn(at, ", ");
        if (len == strlen(SOCKET_PROTOCOL) && memcmp(at, SOCKET_PROTOCOL, len) == 0)
            return true;
        at += len;
    }
    return false;
}

/* The problem to refuse it with; PROBLEMS: let it through. */
static enum problem check_upgrade(struct http_request *request)
{
    struct server *server = request->server;
    struct net_address address;
    if (!request_origin_allowed(server, request->wsi))
        return PROBLEM_ORIGIN_REFUSED;
    if (strcmp(request->path, "/ws") != 0 || !asks_for_our_protocol(request->wsi))
        return PROBLEM_UPGRADE_REFUSED;
    request_address(server, request->wsi, &address);
    if (server->socket_count >= server->most_sockets ||
        !limits_socket_opened(server->limits, &address))
        return PROBLEM_TOO_MANY_REQUESTS;
    limits_socket_closed(server->limits, &address); /* counted again when it is open */
    return PROBLEMS;
}

/* There is no user data yet: the request lives on the stack. 0: upgrade; 1: answered otherwise. */
static int confirm_upgrade(struct lws *wsi)
{
    struct http_request request = {0};
    char path[HTTP_PATH_BYTES];
    int len = lws_hdr_copy(wsi, path, sizeof path, WSI_TOKEN_GET_URI);
    if (len <= 0 || !begin(&request, wsi, path, (size_t)len))
        return -1;
    request.upgrade = true;
    enum problem problem = check_upgrade(&request);
    if (problem == PROBLEMS) {
        callers_forget(request.server, wsi);
        return 0;
    }
    COUNT_CONTROL(request.server, upgrades_refused);
    const char *detail = problem == PROBLEM_UPGRADE_REFUSED
                             ? "only at /ws, with the subprotocol " SOCKET_PROTOCOL
                             : NULL;
    int err =
        problem_respond(&request, problem, detail, problem == PROBLEM_TOO_MANY_REQUESTS ? 10 : 0);
    return err != 0 ? -1 : 1;
}

/* ---- events ---------------------------------------------------------------------------------- */

/* libwebsockets shows a vhost's SSL_CTX nowhere but here; a reload of the certificate needs it. */
static void keep_ssl_ctx(struct lws *wsi, void *ssl_ctx)
{
    struct server *server = lws_context_user(lws_get_context(wsi));
    server->ssl_ctx = ssl_ctx;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    struct http_request *request = user;
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        callers_served(lws_context_user(lws_get_context(wsi)), wsi);
        if (!begin(request, wsi, in, len))
            return problem_respond(request, PROBLEM_NOT_FOUND, NULL, 0);
        return start_request(request);
    case LWS_CALLBACK_HTTP_BODY:
        return add_body(request, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return request->response != NULL ? 0 : route_post(request);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return on_writable(request);
    case LWS_CALLBACK_HTTP_FILE_COMPLETION:
        return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
    case LWS_CALLBACK_TIMER:
        return request->on_timer != NULL ? request->on_timer(request) : 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return confirm_upgrade(wsi);
    case LWS_CALLBACK_WSI_DESTROY: /* of whatever protocol */
        callers_forget(lws_context_user(lws_get_context(wsi)), wsi);
        break;
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return -1; /* a WebSocket without our subprotocol */
    case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
        keep_ssl_ctx(wsi, user);
        break;
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
    case LWS_CALLBACK_CLOSED_HTTP:
        if (request != NULL)
            forget(request);
        break;
    default:
        break;
    }
    return 0;
}

struct lws_protocols http_protocol(void)
{
    return (struct lws_protocols){
        .name = "http",
        .callback = on_event,
        .per_session_data_size = sizeof(struct http_request),
        .rx_buffer_size = 4096,
    };
}
