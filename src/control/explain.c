/* Timelines: who may read them, and the way to the worker and back. */
#include "control/explain.h"

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control/http.h"
#include "control/problem.h"
#include "control/proquint.h"
#include "control/request.h"
#include "control/rooms.h"
#include "control/server.h"
#include "control/timeline_json.h"
#include "control/token.h"
#include "control/workers.h"

#define WAIT_US       (1000 * LWS_US_PER_MS)     /* for the worker */
#define QUESTIONS_MAX 64u                        /* that wait at the same time */
#define PAGE_ENTRIES  200u                       /* without limit= */
#define NUMBER_MAX    UINT64_C(9007199254740991) /* what a JSON reader in a browser knows exactly */
#define TOKEN_BYTES   2048u

struct explain_question {
    struct list_node waiting;     /* in server->questions */
    struct http_request *request; /* borrowed; it forgets us first */
    uint32_t id;
    uint64_t room;
    char *body; /* NULL: no answer yet */
};

struct page {
    uint64_t after;
    uint64_t limit;
};

/* ---- what is asked for ----------------------------------------------------------------------- */

/* "{room_id}/timeline"; -1: something else. */
static int parse_path(const char *rest, uint64_t *room)
{
    const char *slash = strchr(rest, '/');
    if (slash == NULL || strcmp(slash, "/timeline") != 0)
        return -1;
    return proquint_parse(rest, (size_t)(slash - rest), room);
}

/* NULL: fine; else what is wrong. */
static const char *read_page(struct lws *wsi, struct page *page)
{
    *page = (struct page){.after = 0, .limit = PAGE_ENTRIES};
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS) >= (int)REQUEST_QUERY_BYTES)
        return "only after and limit are known";
    if (!request_number(wsi, "after=", 0, NUMBER_MAX, &page->after))
        return "after: an integer from 0 to 9007199254740991";
    if (!request_number(wsi, "limit=", 1, IPC_MAX_TIMELINE, &page->limit))
        return "limit: an integer from 1 to 500";
    return NULL;
}

/* The token of "Authorization: Bearer …" (RFC 6750 2.1). */
static int read_bearer(struct lws *wsi, char *token, size_t size)
{
    static const char scheme[] = "bearer ";
    char header[TOKEN_BYTES + sizeof scheme];
    if (lws_hdr_copy(wsi, header, sizeof header, WSI_TOKEN_HTTP_AUTHORIZATION) <= 0 ||
        strncasecmp(header, scheme, strlen(scheme)) != 0)
        return -1;
    const char *text = header + strlen(scheme);
    size_t len = strlen(text);
    if (len == 0 || len >= size)
        return -1;
    memcpy(token, text, len + 1);
    return 0;
}

/* PROBLEMS: may read it. A token is good for its time and, since a call outlives that, for as long
 * as the participant who joined with it is in the room. *live: NULL: nobody is there. */
static enum problem check_access(struct http_request *request, uint64_t id,
                                 const struct room **live)
{
    struct server *server = request->server;
    struct store_room settings;
    struct token token;
    char text[TOKEN_BYTES];
    if (read_bearer(request->wsi, text, sizeof text) != 0)
        return PROBLEM_UNAUTHORIZED;
    int err = token_verify(server->token_key, text, server_unix_s(), &token);
    if (err != 0 && err != TOKEN_EXPIRED)
        return PROBLEM_UNAUTHORIZED;
    if (token.room != id)
        return PROBLEM_WRONG_ROOM;
    int missing = rooms_settings(server, id, live, &settings);
    if (missing == STORE_NOT_FOUND)
        return PROBLEM_ROOM_NOT_FOUND;
    if (missing != 0)
        return PROBLEM_STORE_UNAVAILABLE;
    bool present = *live != NULL && rooms_member(*live, token.participant) != NULL;
    bool waits = settings.lobby && token_waits(&token); /* unless they were let in */
    return (err == 0 && !waits) || present ? PROBLEMS : PROBLEM_UNAUTHORIZED;
}

/* ---- answers --------------------------------------------------------------------------------- */

static char *write_body(uint64_t room, const struct ipc_timeline *timeline)
{
    json_t *json = timeline_json(room, timeline);
    char *body = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return body;
}

static int respond(struct http_request *request, const char *body)
{
    struct http_response response = {
        .status = 200, .content_type = "application/json", .body = body, .len = strlen(body)};
    return http_respond(request, &response);
}

/* Nobody is in the room, so there is no log. */
static int respond_empty(struct http_request *request, uint64_t room)
{
    static const struct ipc_timeline nothing;
    char *body = write_body(room, &nothing);
    int result = body != NULL ? respond(request, body)
                              : problem_respond(request, PROBLEM_INTERNAL, "out of memory", 0);
    free(body);
    return result;
}

static int respond_unavailable(struct http_request *request)
{
    return problem_respond(request, PROBLEM_MEDIA_UNAVAILABLE, NULL, 1);
}

/* The answer is there, or the time for it is over. */
static int on_timer(struct http_request *request)
{
    struct explain_question *question = request->question;
    request->question = NULL;
    int result =
        question->body != NULL ? respond(request, question->body) : respond_unavailable(request);
    explain_forget(question);
    return result;
}

static struct explain_question *find_question(struct server *server,
                                              const struct ipc_message *message)
{
    LIST_EACH(&server->questions, node)
    {
        struct explain_question *question = LIST_ELEMENT(node, struct explain_question, waiting);
        if (question->id == message->request && question->room == message->room)
            return question;
    }
    return NULL;
}

void explain_answer(struct server *server, const struct ipc_message *message)
{
    /* One at a time in one thread; too large for a stack that is kept small. */
    static struct ipc_timeline timeline;
    struct explain_question *question = find_question(server, message);
    if (question == NULL || question->body != NULL) {
        COUNT_CONTROL(server, ipc_dropped);
        return;
    }
    if (ipc_decode_timeline(message->payload, message->payload_len, &timeline) != 0) {
        COUNT_CONTROL(server, ipc_malformed);
        return;
    }
    question->body = write_body(question->room, &timeline);
    /* Now, but from the connection's own callback. */
    lws_set_timer_usecs(question->request->wsi, 1);
}

void explain_forget(struct explain_question *question)
{
    if (question == NULL)
        return;
    list_remove(&question->waiting);
    free(question->body);
    free(question);
}

/* ---- questions ------------------------------------------------------------------------------- */

static int send_question(const struct explain_question *question, const struct room *live,
                         const struct page *page)
{
    uint8_t payload[16];
    struct ipc_timeline_request wanted = {.after = page->after, .max = (uint16_t)page->limit};
    long len = ipc_encode_timeline_request(&wanted, payload, sizeof payload);
    struct ipc_message message = {.type = IPC_TIMELINE_REQUEST,
                                  .request = question->id,
                                  .room = question->room,
                                  .payload = payload,
                                  .payload_len = (size_t)len};
    return len > 0 ? workers_send(live, &message) : -1;
}

static bool has_room(const struct server *server)
{
    size_t count = 0;
    LIST_EACH(&server->questions, node)
    count++;
    return count < QUESTIONS_MAX;
}

static int ask(struct http_request *request, const struct room *live, const struct page *page)
{
    static uint32_t last_id;
    struct server *server = request->server;
    struct explain_question *question = has_room(server) ? calloc(1, sizeof *question) : NULL;
    if (question == NULL)
        return respond_unavailable(request);
    question->request = request;
    question->id = ++last_id;
    question->room = live->id;
    list_push_back(&server->questions, &question->waiting);
    if (send_question(question, live, page) != 0) {
        explain_forget(question);
        return respond_unavailable(request);
    }
    request->question = question;
    request->on_timer = on_timer;
    lws_set_timer_usecs(request->wsi, WAIT_US);
    return 0;
}

int explain_request(struct http_request *request, const char *rest)
{
    struct server *server = request->server;
    struct page page;
    const struct room *live = NULL;
    uint64_t room;
    uint32_t wait_s = request_take(server, request->wsi, LIMITS_TIMELINES);
    if (wait_s != 0)
        return problem_respond(request, PROBLEM_TOO_MANY_REQUESTS, NULL, wait_s);
    if (parse_path(rest, &room) != 0)
        return problem_respond(request, PROBLEM_BAD_ROOM_ID,
                               "/rooms/{room_id}/timeline, the id is four words of five letters",
                               0);
    const char *wrong = read_page(request->wsi, &page);
    if (wrong != NULL)
        return problem_respond(request, PROBLEM_BAD_REQUEST, wrong, 0);
    enum problem problem = check_access(request, room, &live);
    if (problem != PROBLEMS)
        return problem_respond(request, problem, NULL,
                               problem == PROBLEM_STORE_UNAVAILABLE ? 5 : 0);
    return live != NULL ? ask(request, live, &page) : respond_empty(request, room);
}
