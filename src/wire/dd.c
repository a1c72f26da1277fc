/* Dependency descriptors, in the order of the specification's syntax tables (A.8.2). */
#include "wire/dd.h"

#include <string.h>

#include "wire/bits.h"
#include "wire/wire.h"

/* next_layer_idc */
enum next_layer { SAME_LAYER = 0, NEXT_TEMPORAL = 1, NEXT_SPATIAL = 2, NO_MORE_TEMPLATES = 3 };

static int read_template_layers(struct bits *bits, struct dd_structure *out)
{
    uint8_t spatial_id = 0, temporal_id = 0;
    uint32_t next;

    do {
        if (out->template_count == DD_MAX_TEMPLATES || spatial_id == DD_MAX_SPATIAL ||
            temporal_id == DD_MAX_TEMPORAL)
            return WIRE_LIMIT;
        out->templates[out->template_count].spatial_id = spatial_id;
        out->templates[out->template_count].temporal_id = temporal_id;
        out->template_count++;
        next = bits_get(bits, 2);
        if (next == NEXT_TEMPORAL) {
            temporal_id++;
        } else if (next == NEXT_SPATIAL) {
            temporal_id = 0;
            spatial_id++;
        }
    } while (next != NO_MORE_TEMPLATES && !bits->failed);
    out->spatial_count = (uint8_t)(spatial_id + 1u);
    return 0;
}

static void read_dtis(struct bits *bits, const struct dd_structure *structure,
                      struct dd_template *out)
{
    for (unsigned i = 0; i < structure->decode_target_count; i++)
        out->dtis[i] = (uint8_t)bits_get(bits, 2);
}

static int read_template_fdiffs(struct bits *bits, struct dd_template *out)
{
    while (bits_flag(bits)) {
        if (out->fdiff_count == DD_MAX_FDIFFS)
            return WIRE_LIMIT;
        out->fdiffs[out->fdiff_count++] = (uint16_t)(bits_get(bits, 4) + 1u);
    }
    return 0;
}

static void read_chain_fdiffs(struct bits *bits, const struct dd_structure *structure,
                              unsigned width, struct dd_template *out)
{
    for (unsigned i = 0; i < structure->chain_count; i++)
        out->chain_fdiffs[i] = (uint8_t)bits_get(bits, width);
}

static void read_template_chains(struct bits *bits, struct dd_structure *out)
{
    out->chain_count = (uint8_t)bits_ns(bits, out->decode_target_count + 1u);
    if (out->chain_count == 0)
        return;
    for (unsigned i = 0; i < out->decode_target_count; i++)
        out->protected_by[i] = (uint8_t)bits_ns(bits, out->chain_count);
    for (unsigned i = 0; i < out->template_count; i++)
        read_chain_fdiffs(bits, out, 4, &out->templates[i]);
}

/* decode_target_layers(): a target reaches as high as any template that is present in it. */
static void derive_target_layers(struct dd_structure *out, unsigned target)
{
    for (unsigned i = 0; i < out->template_count; i++) {
        const struct dd_template *template = &out->templates[i];

        if (template->dtis[target] == DD_NOT_PRESENT)
            continue;
        if (template->spatial_id > out->target_spatial_id[target])
            out->target_spatial_id[target] = template->spatial_id;
        if (template->temporal_id > out->target_temporal_id[target])
            out->target_temporal_id[target] = template->temporal_id;
    }
}

static uint16_t read_dimension(struct bits *bits)
{
    uint32_t minus_one = bits_get(bits, 16);

    return minus_one == UINT16_MAX ? UINT16_MAX : (uint16_t)(minus_one + 1u);
}

static void read_resolutions(struct bits *bits, struct dd_structure *out)
{
    out->has_resolutions = bits_flag(bits);
    if (!out->has_resolutions)
        return;
    for (unsigned i = 0; i < out->spatial_count; i++) {
        out->widths[i] = read_dimension(bits);
        out->heights[i] = read_dimension(bits);
    }
}

/* template_dependency_structure() */
static int read_structure(struct bits *bits, struct dd_structure *out)
{
    int result;

    memset(out, 0, sizeof *out);
    out->template_id_offset = (uint8_t)bits_get(bits, 6);
    out->decode_target_count = (uint8_t)(bits_get(bits, 5) + 1u);
    result = read_template_layers(bits, out);
    if (result != 0)
        return result;
    for (unsigned i = 0; i < out->template_count; i++)
        read_dtis(bits, out, &out->templates[i]);
    for (unsigned i = 0; i < out->template_count && result == 0; i++)
        result = read_template_fdiffs(bits, &out->templates[i]);
    if (result != 0)
        return result;
    read_template_chains(bits, out);
    for (unsigned i = 0; i < out->decode_target_count; i++)
        derive_target_layers(out, i);
    read_resolutions(bits, out);
    return bits->failed ? WIRE_TRUNCATED : 0;
}

struct extended_flags {
    bool structure;
    bool active_targets;
    bool custom_dtis;
    bool custom_fdiffs;
    bool custom_chains;
};

static struct extended_flags read_flags(struct bits *bits)
{
    struct extended_flags flags;

    flags.structure = bits_flag(bits);
    flags.active_targets = bits_flag(bits);
    flags.custom_dtis = bits_flag(bits);
    flags.custom_fdiffs = bits_flag(bits);
    flags.custom_chains = bits_flag(bits);
    return flags;
}

/* frame_fdiffs(): (size (2), difference - 1 (4 * size))* until size is 0 */
static int read_frame_fdiffs(struct bits *bits, struct dd_template *out)
{
    unsigned size;

    out->fdiff_count = 0;
    while ((size = bits_get(bits, 2)) != 0) {
        if (out->fdiff_count == DD_MAX_FDIFFS)
            return WIRE_LIMIT;
        out->fdiffs[out->fdiff_count++] = (uint16_t)(bits_get(bits, 4 * size) + 1u);
    }
    return 0;
}

/* frame_dependency_definition() */
static int read_definition(struct bits *bits, const struct dd_structure *structure,
                           struct extended_flags flags, struct dd_frame *out)
{
    unsigned index = (out->template_id + 64u - structure->template_id_offset) % 64u;
    int result = 0;

    if (index >= structure->template_count)
        return WIRE_MALFORMED;
    out->layer = structure->templates[index];
    if (flags.custom_dtis)
        read_dtis(bits, structure, &out->layer);
    if (flags.custom_fdiffs)
        result = read_frame_fdiffs(bits, &out->layer);
    if (result == 0 && flags.custom_chains)
        read_chain_fdiffs(bits, structure, 8, &out->layer);
    if (structure->has_resolutions) {
        out->width = structure->widths[out->layer.spatial_id];
        out->height = structure->heights[out->layer.spatial_id];
    }
    return bits->failed ? WIRE_TRUNCATED : result;
}

/* mandatory_descriptor_fields() */
static void read_mandatory(struct bits *bits, struct dd_frame *out)
{
    out->start_of_frame = bits_flag(bits);
    out->end_of_frame = bits_flag(bits);
    out->template_id = (uint8_t)bits_get(bits, 6);
    out->frame_number = (uint16_t)bits_get(bits, 16);
}

int dd_parse(struct span descriptor, const struct dd_structure *last, struct dd_structure *fresh,
             struct dd_frame *out)
{
    struct bits bits = bits_of(descriptor);
    const struct dd_structure *structure = last;
    struct extended_flags flags = {0};
    int result;

    memset(out, 0, sizeof *out);
    if (descriptor.len > WIRE_DATAGRAM_BYTES)
        return WIRE_OVERSIZE;
    read_mandatory(&bits, out);
    if (descriptor.len > DD_MANDATORY_BYTES)
        flags = read_flags(&bits);
    if (bits.failed)
        return WIRE_TRUNCATED;
    if (flags.structure) {
        result = read_structure(&bits, fresh);
        if (result != 0)
            return result;
        out->has_structure = true;
        structure = fresh;
    }
    if (structure == NULL)
        return WIRE_NEEDS_STRUCTURE;
    /* "active_decode_targets_bitmask = (1 << DtCnt) - 1" with each new structure */
    out->has_active_targets = flags.structure || flags.active_targets;
    if (flags.active_targets)
        out->active_targets = bits_get(&bits, structure->decode_target_count);
    else if (flags.structure)
        out->active_targets = (uint32_t)(((uint64_t)1 << structure->decode_target_count) - 1u);
    return read_definition(&bits, structure, flags, out);
}

void dd_put_frame_number(uint8_t *descriptor, uint16_t frame_number)
{
    bytes_put_u16(descriptor + 1, frame_number);
}
