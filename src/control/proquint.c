/* Proquints, both ways. Pure. */
#include "control/proquint.h"

#include <stdbool.h>
#include <string.h>

static const char consonants[] = "bdfghjklmnprstvz";
static const char vowels[] = "aiou";

const char *proquint_format(uint64_t id, char text[static PROQUINT_TEXT_BYTES])
{
    char *out = text;
    for (int shift = 48; shift >= 0; shift -= 16) {
        unsigned bits = (unsigned)(id >> shift) & 0xffffu;
        *out++ = consonants[bits >> 12];
        *out++ = vowels[(bits >> 10) & 3u];
        *out++ = consonants[(bits >> 6) & 15u];
        *out++ = vowels[(bits >> 4) & 3u];
        *out++ = consonants[bits & 15u];
        *out++ = shift > 0 ? '-' : '\0';
    }
    return text;
}

/* The letter's place in its alphabet, or -1. */
static int letter_value(const char *alphabet, char letter)
{
    const char *found = letter != '\0' ? strchr(alphabet, letter) : NULL;
    return found != NULL ? (int)(found - alphabet) : -1;
}

int proquint_parse(const char *text, size_t len, uint64_t *id)
{
    if (len != PROQUINT_TEXT_LEN)
        return -1;
    uint64_t bits = 0;
    for (size_t i = 0; i < len; i++) {
        size_t place = i % 6;
        if (place == 5) {
            if (text[i] != '-')
                return -1;
            continue;
        }
        bool vowel = place == 1 || place == 3;
        int value = letter_value(vowel ? vowels : consonants, text[i]);
        if (value < 0)
            return -1;
        bits = bits << (vowel ? 2 : 4) | (unsigned)value;
    }
    *id = bits;
    return 0;
}
