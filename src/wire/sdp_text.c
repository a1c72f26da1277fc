/* See sdp_text.h. */
#include "wire/sdp_text.h"

#include <string.h>

struct sdp_text sdp_text(const char *literal)
{
    return (struct sdp_text){literal, strlen(literal)};
}

bool sdp_text_equal(struct sdp_text a, struct sdp_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool sdp_text_is(struct sdp_text text, const char *literal)
{
    return sdp_text_equal(text, sdp_text(literal));
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Length of what both begin with. */
static size_t common_nocase(struct sdp_text text, const char *literal)
{
    size_t i = 0;
    while (i < text.len && literal[i] != '\0' && lower(text.at[i]) == lower(literal[i]))
        i++;
    return i;
}

bool sdp_text_is_nocase(struct sdp_text text, const char *literal)
{
    return text.len == strlen(literal) && common_nocase(text, literal) == text.len;
}

bool sdp_text_starts_nocase(struct sdp_text text, const char *literal)
{
    return literal[common_nocase(text, literal)] == '\0';
}

struct sdp_text sdp_text_take(struct sdp_text *rest, char delimiter)
{
    struct sdp_text taken = *rest;
    const char *end = rest->len == 0 ? NULL : memchr(rest->at, delimiter, rest->len);
    if (end == NULL) {
        *rest = (struct sdp_text){0};
        return taken;
    }
    taken.len = (size_t)(end - rest->at);
    rest->at = end + 1;
    rest->len -= taken.len + 1;
    return taken;
}

struct sdp_text sdp_text_trim(struct sdp_text text)
{
    while (text.len > 0 && text.at[0] == ' ') {
        text.at++;
        text.len--;
    }
    while (text.len > 0 && text.at[text.len - 1] == ' ')
        text.len--;
    return text;
}

struct sdp_text sdp_text_word(struct sdp_text *rest)
{
    *rest = sdp_text_trim(*rest);
    return sdp_text_take(rest, ' ');
}

bool sdp_text_uint(struct sdp_text text, uint64_t max, uint64_t *value)
{
    uint64_t sum = 0;
    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        const uint64_t digit = (uint64_t)(text.at[i] - '0');
        if (digit > max || sum > (max - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

int sdp_text_hex(char digit)
{
    const char c = lower(digit);
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool sdp_text_parameter(struct sdp_text parameters, const char *name, struct sdp_text *value)
{
    while (parameters.len > 0) {
        struct sdp_text rest = sdp_text_trim(sdp_text_take(&parameters, ';'));
        if (sdp_text_is_nocase(sdp_text_trim(sdp_text_take(&rest, '=')), name)) {
            *value = sdp_text_trim(rest);
            return true;
        }
    }
    return false;
}
