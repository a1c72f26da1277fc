/* The files of --pictures and --sound, read whole. */
#ifndef PARLEY_CLI_LOAD_CLIP_H
#define PARLEY_CLI_LOAD_CLIP_H

#include "cli/load_options.h"
#include "client/client.h"
#include "client/client_clip.h"

struct load_clips {
    /* owned */
    struct client_clip pictures[CLIENT_MAX_LAYERS], sound;
    uint8_t *files[CLIENT_MAX_LAYERS + 1];
    /* state */
    unsigned layers; /* 0: no pictures */
};

/* 0, or -1: error says what is wrong with which file. *out is zeroed by the caller, and ended by
 * load_clips_fini() either way. */
int load_clips_read(struct load_clips *out, const struct load_options *options,
                    char error[static LOAD_ERROR_BYTES]) __attribute__((warn_unused_result));
void load_clips_fini(struct load_clips *clips);

#endif
