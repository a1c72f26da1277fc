/* The input is a series of descriptors, each with a length byte before it, as one stream's packets
 * would bring them: structures replace each other. */
#include "wire/dd.h"

#include "fuzz.h"

static void check_structure(const struct dd_structure *structure)
{
    FUZZ_CHECK(structure->template_count >= 1 && structure->template_count <= DD_MAX_TEMPLATES);
    FUZZ_CHECK(structure->decode_target_count >= 1 &&
               structure->decode_target_count <= DD_MAX_DECODE_TARGETS);
    FUZZ_CHECK(structure->chain_count <= structure->decode_target_count);
    FUZZ_CHECK(structure->spatial_count >= 1 && structure->spatial_count <= DD_MAX_SPATIAL);
    for (unsigned i = 0; i < structure->decode_target_count && structure->chain_count > 0; i++)
        FUZZ_CHECK(structure->protected_by[i] < structure->chain_count);
    for (unsigned i = 0; i < structure->template_count; i++)
        FUZZ_CHECK(structure->templates[i].spatial_id < structure->spatial_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct dd_structure structures[2];
    const struct dd_structure *last = NULL;
    struct reader reader = reader_of(bytes, len);
    struct dd_frame frame;
    unsigned turn = 0;

    while (reader_left(&reader) > 0) {
        size_t size = reader_u8(&reader);
        struct span descriptor = {reader_bytes(&reader, size), size};

        if (reader.failed)
            break;
        if (dd_parse(descriptor, last, &structures[turn], &frame) != 0)
            continue;
        FUZZ_CHECK(last != NULL || frame.has_structure);
        FUZZ_CHECK(frame.layer.fdiff_count <= DD_MAX_FDIFFS);
        if (frame.has_structure) {
            last = &structures[turn];
            turn ^= 1;
            check_structure(last);
        }
    }
    return 0;
}
