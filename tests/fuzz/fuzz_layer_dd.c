/* The input is a series of packets of one AV1 stream: a byte for what is wanted and how time and
 * numbers go on, then the descriptor with a length byte before it. They are described and judged as
 * in the engine. */
#include "engine/layer_filter.h"
#include "engine/negotiate.h"

#include <string.h>

#include "fuzz.h"

#define DESCRIPTOR_BYTES 255u

/* A packet with room behind it for what it ends with. */
static union {
    struct packet packet;
    uint8_t room[sizeof(struct packet) + DESCRIPTOR_BYTES];
} made;

static void check(const struct layer_filter *filter, const struct layer_structures *structures)
{
    FUZZ_CHECK(filter->target < PACKET_TARGETS);
    FUZZ_CHECK(layer_filter_spatial(filter, structures) < (int)DD_MAX_SPATIAL);
    FUZZ_CHECK(!filter->cut || filter->broken != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct layer_filter filter;
    struct layer_structures structures = {0};
    struct payload_sizes sizes = {0};
    struct reader reader = reader_of(bytes, len);
    bool begun = false;

    memset(&made, 0, sizeof made);
    while (reader_left(&reader) > 0) {
        const uint8_t how = reader_u8(&reader);
        const size_t size = reader_u8(&reader);
        const uint8_t *descriptor = reader_bytes(&reader, size);
        if (reader.failed)
            break;
        const uint32_t seq = made.packet.seq + 1u + (how >> 6);
        const uint64_t arrival_us = made.packet.arrival_us + (how >> 4 & 3u) * UINT64_C(250000);
        memset(&made.packet, 0, sizeof made.packet);
        made.packet.seq = seq;
        made.packet.arrival_us = arrival_us;
        made.packet.codec = CODEC_AV1;
        made.packet.descriptor_len = (uint8_t)size;
        memcpy(made.packet.bytes, descriptor, size);
        layer_structures_describe(&structures, &made.packet, &sizes);
        if (!begun)
            layer_filter_begin(&filter, &made.packet);
        begun = true;
        const struct layer_limit wanted = {how & 3u, how >> 2 & 3u};
        (void)layer_filter_judge(&filter, &made.packet, wanted, &structures);
        (void)layer_filter_needs_key(&filter, wanted, &structures);
        check(&filter, &structures);
    }
    layer_structures_fini(&structures);
    return 0;
}
