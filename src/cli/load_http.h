/* One POST or GET over libwebsockets; its events reach load_http_callback(). */
#ifndef PARLEY_CLI_LOAD_HTTP_H
#define PARLEY_CLI_LOAD_HTTP_H

#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>

#define LOAD_HTTP_PROTOCOL    "load-http"
#define LOAD_HTTP_REPLY_BYTES (256u * 1024u)
#define LOAD_HTTP_ERROR_BYTES 128u
#define LOAD_HTTP_DATE_BYTES  40u

struct load_options;
struct load_post;

/* error: NULL: there is a reply, of whatever status; else why there is none. The post may be freed
 * by the callee once it was called. */
typedef void load_post_done(struct load_post *post, const char *error);

/* Zeroed and filled by the owner; lives until done was called. */
struct load_post {
    char path[128];
    const char *body; /* borrowed; NULL: empty */
    size_t body_len;
    bool get; /* no body */
    load_post_done *done;
    void *owner;
    /* state */
    char *reply; /* owned: load_post_fini() */
    size_t reply_len;
    unsigned status;
    char date[LOAD_HTTP_DATE_BYTES]; /* the reply's Date; "": none */
    bool ended;
};

void load_http_post(struct lws_context *context, const struct load_options *options,
                    struct load_post *post);
void load_post_fini(struct load_post *post);
/* user: the post. */
int load_http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                       size_t len);
/* "host:port", the host in brackets if it is an IPv6 address. */
void load_http_authority(const char *host, unsigned port, char *out, size_t size);
/* What to connect to for this host: its address, if the options know it. */
const char *load_http_address(const struct load_options *options, const char *host);
/* libwebsockets' flags for TLS as the options want it. */
int load_http_flags(const struct load_options *options, bool tls);

#endif
