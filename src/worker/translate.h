/* Between the messages of ipc/ipc.h and the engine's commands and events. */
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
    /* state */
    bool refused;  /* an ENGINE_REFUSED came out of the offer at hand */
    bool shutdown; /* IPC_SHUTDOWN came */
};

/* After the call the engine's outputs must be drained. */
void translate_message(struct translate *translate, uint64_t now_us,
                       const struct ipc_message *message);
/* One event to control. */
void translate_event(struct translate *translate, const struct engine_event *event);
/* First message on a new channel. */
void translate_hello(struct translate *translate, uint32_t worker);
/* Closes a room, so that the peers are told. Drain afterwards as well. */
void translate_close_room(struct translate *translate, uint64_t now_us, uint64_t room);

#endif
