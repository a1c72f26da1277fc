/* One reader per attribute, and the table of them. A reader gets what stands after the colon and
 * returns NULL, or why the SDP is refused. It never looks beyond its line. */
#include "wire/sdp_attribute.h"

#include <string.h>

/* What a reader works on. Readers may cut value down as they go. */
struct line {
    struct sdp *sdp;
    struct sdp_media *media; /* &sdp->session above the first m-line */
    struct sdp_text name;
    struct sdp_text value;
};

/* RFC 8866 9: token-char is visible ASCII but these. */
static bool is_token(struct sdp_text text)
{
    static const char excluded[] = "\"(),/:;<=>?@[\\]";
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.at[i];
        if (c <= ' ' || c >= 127 || memchr(excluded, c, sizeof excluded - 1) != NULL)
            return false;
    }
    return text.len > 0;
}

/* ---- ICE and DTLS -------------------------------------------------------------------------- */

/* RFC 8839 5.4: ice-char is ALPHA / DIGIT / "+" / "/". Some stacks add "-", "_" and "=", which do
 * no harm; a colon would, since STUN's USERNAME is "theirs:ours". */
static bool is_ice_text(struct sdp_text text, size_t min, size_t max)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] <= ' ' || text.at[i] >= 127 || text.at[i] == ':')
            return false;
    }
    return text.len >= min && text.len <= max;
}

static const char *read_ice_ufrag(struct line *line)
{
    if (!is_ice_text(line->value, 4, 256))
        return "a=ice-ufrag is not 4 to 256 characters";
    line->media->transport.ice_ufrag = line->value;
    return NULL;
}

static const char *read_ice_pwd(struct line *line)
{
    if (!is_ice_text(line->value, 22, 256))
        return "a=ice-pwd is not 22 to 256 characters";
    line->media->transport.ice_pwd = line->value;
    return NULL;
}

static const char *read_ice_lite(struct line *line)
{
    line->sdp->ice_lite = true;
    return NULL;
}

static const char *read_setup(struct line *line)
{
    if (sdp_text_is(line->value, "actpass"))
        line->media->transport.setup = SDP_ACTPASS;
    else if (sdp_text_is(line->value, "active"))
        line->media->transport.setup = SDP_ACTIVE;
    else if (sdp_text_is(line->value, "passive"))
        line->media->transport.setup = SDP_PASSIVE;
    else
        return "a=setup that is not actpass, active or passive";
    return NULL;
}

/* RFC 8122 5: "sha-256 12:DF:…"; each hash has its length. */
static const struct {
    const char *name;
    uint8_t hash, len;
} HASHES[] = {
    {"sha-1", SDP_SHA1, 20},
    {"sha-256", SDP_SHA256, 32},
    {"sha-384", SDP_SHA384, 48},
    {"sha-512", SDP_SHA512, 64},
};

static bool read_hash_bytes(struct sdp_text hex, struct sdp_fingerprint *out)
{
    if (hex.len != (size_t)out->len * 3 - 1)
        return false;
    for (size_t i = 0; i < out->len; i++) {
        const int high = sdp_text_hex(hex.at[3 * i]);
        const int low = sdp_text_hex(hex.at[3 * i + 1]);
        if (high < 0 || low < 0 || (i + 1 < out->len && hex.at[3 * i + 2] != ':'))
            return false;
        out->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static const char *read_fingerprint(struct line *line)
{
    struct sdp_transport *t = &line->media->transport;
    const struct sdp_text hash = sdp_text_word(&line->value);
    for (size_t i = 0; i < sizeof HASHES / sizeof HASHES[0]; i++) {
        struct sdp_fingerprint found = {.hash = HASHES[i].hash, .len = HASHES[i].len};
        if (!sdp_text_is_nocase(hash, HASHES[i].name))
            continue;
        if (!read_hash_bytes(sdp_text_trim(line->value), &found))
            return "a=fingerprint that is not its hash's bytes in hexadecimal";
        if (t->fingerprint_count < SDP_FINGERPRINTS)
            t->fingerprints[t->fingerprint_count++] = found;
        return NULL;
    }
    return NULL; /* a hash of tomorrow: another line may have one that is known */
}

/* RFC 8839 5.1: foundation component transport priority address port "typ" type … What does not
 * parse is skipped: candidates are hints, and the final one of Firefox is empty. */
static const char *read_candidate(struct line *line)
{
    struct sdp_candidate c = {0};
    uint64_t component, priority, port;
    (void)sdp_text_word(&line->value);
    const bool component_good = sdp_text_uint(sdp_text_word(&line->value), 255, &component);
    const struct sdp_text proto = sdp_text_word(&line->value);
    const bool priority_good = sdp_text_uint(sdp_text_word(&line->value), UINT32_MAX, &priority);
    c.address = sdp_text_word(&line->value);
    const bool port_good = sdp_text_uint(sdp_text_word(&line->value), 65535, &port);
    c.tcp = sdp_text_is_nocase(proto, "tcp");
    if (!component_good || !priority_good || !port_good ||
        (!c.tcp && !sdp_text_is_nocase(proto, "udp")))
        return NULL;
    while (line->value.len > 0) {
        const struct sdp_text name = sdp_text_word(&line->value);
        if (sdp_text_is(name, "typ"))
            c.type = sdp_text_word(&line->value);
        else if (sdp_text_is(name, "tcptype"))
            c.tcptype = sdp_text_word(&line->value);
    }
    c.component = (uint8_t)component;
    c.priority = (uint32_t)priority;
    c.port = (uint16_t)port;
    if (line->media->candidate_count < SDP_CANDIDATES)
        line->media->candidates[line->media->candidate_count++] = c;
    return NULL;
}

/* ---- m-lines and groups -------------------------------------------------------------------- */

static const char *read_group(struct line *line)
{
    if (!sdp_text_is(sdp_text_word(&line->value), "BUNDLE") || line->sdp->bundle_count > 0)
        return NULL;
    for (;;) {
        const struct sdp_text mid = sdp_text_word(&line->value);
        if (mid.len == 0)
            return NULL;
        if (line->sdp->bundle_count == SDP_MEDIA)
            return "a=group:BUNDLE with more than 64 mids";
        line->sdp->bundle[line->sdp->bundle_count++] = mid;
    }
}

static const char *read_mid(struct line *line)
{
    if (!is_token(line->value) || line->value.len > SDP_MID_BYTES)
        return "a=mid that is not a token of at most 31 characters";
    if (line->media->mid.len > 0)
        return "a second a=mid in one m-line";
    for (size_t i = 0; i < line->sdp->media_count; i++) {
        if (sdp_text_equal(line->sdp->media[i].mid, line->value))
            return "a=mid that an earlier m-line has";
    }
    line->media->mid = line->value;
    return NULL;
}

static const char *read_msid(struct line *line)
{
    if (line->media->msid_stream.len == 0) {
        line->media->msid_stream = sdp_text_word(&line->value);
        line->media->msid_track = sdp_text_word(&line->value);
    }
    return NULL;
}

static bool parse_direction(struct sdp_text word, uint8_t *direction)
{
    static const char *const names[] = {"inactive", "sendonly", "recvonly", "sendrecv"};
    for (uint8_t i = 0; i < 4; i++) {
        if (sdp_text_is(word, names[i])) {
            *direction = i;
            return true;
        }
    }
    return false;
}

static const char *read_direction(struct line *line)
{
    (void)parse_direction(line->name, &line->media->direction);
    return NULL;
}

static const char *read_rtcp_mux(struct line *line)
{
    line->media->rtcp_mux = true;
    return NULL;
}

static const char *read_rtcp_rsize(struct line *line)
{
    line->media->rtcp_rsize = true;
    return NULL;
}

static const char *read_bundle_only(struct line *line)
{
    line->media->bundle_only = true;
    return NULL;
}

static const char *read_allow_mixed(struct line *line)
{
    line->media->extmap_allow_mixed = true;
    if (line->media == &line->sdp->session)
        line->sdp->extmap_allow_mixed = true;
    return NULL;
}

/* ---- codecs and extensions ----------------------------------------------------------------- */

/* The m-line's own entry; NULL for a payload type that is not in the m-line: Firefox 153 leaves
 * such lines behind after setCodecPreferences, and they mean nothing. */
static struct sdp_format *take_format(struct line *line, const char **reason)
{
    uint64_t payload_type;
    *reason = NULL;
    if (line->media->format_count == 0)
        return NULL; /* not audio or video */
    if (!sdp_text_uint(sdp_text_word(&line->value), 127, &payload_type))
        *reason = "an attribute whose payload type is not 0 to 127";
    for (size_t i = 0; *reason == NULL && i < line->media->format_count; i++) {
        if (line->media->formats[i].payload_type == payload_type)
            return &line->media->formats[i];
    }
    return NULL;
}

/* RFC 8866 6.6: payload-type SP encoding "/" clock-rate ["/" channels] */
static const char *read_rtpmap(struct line *line)
{
    const char *reason;
    uint64_t clock_rate_hz, channels = 1;
    struct sdp_format *format = take_format(line, &reason);
    if (format == NULL)
        return reason;
    struct sdp_text encoding = sdp_text_trim(line->value);
    const struct sdp_text name = sdp_text_take(&encoding, '/');
    if (!is_token(name))
        return "a=rtpmap without an encoding";
    if (!sdp_text_uint(sdp_text_take(&encoding, '/'), UINT32_MAX, &clock_rate_hz) ||
        clock_rate_hz == 0)
        return "a=rtpmap without a clock rate";
    if (encoding.len > 0 && !sdp_text_uint(encoding, 255, &channels))
        return "a=rtpmap whose channels are not a number";
    format->name = name;
    format->clock_rate_hz = (uint32_t)clock_rate_hz;
    format->channels = (uint8_t)channels;
    return NULL;
}

static const char *read_fmtp(struct line *line)
{
    const char *reason;
    struct sdp_format *format = take_format(line, &reason);
    if (line->value.len > SDP_FMTP_BYTES)
        return "a=fmtp longer than 2048 bytes";
    if (format != NULL)
        format->fmtp = sdp_text_trim(line->value);
    return reason;
}

static const struct {
    const char *name;
    uint8_t bit;
} FEEDBACK[] = {
    {"nack", SDP_FB_NACK},      {"nack pli", SDP_FB_PLI},
    {"ccm fir", SDP_FB_FIR},    {"transport-cc", SDP_FB_TRANSPORT_CC},
    {"goog-remb", SDP_FB_REMB},
};

/* RFC 4585 4.2: a payload type or "*", then the kind; kinds that are not known are skipped. */
static const char *read_rtcp_fb(struct line *line)
{
    struct sdp_text rest = line->value;
    const bool all = sdp_text_is(sdp_text_word(&rest), "*");
    const char *reason = NULL;
    struct sdp_format *format = NULL;
    uint8_t bits = 0;
    if (all)
        line->value = rest;
    else
        format = take_format(line, &reason);
    for (size_t i = 0; i < sizeof FEEDBACK / sizeof FEEDBACK[0]; i++) {
        if (sdp_text_is(sdp_text_trim(line->value), FEEDBACK[i].name))
            bits = FEEDBACK[i].bit;
    }
    if (format != NULL)
        format->feedback |= bits;
    for (size_t i = 0; all && i < line->media->format_count; i++)
        line->media->formats[i].feedback |= bits;
    return reason;
}

/* RFC 8285 8: id ["/" direction] SP uri [SP attributes]. Ids 4096 and up mean "choose one". */
static const char *read_extmap(struct line *line)
{
    struct sdp_extmap found = {.direction = SDP_SENDRECV};
    struct sdp_text entry = sdp_text_word(&line->value);
    uint64_t id;
    if (!sdp_text_uint(sdp_text_take(&entry, '/'), 4351, &id) || id == 0)
        return "a=extmap whose id is not 1 to 4351";
    if (entry.len > 0 && !parse_direction(entry, &found.direction))
        return "a=extmap with an unknown direction";
    found.id = (uint16_t)id;
    found.uri = sdp_text_word(&line->value);
    if (found.uri.len == 0)
        return "a=extmap without a URI";
    if (line->media->extmap_count == SDP_EXTMAPS)
        return "more than 32 a=extmap in one m-line";
    line->media->extmaps[line->media->extmap_count++] = found;
    return NULL;
}

/* ---- streams ------------------------------------------------------------------------------- */

/* RFC 8851 4: id SP ("send" / "recv") [SP restrictions] */
static const char *read_rid(struct line *line)
{
    struct sdp_rid found = {.id = sdp_text_word(&line->value)};
    const struct sdp_text direction = sdp_text_word(&line->value);
    if (!is_token(found.id))
        return "a=rid without an id";
    if (sdp_text_is(direction, "send"))
        found.direction = SDP_SENDONLY;
    else if (sdp_text_is(direction, "recv"))
        found.direction = SDP_RECVONLY;
    else
        return "a=rid that is neither send nor recv";
    if (line->media->rid_count == SDP_RIDS)
        return "more than 8 a=rid in one m-line";
    line->media->rids[line->media->rid_count++] = found;
    return NULL;
}

/* RFC 8853 5.1: "q;~h;f,g" */
static const char *read_simulcast_list(struct sdp_text list, struct sdp_text *rids, uint8_t *count)
{
    *count = 0;
    while (list.len > 0) {
        struct sdp_text alternatives = sdp_text_take(&list, ';');
        struct sdp_text rid = sdp_text_take(&alternatives, ',');
        if (rid.len > 0 && rid.at[0] == '~')
            rid = (struct sdp_text){rid.at + 1, rid.len - 1};
        if (!is_token(rid))
            return "a=simulcast with an empty or odd rid";
        if (*count == SDP_RIDS)
            return "a=simulcast with more than 8 rids";
        rids[(*count)++] = rid;
    }
    return NULL;
}

static const char *read_simulcast(struct line *line)
{
    const char *reason = NULL;
    while (reason == NULL) {
        const struct sdp_text direction = sdp_text_word(&line->value);
        if (direction.len == 0)
            return NULL;
        const struct sdp_text list = sdp_text_word(&line->value);
        if (sdp_text_is(direction, "send"))
            reason = read_simulcast_list(list, line->media->simulcast_send,
                                         &line->media->simulcast_send_count);
        else if (sdp_text_is(direction, "recv"))
            reason = read_simulcast_list(list, line->media->simulcast_recv,
                                         &line->media->simulcast_recv_count);
        else
            reason = "a=simulcast that is neither send nor recv";
    }
    return reason;
}

static const char *read_ssrc(struct line *line)
{
    uint64_t ssrc;
    if (!sdp_text_uint(sdp_text_word(&line->value), UINT32_MAX, &ssrc))
        return "a=ssrc that is not a 32-bit number";
    for (size_t i = 0; i < line->media->ssrc_count; i++) {
        if (line->media->ssrcs[i] == ssrc)
            return NULL;
    }
    if (line->media->ssrc_count < SDP_SSRCS)
        line->media->ssrcs[line->media->ssrc_count++] = (uint32_t)ssrc;
    return NULL;
}

static const char *read_ssrc_group(struct line *line)
{
    struct sdp_ssrc_group group = {.semantics = sdp_text_word(&line->value)};
    while (line->value.len > 0) {
        uint64_t ssrc;
        if (!sdp_text_uint(sdp_text_word(&line->value), UINT32_MAX, &ssrc))
            return "a=ssrc-group with something that is not a 32-bit number";
        if (group.ssrc_count < SDP_GROUP_SSRCS)
            group.ssrcs[group.ssrc_count++] = (uint32_t)ssrc;
        line->value = sdp_text_trim(line->value);
    }
    if (line->media->ssrc_group_count < SDP_SSRC_GROUPS)
        line->media->ssrc_groups[line->media->ssrc_group_count++] = group;
    return NULL;
}

/* ---- table --------------------------------------------------------------------------------- */

enum level { SESSION = 1, MEDIA = 2, BOTH = 3 };
static const struct attribute {
    const char *name;
    enum level level; /* elsewhere it is skipped */
    const char *(*read)(struct line *line);
} ATTRIBUTES[] = {
    {"candidate", MEDIA, read_candidate},
    {"rtcp-fb", MEDIA, read_rtcp_fb},
    {"rtpmap", MEDIA, read_rtpmap},
    {"fmtp", MEDIA, read_fmtp},
    {"extmap", BOTH, read_extmap},
    {"ssrc", MEDIA, read_ssrc},
    {"ssrc-group", MEDIA, read_ssrc_group},
    {"mid", MEDIA, read_mid},
    {"msid", MEDIA, read_msid},
    {"rid", MEDIA, read_rid},
    {"simulcast", MEDIA, read_simulcast},
    {"sendrecv", BOTH, read_direction},
    {"sendonly", BOTH, read_direction},
    {"recvonly", BOTH, read_direction},
    {"inactive", BOTH, read_direction},
    {"rtcp-mux", MEDIA, read_rtcp_mux},
    {"rtcp-rsize", MEDIA, read_rtcp_rsize},
    {"bundle-only", MEDIA, read_bundle_only},
    {"extmap-allow-mixed", BOTH, read_allow_mixed},
    {"ice-ufrag", BOTH, read_ice_ufrag},
    {"ice-pwd", BOTH, read_ice_pwd},
    {"ice-lite", SESSION, read_ice_lite},
    {"setup", BOTH, read_setup},
    {"fingerprint", BOTH, read_fingerprint},
    {"group", SESSION, read_group},
};

const char *sdp_attribute_read(struct sdp *sdp, struct sdp_media *media, struct sdp_text attribute)
{
    const enum level level = media == &sdp->session ? SESSION : MEDIA;
    struct line line = {.sdp = sdp, .media = media};
    line.name = sdp_text_take(&attribute, ':');
    line.value = attribute;
    for (size_t i = 0; i < sizeof ATTRIBUTES / sizeof ATTRIBUTES[0]; i++) {
        if ((ATTRIBUTES[i].level & level) != 0 && sdp_text_is(line.name, ATTRIBUTES[i].name))
            return ATTRIBUTES[i].read(&line);
    }
    return NULL;
}
