#include "config/check.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define WORD_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

int check_filled(const char *text)
{
    return text[0] != '\0' ? 0 : -1;
}

/* The family of an address of len bytes; 0: it is none. */
static int ip_family(const char *text, size_t len)
{
    char copy[INET6_ADDRSTRLEN];
    unsigned char address[16];
    if (len == 0 || len >= sizeof copy)
        return 0;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (inet_pton(AF_INET, copy, address) == 1)
        return AF_INET;
    return inet_pton(AF_INET6, copy, address) == 1 ? AF_INET6 : 0;
}

int check_ip(const char *text)
{
    return text[0] == '\0' || ip_family(text, strlen(text)) ? 0 : -1;
}

int check_ip_or_cidr(const char *text)
{
    const char *slash = strchr(text, '/');
    if (!slash)
        return check_ip(text);
    int family = ip_family(text, (size_t)(slash - text));
    char *end;
    if (!family || !isdigit((unsigned char)slash[1]))
        return -1;
    unsigned long bits = strtoul(slash + 1, &end, 10);
    return *end == '\0' && bits <= (family == AF_INET ? 32u : 128u) ? 0 : -1;
}

int check_ip_or_range(const char *text)
{
    const char *dash = strchr(text, '-');
    if (!dash)
        return check_ip(text);
    int family = ip_family(text, (size_t)(dash - text));
    return family && family == ip_family(dash + 1, strlen(dash + 1)) ? 0 : -1;
}

/* host, host:port, [v6], [v6]:port; nothing after it. */
static int check_authority(const char *text)
{
    const char *rest = text;
    if (text[0] == '[') {
        const char *close = strchr(text, ']');
        if (!close || ip_family(text + 1, (size_t)(close - text - 1)) != AF_INET6)
            return -1;
        rest = close + 1;
    } else {
        rest = text + strspn(text, WORD_CHARS);
        if (rest == text)
            return -1;
    }
    if (*rest == '\0')
        return 0;
    char *end;
    if (*rest != ':' || !isdigit((unsigned char)rest[1]))
        return -1;
    unsigned long port = strtoul(rest + 1, &end, 10);
    return *end == '\0' && port >= 1 && port <= 65535 ? 0 : -1;
}

int check_url(const char *text)
{
    if (text[0] == '\0')
        return 0;
    if (strncmp(text, "http://", 7) == 0)
        return check_authority(text + 7);
    return strncmp(text, "https://", 8) == 0 ? check_authority(text + 8) : -1;
}

int check_turn_url(const char *text)
{
    static const char *const schemes[] = {"stun:", "turn:", "turns:", "stuns:"};
    char authority[256];
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t scheme_len = strlen(schemes[i]);
        if (strncmp(text, schemes[i], scheme_len) != 0)
            continue;
        const char *query = strchr(text, '?');
        bool turn = schemes[i][0] == 't';
        if (query && (!turn || (strcmp(query, "?transport=udp") != 0 &&
                                strcmp(query, "?transport=tcp") != 0)))
            return -1;
        size_t len = (query ? (size_t)(query - text) : strlen(text)) - scheme_len;
        if (len >= sizeof authority)
            return -1;
        memcpy(authority, text + scheme_len, len);
        authority[len] = '\0';
        return check_authority(authority);
    }
    return -1;
}

int check_key(const char *text)
{
    return text[0] == '\0' || strlen(text) >= 32 ? check_word(text) : -1;
}

int check_word(const char *text)
{
    return text[strspn(text, WORD_CHARS)] == '\0' ? 0 : -1;
}
