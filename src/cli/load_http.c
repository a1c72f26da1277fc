#include "cli/load_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/load_options.h"

static void end(struct load_post *post, const char *error)
{
    if (post->ended)
        return;
    post->ended = true;
    post->done(post, error);
}

void load_post_fini(struct load_post *post)
{
    free(post->reply);
    post->reply = NULL;
}

void load_http_authority(const char *host, unsigned port, char *out, size_t size)
{
    bool v6 = strchr(host, ':') != NULL;
    snprintf(out, size, "%s%s%s:%u", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

const char *load_http_address(const struct load_options *options, const char *host)
{
    return options->address[0] && strcmp(host, options->host) == 0 ? options->address : host;
}

int load_http_flags(const struct load_options *options, bool tls)
{
    if (!tls)
        return 0;
    if (!options->insecure)
        return LCCSCF_USE_SSL;
    return LCCSCF_USE_SSL | LCCSCF_ALLOW_SELFSIGNED | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK |
           LCCSCF_ALLOW_EXPIRED | LCCSCF_ALLOW_INSECURE;
}

void load_http_post(struct lws_context *context, const struct load_options *options,
                    struct load_post *post)
{
    char authority[LOAD_URL_BYTES + 16];
    load_http_authority(options->host, options->port, authority, sizeof authority);
    struct lws_client_connect_info info = {
        .context = context,
        .address = load_http_address(options, options->host),
        .port = (int)options->port,
        .ssl_connection = load_http_flags(options, options->tls),
        .path = post->path,
        .host = authority,
        .method = post->get ? "GET" : "POST",
        .protocol = LOAD_HTTP_PROTOCOL,
        .local_protocol_name = LOAD_HTTP_PROTOCOL,
        .alpn = "http/1.1",
        .userdata = post,
    };
    if (!lws_client_connect_via_info(&info))
        end(post, "no connection");
}

/* ---- events ---------------------------------------------------------------------------------- */

static int add_headers(struct lws *wsi, const struct load_post *post, unsigned char **at,
                       const unsigned char *limit)
{
    static const char type[] = "application/json";
    char length[24];
    int len = snprintf(length, sizeof length, "%zu", post->body_len);
    unsigned char *stop = (unsigned char *)(uintptr_t)limit;
    if (lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, (const unsigned char *)type,
                                     (int)strlen(type), at, stop) ||
        lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH,
                                     (const unsigned char *)length, len, at, stop))
        return -1;
    if (post->body_len > 0) {
        lws_client_http_body_pending(wsi, 1);
        lws_callback_on_writable(wsi);
    }
    return 0;
}

static int write_body(struct lws *wsi, struct load_post *post)
{
    if (post->body_len == 0)
        return 0;
    unsigned char *copy = malloc(LWS_PRE + post->body_len);
    if (!copy)
        return -1;
    memcpy(copy + LWS_PRE, post->body, post->body_len);
    lws_client_http_body_pending(wsi, 0);
    int written = lws_write(wsi, copy + LWS_PRE, post->body_len, LWS_WRITE_HTTP_FINAL);
    free(copy);
    post->body_len = 0;
    return written < 0 ? -1 : 0;
}

static void read_head(struct lws *wsi, struct load_post *post)
{
    post->status = lws_http_client_http_response(wsi);
    if (lws_hdr_copy(wsi, post->date, sizeof post->date, WSI_TOKEN_HTTP_DATE) < 0)
        post->date[0] = '\0';
}

static int append(struct load_post *post, const char *bytes, size_t len)
{
    if (post->reply_len + len > LOAD_HTTP_REPLY_BYTES)
        return -1;
    char *longer = realloc(post->reply, post->reply_len + len + 1);
    if (!longer)
        return -1;
    memcpy(longer + post->reply_len, bytes, len);
    post->reply = longer;
    post->reply_len += len;
    return 0;
}

static int read_more(struct lws *wsi)
{
    char buffer[LWS_PRE + 4096], *at = buffer + LWS_PRE;
    int room = 4096;
    return lws_http_client_read(wsi, &at, &room) < 0 ? -1 : 0;
}

int load_http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                       size_t len)
{
    struct load_post *post = user;
    if (!post || post->ended)
        return 0;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        end(post, in ? (const char *)in : "no connection");
        return 0;
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return post->get
                   ? 0
                   : add_headers(wsi, post, (unsigned char **)in, *(unsigned char **)in + len);
    case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
        return write_body(wsi, post);
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        read_head(wsi, post);
        return 0;
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
        return read_more(wsi);
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
        return append(post, in, len);
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
        lws_set_wsi_user(wsi, NULL); /* what follows is not the post's: it may be gone */
        end(post, NULL);
        return -1;
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
        end(post, "the connection was closed without a reply");
        return 0;
    default:
        return 0;
    }
}
