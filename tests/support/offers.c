/* See offers.h. */
#include "support/offers.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char texts[16][65536];
static size_t next_text;

static char *take_text(void)
{
    next_text = (next_text + 1) % (sizeof texts / sizeof texts[0]);
    return texts[next_text];
}

const char *offers_text(const char *format, ...)
{
    char *text = take_text();
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof texts[0], format, arguments);
    va_end(arguments);
    return text;
}

const char *offers_session(unsigned mids)
{
    char *text = take_text();
    size_t len = (size_t)snprintf(
        text, sizeof texts[0],
        "v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\n"
        "a=ice-ufrag:theirs\na=ice-pwd:theirs-theirs-theirs-theirs\na=setup:actpass\n"
        "a=fingerprint:sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"
        "10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\na=group:BUNDLE");
    for (unsigned i = 0; i < mids; i++)
        len += (size_t)snprintf(text + len, sizeof texts[0] - len, " %u", i);
    (void)snprintf(text + len, sizeof texts[0] - len, "\n");
    return text;
}

const char *offers_media(const char *kind, unsigned mid, const char *direction, const char *extra)
{
    const bool audio = strcmp(kind, "audio") == 0;
    return offers_text("m=%s 9 UDP/TLS/RTP/SAVPF %s\na=mid:%u\na=%s\na=rtcp-mux\n%s%s", kind,
                       audio ? "111" : "96 97", mid, direction,
                       audio ? "a=rtpmap:111 opus/48000/2\n"
                             : "a=rtpmap:96 VP8/90000\na=rtpmap:97 rtx/90000\na=fmtp:97 apt=96\n",
                       extra);
}

/* ---- negotiation --------------------------------------------------------------------------- */

static struct negotiate_seat_ssrcs ssrcs[LIMIT_SEATS];

struct offers_case *offers_case(void)
{
    static struct offers_case cases[8];
    static size_t next;
    struct offers_case *c = &cases[next++ % 8];
    memset(c, 0, sizeof *c);
    for (unsigned i = 0; i < LIMIT_SEATS; i++)
        ssrcs[i] = (struct negotiate_seat_ssrcs){1000 + i, 2000 + i, 3000 + i};
    c->request.sources = c->sources;
    c->request.seat_ssrcs = ssrcs;
    return c;
}

void offers_add_source(struct offers_case *c, const char *mid, enum engine_source source)
{
    struct engine_source_mid *added = &c->sources[c->request.source_count++];
    (void)snprintf(added->mid, sizeof added->mid, "%s", mid);
    added->source = (uint8_t)source;
}

int offers_negotiate(struct offers_case *c, const char *text, size_t len)
{
    const int error = negotiate_parse(text, len, &c->offer, &c->reason);
    if (error != 0)
        return error;
    return negotiate_offer(&c->offer, &c->request, &c->leg, &c->reason);
}

int offers_answer(struct offers_case *c)
{
    static const uint8_t fingerprint[32] = {0xab, 0xcd, [31] = 0xef};
    static const struct engine_candidate candidates[] = {
        {{{192, 0, 2, 1}, 7882, NET_IPV4, 0}, NET_UDP},
        {{{0x20, 1, 0xd, 0xb8, [15] = 1}, 7882, NET_IPV6, 0}, NET_UDP},
        {{{192, 0, 2, 1}, 443, NET_IPV4, 0}, NET_TCP},
    };
    const struct negotiate_identity identity = {
        "ours", "ours-ours-ours-ours-ours", fingerprint, candidates, 3, 77};
    struct sdp_problem problem;
    const int len = negotiate_answer(&c->offer, &c->leg, &identity, c->answer, sizeof c->answer);
    if (len < 0)
        return len;
    return sdp_parse(c->answer, (size_t)len, &c->answer_sdp, &problem) == 0 ? len : -1;
}
