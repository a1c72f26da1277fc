#include "wire/vp9.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct vp9_payload before, after;
    uint8_t *copy;

    if (vp9_parse(bytes, len, &before) != 0)
        return 0;
    FUZZ_CHECK(before.descriptor_len <= len);
    /* Rewriting changes the two numbers and nothing else. */
    copy = fuzz_copy(bytes, len);
    vp9_rewrite(copy, &before, 0x2aaa, 0x55);
    FUZZ_CHECK(vp9_parse(copy, len, &after) == 0);
    FUZZ_CHECK(after.descriptor_len == before.descriptor_len);
    FUZZ_CHECK(after.picture_id_bits == before.picture_id_bits);
    FUZZ_CHECK(after.tid == before.tid && after.key_frame == before.key_frame);
    if (before.picture_id_bits == 15)
        FUZZ_CHECK(after.picture_id == 0x2aaa);
    if (before.tl0picidx_at != 0)
        FUZZ_CHECK(after.tl0picidx == 0x55);
    vp9_rewrite(copy, &before, before.picture_id, before.tl0picidx);
    FUZZ_CHECK(memcmp(copy, bytes, len) == 0);
    free(copy);
    return 0;
}
