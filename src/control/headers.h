/* The headers that every response carries. */
#ifndef PARLEY_CONTROL_HEADERS_H
#define PARLEY_CONTROL_HEADERS_H

struct http_request;

/* Appends the security headers at *at, before end, by libwebsockets' rules. 0, or -1: no room. */
int headers_add_security(const struct http_request *request, unsigned char **at, unsigned char *end)
    __attribute__((warn_unused_result));
/* Date (RFC 9110 6.6.1): an origin server with a clock "MUST generate" it. */
int headers_add_date(const struct http_request *request, unsigned char **at, unsigned char *end)
    __attribute__((warn_unused_result));
/* One header; name in lower case with a colon at its end. */
int headers_add(const struct http_request *request, const char *name, const char *value,
                unsigned char **at, unsigned char *end) __attribute__((warn_unused_result));

#endif
