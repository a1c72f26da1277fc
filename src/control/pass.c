/* Passes by libjwt. Pure but for the library's allocations. */
#include "control/pass.h"

#include <jwt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "control/message.h"
#include "control/proquint.h"
#include "control/token.h"

static int add_claims(jwt_t *jwt, const struct pass *pass)
{
    char room[PROQUINT_TEXT_BYTES];
    if (jwt_add_grant(jwt, "aud", PASS_AUDIENCE) != 0 ||
        jwt_add_grant(jwt, "room", proquint_format(pass->room, room)) != 0 ||
        jwt_add_grant(jwt, "sub", pass->name) != 0 ||
        jwt_add_grant(jwt, "role", rights_role_name(pass->role)) != 0 ||
        jwt_add_grant_int(jwt, "exp", (long)pass->expires_s) != 0)
        return -1;
    return 0;
}

char *pass_sign(const char *key, const struct pass *pass)
{
    jwt_t *jwt = NULL;
    char *text = NULL;
    if (jwt_new(&jwt) != 0)
        return NULL;
    if (add_claims(jwt, pass) == 0 &&
        jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)key, (int)strlen(key)) == 0)
        text = jwt_encode_str(jwt);
    jwt_free(jwt);
    return text;
}

static bool is_name(const char *name)
{
    return name != NULL && message_is_line(name, strlen(name), MESSAGE_NAME_CHARS);
}

/* Every claim must be there: what is not said is not given. */
static int read_claims(jwt_t *jwt, struct pass *out)
{
    const char *audience = jwt_get_grant(jwt, "aud");
    const char *room = jwt_get_grant(jwt, "room");
    const char *name = jwt_get_grant(jwt, "sub");
    long expires_s = jwt_get_grant_int(jwt, "exp");
    if (audience == NULL || strcmp(audience, PASS_AUDIENCE) != 0 || room == NULL ||
        proquint_parse(room, strlen(room), &out->room) != 0 || !is_name(name) || expires_s <= 0 ||
        rights_parse_role(jwt_get_grant(jwt, "role"), &out->role) != 0)
        return TOKEN_BAD_CLAIMS;
    snprintf(out->name, sizeof out->name, "%s", name);
    out->expires_s = (uint64_t)expires_s;
    return 0;
}

int pass_verify(const char *key, const char *text, uint64_t now_s, struct pass *out)
{
    jwt_t *jwt = NULL;
    if (key[0] == '\0')
        return TOKEN_BAD_SIGNATURE;
    int err = token_decode((const uint8_t *)key, strlen(key), text, &jwt);
    if (err != 0)
        return err;
    err = read_claims(jwt, out);
    jwt_free(jwt);
    return err == 0 && out->expires_s <= now_s ? TOKEN_EXPIRED : err;
}
