#include "wire/red.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    uint8_t out[1600];
    struct writer writer = writer_of(out, sizeof out);
    struct red_packet packet;

    if (red_parse(bytes, len, &packet) != 0)
        return 0;
    FUZZ_CHECK(packet.count >= 1 && packet.count <= RED_MAX_BLOCKS);
    for (size_t i = 0; i < packet.count; i++)
        fuzz_touch(packet.blocks[i].payload);
    /* A RED payload has one way to be written. */
    FUZZ_CHECK(red_write(&writer, &packet) == 0);
    FUZZ_CHECK(writer_len(&writer) == len && memcmp(out, bytes, len) == 0);
    return 0;
}
