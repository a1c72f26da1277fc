#include "sim/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/seq.h"
#include "client/client_inner.h"
#include "engine/ice.h"
#include "wire/rtp.h"
#include "wire/stun.h"
#include "wire/wire.h"

#define MAX_STREAMS   64u
#define WINDOW        1024u /* packets of a stream that are remembered; a power of two */
#define NEAR          32
#define PORTS         100u /* of one client, see sim.c */
#define NAME_BYTES    33u
#define SLACK_US      60000u /* timers have a grid of 50 ms */
#define SRTCP_E       0x80000000u
#define SRTCP_TRAILER 4u

/* One SSRC in one direction under one key. */
struct stream {
    uint32_t ssrc;
    uint32_t rtcp_index; /* newest */
    bool has_rtcp;
    struct seq16_unwrapper seqs;
    struct {
        uint64_t seq; /* extended; 0: none */
        uint32_t timestamp;
    } window[WINDOW];
};

struct direction {
    struct stream *streams[MAX_STREAMS]; /* owned */
    unsigned count;
    unsigned last; /* found last */
};

struct session {
    char ufrag[NAME_BYTES], pwd[NAME_BYTES];
};

struct leg {
    struct session now, before;
    uint64_t checked_us[PORTS]; /* 0: never; since the leg began */
    uint64_t asked_us[PORTS];   /* the last request of any kind */
    struct direction down, up;
};

struct guard {
    struct sim *sim; /* borrowed */
    struct sim_tap tap;
    guard_report *report;
    void *context;
    uint64_t judged;
    struct leg legs[SIM_MAX_CLIENTS];
};

static void say(struct guard *guard, unsigned client, const char *what)
{
    guard->report(guard->context, client, what);
}

/* ---- streams --------------------------------------------------------------------------------- */

static void forget_streams(struct direction *direction)
{
    for (unsigned i = 0; i < direction->count; i++)
        free(direction->streams[i]);
    direction->count = direction->last = 0;
}

/* NULL: there are too many. */
static struct stream *stream_of(struct direction *direction, uint32_t ssrc)
{
    if (direction->last < direction->count && direction->streams[direction->last]->ssrc == ssrc)
        return direction->streams[direction->last];
    for (unsigned i = 0; i < direction->count; i++)
        if (direction->streams[i]->ssrc == ssrc) {
            direction->last = i;
            return direction->streams[i];
        }
    if (direction->count == MAX_STREAMS)
        return NULL;
    direction->last = direction->count;
    direction->streams[direction->count] = calloc(1, sizeof(struct stream));
    if (direction->streams[direction->count] == NULL)
        abort();
    direction->streams[direction->count]->ssrc = ssrc;
    return direction->streams[direction->count++];
}

static bool is_rtx(uint8_t payload_type)
{
    return payload_type == CLIENT_PT_RTX || payload_type == CLIENT_PT_H264_RTX ||
           payload_type == CLIENT_PT_VP9_RTX;
}

/* The nearest known packet before it, or behind it (step 1 or -1) is not on its wrong side. */
static bool in_order(struct guard *guard, unsigned client, const struct stream *stream,
                     uint64_t seq, uint32_t timestamp, int step)
{
    char what[160];

    for (int i = 1; i < NEAR; i++) {
        uint64_t other = seq + (uint64_t)(int64_t)(step * i);
        uint32_t theirs = stream->window[other % WINDOW].timestamp;

        if (stream->window[other % WINDOW].seq != other)
            continue;
        if (step * seq32_diff(theirs, timestamp) >= 0)
            return true;
        snprintf(what, sizeof(what),
                 "a timestamp goes back: SSRC %08x number %u has %u, but %d further is %u",
                 stream->ssrc, (unsigned)(uint16_t)seq, timestamp, step * i, theirs);
        say(guard, client, what);
        return false;
    }
    return true;
}

/* The header; what follows is encrypted, the count of padding too. */
static void judge_rtp(struct guard *guard, unsigned client, struct direction *direction,
                      const struct engine_tx *tx)
{
    uint32_t timestamp = bytes_get_u32(tx->bytes + 4);
    struct stream *stream = stream_of(direction, bytes_get_u32(tx->bytes + 8));
    uint64_t seq;

    if (stream == NULL) {
        say(guard, client, "more streams than there can be");
        return;
    }
    seq = seq16_unwrap(&stream->seqs, bytes_get_u16(tx->bytes + 2));
    if (stream->window[seq % WINDOW].seq == seq || seq + WINDOW <= stream->seqs.highest)
        say(guard, client, "an SRTP index is used twice");
    else if (!is_rtx(tx->bytes[1] & 0x7f) && in_order(guard, client, stream, seq, timestamp, -1))
        (void)in_order(guard, client, stream, seq, timestamp, 1);
    stream->window[seq % WINDOW].seq = seq;
    stream->window[seq % WINDOW].timestamp = timestamp;
}

/* Both ends prefer AES-GCM, where the index is the last word (RFC 7714 9). */
static void judge_rtcp(struct guard *guard, unsigned client, struct direction *direction,
                       const struct engine_tx *tx)
{
    struct stream *stream = stream_of(direction, bytes_get_u32(tx->bytes + 4));
    uint32_t index = bytes_get_u32(tx->bytes + tx->len - SRTCP_TRAILER);

    if (stream == NULL) {
        say(guard, client, "more streams than there can be");
        return;
    }
    if ((index & SRTCP_E) == 0)
        say(guard, client, "SRTCP in the clear, or not of AES-GCM");
    else if (stream->has_rtcp && index <= stream->rtcp_index)
        say(guard, client, "an SRTCP index is used twice");
    stream->has_rtcp = true;
    stream->rtcp_index = index;
}

static void judge_srtp(struct guard *guard, unsigned client, struct direction *direction,
                       enum wire_kind kind, const struct engine_tx *tx)
{
    if (tx->len < RTP_HEADER_BYTES)
        say(guard, client, "a packet too short");
    else if (kind == WIRE_RTP)
        judge_rtp(guard, client, direction, tx);
    else
        judge_rtcp(guard, client, direction, tx);
}

/* ---- addresses ------------------------------------------------------------------------------- */

static bool is_of(const struct session *session, struct span ufrag,
                  const struct stun_message *check)
{
    struct span pwd = {(const uint8_t *)session->pwd, strlen(session->pwd)};

    return pwd.len > 0 && ufrag.len == strlen(session->ufrag) &&
           memcmp(ufrag.bytes, session->ufrag, ufrag.len) == 0 && stun_integrity_ok(check, pwd);
}

static void engine_receives(void *context, const struct datagram *datagram)
{
    struct guard *guard = context;
    struct leg *leg = &guard->legs[datagram->from];
    struct stun_message check;
    struct span ours, theirs;

    if (wire_kind_of(datagram->bytes, datagram->len) != WIRE_STUN ||
        stun_parse(datagram->bytes, datagram->len, &check) != 0)
        return;
    leg->asked_us[datagram->port % PORTS] = guard->sim->now_us;
    if (check.class == STUN_REQUEST && stun_username_split(&check, &ours, &theirs) &&
        (is_of(&leg->now, ours, &check) || is_of(&leg->before, ours, &check)))
        leg->checked_us[datagram->port % PORTS] = guard->sim->now_us;
}

static void judge_address(struct guard *guard, unsigned client, uint16_t port, enum wire_kind kind)
{
    const struct leg *leg = &guard->legs[client];
    uint64_t now_us = guard->sim->now_us, checked_us = leg->checked_us[port % PORTS];

    if (kind == WIRE_STUN) {
        if (leg->asked_us[port % PORTS] != now_us)
            say(guard, client, "STUN to who did not ask");
    } else if (checked_us == 0)
        say(guard, client, "a packet to an address that never passed a check");
    else if (now_us - checked_us > ICE_SILENT_US + SLACK_US)
        say(guard, client, "a packet to an address whose consent is over");
}

static void engine_sends(void *context, const struct engine_tx *tx)
{
    struct guard *guard = context;
    uint16_t port = tx->path.remote.port;
    unsigned client = (port - SIM_FIRST_PORT) / PORTS;
    enum wire_kind kind = wire_kind_of(tx->bytes, tx->len);

    guard->judged++;
    judge_address(guard, client, port, kind);
    if (kind == WIRE_RTP || kind == WIRE_RTCP)
        judge_srtp(guard, client, &guard->legs[client].down, kind, tx);
    else if (kind == WIRE_UNKNOWN)
        say(guard, client, "a datagram of no kind");
}

static void client_sends(void *context, unsigned client, const struct engine_tx *tx)
{
    struct guard *guard = context;
    enum wire_kind kind = wire_kind_of(tx->bytes, tx->len);

    if (kind == WIRE_RTP || kind == WIRE_RTCP)
        judge_srtp(guard, client, &guard->legs[client].up, kind, tx);
}

/* ---- sessions -------------------------------------------------------------------------------- */

/* The first line that begins with that key. */
static void copy_value(char *out, struct span sdp, const char *key)
{
    size_t key_len = strlen(key), at = 0, len = 0;

    while (at + key_len < sdp.len && memcmp(sdp.bytes + at, key, key_len) != 0)
        at++;
    for (at += key_len; at < sdp.len && sdp.bytes[at] != '\r' && len < NAME_BYTES - 1; at++)
        out[len++] = (char)sdp.bytes[at];
    out[len] = '\0';
}

static void engine_answers(void *context, unsigned client, bool new_leg, struct span sdp)
{
    struct guard *guard = context;
    struct leg *leg = &guard->legs[client];
    struct session session;

    copy_value(session.ufrag, sdp, "a=ice-ufrag:");
    copy_value(session.pwd, sdp, "a=ice-pwd:");
    if (new_leg)
        guard_forget(guard, client);
    if (strcmp(session.ufrag, leg->now.ufrag) != 0)
        leg->before = leg->now;
    leg->now = session;
}

void guard_forget(struct guard *guard, unsigned client)
{
    struct leg *leg = &guard->legs[client];

    forget_streams(&leg->down);
    forget_streams(&leg->up);
    memset(leg, 0, sizeof(*leg));
}

void guard_forget_all(struct guard *guard)
{
    for (unsigned i = 0; i < SIM_MAX_CLIENTS; i++)
        guard_forget(guard, i);
}

struct guard *guard_new(struct sim *sim, guard_report *report, void *context)
{
    struct guard *guard = calloc(1, sizeof(*guard));

    if (guard == NULL)
        return NULL;
    guard->sim = sim;
    guard->report = report;
    guard->context = context;
    guard->tap = (struct sim_tap){.context = guard,
                                  .engine_sends = engine_sends,
                                  .engine_receives = engine_receives,
                                  .client_sends = client_sends,
                                  .engine_answers = engine_answers};
    sim->tap = &guard->tap;
    return guard;
}

void guard_free(struct guard *guard)
{
    if (guard == NULL)
        return;
    guard_forget_all(guard);
    guard->sim->tap = NULL;
    free(guard);
}

bool guard_is_reached(const struct guard *guard, unsigned client)
{
    return guard->legs[client].checked_us[guard->sim->clients[client].port % PORTS] != 0;
}

uint64_t guard_judged(const struct guard *guard)
{
    return guard->judged;
}
