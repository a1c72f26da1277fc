#include "client/client_clip.h"

#include <stdlib.h>
#include <string.h>

#include "client/client_source.h"

#define FILE_HEADER_BYTES  32u
#define FRAME_HEADER_BYTES 12u
#define MOST_PACKETS       255u /* of a frame: struct client_tag counts them in a byte */

static uint32_t get_u32_le(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static int read_header(struct client_clip *clip, struct span file)
{
    if (file.len < FILE_HEADER_BYTES || memcmp(file.bytes, "DKIF", 4) != 0 ||
        (file.bytes[6] | file.bytes[7] << 8) != FILE_HEADER_BYTES)
        return -1;
    clip->video = memcmp(file.bytes + 8, "VP80", 4) == 0;
    clip->width = (uint16_t)(file.bytes[12] | file.bytes[13] << 8);
    clip->height = (uint16_t)(file.bytes[14] | file.bytes[15] << 8);
    return clip->video || memcmp(file.bytes + 8, "OPUS", 4) == 0 ? 0 : -1;
}

/* The next frame, and *file after it. False: it ends here, or in the midst of a frame. */
static bool next_frame(struct span *file, struct span *out)
{
    size_t len;

    if (file->len < FRAME_HEADER_BYTES)
        return false;
    len = get_u32_le(file->bytes);
    if (len > file->len - FRAME_HEADER_BYTES)
        return false;
    *out = (struct span){file->bytes + FRAME_HEADER_BYTES, len};
    file->bytes += FRAME_HEADER_BYTES + len;
    file->len -= FRAME_HEADER_BYTES + len;
    return true;
}

static bool can_be_sent(const struct client_clip *clip, struct span frame)
{
    size_t most = CLIENT_PAYLOAD_BYTES - CLIENT_DESCRIPTOR_BYTES;

    return frame.len > 0 && frame.len <= (clip->video ? most * MOST_PACKETS : most);
}

static int index_frames(struct client_clip *clip, struct span file)
{
    struct span frame;

    while (next_frame(&file, &frame)) {
        if (!can_be_sent(clip, frame))
            return -1;
        /* RFC 6386 9.1: the lowest bit of the frame tag. */
        clip->frames[clip->count++] = (struct client_clip_frame){
            .bytes = frame, .key = !clip->video || (frame.bytes[0] & 1) == 0};
    }
    return clip->count > 0 && clip->frames[0].key ? 0 : -1;
}

int client_clip_init(struct client_clip *out, const uint8_t *bytes, size_t len)
{
    struct span file = {bytes, len}, frame;
    unsigned count = 0;

    *out = (struct client_clip){0};
    if (read_header(out, file) != 0)
        return -1;
    file = (struct span){bytes + FILE_HEADER_BYTES, len - FILE_HEADER_BYTES};
    for (struct span rest = file; next_frame(&rest, &frame);)
        count++;
    out->frames = calloc(count + 1u, sizeof(*out->frames));
    if (out->frames == NULL || index_frames(out, file) != 0) {
        client_clip_fini(out);
        return -1;
    }
    return 0;
}

void client_clip_fini(struct client_clip *clip)
{
    free(clip->frames);
    *clip = (struct client_clip){0};
}

unsigned client_clip_next_key(const struct client_clip *clip, unsigned at)
{
    at %= clip->count;
    while (!clip->frames[at].key)
        at = (at + 1) % clip->count;
    return at;
}
