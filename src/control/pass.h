/* Passes: what another backend gives to its people so that they may join a room here, under the
 * name and in the role that it says. JWT (RFC 7519), HS256 with http.api_key and nothing else; any
 * JWT library makes them, and `parley token` does (docs/protocol.md, "Passes"). */
#ifndef PARLEY_CONTROL_PASS_H
#define PARLEY_CONTROL_PASS_H

#include <stdint.h>

#include "control/rights.h"
#include "control/store.h"

#define PASS_AUDIENCE "parley-pass"

struct pass {
    uint64_t room;
    char name[STORE_WHO_BYTES]; /* 1 to 64 characters, one line */
    enum role role;
    uint64_t expires_s; /* Unix time */
};

/* key: http.api_key, not empty. The caller frees the result with free(); NULL: out of memory. */
char *pass_sign(const char *key, const struct pass *pass);
/* 0, or a negative enum token_error; with key "" none is good. */
int pass_verify(const char *key, const char *text, uint64_t now_s, struct pass *out)
    __attribute__((warn_unused_result));

#endif
