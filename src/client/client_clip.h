/* Encoded frames of a file, which a client sends instead of made-up ones: somebody with a browser
 * then sees and hears something. The file is IVF: a header of 32 bytes ("DKIF", version, header
 * length, FourCC, width, height, ...), then frames with 12 bytes before each (length, time), all
 * little endian. FourCC "VP80" is VP8 in three temporal layers (T0 T2 T1 T2 from each key frame
 * on), "OPUS" packets of 20 ms. */
#ifndef PARLEY_CLIENT_CLIENT_CLIP_H
#define PARLEY_CLIENT_CLIENT_CLIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct client_clip_frame {
    struct span bytes; /* borrowed */
    bool key;          /* audio: always */
};

struct client_clip {
    /* owned */
    struct client_clip_frame *frames;
    /* state */
    unsigned count; /* > 0 */
    bool video;
    uint16_t width, height; /* of video */
};

/* bytes are borrowed by *out. 0, or -1: not such a file, out of memory, no frame, no key frame
 * first, or one too large to send. */
int client_clip_init(struct client_clip *out, const uint8_t *bytes, size_t len)
    __attribute__((warn_unused_result));
void client_clip_fini(struct client_clip *clip); /* accepts a zeroed struct */
/* The next key frame from `at` on, from the beginning again after the end. */
unsigned client_clip_next_key(const struct client_clip *clip, unsigned at);

#endif
