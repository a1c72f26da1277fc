#include "cli/doctor_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/load_clock.h"

#define TICK_US 20000

static void on_done(struct load_post *post, const char *error)
{
    struct doctor_reply *reply = post->owner;
    snprintf(reply->error, sizeof reply->error, "%s", error ? error : "");
}

static void on_tick(lws_sorted_usec_list_t *timer)
{
    (void)timer; /* that lws_service() returns is all it is for */
}

static void serve(struct lws_context *context, const struct load_post *post, uint64_t until_us)
{
    lws_sorted_usec_list_t timer;
    memset(&timer, 0, sizeof timer);
    while (!post->ended && load_clock_us() < until_us) {
        lws_sul_schedule(context, 0, &timer, on_tick, TICK_US);
        lws_service(context, 0);
    }
    lws_sul_schedule(context, 0, &timer, on_tick, LWS_SET_TIMER_USEC_CANCEL);
}

void doctor_http(const struct load_options *target, const char *path, const char *body,
                 uint64_t timeout_us, struct doctor_reply *out)
{
    static const struct lws_protocols protocols[] = {
        {.name = LOAD_HTTP_PROTOCOL, .callback = load_http_callback, .rx_buffer_size = 4096},
        {.name = NULL},
    };
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .gid = -1,
        .uid = -1,
        .fd_limit_per_thread = 32,
    };
    struct load_post post = {.body = body,
                             .body_len = body ? strlen(body) : 0,
                             .get = body == NULL,
                             .done = on_done,
                             .owner = out};
    *out = (struct doctor_reply){.error = "no answer in time"};
    snprintf(post.path, sizeof post.path, "%s", path);
    lws_set_log_level(0, NULL);
    struct lws_context *context = lws_create_context(&info);
    if (!context)
        return;
    load_http_post(context, target, &post);
    serve(context, &post, load_clock_us() + timeout_us);
    post.ended = true; /* the context's end is no event of it any more */
    lws_context_destroy(context);
    out->status = post.status;
    snprintf(out->date, sizeof out->date, "%s", post.date);
    out->body = post.reply;
    out->len = post.reply_len;
}

void doctor_reply_fini(struct doctor_reply *reply)
{
    free(reply->body);
    reply->body = NULL;
}
