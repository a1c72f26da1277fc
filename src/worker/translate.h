/* What control says, as the engine's commands; the way back is tell.h. */
#ifndef PARLEY_WORKER_TRANSLATE_H
#define PARLEY_WORKER_TRANSLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "ipc/ipc.h"

struct roster;

struct translate {
    /* borrowed */
    struct engine *engine;
    struct roster *roster;
    uint64_t *counters;          /* WORKER_COUNTERS values */
    struct ipc_channel *channel; /* NULL: control is not there; events are only remembered */
    int64_t unix_offset_us;      /* the engine's clock + this = microseconds since 1970 */
    /* state */
    bool refused;  /* an ENGINE_REFUSED came out of the offer at hand */
    bool shutdown; /* IPC_SHUTDOWN came */
};

/* After the call the engine's outputs must be drained. */
void translate_message(struct translate *translate, uint64_t now_us,
                       const struct ipc_message *message);
/* Closes a room, so that the peers are told. Drain afterwards as well. */
void translate_close_room(struct translate *translate, uint64_t now_us, uint64_t room);

#endif
