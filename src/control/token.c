/* Join tokens by libjwt. Pure but for the library's allocations. */
#include "control/token.h"

#include <errno.h>
#include <inttypes.h>
#include <jwt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/proquint.h"

/* Claims: "room" a proquint id, "sub" the participant in hex, "role" by its name, and
 * "name" for whoever came with a pass. */
static int add_claims(jwt_t *jwt, const struct token *token)
{
    char room[PROQUINT_TEXT_BYTES];
    char participant[17];
    snprintf(participant, sizeof participant, "%016" PRIx64, token->participant);
    if (jwt_add_grant(jwt, "aud", TOKEN_AUDIENCE) != 0 ||
        jwt_add_grant(jwt, "room", proquint_format(token->room, room)) != 0 ||
        jwt_add_grant(jwt, "sub", participant) != 0 ||
        jwt_add_grant(jwt, "role", rights_role_name(token->role)) != 0 ||
        jwt_add_grant_int(jwt, "exp", (long)token->expires_s) != 0)
        return -1;
    return token->name[0] == '\0' ? 0 : jwt_add_grant(jwt, "name", token->name);
}

bool token_waits(const struct token *token)
{
    return token->role != ROLE_HOST && token->name[0] == '\0';
}

char *token_sign(const uint8_t key[static TOKEN_KEY_BYTES], const struct token *token)
{
    jwt_t *jwt = NULL;
    char *text = NULL;
    if (jwt_new(&jwt) != 0)
        return NULL;
    if (add_claims(jwt, token) == 0 && jwt_set_alg(jwt, JWT_ALG_HS256, key, TOKEN_KEY_BYTES) == 0)
        text = jwt_encode_str(jwt); /* malloc'd: libjwt's allocator is never replaced here */
    jwt_free(jwt);
    return text;
}

static int parse_participant(const char *text, uint64_t *out)
{
    if (text == NULL || strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
        return -1;
    *out = strtoull(text, NULL, 16);
    return *out == 0 ? -1 : 0;
}

/* Tokens of before there were roles have none; a session of then may still be resumed. */
static int parse_role(const char *text, enum role *out)
{
    *out = ROLE_PARTICIPANT;
    return text == NULL ? 0 : rights_parse_role(text, out);
}

static int read_claims(jwt_t *jwt, struct token *out)
{
    const char *audience = jwt_get_grant(jwt, "aud");
    const char *room = jwt_get_grant(jwt, "room");
    long expires_s = jwt_get_grant_int(jwt, "exp");
    if (audience == NULL || strcmp(audience, TOKEN_AUDIENCE) != 0 || room == NULL || expires_s <= 0)
        return TOKEN_BAD_CLAIMS;
    if (proquint_parse(room, strlen(room), &out->room) != 0 ||
        parse_participant(jwt_get_grant(jwt, "sub"), &out->participant) != 0 ||
        parse_role(jwt_get_grant(jwt, "role"), &out->role) != 0)
        return TOKEN_BAD_CLAIMS;
    const char *name = jwt_get_grant(jwt, "name");
    snprintf(out->name, sizeof out->name, "%s", name != NULL ? name : "");
    out->expires_s = (uint64_t)expires_s;
    return 0;
}

/* Without a key libjwt only parses, so that a foreign algorithm never reaches its verifiers. */
static int check_algorithm(const char *text)
{
    jwt_t *jwt = NULL;
    int err = jwt_decode(&jwt, text, NULL, 0);
    if (err == ENOMEM)
        return TOKEN_NO_MEMORY;
    if (err != 0)
        return TOKEN_MALFORMED;
    const char *name = jwt_get_header(jwt, "alg");
    bool expected = name != NULL && strcmp(name, "HS256") == 0;
    jwt_free(jwt);
    return expected ? 0 : TOKEN_BAD_ALGORITHM;
}

int token_decode(const uint8_t *key, size_t key_len, const char *text, struct jwt **out)
{
    int err = check_algorithm(text);
    if (err != 0)
        return err;
    int failed = jwt_decode(out, text, key, (int)key_len);
    if (failed != 0)
        return failed == ENOMEM ? TOKEN_NO_MEMORY : TOKEN_BAD_SIGNATURE;
    if (jwt_get_alg(*out) == JWT_ALG_HS256)
        return 0;
    jwt_free(*out);
    return TOKEN_BAD_ALGORITHM;
}

int token_verify(const uint8_t key[static TOKEN_KEY_BYTES], const char *text, uint64_t now_s,
                 struct token *out)
{
    jwt_t *jwt = NULL;
    int err = token_decode(key, TOKEN_KEY_BYTES, text, &jwt);
    if (err != 0)
        return err;
    err = read_claims(jwt, out);
    jwt_free(jwt);
    if (err == 0 && out->expires_s <= now_s)
        return TOKEN_EXPIRED;
    return err;
}
