/* Cuts SDP into lines, m-lines and attributes; see sdp.h. What an attribute says is read in
 * sdp_attribute.c. */
#include "wire/sdp.h"

#include <string.h>

#include "wire/sdp_attribute.h"

#define NO_DIRECTION 0xffu /* no a=sendrecv or the like was seen yet */

const struct sdp_format *sdp_find_format(const struct sdp_media *media, uint64_t payload_type)
{
    for (size_t i = 0; i < media->format_count; i++) {
        if (media->formats[i].payload_type == payload_type)
            return &media->formats[i];
    }
    return NULL;
}

static enum sdp_kind kind_of(struct sdp_text name)
{
    if (sdp_text_is(name, "audio"))
        return SDP_AUDIO;
    if (sdp_text_is(name, "video"))
        return SDP_VIDEO;
    return sdp_text_is(name, "application") ? SDP_APPLICATION : SDP_OTHER;
}

static const char *read_formats(struct sdp_media *media)
{
    struct sdp_text rest = media->formats_text;
    while (rest.len > 0) {
        uint64_t payload_type;
        if (!sdp_text_uint(sdp_text_word(&rest), 127, &payload_type))
            return "m= with a payload type that is not 0 to 127";
        if (sdp_find_format(media, payload_type) != NULL)
            continue;
        if (media->format_count == SDP_FORMATS)
            return "m= with more than 64 payload types";
        media->formats[media->format_count++] =
            (struct sdp_format){.payload_type = (uint8_t)payload_type, .channels = 1};
    }
    return NULL;
}

/* RFC 8866 5.14: media SP port ["/" count] SP proto 1*(SP fmt) */
static const char *read_media(struct sdp *sdp, struct sdp_text value)
{
    uint64_t port;
    if (sdp->media_count == SDP_MEDIA)
        return "more than 64 m-lines";
    struct sdp_media *media = &sdp->media[sdp->media_count++];
    memset(media, 0, sizeof *media);
    media->direction = NO_DIRECTION;
    media->kind_text = sdp_text_word(&value);
    media->kind = (uint8_t)kind_of(media->kind_text);
    struct sdp_text ports = sdp_text_word(&value);
    if (!sdp_text_uint(sdp_text_take(&ports, '/'), 65535, &port))
        return "m= whose port is not 0 to 65535";
    media->port = (uint16_t)port;
    media->proto = sdp_text_word(&value);
    media->formats_text = sdp_text_trim(value);
    if (media->formats_text.len == 0)
        return "m= without formats";
    const bool rtp = media->kind == SDP_AUDIO || media->kind == SDP_VIDEO;
    return rtp ? read_formats(media) : NULL;
}

static bool has_controls(struct sdp_text line)
{
    for (size_t i = 0; i < line.len; i++) {
        const unsigned char c = (unsigned char)line.at[i];
        if ((c < ' ' && c != '\t') || c == 127)
            return true;
    }
    return false;
}

static const char *read_line(struct sdp *sdp, struct sdp_text line)
{
    if (line.len > SDP_LINE_BYTES)
        return "line longer than 4096 bytes";
    if (has_controls(line))
        return "control character in a line";
    if (line.len < 2 || line.at[1] != '=' || line.at[0] < 'a' || line.at[0] > 'z')
        return "line that is not of the form x=value";
    const struct sdp_text value = {line.at + 2, line.len - 2};
    if (line.at[0] == 'm')
        return read_media(sdp, value);
    if (line.at[0] != 'a')
        return NULL;
    struct sdp_media *media =
        sdp->media_count == 0 ? &sdp->session : &sdp->media[sdp->media_count - 1];
    return sdp_attribute_read(sdp, media, value);
}

static struct sdp_text take_line(struct sdp_text *rest)
{
    struct sdp_text line = sdp_text_take(rest, '\n');
    if (line.len > 0 && line.at[line.len - 1] == '\r')
        line.len--;
    return line;
}

static const char *read_lines(struct sdp *sdp, struct sdp_text rest, unsigned *line_number)
{
    const char *reason = NULL;
    for (*line_number = 0; rest.len > 0 && reason == NULL;) {
        const struct sdp_text line = take_line(&rest);
        if (++*line_number > SDP_LINES)
            reason = "more than 4096 lines";
        else if (*line_number == 1 && !sdp_text_is(line, "v=0"))
            reason = "the first line is not v=0";
        else if (line.len > 0)
            reason = read_line(sdp, line);
    }
    return reason;
}

/* RFC 8839 5.4, RFC 8122 5, RFC 8842 5.1: media level overrides session level. */
static void inherit_transport(struct sdp_transport *media, const struct sdp_transport *session)
{
    if (media->ice_ufrag.len == 0)
        media->ice_ufrag = session->ice_ufrag;
    if (media->ice_pwd.len == 0)
        media->ice_pwd = session->ice_pwd;
    if (media->setup == SDP_SETUP_NONE)
        media->setup = session->setup;
    if (media->fingerprint_count == 0) {
        media->fingerprint_count = session->fingerprint_count;
        memcpy(media->fingerprints, session->fingerprints, sizeof media->fingerprints);
    }
}

static const char *inherit(struct sdp_media *media, const struct sdp_media *session)
{
    inherit_transport(&media->transport, &session->transport);
    if (media->direction == NO_DIRECTION)
        media->direction = session->direction;
    media->extmap_allow_mixed |= session->extmap_allow_mixed;
    for (size_t i = 0; i < session->extmap_count; i++) {
        if (media->extmap_count == SDP_EXTMAPS)
            return "more than 32 a=extmap for one m-line";
        media->extmaps[media->extmap_count++] = session->extmaps[i];
    }
    return NULL;
}

static bool is_bundled(const struct sdp *sdp, struct sdp_text mid)
{
    for (size_t i = 0; i < sdp->bundle_count; i++) {
        if (mid.len > 0 && sdp_text_equal(sdp->bundle[i], mid))
            return true;
    }
    return false;
}

static const char *finish(struct sdp *sdp)
{
    const char *reason = NULL;
    if (sdp->session.direction == NO_DIRECTION)
        sdp->session.direction = SDP_SENDRECV; /* RFC 8866 6.7: the default */
    for (size_t i = 0; i < sdp->media_count && reason == NULL; i++) {
        reason = inherit(&sdp->media[i], &sdp->session);
        sdp->media[i].bundled = is_bundled(sdp, sdp->media[i].mid);
    }
    return reason;
}

int sdp_parse(const char *text, size_t len, struct sdp *sdp, struct sdp_problem *problem)
{
    problem->line = 0;
    problem->reason = NULL;
    sdp->ice_lite = false;
    sdp->extmap_allow_mixed = false;
    sdp->bundle_count = 0;
    sdp->media_count = 0;
    memset(&sdp->session, 0, sizeof sdp->session);
    sdp->session.direction = NO_DIRECTION;

    if (len == 0)
        problem->reason = "empty";
    else if (len > SDP_BYTES)
        problem->reason = "longer than 65536 bytes";
    else
        problem->reason = read_lines(sdp, (struct sdp_text){text, len}, &problem->line);
    if (problem->reason == NULL) {
        problem->line = 0;
        problem->reason = finish(sdp);
    }
    return problem->reason == NULL ? 0 : -1;
}
