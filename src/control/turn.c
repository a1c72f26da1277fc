/* TURN credentials and URLs. Pure. */
#include "control/turn.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

int turn_credentials(const char *secret, uint64_t participant, uint64_t now_s, uint32_t ttl_s,
                     struct turn_credentials *out)
{
    uint32_t ttl = ttl_s < TURN_MAX_TTL_S ? ttl_s : TURN_MAX_TTL_S;
    int len = snprintf(out->username, sizeof out->username, "%" PRIu64 ":%016" PRIx64, now_s + ttl,
                       participant);
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_len = 0;
    if (HMAC(EVP_sha1(), secret, (int)strlen(secret), (const unsigned char *)out->username,
             (size_t)len, mac, &mac_len) == NULL)
        return -1;
    EVP_EncodeBlock((unsigned char *)out->credential, mac, (int)mac_len);
    return 0;
}

int turn_url(const char *pattern, const char *host, char *out, size_t size)
{
    static const char mark[] = "{host}";
    const char *found = strstr(pattern, mark);
    int len = found == NULL ? snprintf(out, size, "%s", pattern)
                            : snprintf(out, size, "%.*s%s%s", (int)(found - pattern), pattern, host,
                                       found + strlen(mark));
    return len < 0 || (size_t)len >= size ? -1 : 0;
}
