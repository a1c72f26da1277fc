#include "client/client_clip.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct client_clip clip;
    size_t sum = 0;

    if (client_clip_init(&clip, bytes, len) != 0)
        return 0;
    FUZZ_CHECK(clip.count > 0 && clip.frames[0].key);
    for (unsigned i = 0; i < clip.count; i++) {
        FUZZ_CHECK(clip.frames[i].bytes.bytes > bytes);
        FUZZ_CHECK(clip.frames[i].bytes.bytes + clip.frames[i].bytes.len <= bytes + len);
        FUZZ_CHECK(clip.frames[client_clip_next_key(&clip, i)].key);
        sum += clip.frames[i].bytes.len;
    }
    FUZZ_CHECK(sum < len);
    client_clip_fini(&clip);
    return 0;
}
