/* Files below web_root. */
#include "control/static.h"

#include <libwebsockets.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "control/headers.h"
#include "control/http.h"
#include "control/problem.h"
#include "control/server.h"

#define FILE_BYTES 1024
#define ETAG_BYTES 64

static const char *type_of(const char *path)
{
    static const struct {
        const char *suffix;
        const char *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".webp", "image/webp"},
        {".jpg", "image/jpeg"},
        {".woff2", "font/woff2"},
        {".mp3", "audio/mpeg"},
        {".ogg", "audio/ogg"},
        {".wav", "audio/wav"},
        {".webmanifest", "application/manifest+json"},
        {".txt", "text/plain; charset=utf-8"},
        {".wasm", "application/wasm"},
        {".map", "application/json"},
    };
    const char *suffix = strrchr(path, '.');
    for (size_t i = 0; suffix != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(suffix, types[i].suffix) == 0)
            return types[i].type;
    return NULL;
}

/* Plain names only, so nothing outside web_root and no hidden file can be named. */
static bool is_plain(const char *path)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "-_./";
    return path[0] == '/' && path[strspn(path, allowed)] == '\0' && strstr(path, "/.") == NULL &&
           strstr(path, "//") == NULL;
}

/* A word of Accept-Encoding that is not refused with q=0. */
static bool accepts(const char *header, const char *coding)
{
    size_t len = strlen(coding);
    for (const char *at = header; (at = strstr(at, coding)) != NULL; at += len) {
        bool starts = at == header || at[-1] == ',' || at[-1] == ' ';
        bool ends = strchr(", ;", at[len]) != NULL; /* also the NUL */
        const char *weight = at + len + strspn(at + len, " ");
        bool refused = strncmp(weight, ";q=0", 4) == 0 &&
                       strspn(weight + 4, ".0") == strcspn(weight + 4, ", ");
        if (starts && ends)
            return !refused;
    }
    return false;
}

struct found {
    char path[FILE_BYTES];
    const char *coding; /* NULL: as it is */
    struct stat stat;
};

static bool is_file(const char *path, struct stat *out)
{
    return stat(path, out) == 0 && S_ISREG(out->st_mode);
}

/* The best representation of the file; false: there is none. */
static bool find_file(struct http_request *request, const char *name, struct found *out)
{
    static const struct {
        const char *suffix;
        const char *coding;
    } forms[] = {{".br", "br"}, {".gz", "gzip"}};
    const char *root = request->server->start->web_root;
    char accepted[256];
    if (lws_hdr_copy(request->wsi, accepted, sizeof accepted, WSI_TOKEN_HTTP_ACCEPT_ENCODING) < 0)
        accepted[0] = '\0';
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        snprintf(out->path, sizeof out->path, "%s%s%s", root, name, forms[i].suffix);
        out->coding = forms[i].coding;
        if (accepts(accepted, out->coding) && is_file(out->path, &out->stat))
            return true;
    }
    out->coding = NULL;
    snprintf(out->path, sizeof out->path, "%s%s", root, name);
    return is_file(out->path, &out->stat);
}

static void format_etag(const struct found *found, char out[static ETAG_BYTES])
{
    snprintf(out, ETAG_BYTES, "\"%llx-%llx%s%s\"", (unsigned long long)found->stat.st_mtime,
             (unsigned long long)found->stat.st_size, found->coding != NULL ? "-" : "",
             found->coding != NULL ? found->coding : "");
}

/* The file's own headers; the security headers come with them. Their length, or -1. */
static int make_headers(struct http_request *request, const char *name, const struct found *found,
                        unsigned char *out, size_t size)
{
    char etag[ETAG_BYTES];
    unsigned char *at = out;
    unsigned char *end = out + size;
    bool hashed = strncmp(name, "/assets/", 8) == 0;
    format_etag(found, etag);
    if (headers_add_security(request, &at, end) != 0 ||
        headers_add(request, "cache-control:",
                    hashed ? "public, max-age=31536000, immutable" : "no-cache", &at, end) != 0 ||
        headers_add(request, "etag:", etag, &at, end) != 0 ||
        headers_add(request, "vary:", "accept-encoding", &at, end) != 0)
        return -1;
    if (found->coding != NULL &&
        headers_add(request, "content-encoding:", found->coding, &at, end) != 0)
        return -1;
    return (int)(at - out);
}

static bool is_unchanged(struct http_request *request, const struct found *found)
{
    char etag[ETAG_BYTES];
    char known[256];
    format_etag(found, etag);
    return lws_hdr_copy(request->wsi, known, sizeof known, WSI_TOKEN_HTTP_IF_NONE_MATCH) > 0 &&
           strstr(known, etag) != NULL;
}

/* Status line, given headers and no body. */
static int respond_bare(struct http_request *request, unsigned status, const unsigned char *headers,
                        size_t len)
{
    unsigned char buffer[LWS_PRE + HTTP_HEADER_BYTES];
    unsigned char *at = buffer + LWS_PRE;
    unsigned char *end = buffer + sizeof buffer;
    if (lws_add_http_header_status(request->wsi, status, &at, end) != 0 || (size_t)(end - at) < len)
        return -1;
    memcpy(at, headers, len);
    at += len;
    if (lws_finalize_write_http_header(request->wsi, buffer + LWS_PRE, &at, end) != 0)
        return -1;
    return lws_http_transaction_completed(request->wsi) != 0 ? -1 : 0;
}

static int send_head(struct http_request *request, const char *type, const struct found *found,
                     unsigned char *headers, size_t len)
{
    unsigned char *at = headers + len;
    unsigned char *end = headers + HTTP_HEADER_BYTES;
    if (headers_add(request, "content-type:", type, &at, end) != 0 ||
        lws_add_http_header_content_length(request->wsi, (lws_filepos_t)found->stat.st_size, &at,
                                           end) != 0)
        return -1;
    return respond_bare(request, 200, headers, (size_t)(at - headers));
}

static int send_file(struct http_request *request, const char *name, const struct found *found)
{
    unsigned char headers[HTTP_HEADER_BYTES];
    const char *type = type_of(name);
    int len = make_headers(request, name, found, headers, sizeof headers);
    if (type == NULL)
        type = "application/octet-stream";
    if (len < 0)
        return -1;
    if (is_unchanged(request, found))
        return respond_bare(request, 304, headers, (size_t)len);
    if (request->method == HTTP_HEAD)
        return send_head(request, type, found, headers, (size_t)len);
    int sent = lws_serve_http_file(request->wsi, found->path, type, (const char *)headers, len);
    if (sent < 0)
        return -1;
    return sent > 0 && lws_http_transaction_completed(request->wsi) != 0 ? -1 : 0;
}

int static_serve(struct http_request *request)
{
    struct found found;
    const char *name = request->path;
    bool page = strcmp(name, "/") == 0 || strncmp(name, "/r/", 3) == 0;
    if (page)
        name = "/index.html";
    if (request->server->start->web_root[0] == '\0' || !is_plain(name) ||
        !find_file(request, name, &found))
        return problem_respond(request, PROBLEM_NOT_FOUND, NULL, 0);
    return send_file(request, name, &found);
}
