#include "cli/load_clip.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 1024u

/* NULL: error says why. */
static uint8_t *read_file(const char *path, size_t *len, char error[static LOAD_ERROR_BYTES])
{
    FILE *file = fopen(path, "rbe");
    uint8_t *bytes = NULL;
    long size = -1;
    errno = 0;
    if (file && fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    if (size >= 0 && fseek(file, 0, SEEK_SET) == 0)
        bytes = malloc((size_t)size + 1);
    if (bytes && fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        free(bytes);
        bytes = NULL;
    }
    if (!bytes)
        snprintf(error, LOAD_ERROR_BYTES, "%.180s: %s", path, strerror(errno ? errno : EIO));
    if (file)
        fclose(file);
    *len = (size_t)size;
    return bytes;
}

static int read_clip(const char *path, bool video, struct client_clip *out, uint8_t **file,
                     char error[static LOAD_ERROR_BYTES])
{
    size_t len;
    *file = read_file(path, &len, error);
    if (!*file)
        return -1;
    if (client_clip_init(out, *file, len) == 0 && out->video == video)
        return 0;
    snprintf(error, LOAD_ERROR_BYTES, "%.180s is no IVF file of %s", path,
             video ? "VP8 that begins with a key frame" : "Opus packets");
    return -1;
}

static int read_pictures(struct load_clips *out, const char *list,
                         char error[static LOAD_ERROR_BYTES])
{
    char path[PATH_BYTES];
    for (const char *at = list; *at; at += strspn(at, ",")) {
        size_t len = strcspn(at, ",");
        if (out->layers == CLIENT_MAX_LAYERS || len >= sizeof path) {
            snprintf(error, LOAD_ERROR_BYTES, "--pictures takes up to %u files", CLIENT_MAX_LAYERS);
            return -1;
        }
        memcpy(path, at, len);
        path[len] = '\0';
        unsigned layer = out->layers++;
        if (read_clip(path, true, &out->pictures[layer], &out->files[layer], error) != 0)
            return -1;
        at += len;
    }
    return 0;
}

int load_clips_read(struct load_clips *out, const struct load_options *options,
                    char error[static LOAD_ERROR_BYTES])
{
    if (options->pictures && read_pictures(out, options->pictures, error) != 0)
        return -1;
    if (options->sound &&
        read_clip(options->sound, false, &out->sound, &out->files[CLIENT_MAX_LAYERS], error) != 0)
        return -1;
    return 0;
}

void load_clips_fini(struct load_clips *clips)
{
    for (unsigned i = 0; i < CLIENT_MAX_LAYERS; i++)
        client_clip_fini(&clips->pictures[i]);
    client_clip_fini(&clips->sound);
    for (unsigned i = 0; i <= CLIENT_MAX_LAYERS; i++)
        free(clips->files[i]);
}
