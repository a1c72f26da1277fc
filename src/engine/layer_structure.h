/* The dependency descriptor structures of one received stream: the one in force and the one before
 * it, for packets that come late. With them a packet's descriptor is read once, for all viewers. */
#ifndef PARLEY_ENGINE_LAYER_STRUCTURE_H
#define PARLEY_ENGINE_LAYER_STRUCTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/packet.h"
#include "engine/payload.h"
#include "wire/dd.h"

#define LAYER_STRUCTURES 2u

/* Zeroed: none came yet. */
struct layer_structures {
    /* owned */
    struct dd_structure *at; /* LAYER_STRUCTURES; made when the first one comes */
    /* state */
    uint32_t since[LAYER_STRUCTURES];  /* sequence number of the packet that brought it */
    uint32_t active[LAYER_STRUCTURES]; /* decode targets, as last said */
    uint8_t newest;                    /* its number, 1, 2, …, 254, 1; 0: none */
};

void layer_structures_fini(struct layer_structures *structures);
/* The stream begins anew. */
void layer_structures_clear(struct layer_structures *structures);

/* Reads the packet's descriptor, if there is one, into packet->frame (and keyframe, sizes), and
 * takes up the structure that it may bring. VP8 keeps what its payload says; so does VP9 if the
 * descriptor cannot be read. */
void layer_structures_describe(struct layer_structures *structures, struct packet *packet,
                               struct payload_sizes *sizes);

/* NULL: gone. */
const struct dd_structure *layer_structures_find(const struct layer_structures *structures,
                                                 uint8_t number);
/* Chains say which losses matter: nobody needs a key frame for any other. */
bool layer_structures_protect(const struct layer_structures *structures);
/* Its decode targets that are active now: a bit each. */
uint32_t layer_structures_active(const struct layer_structures *structures, uint8_t number);

#endif
