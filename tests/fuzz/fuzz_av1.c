#include "wire/av1.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct av1_payload payload;

    if (av1_parse(bytes, len, &payload) != 0)
        return 0;
    FUZZ_CHECK(payload.key_frame == (payload.new_sequence || payload.sequence_header));
    return 0;
}
