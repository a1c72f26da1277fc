#include "wire/vla.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct vla vla;

    if (vla_parse((struct span){bytes, len}, &vla) != 0)
        return 0;
    FUZZ_CHECK(vla.stream_count >= 1 && vla.stream_count <= VLA_MAX_STREAMS);
    FUZZ_CHECK(vla.count <= VLA_MAX_LAYERS);
    for (size_t i = 0; i < vla.count; i++) {
        const struct vla_layer *layer = &vla.layers[i];

        FUZZ_CHECK(layer->stream < vla.stream_count && layer->spatial < VLA_MAX_SPATIAL);
        FUZZ_CHECK(layer->temporal_count >= 1 && layer->temporal_count <= VLA_MAX_TEMPORAL);
        FUZZ_CHECK(i == 0 || layer->stream > layer[-1].stream ||
                   layer->spatial > layer[-1].spatial);
    }
    return 0;
}
