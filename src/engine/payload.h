/* Looks into a stored payload as far as forwarding needs: is it a key frame, how are its pictures
 * numbered; and writes the payload descriptor with other numbers. */
#ifndef PARLEY_ENGINE_PAYLOAD_H
#define PARLEY_ENGINE_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "engine/packet.h"

/* Picture sizes by spatial layer, as last told; 0: never. */
struct payload_sizes {
    uint16_t width[PACKET_SPATIAL_LAYERS], height[PACKET_SPATIAL_LAYERS];
};

/* Sets keyframe, picture and frame from codec and payload, and *sizes where the payload tells them.
 * A payload that cannot be understood is no key frame, has no numbers and no layers. */
void payload_describe(struct packet *packet, struct payload_sizes *sizes);

/* What is added to each number, modulo its size. */
struct payload_shift {
    uint16_t picture;
    uint8_t tl0;
};
/* Writes the payload descriptor with shifted numbers and takes the old one off *payload; without
 * numbers (packet->picture) nothing is written. */
void payload_renumber(const struct packet *packet, const struct payload_shift *shift,
                      struct writer *writer, struct span *payload);

#endif
