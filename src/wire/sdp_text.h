/* Views into a piece of text, and the few ways in which SDP is cut up. Never reads outside of the
 * view, never allocates, never needs a NUL. */
#ifndef PARLEY_WIRE_SDP_TEXT_H
#define PARLEY_WIRE_SDP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A borrowed run of characters. Zeroed: empty. */
struct sdp_text {
    const char *at;
    size_t len;
};

/* For "%.*s": SDP_ARGS(text). No line is longer than SDP_LINE_BYTES, so the cast is safe. */
#define SDP_ARGS(text) (int)(text).len, (text).at

struct sdp_text sdp_text(const char *literal);
bool sdp_text_is(struct sdp_text text, const char *literal);
/* ASCII letters in either case; codec and hash names (RFC 8866 9, "case insensitive"). */
bool sdp_text_is_nocase(struct sdp_text text, const char *literal);
bool sdp_text_starts_nocase(struct sdp_text text, const char *literal);
bool sdp_text_equal(struct sdp_text a, struct sdp_text b);

/* Takes what stands before the first delimiter and moves *rest behind it; without one takes all. */
struct sdp_text sdp_text_take(struct sdp_text *rest, char delimiter);
/* Next run of non-spaces; spaces around it are swallowed. Empty: there is none. */
struct sdp_text sdp_text_word(struct sdp_text *rest);
struct sdp_text sdp_text_trim(struct sdp_text text);

/* All of text as a decimal number of at most max. False: not one; *value is untouched. */
bool sdp_text_uint(struct sdp_text text, uint64_t max, uint64_t *value);
/* Value of one hexadecimal digit, or -1. */
int sdp_text_hex(char digit);

/* Value of name in "name=value;name2;…" (a=fmtp, RFC 8866 6.15); names in either case. False: not
 * there. */
bool sdp_text_parameter(struct sdp_text parameters, const char *name, struct sdp_text *value);

#endif
