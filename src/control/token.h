/* Join tokens: JWT (RFC 7519), HS256 only. The algorithm in a token's header is compared with what
 * we expect, never obeyed (RFC 8725 3.1). */
#ifndef PARLEY_CONTROL_TOKEN_H
#define PARLEY_CONTROL_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/rights.h"
#include "control/store.h"

#define TOKEN_LIFE_S    60u
#define TOKEN_KEY_BYTES 32u
#define TOKEN_AUDIENCE  "parley"

struct token {
    uint64_t room;
    uint64_t participant; /* the id to take if it is free */
    enum role role;
    char name[STORE_WHO_BYTES]; /* of whoever came with a pass; "": as they like */
    uint64_t expires_s;         /* Unix time */
};

struct jwt;

enum token_error {
    TOKEN_MALFORMED = -1,
    TOKEN_BAD_ALGORITHM = -2,
    TOKEN_BAD_SIGNATURE = -3,
    TOKEN_BAD_CLAIMS = -4, /* another audience, or a claim missing */
    TOKEN_EXPIRED = -5,
    TOKEN_NO_MEMORY = -6,
};

/* Whether its bearer has to wait where there is a lobby: hosts do not, nor those for whom another
 * backend has vouched. */
bool token_waits(const struct token *token);
/* The caller frees the result with free(); NULL: out of memory. */
char *token_sign(const uint8_t key[static TOKEN_KEY_BYTES], const struct token *token);
/* 0, or a negative enum token_error. With TOKEN_EXPIRED *out is filled: a resume shows its
 * session's secret and needs the token for the room alone. */
int token_verify(const uint8_t key[static TOKEN_KEY_BYTES], const char *text, uint64_t now_s,
                 struct token *out) __attribute__((warn_unused_result));
/* The part that passes (pass.h) share: HS256 by this key and nothing else. 0, and the caller frees
 * *out with jwt_free; or a negative enum token_error. */
int token_decode(const uint8_t *key, size_t key_len, const char *text, struct jwt **out)
    __attribute__((warn_unused_result));

#endif
