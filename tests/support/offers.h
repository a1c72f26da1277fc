/* Small offers written on the spot, and what a negotiation needs beside them. All of it is static;
 * the texts of the last 16 calls and the last eight cases are good. */
#ifndef PARLEY_TESTS_SUPPORT_OFFERS_H
#define PARLEY_TESTS_SUPPORT_OFFERS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/negotiate.h"
#include "wire/sdp.h"

/* ICE, DTLS and BUNDLE for mids 0..count-1; the offer's session part. */
const char *offers_session(unsigned mids);
/* An m-line "audio"/"video" with that mid and direction and one codec; extra lines may be "". */
const char *offers_media(const char *kind, unsigned mid, const char *direction, const char *extra);

/* printf with "\n" for line ends; NUL-terminated. */
const char *offers_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One negotiation: set the request's sources, call offers_negotiate, look at the rest. */
struct offers_case {
    struct sdp offer;
    struct negotiate_request request;
    struct engine_source_mid sources[ENGINE_SOURCES];
    struct negotiated leg;
    struct negotiate_reason reason;
    char answer[SDP_BYTES + 1];
    struct sdp answer_sdp;
};
/* A cleared case with seat SSRCs 1000+k (audio), 2000+k (video), 3000+k (RTX). */
struct offers_case *offers_case(void);
void offers_add_source(struct offers_case *c, const char *mid, enum engine_source source);
/* Parse and negotiate. 0 or an ENGINE_ERROR_*. */
int offers_negotiate(struct offers_case *c, const char *text, size_t len);
/* Writes the answer with ufrag "ours", and parses it. Its length, or negative. */
int offers_answer(struct offers_case *c);

#endif
