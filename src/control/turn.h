/* Credentials for coturn's use-auth-secret ("TURN REST API", draft-uberti-behave-turn-rest-00): the
 * user name is "<expiry>:<who>", the password base64(HMAC-SHA1(secret, user name)). */
#ifndef PARLEY_CONTROL_TURN_H
#define PARLEY_CONTROL_TURN_H

#include <stddef.h>
#include <stdint.h>

#define TURN_MAX_TTL_S        3600u
#define TURN_USERNAME_BYTES   64u
#define TURN_CREDENTIAL_BYTES 32u /* 28 characters of base64 and the NUL */

struct turn_credentials {
    char username[TURN_USERNAME_BYTES];
    char credential[TURN_CREDENTIAL_BYTES];
};

/* Good until now_s + min(ttl_s, TURN_MAX_TTL_S). 0, or -1 if the HMAC could not be made. */
int turn_credentials(const char *secret, uint64_t participant, uint64_t now_s, uint32_t ttl_s,
                     struct turn_credentials *out) __attribute__((warn_unused_result));

/* Writes pattern with "{host}" replaced ("turn:{host}:3478?transport=udp"). host: without a port,
 * IPv6 in brackets. 0, or -1 if it does not fit. */
int turn_url(const char *pattern, const char *host, char *out, size_t size)
    __attribute__((warn_unused_result));

#endif
