/* A room's timeline as REST gives it (docs/openapi.yaml). */
#ifndef PARLEY_CONTROL_TIMELINE_JSON_H
#define PARLEY_CONTROL_TIMELINE_JSON_H

#include <jansson.h>

#include "ipc/ipc.h"

/* NULL: out of memory. */
json_t *timeline_json(uint64_t room, const struct ipc_timeline *timeline);

#endif
