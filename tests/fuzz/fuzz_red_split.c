#include "engine/packet.h"
#include "engine/red_split.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct negotiated_codec opus = {.codec = CODEC_OPUS, .payload_type = 111};
    const struct arrival arrival = {.sequence = 3, .timestamp = 4000, .payload = {bytes, len}};
    struct arrival parts[RED_MAX_BLOCKS];
    const size_t count = red_split(&arrival, &opus, parts);

    FUZZ_CHECK(count <= RED_MAX_BLOCKS);
    for (size_t i = 0; i < count; i++) {
        fuzz_touch(parts[i].payload);
        FUZZ_CHECK(parts[i].codec == &opus && parts[i].payload.len > 0);
        /* Only the last one is the packet itself, and they come in order. */
        FUZZ_CHECK(parts[i].repaired == (i + 1 < count));
        FUZZ_CHECK(i == 0 || (uint16_t)(parts[i].sequence - parts[i - 1].sequence) < 10);
        FUZZ_CHECK(i == 0 || (int32_t)(parts[i].timestamp - parts[i - 1].timestamp) > 0);
    }
    FUZZ_CHECK(count == 0 ||
               (parts[count - 1].sequence == 3 && parts[count - 1].timestamp == 4000));
    return 0;
}
