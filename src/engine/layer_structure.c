/* From descriptors to struct packet_frame. */
#include "engine/layer_structure.h"

#include <stdlib.h>
#include <string.h>

#include "base/seq.h"
#include "engine/negotiate.h"

#define FAR_FDIFF 255u

void layer_structures_fini(struct layer_structures *structures)
{
    free(structures->at);
    *structures = (struct layer_structures){0};
}

void layer_structures_clear(struct layer_structures *structures)
{
    structures->newest = 0;
    structures->since[0] = structures->since[1] = 0;
    structures->active[0] = structures->active[1] = 0;
}

/* An even count, so that neighbours lie in different places also where it wraps. */
#define NUMBERS 254u

static uint8_t next_number(uint8_t number)
{
    return number == NUMBERS ? 1 : (uint8_t)(number + 1u);
}

static uint8_t previous_number(uint8_t number)
{
    return number == 1 ? NUMBERS : (uint8_t)(number - 1u);
}

static size_t place_of(uint8_t number)
{
    return number % LAYER_STRUCTURES;
}

const struct dd_structure *layer_structures_find(const struct layer_structures *structures,
                                                 uint8_t number)
{
    if (!structures->at || structures->newest == 0 || number == 0 ||
        (number != structures->newest && number != previous_number(structures->newest)))
        return NULL;
    const struct dd_structure *found = &structures->at[place_of(number)];
    return found->template_count > 0 ? found : NULL;
}

bool layer_structures_protect(const struct layer_structures *structures)
{
    const struct dd_structure *newest = layer_structures_find(structures, structures->newest);
    return newest && newest->chain_count > 0 && newest->chain_count <= PACKET_CHAINS &&
           newest->decode_target_count <= PACKET_TARGETS;
}

uint32_t layer_structures_active(const struct layer_structures *structures, uint8_t number)
{
    return structures->active[place_of(number)];
}

/* The number of the structure that was in force when the packet was sent; 0: none is known. */
static uint8_t in_force(const struct layer_structures *structures, uint32_t seq)
{
    const uint8_t newest = structures->newest;
    if (newest == 0)
        return 0;
    if (!seq32_newer(structures->since[place_of(newest)], seq))
        return newest;
    const uint8_t before = previous_number(newest);
    if (!layer_structures_find(structures, before) ||
        seq32_newer(structures->since[place_of(before)], seq))
        return 0;
    return before;
}

/* 0: out of memory, or older than the one in force. */
static uint8_t adopt(struct layer_structures *structures, const struct dd_structure *fresh,
                     uint32_t seq)
{
    if (!structures->at)
        structures->at = calloc(LAYER_STRUCTURES, sizeof structures->at[0]);
    if (!structures->at)
        return 0;
    const uint8_t newest = structures->newest;
    if (newest != 0 && seq32_newer(structures->since[place_of(newest)], seq))
        return 0;
    const uint8_t number = next_number(newest);
    if (newest == 0)
        structures->at[place_of(previous_number(number))].template_count = 0;
    structures->at[place_of(number)] = *fresh;
    structures->since[place_of(number)] = seq;
    structures->newest = number;
    return number;
}

static void copy_fdiffs(const struct dd_template *layer, struct packet_frame *out)
{
    out->fdiff_count = layer->fdiff_count < PACKET_FDIFFS ? layer->fdiff_count : PACKET_FDIFFS;
    for (size_t i = 0; i < out->fdiff_count; i++)
        out->fdiffs[i] = (uint8_t)(layer->fdiffs[i] < FAR_FDIFF ? layer->fdiffs[i] : FAR_FDIFF);
    if (layer->fdiff_count > PACKET_FDIFFS)
        out->fdiffs[PACKET_FDIFFS - 1] = FAR_FDIFF;
}

/* No target with more spatial layers has it. */
static bool stands_alone(const struct dd_frame *frame, const struct dd_structure *structure)
{
    for (unsigned i = 0; i < structure->decode_target_count; i++)
        if (structure->target_spatial_id[i] > frame->layer.spatial_id &&
            frame->layer.dtis[i] != DD_NOT_PRESENT)
            return false;
    return true;
}

static void take(const struct dd_frame *frame, const struct dd_structure *structure,
                 struct packet *packet, struct payload_sizes *sizes)
{
    struct packet_frame *out = &packet->frame;
    out->layering = PACKET_DD;
    out->spatial = frame->layer.spatial_id;
    out->temporal = frame->layer.temporal_id;
    out->begins = frame->start_of_frame;
    out->ends = frame->end_of_frame;
    out->number = frame->frame_number;
    out->alone = stands_alone(frame, structure);
    out->dtis = 0;
    for (unsigned i = 0; i < structure->decode_target_count; i++)
        out->dtis |= (uint32_t)frame->layer.dtis[i] << (2u * i);
    copy_fdiffs(&frame->layer, out);
    memcpy(out->chain_fdiffs, frame->layer.chain_fdiffs, sizeof out->chain_fdiffs);
    /* A frame of a higher spatial layer starts nothing, whatever its payload looks like. */
    const bool lowest = out->spatial == 0;
    if (packet->codec == CODEC_AV1 || packet->codec == CODEC_VP9)
        packet->keyframe = lowest && out->begins && (packet->keyframe || out->restructured) &&
                           out->fdiff_count == 0;
    if (frame->width != 0) {
        sizes->width[out->spatial] = frame->width;
        sizes->height[out->spatial] = frame->height;
    }
}

static void refuse(struct packet *packet)
{
    /* VP9 says it in the payload too. */
    if (packet->frame.layering != PACKET_WHOLE)
        return;
    packet->frame.layering = PACKET_UNKNOWN;
}

void layer_structures_describe(struct layer_structures *structures, struct packet *packet,
                               struct payload_sizes *sizes)
{
    if (packet->descriptor_len == 0 || packet->codec == CODEC_VP8)
        return;
    struct dd_structure fresh;
    struct dd_frame frame;
    uint8_t number = in_force(structures, packet->seq);
    const struct span descriptor = {packet_dependency_descriptor(packet), packet->descriptor_len};
    if (dd_parse(descriptor, layer_structures_find(structures, number), &fresh, &frame) != 0) {
        refuse(packet);
        return;
    }
    if (frame.has_structure)
        number = adopt(structures, &fresh, packet->seq);
    const struct dd_structure *structure = layer_structures_find(structures, number);
    if (!structure) {
        refuse(packet);
        return;
    }
    /* More than any real one: the stream is taken as a whole. */
    if (structure->decode_target_count > PACKET_TARGETS)
        return;
    if (frame.has_active_targets)
        structures->active[place_of(number)] = frame.active_targets;
    packet->frame.structure = number;
    packet->frame.restructured = frame.has_structure;
    packet->frame.active = (uint16_t)structures->active[place_of(number)];
    take(&frame, structure, packet, sizes);
}
