/* What lies in an engine on behalf of those who are in it, for tests and tools: an empty room must
 * leave nothing. */
#ifndef PARLEY_ENGINE_HOLDINGS_H
#define PARLEY_ENGINE_HOLDINGS_H

#include <stdint.h>

struct engine;

/* All but packet_chunks is zero once everybody has left and the rooms are closed. Chunks stay for
 * whoever comes next: never more than the most publishers at one time needed. */
struct engine_holdings {
    uint32_t rooms, participants;
    uint32_t publishers;    /* peer connections with tracks */
    uint32_t paths, ufrags; /* that the demultiplexer knows */
    uint32_t houses;        /* addresses that viewers are behind (neighbours.h) */
    uint32_t packets;       /* kept to be sent (again) */
    uint32_t packet_chunks; /* allocated for them */
};

/* engine.c, which owns the pools. */
struct engine_holdings engine_holdings(const struct engine *engine);

#endif
