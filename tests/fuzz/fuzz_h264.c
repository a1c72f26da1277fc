#include "wire/h264.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct h264_payload payload;

    if (h264_parse(bytes, len, &payload) != 0)
        return 0;
    FUZZ_CHECK(payload.key_frame == (payload.sps || payload.idr));
    return 0;
}
